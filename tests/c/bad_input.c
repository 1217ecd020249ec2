/* What cannot be used is refused at once: with the right status, by name, and before anything is sent. */
#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "client.h"

static const ferry_filestack *client;

/* Checks one refusal, and that the cloud has heard nothing of it. */
static void check_refused(
    ferry_status status, ferry_status wanted, ferry_error *err, const char *culprit, const char *what) {
    const int before = check_failures;
    CHECK(err != NULL && ferry_error_http_status(err) == 0 && !ferry_error_retryable(err));
    CHECK_STR(ferry_error_step(err), "");
    CHECK_STR(ferry_error_body(err), "");
    CHECK_ERROR(status, wanted, err, culprit);
    CHECK(cloud_count("any", 0) == 0);
    CHECK_AT(check_failures == before, "... with %s", what);
}

/* A file that cannot be uploaded, by both calls that take one. */
static void refuse_path(const char *path, ferry_status wanted, const char *culprit) {
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_file(client, path, NULL, &link, &err);
    CHECK(link == NULL);
    check_refused(status, wanted, err, culprit, path);
    ferry_upload *upload = (ferry_upload *)&upload;
    status = ferry_filestack_upload_new(client, path, NULL, &upload, &err);
    CHECK(upload == NULL);
    check_refused(status, wanted, err, culprit, path);
}

/* The number that the system gave, if it was the system that refused. */
static void numbers(void) {
    char missing[4096], folder[4096];
    snprintf(missing, sizeof missing, "%s", scratch("no-such-file"));
    snprintf(folder, sizeof folder, "%s", env("FERRY_TEST_FOLDER"));
    const struct {
        const char *path;
        int number;
    } cases[] = {{missing, ENOENT}, {folder, EISDIR}, {"/dev/null/x", ENOTDIR}, {"", 0}};
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        ferry_filelink *link = NULL;
        ferry_error *err = NULL;
        CHECK(ferry_filestack_upload_file(client, cases[at].path, NULL, &link, &err) != FERRY_OK);
        CHECK(ferry_error_errno(err) == cases[at].number);
        ferry_error_free(err);
    }
    CHECK(ferry_error_errno(NULL) == 0);
}

static void files(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch("no-such-file"));
    refuse_path(path, FERRY_IO, "no-such-file: No such file");
    refuse_path("", FERRY_INVALID_ARGUMENT, "path");
    refuse_path(env("FERRY_TEST_FOLDER"), FERRY_IO, "directory");
    refuse_path("/dev/null", FERRY_IO, "/dev/null");
    refuse_path("\xff", FERRY_INVALID_ARGUMENT, "path is not UTF-8");

    /* Nobody writes to this pipe: opening it must not wait for ever. */
    snprintf(path, sizeof path, "%s", scratch("pipe"));
    CHECK(mkfifo(path, 0600) == 0);
    refuse_path(path, FERRY_IO, "not a regular file");

    snprintf(path, sizeof path, "%s", scratch_file("empty-file", "", 0));
    refuse_path(path, FERRY_INVALID_ARGUMENT, "empty");

    snprintf(path, sizeof path, "%s", scratch_file("locked", "x", 1));
    CHECK(chmod(path, 0) == 0);
    /* Root may read everything, so it is somebody else for a moment. */
    const uid_t user = geteuid();
    CHECK(user != 0 || seteuid(65534) == 0);
    refuse_path(path, FERRY_IO, "locked: Permission denied");
    CHECK(user != 0 || seteuid(user) == 0);
    prctl(PR_SET_DUMPABLE, 1); /* taken away with the rights; leak checkers need it */
}

static void refuse_options(const ferry_upload_options *options, const char *culprit) {
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_bytes(client, "x", 1, options, &link, &err);
    CHECK(link == NULL);
    check_refused(status, FERRY_INVALID_ARGUMENT, err, culprit, culprit);
}

