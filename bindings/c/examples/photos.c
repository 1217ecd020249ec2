/* photos: uploads pictures to Filestack as one batch and stores a thumbnail of each. Prints a line of JSON
   for each: path, handle, two addresses that anybody may read for an hour, width and height in pixels.

   cc -std=c11 photos.c $(pkg-config --cflags --libs ferry) -o photos

   After a failure or Ctrl-C the same command goes on: what photos.journal has is not sent again, but printed.
   Exit code: 0 all done, 1 some failed, 2 wrong arguments, 130 interrupted. */

#include <ferry.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static ferry_filestack *client;
static size_t done, failed;
static volatile sig_atomic_t stop;

static void on_signal(int number) {
    signal(number, SIG_DFL); /* a second Ctrl-C ends the program at once */
    stop = 1;
}

/* Anything but 0 interrupts the call within a second. */
static int32_t show(const ferry_progress *now, void *out) {
    if (out) fprintf(out, "\r%u of %u pictures", (unsigned)now->files_done, (unsigned)now->files_total);
    return stop;
}

/* Allow `calls` for so many seconds; with one file alone if there is a `handle`. */
static bool allow(const char *calls, const char *handle, uint64_t seconds, ferry_security **out,
                  ferry_error **error) {
    ferry_json *policy = ferry_json_new();
    ferry_json_set_json(policy, "call", calls, NULL);
    ferry_json_set_int(policy, "expiry", (int64_t)ferry_security_expiry_in(seconds), NULL);
    if (handle != NULL) ferry_json_set_string(policy, "handle", handle, NULL);
    ferry_security_new(ferry_json_text(policy), getenv("FILESTACK_SECRET"), out, error);
    ferry_json_free(policy);
    return *out != NULL;
}

static bool set_url(ferry_json *line, const char *name, const ferry_filelink *file, ferry_error **error) {
    ferry_security *reader = NULL;
    char *url = NULL;
    bool ok = allow("[\"read\"]", ferry_filelink_handle(file), 3600, &reader, error) &&
              ferry_filelink_signed_url(file, reader, &url, error) == FERRY_OK &&
              ferry_json_set_string(line, name, url, error) == FERRY_OK;
    ferry_string_free(url);
    ferry_security_free(reader);
    return ok;
}

/* Store the thumbnail of a picture that is stored, and print its line. */
static bool finish(const char *path, const ferry_filelink *file, ferry_error **error) {
    ferry_request_options options;
    ferry_request_options_init(&options, sizeof options);
    ferry_store_options store;
    ferry_store_options_init(&store, sizeof store);
    options.on_progress = store.on_progress = show; /* for Ctrl-C */
    ferry_transform *chain = NULL;
    ferry_filelink *small = NULL;
    ferry_value *size = NULL;
    ferry_json *line = ferry_json_new();
    const char *handle = ferry_filelink_handle(file);
    bool ok = ferry_transform_new(client, handle, &chain, error) == FERRY_OK &&
              ferry_transform_add(chain, "resize", "width:200,height:200", error) == FERRY_OK &&
              ferry_transform_add(chain, "sharpen", NULL, error) == FERRY_OK &&
              ferry_transform_store(chain, &store, &small, error) == FERRY_OK &&
              ferry_filelink_metadata(file, "width,height", &options, &size, error) == FERRY_OK &&
              ferry_json_set_string(line, "path", path, error) == FERRY_OK &&
              ferry_json_set_string(line, "handle", handle, error) == FERRY_OK &&
              set_url(line, "url", file, error) && set_url(line, "thumbnail", small, error);
    ferry_json_set_int(line, "width", ferry_value_int(ferry_value_get(size, "width")), NULL);
    ferry_json_set_int(line, "height", ferry_value_int(ferry_value_get(size, "height")), NULL);
    if (ok) puts(ferry_json_text(line));
    ferry_json_free(line);
    ferry_value_free(size);
    ferry_filelink_free(small);
    ferry_transform_free(chain);
    return ok;
}

/* A picture has ended. The journal keeps all of them until the last of these calls has returned 0. */
static int32_t ended(size_t index, const char *path, const ferry_filelink *file, const ferry_error *why,
                     void *data) {
    ferry_error *error = NULL;
    (void)index, (void)data;
    if (file != NULL && finish(path, file, &error)) {
        done++;
    } else if (!stop) {
        failed++;
        fprintf(stderr, "\n%s: %s\n", path, ferry_error_message(file != NULL ? error : why));
    }
    ferry_error_free(error);
    return stop || fflush(stdout) != 0;
}

int main(int argc, char **argv) {
    const char *apikey = getenv("FILESTACK_APIKEY");
    if (argc < 3 || apikey == NULL || getenv("FILESTACK_SECRET") == NULL) {
        fputs("usage: FILESTACK_APIKEY=K FILESTACK_SECRET=S [FILESTACK_URL=U] photos ALBUM FILES\n", stderr);
        return 2;
    }
    size_t count = 0;
    ferry_batch_item *items = calloc((size_t)argc, sizeof *items);
    for (int i = 2; i < argc && items != NULL; i++) items[count++].path = argv[i];
    ferry_json *tags = ferry_json_new();
    ferry_json_set_string(tags, "album", argv[1], NULL);
    ferry_upload_options options;
    ferry_upload_options_init(&options, sizeof options);
    options.tags_json = ferry_json_text(tags);
    options.journal_dir = "photos.journal";
    options.on_progress = show;
    options.user_data = stderr;
    ferry_filestack_options account;
    ferry_filestack_options_init(&account, sizeof account);
    account.base_url = getenv("FILESTACK_URL"); /* NULL: Filestack */
    ferry_security *security = NULL;
    ferry_error *error = NULL;
    signal(SIGINT, on_signal);
    bool ok = allow("[\"pick\",\"read\",\"stat\",\"convert\",\"store\"]", NULL, 86400, &security, &error);
    account.security = security;
    ok = ok && ferry_filestack_new(apikey, &account, &client, &error) == FERRY_OK &&
         ferry_filestack_upload_batch(client, items, count, &options, ended, NULL, NULL, &error) == FERRY_OK;
    fprintf(stderr, "\n%zu done, %zu failed\n", done, failed);
    if (error) fprintf(stderr, "photos: %s\n", stop ? "interrupted" : ferry_error_message(error));
    if (ferry_error_retryable(error)) fputs("photos: the same command goes on\n", stderr);
    ferry_error_free(error);
    ferry_filestack_free(client);
    ferry_security_free(security);
    ferry_json_free(tags);
    free(items);
    return ok && failed == 0 ? 0 : stop ? 130 : 1;
}
