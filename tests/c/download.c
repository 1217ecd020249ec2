/* A download is a whole file or no file: what was there before stays until all bytes have come, and nothing
 * else is left behind. */
#include "target.h"

enum { LENGTH = 300000 };

/* The ways to bring something into a file. */
enum way { OF_A_FILE, OF_A_CHAIN, OF_AN_ARCHIVE, WAYS };
static const char *const classes[] = {"deliver", "transform", "zip"}, *const steps[] = {"download",
                                                                          "transform", "transform"};

static ferry_filelink *file, *picture;
static ferry_transform *chain;
static unsigned char *bytes;

static ferry_status download(const ferry_filestack *client, enum way way, const char *path,
    const ferry_request_options *options, uint64_t *length, ferry_error **err) {
    const char *const source[] = {ferry_filelink_handle(picture)};
    switch (way) {
    case OF_A_FILE:
        return ferry_filelink_download(file, path, options, length, err);
    case OF_A_CHAIN:
        return ferry_transform_download(chain, path, options, length, err);
    default:
        return ferry_filestack_zip(client, source, 1, path, options, length, err);
    }
}

static void fault(enum way way, const char *action, const char *times) {
    char rules[1024];
    snprintf(rules, sizeof rules, "[{\"class\":\"%s\"%s,\"action\":%s}]", classes[way], times, action);
    cloud_reset();
    cloud_faults(rules);
    target_clear();
}

struct failure {
    const char *action;
    ferry_status status;
    int http_status;
    bool retryable;
    const char *part, *body;
};

static const struct failure failures[] = {
    {"{\"cut_response_after\":100000}", FERRY_NETWORK, 0, true, "", ""},
    {"{\"cut_response_after\":0}", FERRY_NETWORK, 0, true, "", ""},
    {"{\"lost_answer\":true}", FERRY_NETWORK, 0, true, "", ""},
    {"{\"status\":404,\"body\":\"<html><h1>Not here</h1></html>\"}", FERRY_HTTP, 404, false, "HTTP 404",
        "<h1>Not here</h1>"},
    {"{\"status\":403,\"body\":\"This action has been secured. Error: expired\"}", FERRY_HTTP, 403, false,
        "HTTP 403", "Error: expired"},
    {"{\"status\":413,\"body\":\"{\\\"error\\\":\\\"too large\\\"}\"}", FERRY_HTTP, 413, false,
        "HTTP 413: too large", "too large"},
    {"{\"status\":429,\"retry_after\":1}", FERRY_HTTP, 429, true, "HTTP 429", ""},
    {"{\"status\":500,\"body\":\"<html>oops</html>\"}", FERRY_HTTP, 500, true, "HTTP 500", "oops"},
    {"{\"status\":500,\"corrupt_answer\":true}", FERRY_HTTP, 500, true, "HTTP 500", "It works!"},
    {"{\"redirect\":\"http://127.0.0.1:1/elsewhere\"}", FERRY_NETWORK, 0, true,
        "http://127.0.0.1:1/elsewhere", ""},
    {"{\"redirect\":\"ftp://127.0.0.1/elsewhere\"}", FERRY_PROTOCOL, 302, false, "ftp://127.0.0.1/elsewhere",
        ""},
};

/* There is no new file, and an old one is what it was. */
static void nothing_half_written(const ferry_filestack *client, enum way way, const struct failure *failure) {
    const int before = check_failures;
    for (int is_old = 0; is_old < 2; is_old++) {
        fault(way, failure->action, "");
        if (is_old) {
            target_write("file", "what was there");
        }
        uint64_t length = 7;
        ferry_error *err = NULL;
        ferry_status status = download(client, way, target("file"), NULL, &length, &err);
        CHECK(ferry_error_http_status(err) == failure->http_status);
        CHECK(ferry_error_retryable(err) == failure->retryable);
        CHECK_STR(ferry_error_step(err), steps[way]);
        CHECK_HAS(ferry_error_body(err), failure->body);
        CHECK_HAS(ferry_error_message(err), ferry_filelink_handle(way == OF_A_FILE ? file : picture));
        CHECK_ERROR(status, failure->status, err, failure->part);
        CHECK(cloud_count(classes[way], 0) == 1);
        CHECK(target_count() == is_old);
        if (is_old) {
            check_file(target("file"), "what was there", 14);
        }
    }
    CHECK_AT(check_failures == before, "... with %s at %s", failure->action, classes[way]);
}

