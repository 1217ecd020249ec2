/* An error says what was being done, what came back and whether trying again can help; secrets it never says.
 */
#include "client.h"

static ferry_status upload(const ferry_filestack *client, ferry_error **err) {
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_status status = ferry_filestack_upload_bytes(client, "some bytes", 10, NULL, &link, err);
    CHECK((status == FERRY_OK) == (link != NULL));
    ferry_filelink_free(link);
    return status;
}

static void fault(const char *class, const char *action) {
    cloud_reset();
    char rules[4096];
    snprintf(rules, sizeof rules, "[{\"class\":\"%s\",\"action\":%s}]", class, action);
    cloud_faults(rules);
}

struct expected {
    const char *class, *action;
    ferry_status status;
    int http_status;
    bool retryable;
    const char *message, *body;
};

static void check_error(const ferry_filestack *client, const struct expected *expected) {
    const int before = check_failures;
    fault(expected->class, expected->action);
    ferry_error *err = NULL;
    ferry_status status = upload(client, &err);
    CHECK(ferry_error_http_status(err) == expected->http_status);
    CHECK(ferry_error_retryable(err) == expected->retryable);
    CHECK_STR(ferry_error_step(err), expected->class);
    CHECK_HAS(ferry_error_body(err), expected->body);
    CHECK(strchr(ferry_error_message(err), '\n') == NULL);
    CHECK_HAS(ferry_error_message(err), "cannot upload unnamed_file");
    CHECK_ERROR(status, expected->status, err, expected->message);
    CHECK(cloud_count(expected->class, 0) == 1);
    CHECK_AT(check_failures == before, "... with %s at %s", expected->action, expected->class);
    /* Nobody has to take the error. */
    fault(expected->class, expected->action);
    CHECK(upload(client, NULL) == expected->status);
}

