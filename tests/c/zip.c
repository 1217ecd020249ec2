/* Several files come as one archive. */
#include "target.h"

static unsigned little(const unsigned char *at, int count) {
    unsigned number = 0;
    while (count-- > 0) {
        number = number << 8 | at[count];
    }
    return number;
}

/* The number of entries, from the record at the archive's end; less than 0 if it is no archive. */
static int zip_count(const unsigned char *bytes, size_t length) {
    if (length < 22 || memcmp(bytes, "PK\3\4", 4) != 0 || memcmp(bytes + length - 22, "PK\5\6", 4) != 0) {
        return -1;
    }
    return (int)little(bytes + length - 12, 2);
}

/* The archive holds exactly these files, with their bytes, which are not compressed. */
static void check_archive(const char *const *names, const char *const *contents, int count) {
    size_t length;
    unsigned char *bytes = read_file(target("all.zip"), &length), *at = bytes;
    CHECK(zip_count(bytes, length) == count);
    for (int i = 0; i < count && at != NULL && at + 30 < bytes + length; i++) {
        const unsigned size = little(at + 22, 4), name = little(at + 26, 2), extra = little(at + 28, 2);
        CHECK_AT(name == strlen(names[i]) && memcmp(at + 30, names[i], name) == 0, "entry %d is not %s", i,
            names[i]);
        CHECK(size == strlen(contents[i]) && memcmp(at + 30 + name + extra, contents[i], size) == 0);
        at += 30 + name + extra + size;
    }
    free(bytes);
}

static void handles_and_urls(const ferry_filestack *client) {
    static const char *const names[] = {"a.txt", "sp\xc3\xa4t \xe2\x98\x83.txt", "c.bin"},
                             *const contents[] = {"first", "second one", ""};
    ferry_filelink *links[3];
    for (int i = 0; i < 2; i++) {
        links[i] = stored(client, names[i], contents[i], strlen(contents[i]));
    }
    char url[1024];
    snprintf(url, sizeof url, "%s?dl=true&a=b%%20c", ferry_filelink_url(links[0]));
    const char *const sources[] = {
        ferry_filelink_handle(links[0]), ferry_filelink_handle(links[1]), url, ferry_filelink_url(links[1])};
    const char *const all_names[] = {names[0], names[1], NULL, NULL};
    uint64_t length = 0;
    size_t found;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_zip(client, sources, 2, target("all.zip"), NULL, &length, &err), err);
    free(read_file(target("all.zip"), &found));
    CHECK(length == found);
    check_archive(all_names, contents, 2);
    char *path = cloud_path("zip"), wanted[1024];
    snprintf(wanted, sizeof wanted, "/TESTKEY/zip/%%5B%s,%s%%5D", sources[0], sources[1]);
    CHECK_STR(path, wanted);
    free(path);
    /* One file, and files from elsewhere. */
    CHECK_OK(ferry_filestack_zip(client, sources, 1, target("all.zip"), NULL, NULL, &err), err);
    check_archive(all_names, contents, 1);
    CHECK_OK(ferry_filestack_zip(client, sources, 4, target("all.zip"), NULL, NULL, &err), err);
    unsigned char *bytes = read_file(target("all.zip"), &found);
    CHECK(zip_count(bytes, found) == 4);
    free(bytes);
    for (int i = 0; i < 2; i++) {
        ferry_filelink_free(links[i]);
    }
}

static void as_many_as_are_allowed(const ferry_filestack *client) {
    ferry_filelink *link = stored(client, "a.txt", "x", 1);
    const char *sources[101];
    for (int i = 0; i < 101; i++) {
        sources[i] = ferry_filelink_handle(link);
    }
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_zip(client, sources, 100, target("all.zip"), NULL, NULL, &err), err);
    size_t length;
    unsigned char *bytes = read_file(target("all.zip"), &length);
    CHECK(zip_count(bytes, length) == 100);
    free(bytes);
    cloud_reset();
    target_clear();
    CHECK_ERROR(ferry_filestack_zip(client, sources, 101, target("all.zip"), NULL, NULL, &err),
        FERRY_INVALID_ARGUMENT, err, "count is 101");
    CHECK_STATUS(ferry_filestack_zip(client, sources, 0, target("all.zip"), NULL, NULL, &err),
        FERRY_INVALID_ARGUMENT, err);
    sources[1] = "a.b";
    CHECK_ERROR(ferry_filestack_zip(client, sources, 2, target("all.zip"), NULL, NULL, &err),
        FERRY_INVALID_ARGUMENT, err, "a.b");
    sources[1] = NULL;
    CHECK_ERROR(ferry_filestack_zip(client, sources, 2, target("all.zip"), NULL, NULL, &err),
        FERRY_INVALID_ARGUMENT, err, "sources");
    CHECK(cloud_count("any", 0) == 0 && target_count() == 0);
    sources[1] = "AAAAAAAAAAAAAAAAAAAA";
    ferry_status status = ferry_filestack_zip(client, sources, 2, target("all.zip"), NULL, NULL, &err);
    CHECK(ferry_error_http_status(err) == 404 && target_count() == 0);
    CHECK_ERROR(status, FERRY_HTTP, err, "cannot zip ");
    ferry_filelink_free(link);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_without_retries();
    handles_and_urls(client);
    as_many_as_are_allowed(client);
    ferry_filestack_free(client);
    return check_result();
}