/* What passes is tried again, and the file is whole in the end. */
static void tried_again(void) {
    static const char *const passing[] = {
        "{\"cut_response_after\":100000}", "{\"status\":503}", "{\"lost_answer\":true}"};
    for (int i = 0; i < 3; i++) {
        fault(OF_A_FILE, passing[i], ",\"times\":1");
        target_write("file", "what was there");
        uint64_t length = 0;
        ferry_error *err = NULL;
        CHECK_OK(ferry_filelink_download(file, target("file"), NULL, &length, &err), err);
        CHECK(length == LENGTH && target_count() == 1 && cloud_count("deliver", 0) == 2);
        check_file(target("file"), bytes, LENGTH);
    }
    /* What does not pass is not. */
    fault(OF_A_FILE, "{\"status\":404}", "");
    ferry_error *err = NULL;
    CHECK_STATUS(ferry_filelink_download(file, target("file"), NULL, NULL, &err), FERRY_HTTP, err);
    CHECK(cloud_count("deliver", 0) == 1);
}

struct stop {
    uint64_t at, seen;
    int calls;
};

static int32_t stop_at(const ferry_progress *progress, void *user_data) {
    struct stop *stop = user_data;
    stop->calls++;
    stop->seen = progress->bytes_done;
    CHECK(progress->bytes_done <= progress->bytes_total || progress->bytes_total == 0);
    return progress->bytes_done >= stop->at;
}

/* A large file comes in several ranges. The first answer is cut and so are three that follow: each goes on
 * where it was. */
static void several_ranges_cut_in_the_middle(const ferry_filestack *client) {
    const size_t length = 18 * MIB;
    unsigned char *content = noise(length, 5);
    ferry_filelink *large = stored(client, "large.bin", content, length);
    cloud_reset();
    cloud_faults("[{\"class\":\"deliver\",\"times\":1,\"action\":"
                 "{\"cut_response_after\":1000000,\"slow_bytes_per_second\":2000000}},"
                 "{\"class\":\"deliver\",\"times\":3,\"action\":{\"cut_response_after\":100000}}]");
    target_clear();
    struct stop stop = {.at = UINT64_MAX};
    ferry_request_options options = request_options();
    options.on_progress = stop_at;
    options.user_data = &stop;
    uint64_t bytes = 0;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_download(large, target("file"), &options, &bytes, &err), err);
    CHECK(bytes == length && stop.seen == length && target_count() == 1);
    check_file(target("file"), content, length);
    CHECK(cloud_fired());
    CHECK(cloud_count("deliver", 200) == 1 && cloud_count("deliver", 206) >= 4);
    ferry_filelink_free(large);
    free(content);
    cloud_reset();
}

/* The caller says where the bytes go; the service's names for the file do not count. */
static void the_caller_names_the_file(void) {
    fault(OF_A_FILE,
        "{\"status\":200,\"body\":\"<html>a page may be a file</html>\",\"headers\":{\"content-disposition\":\"attachment; filename=../../evil\","
        "\"x-file-name\":\"/tmp/evil\",\"content-type\":\"text/html\"}}",
        "");
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_download(file, target("mine"), NULL, NULL, &err), err);
    CHECK(target_count() == 1);
    check_file(target("mine"), "<html>a page may be a file</html>", 33);
    cloud_reset();
    /* In the current folder too, and under a strange name. */
    static const char *const names[] = {"plain", ".hidden", "f\xc3\xa4hre \xe2\x98\x83", "-rf *"};
    CHECK(chdir(target_folder()) == 0);
    for (int i = 0; i < 4; i++) {
        target_clear();
        CHECK_OK(ferry_filelink_download(file, names[i], NULL, NULL, &err), err);
        check_file(target(names[i]), bytes, LENGTH);
        CHECK(target_count() == 1);
    }
    CHECK(chdir("..") == 0);
    target_clear();
}

static void a_new_file_has_usual_permissions(void) {
    struct stat seen;
    ferry_error *err = NULL;
    umask(027);
    CHECK_OK(ferry_filelink_download(file, target("new"), NULL, NULL, &err), err);
    CHECK(stat(target("new"), &seen) == 0 && (seen.st_mode & 0777) == 0640);
    target_write("old", "");
    chmod(target("old"), 0600);
    CHECK_OK(ferry_filelink_download(file, target("old"), NULL, NULL, &err), err);
    CHECK(stat(target("old"), &seen) == 0 && (seen.st_mode & 0777) == 0600);
    umask(022);
    target_clear();
}

