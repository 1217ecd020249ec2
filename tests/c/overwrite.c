/* A stored file gets other bytes and keeps its handle, name and type. */
#include "chain.h"

static ferry_filelink *file;
static ferry_security *security;

static ferry_request_options signed_options(void) {
    ferry_request_options options = request_options();
    options.security = security;
    return options;
}

/* Name and type are those of the first upload. */
static void check_kept(size_t length) {
    ferry_value *known = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_metadata(file, NULL, NULL, &known, &err), err);
    CHECK_STR(ferry_value_string(ferry_value_get(known, "filename")), "first.txt");
    CHECK_STR(ferry_value_string(ferry_value_get(known, "mimetype")), "text/plain");
    CHECK(ferry_value_int(ferry_value_get(known, "size")) == (int64_t)length);
    ferry_value_free(known);
}

static void from_everywhere(const ferry_filestack *client) {
    const ferry_request_options options = signed_options();
    const size_t length = is_small() ? MIB : 20 * MIB;
    unsigned char *bytes = noise(length, 5);
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_overwrite_bytes(file, bytes, length, &options, &err), err);
    check_content(file, bytes, length);
    check_kept(length);
    CHECK_OK(ferry_filelink_overwrite_file(
                 file, scratch_file("sp\xc3\xa4t \"1\".bin", bytes, 1000), &options, &err),
        err);
    check_content(file, bytes, 1000);
    check_kept(1000);
    CHECK_OK(ferry_filelink_overwrite_bytes(file, "", 0, &options, &err), err);
    check_content(file, "", 0);
    /* What looks like the end of a form is still content. */
    static const char tricky[] =
        "\r\n--\r\n------ferry--\r\nContent-Disposition: form-data; name=\"fileUpload\"\r\n\r\n";
    CHECK_OK(ferry_filelink_overwrite_bytes(file, tricky, sizeof tricky, &options, &err), err);
    check_content(file, tricky, sizeof tricky);

    ferry_filelink *other = stored(client, "other.bin", bytes, 5000),
                   *text = stored(client, "base64.txt", "c29tZSBieXRlcw==", 16);
    CHECK_OK(ferry_filelink_overwrite_url(file, ferry_filelink_url(other), false, &options, &err), err);
    check_content(file, bytes, 5000);
    CHECK_OK(ferry_filelink_overwrite_url(file, ferry_filelink_url(text), true, &options, &err), err);
    check_content(file, "some bytes", 10);
    char *path = cloud_path("overwrite");
    CHECK_HAS(path, "base64decode=true");
    free(path);
    CHECK_OK(ferry_filelink_overwrite_url(file, ferry_filelink_url(text), false, &options, &err), err);
    check_content(file, "c29tZSBieXRlcw==", 16);
    check_kept(16);
    /* A URL with a query of its own arrives whole. */
    char url[1024];
    snprintf(url, sizeof url, "%s?dl=true&x=a+b%%20c", ferry_filelink_url(other));
    CHECK_OK(ferry_filelink_overwrite_url(file, url, false, &options, &err), err);
    check_content(file, bytes, 5000);
    ferry_filelink_free(other);
    ferry_filelink_free(text);
    free(bytes);
}

/* Refused before anything is sent. */
static void refused(void) {
    cloud_reset();
    const ferry_request_options options = signed_options();
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_filelink_overwrite_bytes(file, "x", 1, NULL, &err), FERRY_INVALID_ARGUMENT, err,
        "security is needed to overwrite a file");
    CHECK_ERROR(ferry_filelink_overwrite_file(file, scratch_file("x", "x", 1), NULL, &err),
        FERRY_INVALID_ARGUMENT, err, "security");
    CHECK_ERROR(ferry_filelink_overwrite_url(file, "https://example.com/x", false, NULL, &err),
        FERRY_INVALID_ARGUMENT, err, "security");
    static const char *const urls[] = {
        "", "example.com", "ftp://example.com/x", "http://", "https://x/a b", "https://x/\n", "\xff"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        CHECK_ERROR(ferry_filelink_overwrite_url(file, urls[i], false, &options, &err),
            FERRY_INVALID_ARGUMENT, err, "url");
    }
    CHECK_ERROR(
        ferry_filelink_overwrite_file(file, "/no/such/file", &options, &err), FERRY_IO, err, "/no/such/file");
    CHECK_ERROR(ferry_filelink_overwrite_file(file, "/proc", &options, &err), FERRY_IO, err, "/proc");
    CHECK_ERROR(ferry_filelink_overwrite_file(file, "", &options, &err), FERRY_INVALID_ARGUMENT, err, "path");
    /* Its size is told as 0, and it is not empty. */
    CHECK_ERROR(ferry_filelink_overwrite_file(file, "/proc/self/status", &options, &err), FERRY_FILE_CHANGED,
        err, "more bytes than the 0");
    CHECK(cloud_count("any", 0) == 0);
}