#define REFUSE(field, value, culprit)                                                                        \
    do {                                                                                                     \
        ferry_upload_options bad = upload_options();                                                         \
        bad.field = value;                                                                                   \
        refuse_options(&bad, culprit);                                                                       \
    } while (0)

static void values(void) {
    REFUSE(part_size, 5 * MIB - 1, "part_size");
    REFUSE(part_size, ((uint64_t)5 << 30) + 1, "part_size");
    REFUSE(part_size, UINT64_MAX, "part_size");
    REFUSE(concurrency, 65, "concurrency is 65");
    REFUSE(concurrency, UINT32_MAX, "concurrency");
    REFUSE(intelligent, 3, "intelligent is 3");
    REFUSE(intelligent, -1, "intelligent is -1");
    REFUSE(access, "everybody", "access");
    REFUSE(filename, "", "filename");
    REFUSE(mimetype, "", "mimetype");
    REFUSE(tags_json, "{\"a\":", "tags");
    REFUSE(tags_json, "[\"a\"]", "tags");
    REFUSE(tags_json, "{\"a\":1}", "tags");
    REFUSE(tags_json, "{\"\":\"x\"}", "tags");
    REFUSE(tags_json,
        "{\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\",\"5\":\"\",\"6\":\"\",\"7\":\"\",\"8\":\"\",\"9\":\"\",\"10\":\"\",\"11\":\"\"}",
        "11 tags");
    REFUSE(workflows_json, "nonsense", "workflows");
    REFUSE(workflows_json, "[]", "workflows");
    REFUSE(workflows_json, "[1]", "workflows");
    REFUSE(workflows_json, "{}", "workflows");
    char longest[127];
    memset(longest, 'a', 126);
    longest[126] = '\0';
    REFUSE(alt_text, longest, "alt_text");
    ferry_upload_options options = upload_options();
    options.intelligent = FERRY_INTELLIGENT_ON;
    options.part_size = 5 * MIB;
    refuse_options(&options, "part_size");
}

/* Every text of the options that are set by name: what is no UTF-8, and what cannot stand in a header. */
static void texts(void) {
    const struct {
        size_t place;
        const char *name;
    } fields[] = {
#define FIELD(name) {offsetof(ferry_upload_options, name), #name}
        FIELD(filename),
        FIELD(mimetype),
        FIELD(location),
        FIELD(path),
        FIELD(container),
        FIELD(region),
        FIELD(access),
        {offsetof(ferry_upload_options, workflows_json), "workflows"},
        {offsetof(ferry_upload_options, tags_json), "tags"},
        FIELD(alt_text),
#undef FIELD
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *const bad[] = {"caf\xe9", "\xed\xa0\x80", "a\r\nx-evil: 1"};
        for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
            ferry_upload_options options = upload_options();
            memcpy((char *)&options + fields[i].place, &bad[j], sizeof bad[j]);
            refuse_options(&options, fields[i].name);
        }
    }
}

/* The size of a struct is how a caller of another version is told from one that did not initialise it. */
static void struct_sizes(void) {
    REFUSE(struct_size, 0, "struct_size of ferry_upload_options is 0");
    REFUSE(struct_size, sizeof(size_t) - 1, "struct_size");
    REFUSE(struct_size, SIZE_MAX, "struct_size");
    struct {
        ferry_upload_options known;
        uint64_t unknown;
    } newer = {.known = upload_options()};
    newer.known.struct_size = sizeof newer;
    newer.unknown = 1;
    refuse_options(&newer.known, "struct_size");
    /* A newer struct is fine as long as its new fields are not used, an older one always. */
    newer.unknown = 0;
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    const char *path = scratch_file("one", "1", 1);
    CHECK_OK(ferry_filestack_upload_new(client, path, &newer.known, &upload, &err), err);
    ferry_upload_free(upload);
    ferry_upload_options older = upload_options();
    older.struct_size = offsetof(ferry_upload_options, alt_text);
    older.alt_text = "\xff"; /* behind its end, so never looked at */
    CHECK_OK(ferry_filestack_upload_new(client, path, &older, &upload, &err), err);
    ferry_upload_free(upload);
    CHECK(cloud_count("any", 0) == 0);
    /* It fills no more than it is told, and nothing at all without room for the size. */
    ferry_upload_options untouched;
    memset(&untouched, 0xab, sizeof untouched);
    ferry_upload_options_init(&untouched, sizeof(size_t) - 1);
    CHECK(*(unsigned char *)&untouched == 0xab);
    ferry_upload_options_init(&untouched, offsetof(ferry_upload_options, mimetype));
    CHECK(untouched.struct_size == offsetof(ferry_upload_options, mimetype) && untouched.filename == NULL);
    CHECK(*((unsigned char *)&untouched + offsetof(ferry_upload_options, mimetype)) == 0xab);
}