/* A place that cannot be written is found before anything is asked for. */
static void impossible_targets(const ferry_filestack *client) {
    cloud_reset();
    char missing[8192], folder[4096];
    snprintf(missing, sizeof missing, "%s/no/such/folder/file", env("FERRY_TEST_FOLDER"));
    snprintf(folder, sizeof folder, "%s", target_folder());
    const struct {
        const char *path;
        ferry_status status;
        const char *part;
    } places[] = {
        {missing, FERRY_IO, missing},
        {folder, FERRY_IO, "is a directory"},
        {"/proc/ferry-file", FERRY_IO, "/proc/ferry-file"},
        {"", FERRY_INVALID_ARGUMENT, "path"},
        {"/", FERRY_INVALID_ARGUMENT, "path"},
        {"\xff", FERRY_INVALID_ARGUMENT, "path is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        for (int way = 0; way < WAYS; way++) {
            ferry_error *err = NULL;
            ferry_status status = download(client, (enum way)way, places[i].path, NULL, NULL, &err);
            CHECK(!ferry_error_retryable(err));
            CHECK_ERROR(status, places[i].status, err, places[i].part);
        }
    }
    CHECK(cloud_count("any", 0) == 0 && target_count() == 0);
}

/* What is no plain file is not replaced by one: /dev/null stays what it is, whoever asks. */
static void special_files_stay(const ferry_filestack *client) {
    cloud_reset();
    CHECK(mkfifo(target("pipe"), 0600) == 0);
    for (int way = 0; way < WAYS; way++) {
        struct stat seen;
        ferry_error *err = NULL;
        ferry_status status = download(client, (enum way)way, target("pipe"), NULL, NULL, &err);
        CHECK_ERROR(status, FERRY_IO, err, "pipe");
        CHECK(lstat(target("pipe"), &seen) == 0 && S_ISFIFO(seen.st_mode));
    }
    CHECK(cloud_count("any", 0) == 0);
    target_clear();
}

/* Cancelled from its callback, at once or half-way, a download leaves nothing and returns soon. */
static void cancelled(const ferry_filestack *client) {
    static const uint64_t places[] = {0, 50000};
    for (int way = 0; way < 2; way++) {
        for (int i = 0; i < 2; i++) {
            fault((enum way)way, "{\"slow_bytes_per_second\":100000}", "");
            target_write("file", "what was there");
            struct stop stop = {.at = places[i]};
            ferry_request_options options = request_options();
            options.on_progress = stop_at;
            options.user_data = &stop;
            ferry_error *err = NULL;
            const double start = check_now();
            CHECK_STATUS(
                download(client, (enum way)way, target("file"), &options, NULL, &err), FERRY_CANCELLED, err);
            CHECK_AT(check_now() - start < 20, "way %d, at %d: cancelled after %.1f s", way,
                (int)stop.at, check_now() - start);
            CHECK(stop.seen >= stop.at);
            CHECK(target_count() == 1);
            check_file(target("file"), "what was there", 14);
        }
    }
    cloud_reset();
}

static void progress_and_deadline(const ferry_filestack *client) {
    cloud_reset();
    target_clear();
    struct stop stop = {.at = UINT64_MAX};
    ferry_request_options options = request_options();
    options.on_progress = stop_at;
    options.user_data = &stop;
    uint64_t length = 0;
    ferry_error *err = NULL;
    CHECK_OK(download(client, OF_A_FILE, target("file"), &options, &length, &err), err);
    CHECK(stop.calls >= 2 && stop.seen == LENGTH && length == LENGTH);
    fault(OF_A_FILE, "{\"slow_bytes_per_second\":20000}", "");
    options = request_options();
    options.deadline_ms = 1000;
    CHECK_STATUS(download(client, OF_A_FILE, target("file"), &options, NULL, &err), FERRY_TIMEOUT, err);
    CHECK(target_count() == 0);
    cloud_reset();
}

int main(void) {
    check_begin();
    size_t length;
    unsigned char *image = the_picture(&length);
    bytes = noise(LENGTH, 3);
    ferry_filestack *client = client_without_retries(), *patient = client_new(NULL);
    picture = stored(client, "ferry.png", image, length);
    /* Enlarged, so that it can be cut half-way. */
    chain = chain_of(client, ferry_filelink_handle(picture), "resize", "width:2000");
    file = stored(client, "noise.bin", bytes, LENGTH);
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        for (int way = 0; way < (is_small() ? 1 : WAYS); way++) {
            /* The archive is too small to be cut half-way. */
            if (i > 0 || way != OF_AN_ARCHIVE) {
                nothing_half_written(client, (enum way)way, &failures[i]);
            }
        }
    }
    the_caller_names_the_file();
    a_new_file_has_usual_permissions();
    impossible_targets(client);
    special_files_stay(client);
    cancelled(client);
    progress_and_deadline(client);
    ferry_filelink_free(file);
    file = stored(patient, "noise.bin", bytes, LENGTH);
    tried_again();
    several_ranges_cut_in_the_middle(patient);
    ferry_transform_free(chain);
    ferry_filelink_free(file);
    ferry_filelink_free(picture);
    ferry_filestack_free(client);
    ferry_filestack_free(patient);
    free(image);
    free(bytes);
    return check_result();
}