static void check_failure(const char *action, ferry_status wanted, int http_status, const char *part) {
    char rules[512];
    snprintf(rules, sizeof rules, "[{\"class\":\"overwrite\",\"action\":%s}]", action);
    cloud_reset();
    cloud_faults(rules);
    const ferry_request_options options = signed_options();
    ferry_error *err = NULL;
    ferry_status status = ferry_filelink_overwrite_bytes(file, "new", 3, &options, &err);
    CHECK(ferry_error_http_status(err) == http_status);
    CHECK_STR(ferry_error_step(err), "overwrite");
    CHECK_HAS(ferry_error_message(err), "cannot overwrite ");
    CHECK(strstr(ferry_error_message(err), ferry_security_signature(security)) == NULL);
    CHECK_ERROR(status, wanted, err, part);
    cloud_reset();
    check_content(file, "old", 3);
}

static void failures(const ferry_filestack *client) {
    const ferry_request_options options = signed_options();
    ferry_filelink *nowhere = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_overwrite_bytes(file, "old", 3, &options, &err), err);
    check_failure("{\"status\":403,\"body\":\"This action has been secured\"}", FERRY_HTTP, 403,
        "This action has been secured");
    check_failure("{\"status\":500}", FERRY_HTTP, 500, "HTTP 500");
    check_failure("{\"cut_after\":0}", FERRY_NETWORK, 0, "");
    check_failure("{\"corrupt_answer\":true}", FERRY_PROTOCOL, 200, "not JSON");
    CHECK_OK(ferry_filelink_new(client, "AAAAAAAAAAAAAAAAAAAA", &nowhere, &err), err);
    CHECK_ERROR(
        ferry_filelink_overwrite_bytes(nowhere, "new", 3, &options, &err), FERRY_HTTP, err, "File not found");
    ferry_filelink_free(nowhere);
    /* The service cannot fetch it, or it is not what was said. */
    char url[256];
    snprintf(url, sizeof url, "%s/AAAAAAAAAAAAAAAAAAAA", env("FERRY_TEST_HTTP"));
    ferry_status status = ferry_filelink_overwrite_url(file, url, false, &options, &err);
    CHECK_HAS(ferry_error_body(err), "cannot be fetched");
    CHECK_ERROR(status, FERRY_HTTP, err, "502");
    CHECK_ERROR(ferry_filelink_overwrite_url(file, ferry_filelink_url(file), true, &options, &err),
        FERRY_HTTP, err, "base64");
    check_content(file, "old", 3);
}

static int32_t remember(const ferry_progress *progress, void *user_data) {
    uint64_t *seen = user_data;
    seen[0]++;
    seen[1] = progress->bytes_done;
    return seen[2] != 0;
}

static void watched_and_cancelled(void) {
    uint64_t seen[3] = {0};
    ferry_request_options options = signed_options();
    options.on_progress = remember;
    options.user_data = seen;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_overwrite_bytes(file, "watched", 7, &options, &err), err);
    CHECK(seen[0] >= 1);
    seen[2] = 1;
    cloud_faults("[{\"class\":\"overwrite\",\"action\":{\"stall_ms\":20000}}]");
    CHECK_STATUS(ferry_filelink_overwrite_bytes(file, "stopped", 7, &options, &err), FERRY_CANCELLED, err);
    options = signed_options();
    options.deadline_ms = 500;
    cloud_faults("[{\"class\":\"overwrite\",\"action\":{\"stall_ms\":5000}}]");
    CHECK_STATUS(ferry_filelink_overwrite_bytes(file, "late", 4, &options, &err), FERRY_TIMEOUT, err);
    cloud_reset();
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_without_retries();
    security = signed_policy("{\"expiry\":4102444800}", NULL);
    file = stored(client, "first.txt", "first", 5);
    from_everywhere(client);
    refused();
    failures(client);
    watched_and_cancelled();
    ferry_filelink_free(file);
    ferry_security_free(security);
    ferry_filestack_free(client);
    return check_result();
}
