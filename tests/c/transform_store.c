/* The result of a chain becomes a file of its own, stored as the options say. */
#include "chain.h"

static ferry_filelink *store(const ferry_transform *chain, const ferry_store_options *options) {
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_store(chain, options, &link, &err), err);
    return link;
}

static char *answered(const ferry_filelink *link, const char *name) {
    ferry_value *answer = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_answer(link, &answer, &err), err);
    const char *text = ferry_value_string(ferry_value_get(answer, name));
    char *copy = strdup(text != NULL ? text : "");
    ferry_value_free(answer);
    return copy;
}

/* The new file has the bytes that a download of the chain has, and the chain goes on as it was. */
static void the_same_bytes(const ferry_filestack *client, const ferry_filelink *source) {
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(source), "resize", "width:120");
    ferry_bytes *made = NULL, *kept = NULL;
    ferry_error *err = NULL;
    char *before = NULL, *after = NULL;
    CHECK_OK(ferry_transform_url(chain, &before, &err), err);
    CHECK_OK(ferry_transform_content(chain, NULL, &made, &err), err);
    ferry_filelink *link = store(chain, NULL);
    CHECK_OK(ferry_filelink_content(link, NULL, &kept, &err), err);
    CHECK(picture_dimensions(ferry_bytes_data(made), ferry_bytes_len(made)).width == 120);
    CHECK(ferry_bytes_len(made) == ferry_bytes_len(kept) && memcmp(ferry_bytes_data(made), ferry_bytes_data(kept), ferry_bytes_len(kept)) == 0);
    CHECK(strcmp(ferry_filelink_handle(link), ferry_filelink_handle(source)) != 0 && strlen(ferry_filelink_handle(link)) == 20);
    CHECK_OK(ferry_transform_url(chain, &after, &err), err);
    CHECK_STR(after, before);
    CHECK(cloud_count("store", 200) == 1);
    char *path = cloud_path("store");
    CHECK_HAS(path, "/resize=width:120/store/");
    free(path);
    ferry_string_free(before);
    ferry_string_free(after);
    ferry_bytes_free(made);
    ferry_bytes_free(kept);
    ferry_filelink_free(link);
    ferry_transform_free(chain);
}

/* Every option arrives as it was given, quoted where the URL needs it. */
static void options_arrive(const ferry_filestack *client, const ferry_filelink *source) {
    cloud_reset();
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(source), "flip", NULL);
    ferry_store_options options = store_options();
    options.filename = "f\xc3\xa4hre, 1.png";
    options.location = "gcs";
    options.path = "in/f\xc3\xbcr/";
    options.container = "my-bucket";
    options.region = "eu-central-1";
    options.access = "public";
    options.workflows_json = "[\"w-1\",\"w-2\"]";
    ferry_filelink *link = store(chain, &options);
    char *path = cloud_path("store");
    CHECK_HAS(path, "/flip/store=access:public,container:my-bucket,filename:%22f%C3%A4hre,%201.png%22,location:gcs,path:%22in/f%C3%BCr/%22,region:eu-central-1,"
                    "workflows:%5Bw-1,w-2%5D/");
    free(path);
    char *filename = answered(link, "filename"), *container = answered(link, "container"), *key = answered(link, "key");
    CHECK_STR(filename, options.filename);
    CHECK_STR(container, "my-bucket");
    CHECK_HAS(key, "in/f\xc3\xbcr/");
    free(filename);
    free(container);
    free(key);
    ferry_filelink_free(link);
    ferry_transform_free(chain);

    chain = chain_new(client, ferry_filelink_handle(source));
    const ferry_store_options nothing = store_options();
    ferry_filelink_free(store(chain, &nothing));
    path = cloud_path("store");
    CHECK_HAS(path, "/store/");
    free(path);
    ferry_transform_free(chain);
}

static void decoded(const ferry_filestack *client) {
    ferry_filelink *text = stored(client, "a.txt", "c29tZSBieXRlcw==", 16);
    ferry_transform *chain = chain_new(client, ferry_filelink_handle(text));
    ferry_store_options options = store_options();
    options.base64decode = true;
    ferry_filelink *link = store(chain, &options);
    check_content(link, "some bytes", 10);
    ferry_filelink_free(link);
    link = store(chain, NULL);
    check_content(link, "c29tZSBieXRlcw==", 16);
    ferry_filelink_free(link);
    ferry_transform_free(chain);
    ferry_filelink_free(text);
}

