/* begin FILE URL: begins an upload, and prints its token when it is interrupted (SIGINT). */
#include <ferry.h>
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t stop = 0;

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static int32_t look(const ferry_progress *progress, void *user_data) {
    (void)progress;
    (void)user_data;
    return stop;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        return 2;
    }
    signal(SIGINT, on_signal);
    ferry_filestack_options account;
    ferry_filestack_options_init(&account, sizeof account);
    account.base_url = argv[2];
    ferry_upload_options options;
    ferry_upload_options_init(&options, sizeof options);
    options.concurrency = 1;
    options.filename = "film.mov";
    options.on_progress = look;
    ferry_filestack *client = NULL;
    ferry_upload *upload = NULL;
    char *token = NULL;
    int code = 1;
    if (ferry_filestack_new("TESTKEY", &account, &client, NULL) == FERRY_OK &&
        ferry_filestack_upload_new(client, argv[1], &options, &upload, NULL) == FERRY_OK &&
        ferry_upload_run(upload, NULL) == FERRY_CANCELLED &&
        ferry_upload_token(upload, &token, NULL) == FERRY_OK) {
        puts(token);
        code = 0;
    }
    ferry_string_free(token);
    ferry_upload_free(upload);
    ferry_filestack_free(client);
    return code;
}
