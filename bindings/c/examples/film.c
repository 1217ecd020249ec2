/* film: uploads a film to Telestream Cloud, has it encoded, and prints a line for each encoding: its profile,
   its status, and the addresses of its files, or why it has failed. The factory is TELESTREAM_FACTORY, or the
   first one. Exit code: 0 all encoded, 1 failed, 2 wrong arguments, 130 interrupted.

   cc -std=c11 film.c $(pkg-config --cflags --libs ferry) -o film */

#include <ferry.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char profile[] = "{\"name\":\"film\",\"preset_name\":\"h264\",\"width\":1280,\"height\":720}";
static volatile sig_atomic_t stop;

static void on_signal(int number) {
    stop = number;
}

static int32_t show(const ferry_progress *now, void *what) {
    double percent = now->bytes_total > 0 ? 100.0 * (double)now->bytes_done / (double)now->bytes_total : 0;
    if (what != NULL) fprintf(stderr, "\r%s %.1f %%", (const char *)what, percent);
    return stop; /* anything but 0 interrupts the call within a second */
}

static const char *text(const ferry_value *object, const char *name) {
    const char *text = ferry_value_string(ferry_value_get(object, name));
    return text != NULL ? text : "";
}

int main(int argc, char **argv) {
    const char *access = getenv("TELESTREAM_ACCESS_KEY"), *secret = getenv("TELESTREAM_SECRET_KEY");
    if (argc != 2 || argv[1][0] == '-' || access == NULL || secret == NULL) {
        fputs("usage: TELESTREAM_ACCESS_KEY=KEY TELESTREAM_SECRET_KEY=KEY film FILE\n", stderr);
        return 2;
    }
    ferry_telestream_options account;
    ferry_telestream_options_init(&account, sizeof account);
    account.base_url = getenv("TELESTREAM_URL"); /* NULL: Telestream Cloud */
    ferry_telestream_upload_options options;
    ferry_telestream_upload_options_init(&options, sizeof options);
    ferry_request_options request;
    ferry_request_options_init(&request, sizeof request);
    options.on_progress = request.on_progress = show;
    options.user_data = "upload";
    ferry_telestream *cloud = NULL;
    ferry_upload *upload = NULL;
    ferry_value *found = NULL, *made = NULL, *video = NULL, *encodings = NULL;
    ferry_error *e = NULL;
    signal(SIGINT, on_signal);
    const char *id = getenv("TELESTREAM_FACTORY");
    ferry_telestream_new(access, secret, &account, &cloud, &e);
    if (!e && id) ferry_telestream_find(cloud, FERRY_FACTORIES, NULL, id, NULL, &request, &found, &e);
    if (!e && !id) ferry_telestream_list(cloud, FERRY_FACTORIES, NULL, NULL, &request, &found, &e);
    const ferry_value *factory = id ? found : ferry_value_at(found, 0);
    id = text(factory, "id");
    if (!e) ferry_telestream_find(cloud, FERRY_PROFILES, id, "film", NULL, &request, &made, &e);
    if (factory && ferry_error_http_status(e) == 404) {
        ferry_error_free(e);
        ferry_telestream_create(cloud, FERRY_PROFILES, id, profile, &request, &made, &e);
    }
    if (!e) ferry_telestream_upload_new(cloud, id, argv[1], "{\"profiles\":\"film\"}", &options, &upload, &e);
    for (int run = 0; run < 5 && !stop && upload && (run == 0 || ferry_error_retryable(e)); run++) {
        if (e) fprintf(stderr, "\n%s; going on\n", ferry_error_message(e));
        ferry_error_free(e);
        ferry_upload_run(upload, &e); /* what the service has is not sent again */
    }
    if (!e) ferry_upload_result(upload, &video, &e);
    request.user_data = "encode";
    if (!e) ferry_telestream_video_encodings_wait(cloud, id, text(video, "id"), &request, &encodings, &e);
    fprintf(stderr, "\n%s%s", ferry_error_message(e), e ? "\n" : "");
    bool ok = !e;
    for (size_t i = 0; i < ferry_value_len(encodings); i++) {
        const ferry_value *it = ferry_value_at(encodings, i), *files = ferry_value_get(it, "files");
        printf("%s %s", text(it, "profile_name"), text(it, "status"));
        for (size_t f = 0; f < ferry_value_len(files); f++)
            printf(" %s%s", text(factory, "url"), ferry_value_string(ferry_value_at(files, f)));
        printf(" %s\n", text(it, "error_message"));
        ok = ok && strcmp(text(it, "status"), "success") == 0;
    }
    ferry_value_free(encodings);
    ferry_value_free(video);
    ferry_value_free(made);
    ferry_value_free(found);
    ferry_error_free(e);
    ferry_upload_free(upload);
    ferry_telestream_free(cloud);
    return ok ? 0 : stop ? 130 : 1;
}
