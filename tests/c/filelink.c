/* What is known of a stored file, its addresses, and its end. */
#include "chain.h"

static ferry_value *metadata(const ferry_filelink *link, const char *attributes) {
    ferry_value *value = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_metadata(link, attributes, NULL, &value, &err), err);
    return value;
}

static void all_that_is_known(const ferry_filelink *link, size_t length) {
    ferry_value *all = metadata(link, NULL);
    CHECK_STR(ferry_value_string(ferry_value_get(all, "filename")), "ferry.png");
    CHECK_STR(ferry_value_string(ferry_value_get(all, "mimetype")), "image/png");
    CHECK(ferry_value_int(ferry_value_get(all, "size")) == (int64_t)length);
    CHECK(ferry_value_bool(ferry_value_get(all, "writeable")));
    CHECK(ferry_value_double(ferry_value_get(all, "uploaded")) > 1.6e12);
    ferry_value_free(all);
    char *path = cloud_path("metadata");
    CHECK(strchr(path, '?') == NULL);
    free(path);
}

static void what_was_asked_for(const ferry_filelink *link, size_t length) {
    ferry_value *some = metadata(link, "size, width,height ,md5");
    CHECK(ferry_value_len(some) == 4);
    CHECK(ferry_value_int(ferry_value_get(some, "size")) == (int64_t)length);
    CHECK(ferry_value_int(ferry_value_get(some, "width")) == 480 &&
          ferry_value_int(ferry_value_get(some, "height")) == 320);
    CHECK(ferry_value_len(ferry_value_get(some, "md5")) == 32);
    ferry_value_free(some);
    char *path = cloud_path("metadata");
    CHECK_HAS(path, "/metadata?size=true&width=true&height=true&md5=true");
    free(path);
    /* Every attribute there is. */
    static const char all[] =
        "size,mimetype,filename,width,height,uploaded,writeable,cloud,source_url,md5,sha1,sha224,sha256,sha384,sha512,"
        "location,path,container,exif,key";
    ferry_value *value = metadata(link, all);
    CHECK_AT(ferry_value_len(value) == 20, "%s", ferry_value_json(value));
    CHECK(ferry_value_len(ferry_value_get(value, "sha512")) == 128);
    ferry_value_free(value);
    value = metadata(link, "");
    CHECK(ferry_value_len(value) > 4);
    ferry_value_free(value);
}

static void unknown_attributes(const ferry_filelink *link) {
    cloud_reset();
    static const struct {
        const char *attributes, *culprit, *help;
    } wrong[] = {
        {"sise", "\"sise\"", "did you mean size?"},
        {"size,mimetpye", "\"mimetpye\"", "did you mean mimetype?"},
        {"completely_different", "completely_different", "size, mimetype"},
        {"size md5", "\"size md5\"", ""},
        {"\xff", "attributes is not UTF-8", ""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ferry_value *value = (ferry_value *)&value;
        ferry_error *err = NULL;
        ferry_status status = ferry_filelink_metadata(link, wrong[i].attributes, NULL, &value, &err);
        CHECK(value == NULL);
        CHECK_HAS(ferry_error_message(err), wrong[i].help);
        CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, wrong[i].culprit);
    }
    CHECK(cloud_count("any", 0) == 0);
}

static void addresses(const ferry_filestack *client, const ferry_filelink *link) {
    char *url = (char *)&url, wanted[1024];
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_filelink_signed_url(link, NULL, &url, &err), FERRY_INVALID_ARGUMENT, err,
        "security is needed to sign a URL");
    CHECK(url == NULL);
    ferry_security *security = signed_policy("{\"expiry\":4102444800}", NULL);
    snprintf(wanted, sizeof wanted, "%s/%s/%s", env("FERRY_TEST_HTTP"), ferry_security_url_string(security),
        ferry_filelink_handle(link));
    CHECK_OK(ferry_filelink_signed_url(link, security, &url, &err), err);
    CHECK_STR(url, wanted);
    ferry_string_free(url);
    ferry_security_free(security);
    static const char *const wrong[] = {"", "a/b", "a?b", "../x", "h\xc3\xa4ndle", "a b", "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ferry_filelink *other = (ferry_filelink *)&other;
        CHECK_ERROR(
            ferry_filelink_new(client, wrong[i], &other, &err), FERRY_INVALID_ARGUMENT, err, "handle");
        CHECK(other == NULL);
    }
}