static void wrong_options(const ferry_filestack *client, const ferry_filelink *source) {
    cloud_reset();
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(source), "flip", NULL);
    static const struct { size_t field; const char *value, *culprit; } wrong[] = {
        {offsetof(ferry_store_options, filename), "", "filename"}, {offsetof(ferry_store_options, filename), "\xff", "filename is not UTF-8"},
        {offsetof(ferry_store_options, location), "", "location"}, {offsetof(ferry_store_options, path), "", "path"},
        {offsetof(ferry_store_options, container), "", "container"}, {offsetof(ferry_store_options, region), "", "region"},
        {offsetof(ferry_store_options, access), "secret", "access"}, {offsetof(ferry_store_options, workflows_json), "[]", "workflows"},
        {offsetof(ferry_store_options, workflows_json), "{}", "workflows"}, {offsetof(ferry_store_options, workflows_json), "[5]", "workflows"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ferry_store_options options = store_options();
        memcpy((char *)&options + wrong[i].field, &wrong[i].value, sizeof wrong[i].value);
        ferry_filelink *link = (ferry_filelink *)&link;
        ferry_error *err = NULL;
        CHECK_ERROR(ferry_transform_store(chain, &options, &link, &err), FERRY_INVALID_ARGUMENT, err, wrong[i].culprit);
        CHECK(link == NULL);
    }
    CHECK(cloud_count("any", 0) == 0);
    ferry_transform_free(chain);
}

static void check_failure(const ferry_transform *chain, const char *action, ferry_status wanted, int http_status, const char *part) {
    char rules[512];
    snprintf(rules, sizeof rules, "[{\"class\":\"store\",\"action\":%s}]", action);
    cloud_reset();
    cloud_faults(rules);
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status = ferry_transform_store(chain, NULL, &link, &err);
    CHECK(link == NULL);
    CHECK(ferry_error_http_status(err) == http_status);
    CHECK_STR(ferry_error_step(err), "store");
    CHECK_HAS(ferry_error_message(err), "cannot store the result of flip/store of ");
    CHECK_ERROR(status, wanted, err, part);
    cloud_reset();
}

static void failures(const ferry_filestack *client, const ferry_filelink *source) {
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(source), "flip", NULL);
    check_failure(chain, "{\"status\":403,\"body\":\"invalid security policy path\"}", FERRY_HTTP, 403, "invalid security policy path");
    check_failure(chain, "{\"status\":503}", FERRY_HTTP, 503, "HTTP 503");
    check_failure(chain, "{\"body\":\"{}\"}", FERRY_PROTOCOL, 200, "handle");
    check_failure(chain, "{\"corrupt_answer\":true}", FERRY_PROTOCOL, 200, "not JSON");
    check_failure(chain, "{\"lost_answer\":true}", FERRY_NETWORK, 0, "");
    ferry_transform_free(chain);
}

/* Some answers have no handle: it is then the last element of the URL. */
static void without_a_handle(const ferry_filestack *client, const ferry_filelink *source) {
    cloud_faults("[{\"class\":\"store\",\"action\":{\"body\":\"{\\\"url\\\":\\\"https://cdn.filestackcontent.com/" HANDLE "\\\",\\\"size\\\":5}\"}}]");
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(source), "flip", NULL);
    ferry_filelink *link = store(chain, NULL);
    CHECK_STR(ferry_filelink_handle(link), HANDLE);
    ferry_filelink_free(link);
    ferry_transform_free(chain);
    cloud_reset();
}

static int32_t count_reports(const ferry_progress *progress, void *user_data) {
    (void)progress;
    ++*(int *)user_data;
    return 0;
}

static int32_t refuse_to_go_on(const ferry_progress *progress, void *user_data) {
    (void)progress;
    (void)user_data;
    return 1;
}

static void watched_and_cancelled(const ferry_filestack *client, const ferry_filelink *source) {
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(source), "flip", NULL);
    ferry_store_options options = store_options();
    int reports = 0;
    options.on_progress = count_reports;
    options.user_data = &reports;
    ferry_filelink_free(store(chain, &options));
    CHECK(reports >= 1);
    options.on_progress = refuse_to_go_on;
    cloud_faults("[{\"class\":\"store\",\"action\":{\"stall_ms\":20000}}]");
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    CHECK_STATUS(ferry_transform_store(chain, &options, &link, &err), FERRY_CANCELLED, err);
    CHECK(link == NULL);
    cloud_reset();
    ferry_transform_free(chain);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_without_retries();
    size_t length;
    unsigned char *picture = the_picture(&length);
    ferry_filelink *source = stored(client, "ferry.png", picture, length);
    the_same_bytes(client, source);
    options_arrive(client, source);
    decoded(client);
    wrong_options(client, source);
    failures(client, source);
    without_a_handle(client, source);
    watched_and_cancelled(client, source);
    ferry_filelink_free(source);
    free(picture);
    ferry_filestack_free(client);
    return check_result();
}
