/* The service fetches and stores what is at a URL, as the options say. */
#include "chain.h"

static ferry_filelink *store(
    const ferry_filestack *client, const char *url, const ferry_upload_options *options) {
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_url(client, url, options, &link, &err), err);
    return link;
}

/* One of the tasks in the newest request, as JSON; freed by the caller. */
static char *said_task(int number, const char *member) {
    char *tasks = cloud_said("process", "tasks");
    const char *task = json_first(tasks);
    for (; number > 0 && task != NULL; number--) {
        task = json_next(task);
    }
    char *said = json_copy(json_get(task, member));
    free(tasks);
    return said;
}

static void check_said(char *said, const char *wanted) {
    CHECK_STR(said, wanted);
    free(said);
}

static void with_nothing_said(const ferry_filestack *client, const ferry_filelink *source) {
    cloud_reset();
    ferry_filelink *link = store(client, ferry_filelink_url(source), NULL);
    check_content(link, "some bytes", 10);
    CHECK(strcmp(ferry_filelink_handle(link), ferry_filelink_handle(source)) != 0);
    check_said(cloud_said("process", "apikey"), "TESTKEY");
    check_said(said_task(0, "name"), "store");
    check_said(said_task(0, "params"), "{\"location\":\"S3\"}");
    check_said(said_task(1, "name"), "");
    check_said(cloud_said("process", "upload_tags"), "");
    char sources[512];
    snprintf(sources, sizeof sources, "[\"%s\"]", ferry_filelink_url(source));
    check_said(cloud_said("process", "sources"), sources);
    ferry_filelink_free(link);
}

static void with_everything_said(const ferry_filestack *client, const ferry_filelink *source) {
    cloud_reset();
    ferry_security *security = signed_policy("{\"expiry\":4102444800}", NULL);
    ferry_upload_options options = upload_options();
    options.filename = "sp\xc3\xa4t \xe2\x98\x83.txt";
    options.location = "gcs";
    options.path = "in/f\xc3\xbcr/";
    options.container = "my-bucket";
    options.region = "eu-central-1";
    options.access = "public";
    options.workflows_json = "[\"w-1\", {\"id\": \"w-2\"}]";
    options.tags_json = "{\"album\":\"holiday\",\"k\xc3\xa4se\":\"ja\"}";
    options.security = security;
    ferry_filelink *link = store(client, ferry_filelink_url(source), &options);
    check_content(link, "some bytes", 10);
    char *params = said_task(0, "params");
    static const char *const said[][2] = {
        {"filename", "sp\xc3\xa4t \xe2\x98\x83.txt"},
        {"location", "gcs"},
        {"path", "in/f\xc3\xbcr/"},
        {"container", "my-bucket"},
        {"region", "eu-central-1"},
        {"access", "public"},
        {"workflows", "[\"w-1\",\"w-2\"]"},
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        check_said(json_copy(json_get(params, said[i][0])), said[i][1]);
    }
    free(params);
    check_said(said_task(1, "name"), "security");
    params = said_task(1, "params");
    check_said(json_copy(json_get(params, "policy")), ferry_security_policy_b64(security));
    check_said(json_copy(json_get(params, "signature")), ferry_security_signature(security));
    free(params);
    check_said(cloud_said("process", "upload_tags"), "{\"album\":\"holiday\",\"k\xc3\xa4se\":\"ja\"}");
    ferry_value *answer = NULL;
    char *url = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_answer(link, &answer, &err), err);
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "filename")), options.filename);
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "container")), "my-bucket");
    CHECK_STR(
        ferry_value_string(ferry_value_get(ferry_value_get(answer, "upload_tags"), "album")), "holiday");
    ferry_value_free(answer);
    /* The filelink has the security that the upload was made with. */
    CHECK_OK(ferry_filelink_signed_url(link, NULL, &url, &err), err);
    CHECK_HAS(url, ferry_security_signature(security));
    ferry_string_free(url);
    ferry_filelink_free(link);
    ferry_security_free(security);
}

/* URLs arrive as they were given. */
static void strange_urls(const ferry_filestack *client, const ferry_filelink *source) {
    static const char *const queries[] = {
        "?dl=true", "?a=b&c=%20d", "?q=\"quoted\"", "?x=a,b/c:d", "?\xc3\xbc=\xe2\x98\x83", "#fragment"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char url[1024];
        snprintf(url, sizeof url, "%s%s", ferry_filelink_url(source), queries[i]);
        cloud_reset();
        ferry_filelink *link = NULL;
        ferry_error *err = NULL;
        ferry_status status = ferry_filestack_upload_url(client, url, NULL, &link, &err);
        ferry_error_free(err);
        CHECK(status == FERRY_OK || strcmp(queries[i], "#fragment") == 0);
        char *sources = cloud_said("process", "sources"), *said = json_text(json_first(sources));
        CHECK_STR(said, url);
        free(said);
        free(sources);
        ferry_filelink_free(link);
    }
}