/* What the service said when the file was stored, or as much as is known without it. */
static void answers(const ferry_filestack *client, const ferry_filelink *link) {
    ferry_value *answer = NULL;
    ferry_filelink *same = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_answer(link, &answer, &err), err);
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "filename")), "ferry.png");
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "handle")), ferry_filelink_handle(link));
    ferry_value_free(answer);
    CHECK_OK(ferry_filelink_new(client, ferry_filelink_handle(link), &same, &err), err);
    CHECK_OK(ferry_filelink_answer(same, &answer, &err), err);
    CHECK(ferry_value_len(answer) == 1);
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "handle")), ferry_filelink_handle(link));
    ferry_value_free(answer);
    ferry_filelink_free(same);
}

static int objects(const char *folder) {
    DIR *directory = opendir(folder);
    int count = 0;
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count += entry->d_type == DT_DIR ? objects(path) : 1;
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return count;
}

/* How many files the storage holds. */
static int stored_objects(void) {
    char *stats = cloud_ask("GET", "stats", ""), *folder = json_text(json_get(stats, "data"));
    char storage[8192];
    snprintf(storage, sizeof storage, "%s/s3", folder);
    const int count = objects(storage);
    CHECK(count > 0);
    free(folder);
    free(stats);
    return count;
}

static void check_gone(const ferry_filelink *link, const ferry_request_options *options) {
    ferry_bytes *content = NULL;
    ferry_value *value = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_filelink_content(link, NULL, &content, &err);
    CHECK(ferry_error_http_status(err) == 404);
    CHECK_ERROR(status, FERRY_HTTP, err, "File not found");
    CHECK_STATUS(ferry_filelink_metadata(link, NULL, NULL, &value, &err), FERRY_HTTP, err);
    status = ferry_filelink_delete(link, false, options, &err);
    CHECK_STR(ferry_error_step(err), "delete");
    CHECK_HAS(ferry_error_message(err), ferry_filelink_handle(link));
    CHECK_ERROR(status, FERRY_HTTP, err, "404");
    CHECK(content == NULL && value == NULL);
}

static void deleted(const ferry_filestack *client) {
    ferry_filelink *hard = stored(client, "a.txt", "some bytes", 10),
                   *soft = stored(client, "b.txt", "some bytes", 10);
    ferry_error *err = NULL;
    cloud_reset();
    CHECK_ERROR(ferry_filelink_delete(hard, false, NULL, &err), FERRY_INVALID_ARGUMENT, err,
        "security is needed to delete a file");
    CHECK(cloud_count("any", 0) == 0);
    ferry_security *security = signed_policy("{\"expiry\":4102444800}", NULL);
    ferry_request_options options = request_options();
    options.security = security;
    const int before = stored_objects();
    CHECK_OK(ferry_filelink_delete(soft, true, &options, &err), err);
    char *path = cloud_path("delete");
    CHECK_HAS(path, "skip_storage=true");
    free(path);
    CHECK_AT(stored_objects() == before, "%d objects before, %d after", before, stored_objects());
    CHECK_OK(ferry_filelink_delete(hard, false, &options, &err), err);
    path = cloud_path("delete");
    CHECK(strstr(path, "skip_storage") == NULL && strstr(path, "key=") != NULL);
    free(path);
    CHECK_AT(stored_objects() < before, "%d objects before, %d after", before, stored_objects());
    check_gone(hard, &options);
    check_gone(soft, &options);
    ferry_filelink_free(hard);
    ferry_filelink_free(soft);

    /* The client's security is as good. */
    ferry_filestack_options with = client_options(env("FERRY_TEST_HTTP"));
    with.security = security;
    ferry_filestack *secured = client_with(&with);
    ferry_filelink *link = stored(secured, "c.txt", "some bytes", 10);
    CHECK_OK(ferry_filelink_delete(link, false, NULL, &err), err);
    ferry_filelink_free(link);
    ferry_filestack_free(secured);
    ferry_security_free(security);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    size_t length;
    unsigned char *picture = the_picture(&length);
    ferry_filelink *link = stored(client, "ferry.png", picture, length);
    all_that_is_known(link, length);
    what_was_asked_for(link, length);
    unknown_attributes(link);
    addresses(client, link);
    answers(client, link);
    deleted(client);
    ferry_filelink_free(link);
    free(picture);
    ferry_filestack_free(client);
    return check_result();
}