static void answers(const ferry_filestack *client) {
    const struct expected cases[] = {
        {"start", "{\"status\":400,\"body\":\"{\\\"error\\\":\\\"No such thing\\\"}\"}", FERRY_HTTP, 400,
            false, "HTTP 400: No such thing", "{\"error\":\"No such thing\"}"},
        {"start", "{\"status\":403,\"body\":\"Forbidden\\nby us\"}", FERRY_HTTP, 403, false,
            "HTTP 403: Forbidden by us", "Forbidden\nby us"},
        {"start", "{\"status\":401}", FERRY_HTTP, 401, false, "HTTP 401", ""},
        {"start", "{\"status\":503}", FERRY_HTTP, 503, true, "HTTP 503", ""},
        {"start", "{\"status\":429,\"retry_after\":60}", FERRY_HTTP, 429, true, "HTTP 429", ""},
        {"start", "{\"status\":408}", FERRY_HTTP, 408, true, "HTTP 408", ""},
        {"start", "{\"body\":\"Invalid Application\"}", FERRY_PROTOCOL, 200, false, "Invalid Application",
            "Invalid Application"},
        {"start", "{\"body\":\"{}\"}", FERRY_PROTOCOL, 200, false, "has no", "{}"},
        {"start", "{\"body\":\"null\"}", FERRY_PROTOCOL, 200, false, "no object or list", "null"},
        {"start", "{\"corrupt_answer\":true}", FERRY_PROTOCOL, 200, false, "not JSON", "<"},
        {"start", "{\"cut_after\":0}", FERRY_NETWORK, 0, true, "", ""},
        {"start", "{\"cut_response_after\":5}", FERRY_NETWORK, 0, true, "", ""},
        {"start", "{\"lost_answer\":true}", FERRY_NETWORK, 0, true, "", ""},
        {"upload", "{\"status\":500}", FERRY_HTTP, 500, true, "part 1", ""},
        {"upload", "{\"body\":\"{\\\"url\\\":1}\"}", FERRY_PROTOCOL, 200, false, "url", ""},
        {"upload", "{\"body\":\"{\\\"url\\\":\\\"ftp://x/\\\",\\\"headers\\\":{}}\"}", FERRY_PROTOCOL, 0,
            false, "ftp://x", ""},
        {"upload",
            "{\"body\":\"{\\\"url\\\":\\\"http://127.0.0.1:1/\\\",\\\"headers\\\":{\\\"a\\\":\\\"b\\\\r\\\\nc\\\"}}\"}",
            FERRY_PROTOCOL, 0, false, "header", ""},
        {"put", "{\"status\":403,\"code\":\"AccessDenied\"}", FERRY_HTTP, 403, false, "AccessDenied",
            "<Code>AccessDenied</Code>"},
        {"put", "{\"status\":403,\"code\":\"RequestTimeTooSkewed\"}", FERRY_HTTP, 403, true,
            "RequestTimeTooSkewed", "<Code>"},
        {"put", "{\"status\":503,\"code\":\"SlowDown\"}", FERRY_HTTP, 503, true, "part 1", "SlowDown"},
        {"put", "{\"wrong_etag\":true}", FERRY_INTEGRITY, 200, true, "other bytes than were sent", ""},
        {"put", "{\"missing_etag\":true}", FERRY_PROTOCOL, 0, false, "without an ETag", ""},
        {"complete", "{\"status\":400,\"body\":\"no\"}", FERRY_HTTP, 400, false, "HTTP 400: no", "no"},
        {"complete", "{\"status\":206,\"body\":\"{}\"}", FERRY_HTTP, 206, true, "HTTP 206", "{}"},
        {"complete", "{\"body\":\"{\\\"size\\\":10}\"}", FERRY_PROTOCOL, 200, false, "handle",
            "{\"size\":10}"},
        {"complete", "{\"body\":\"{\\\"handle\\\":\\\"h\\\",\\\"size\\\":9}\"}", FERRY_INTEGRITY, 200, true,
            "stored 9 bytes, but 10 were sent", "\"size\":9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_error(client, &cases[i]);
    }
}

/* The library goes where it was told to go, and nowhere else. A storage that redirects a part means that the
   address is out of date, so the next attempt asks for another one. */
static void redirects_are_not_followed(const ferry_filestack *client) {
    static const char *const classes[] = {"start", "upload", "put", "complete"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        char action[256];
        snprintf(action, sizeof action, "{\"redirect\":\"%s/elsewhere\"}", env("FERRY_TEST_HTTP"));
        const bool is_put = strcmp(classes[i], "put") == 0;
        check_error(client, &(struct expected){classes[i], action, FERRY_HTTP, 302, is_put, "302", ""});
        char *log = cloud_log();
        CHECK(strstr(log, "/elsewhere\"") == NULL);
        free(log);
    }
}

static long memory_peak(void) {
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kib = atol(line + 6);
        }
    }
    if (status != NULL) {
        fclose(status);
    }
    return kib;
}

/* An answer without an end does not fill the memory. */
static void huge_answers_are_bounded(const ferry_filestack *client) {
    const long before = memory_peak();
    check_error(client,
        &(struct expected){"start", "{\"huge_answer\":4000000000}", FERRY_PROTOCOL, 0, false, "16 MiB", ""});
    check_error(client, &(struct expected){"complete", "{\"status\":500,\"huge_answer\":4000000000}",
                            FERRY_PROTOCOL, 0, false, "16 MiB", ""});
    CHECK_AT(memory_peak() - before < 64 << 10, "%ld KiB more than before", memory_peak() - before);
}

/* An error page that is long is kept in part. */
static void long_bodies_are_cut(const ferry_filestack *client) {
    char *rules = malloc(100000);
    int length = snprintf(rules, 100000, "[{\"class\":\"start\",\"action\":{\"status\":400,\"body\":\"");
    memset(rules + length, 'x', 40000);
    snprintf(rules + length + 40000, 1000, "\"}}]");
    cloud_reset();
    cloud_faults(rules);
    free(rules);
    ferry_error *err = NULL;
    ferry_status status = upload(client, &err);
    CHECK(strlen(ferry_error_body(err)) == 16384);
    CHECK(strlen(ferry_error_message(err)) < 400);
    CHECK_STATUS(status, FERRY_HTTP, err);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_without_retries();
    answers(client);
    redirects_are_not_followed(client);
    long_bodies_are_cut(client);
    if (!is_small()) {
        huge_answers_are_bounded(client);
    }
    ferry_filestack_free(client);
    return check_result();
}