static void refused(const ferry_filestack *client) {
    cloud_reset();
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    static const char *const urls[] = {"", "example.com/a.png", "ftp://example.com/a", "http://",
        "file:///etc/passwd", "https://x/a b", "https://x/\r\n", "\xff"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        CHECK_ERROR(ferry_filestack_upload_url(client, urls[i], NULL, &link, &err), FERRY_INVALID_ARGUMENT,
            err, "url");
        CHECK(link == NULL);
    }
    static const struct {
        size_t field;
        const char *value, *culprit;
    } wrong[] = {
        {offsetof(ferry_upload_options, mimetype), "image/png", "mimetype"},
        {offsetof(ferry_upload_options, alt_text), "a ship", "alt_text"},
        {offsetof(ferry_upload_options, filename), "", "filename"},
        {offsetof(ferry_upload_options, filename), "\xff", "filename is not UTF-8"},
        {offsetof(ferry_upload_options, access), "everybody", "access"},
        {offsetof(ferry_upload_options, path), "", "path"},
        {offsetof(ferry_upload_options, container), "", "container"},
        {offsetof(ferry_upload_options, workflows_json), "[]", "workflows"},
        {offsetof(ferry_upload_options, workflows_json), "w-1", "workflows"},
        {offsetof(ferry_upload_options, tags_json), "[]", "tags"},
        {offsetof(ferry_upload_options, tags_json), "{\"a\":1}", "tags"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ferry_upload_options options = upload_options();
        memcpy((char *)&options + wrong[i].field, &wrong[i].value, sizeof wrong[i].value);
        CHECK_ERROR(ferry_filestack_upload_url(client, "https://example.com/a", &options, &link, &err),
            FERRY_INVALID_ARGUMENT, err, wrong[i].culprit);
        CHECK(link == NULL);
    }
    CHECK(cloud_count("any", 0) == 0);
}

static void check_failure(const ferry_filestack *client, const char *url, const char *action,
    ferry_status wanted, int http_status, const char *part) {
    cloud_reset();
    if (action != NULL) {
        char rules[512];
        snprintf(rules, sizeof rules, "[{\"class\":\"process\",\"action\":%s}]", action);
        cloud_faults(rules);
    }
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_url(client, url, NULL, &link, &err);
    CHECK(link == NULL);
    CHECK(ferry_error_http_status(err) == http_status);
    CHECK_STR(ferry_error_step(err), "process");
    CHECK_HAS(ferry_error_message(err), "cannot store http://127.0.0.1:");
    CHECK_ERROR(status, wanted, err, part);
    cloud_reset();
}

static void failures(const ferry_filestack *client, const ferry_filelink *source) {
    char missing[256];
    const char *const url = ferry_filelink_url(source);
    snprintf(missing, sizeof missing, "%s/AAAAAAAAAAAAAAAAAAAA", env("FERRY_TEST_HTTP"));
    check_failure(client, missing, NULL, FERRY_HTTP, 502, "cannot be fetched");
    check_failure(client, url,
        "{\"status\":400,\"body\":\"{\\\"error\\\":\\\"invalid security policy path\\\"}\"}", FERRY_HTTP, 400,
        "invalid security policy path");
    check_failure(
        client, url, "{\"body\":\"Invalid Application\"}", FERRY_PROTOCOL, 200, "Invalid Application");
    check_failure(client, url, "{\"lost_answer\":true}", FERRY_NETWORK, 0, "");
    check_failure(client, url, "{\"body\":\"{}\"}", FERRY_PROTOCOL, 200, "handle");
}

static int32_t refuse_to_go_on(const ferry_progress *progress, void *user_data) {
    (void)progress;
    (void)user_data;
    return 1;
}

static void cancelled(const ferry_filestack *client, const ferry_filelink *source) {
    ferry_upload_options options = upload_options();
    options.on_progress = refuse_to_go_on;
    cloud_faults("[{\"class\":\"process\",\"action\":{\"stall_ms\":20000}}]");
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    CHECK_STATUS(ferry_filestack_upload_url(client, ferry_filelink_url(source), &options, &link, &err),
        FERRY_CANCELLED, err);
    CHECK(link == NULL);
    cloud_reset();
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_without_retries();
    ferry_filelink *source = stored(client, "source.txt", "some bytes", 10);
    with_nothing_said(client, source);
    with_everything_said(client, source);
    strange_urls(client, source);
    refused(client);
    failures(client, source);
    cancelled(client, source);
    ferry_filelink_free(source);
    ferry_filestack_free(client);
    return check_result();
}