enum reading { FAILS, CLAIMS_TOO_MUCH, GIVES_NOTHING, GIVES_THREE };

static int64_t read_badly(void *buffer, size_t capacity, void *user_data) {
    enum reading *reading = user_data;
    switch (*reading) {
    case FAILS:
        return -7;
    case CLAIMS_TOO_MUCH:
        return (int64_t)capacity + 1;
    case GIVES_THREE:
        memcpy(buffer, "abc", 3);
        *reading = GIVES_NOTHING;
        return 3;
    default:
        return 0;
    }
}

static void refuse_reading(enum reading reading, uint64_t size, ferry_status wanted, const char *culprit) {
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status =
        ferry_filestack_upload_reader(client, read_badly, &reading, size, NULL, &link, &err);
    CHECK(link == NULL);
    if (size == FERRY_SIZE_UNKNOWN || size == 0) {
        check_refused(status, wanted, err, culprit, culprit);
    } else {
        CHECK_ERROR(status, wanted, err, culprit);
    }
}

/* Where the size is known the upload begins while the data is read, so the cloud may have heard of it. */
static void data_of_a_known_size(void) {
    refuse_reading(FAILS, 3, FERRY_IO, "read callback");
    refuse_reading(GIVES_THREE, 4, FERRY_FILE_CHANGED, "fewer bytes than the size it was announced with (4)");
    refuse_reading(GIVES_THREE, 2, FERRY_FILE_CHANGED, "more bytes than the size it was announced with (2)");
}

static void data(void) {
    refuse_reading(FAILS, FERRY_SIZE_UNKNOWN, FERRY_IO, "it returned -7");
    refuse_reading(CLAIMS_TOO_MUCH, FERRY_SIZE_UNKNOWN, FERRY_INVALID_ARGUMENT, "read callback claims");
    refuse_reading(GIVES_NOTHING, FERRY_SIZE_UNKNOWN, FERRY_INVALID_ARGUMENT, "empty");
    refuse_reading(GIVES_NOTHING, 0, FERRY_INVALID_ARGUMENT, "empty");
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_bytes(client, "x", 0, NULL, &link, &err);
    check_refused(status, FERRY_INVALID_ARGUMENT, err, "empty", "no bytes");
    status = ferry_filestack_upload_bytes(client, NULL, 0, NULL, &link, &err);
    check_refused(status, FERRY_INVALID_ARGUMENT, err, "empty", "NULL and no bytes");
    status = ferry_filestack_upload_bytes(client, NULL, 1, NULL, &link, &err);
    check_refused(status, FERRY_INVALID_ARGUMENT, err, "data is NULL", "NULL and one byte");
    status = ferry_filestack_upload_bytes(client, "x", SIZE_MAX, NULL, &link, &err);
    check_refused(status, FERRY_INVALID_ARGUMENT, err, "data", "more bytes than there can be");
}

int main(void) {
    check_begin();
    ferry_filestack *made = client_without_retries();
    client = made;
    files();
    numbers();
    values();
    texts();
    struct_sizes();
    data();
    data_of_a_known_size();
    ferry_filestack_free(made);
    return check_result();
}
