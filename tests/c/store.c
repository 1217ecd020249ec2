/* What the options say reaches the service as it was said, and nothing that was not said. */
#include "client.h"

static void check_said(const char *class, const char *member, const char *wanted) {
    char *said = cloud_said(class, member);
    CHECK_AT(strcmp(said, wanted) == 0, "%s said %s = %s instead of %s", class, member, said, wanted);
    free(said);
}

/* A member of the object `store` in the body of the newest request of that class. */
static void check_store(const char *class, const char *member, const char *wanted) {
    char *store = cloud_said(class, "store");
    char *value = json_copy(json_get(store, member));
    CHECK_AT(strcmp(value, wanted) == 0, "%s said store.%s = %s instead of %s", class, member, value, wanted);
    free(value);
    free(store);
}

static ferry_filelink *upload(const ferry_filestack *client, const ferry_upload_options *options) {
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, "some bytes", 10, options, &link, &err), err);
    return link;
}

static void everything(const ferry_filestack *client) {
    cloud_reset();
    ferry_upload_options options = upload_options();
    options.filename = "sp\xc3\xa4t \xe2\x98\x83 'n\" \\.png";
    options.mimetype = "image/x-own";
    options.location = "gcs";
    options.path = "/in/f\xc3\xbcr/";
    options.container = "my-bucket";
    options.region = "eu-central-1";
    options.access = "public";
    options.workflows_json = "[\"w-1\", {\"id\": \"w-2\"}]";
    options.tags_json = "{\"album\":\"holiday\",\"k\xc3\xa4se\":\"ja\"}";
    options.alt_text = "A ferry at sea";
    ferry_filelink_free(upload(client, &options));
    static const char *const both[] = {"start", "complete"};
    for (int i = 0; i < 2; i++) {
        check_said(both[i], "filename", "sp\xc3\xa4t \xe2\x98\x83 'n\\\" \\\\.png");
        check_said(both[i], "mimetype", "image/x-own");
        check_said(both[i], "size", "10");
        check_said(both[i], "apikey", "TESTKEY");
        check_store(both[i], "location", "gcs");
        check_store(both[i], "path", "/in/f\xc3\xbcr/");
        check_store(both[i], "container", "my-bucket");
        check_store(both[i], "region", "eu-central-1");
        check_store(both[i], "access", "public");
        check_store(both[i], "workflows", "[\"w-1\",\"w-2\"]");
    }
    check_said("complete", "upload_tags", "{\"album\":\"holiday\",\"k\xc3\xa4se\":\"ja\"}");
    check_said("complete", "alt", "A ferry at sea");
    check_said("upload", "part", "1");
    check_said("upload", "size", "10");
    check_said("upload", "md5", "nQVoRp0gbBrt8bcfEvR0vA==");
}

static void defaults(ferry_filestack *client) {
    cloud_reset();
    ferry_filelink_free(upload(client, NULL));
    check_said("start", "filename", "unnamed_file");
    check_said("start", "mimetype", "application/octet-stream");
    check_said("start", "store", "{\"location\":\"S3\"}");
    check_said("start", "fii", "");
    check_said("start", "policy", "");
    check_said("complete", "upload_tags", "");
    check_said("complete", "alt", "");

    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_file(client, scratch_file("a b.JPG", "x", 1), NULL, &link, &err), err);
    check_said("start", "filename", "a b.JPG");
    check_said("start", "mimetype", "image/jpeg");
    ferry_filelink_free(link);
}

/* The client's storage is where files go that do not say; the name of the program is the one that was asked
 * for. */
static void the_client_decides_what_the_upload_does_not(void) {
    cloud_reset();
    ferry_connection_options connection = connection_options();
    connection.user_agent = "harbour/7 (pier 9)";
    ferry_filestack_options options = client_options(env("FERRY_TEST_HTTP"));
    options.storage = "azure";
    options.connection = &connection;
    ferry_filestack *client = client_with(&options);
    ferry_filelink_free(upload(client, NULL));
    check_store("start", "location", "azure");
    char *log = cloud_log();
    for (const char *entry = json_first(log); entry != NULL; entry = json_next(entry)) {
        const int is_put = json_is(json_get(entry, "class"), "\"put\"");
        const char *agent = json_get(json_get(entry, "headers"), "user-agent");
        CHECK(is_put || json_is(agent, "\"harbour/7 (pier 9)\""));
    }
    free(log);
    ferry_filestack_free(client);
}

/* The answers are kept whole, and the filelink is that of the stored file. */
static void the_filelink(const ferry_filestack *client) {
    ferry_filelink *link = upload(client, NULL);
    char url[512];
    snprintf(url, sizeof url, "%s/%s", env("FERRY_TEST_HTTP"), ferry_filelink_handle(link));
    CHECK_STR(ferry_filelink_url(link), url);
    ferry_filelink *same = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_new(client, ferry_filelink_handle(link), &same, &err), err);
    CHECK_STR(ferry_filelink_url(same), url);
    check_content(same, "some bytes", 10);
    ferry_filelink_free(same);
    ferry_filelink_free(link);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    everything(client);
    defaults(client);
    the_client_decides_what_the_upload_does_not();
    the_filelink(client);
    ferry_filestack_free(client);
    return check_result();
}
