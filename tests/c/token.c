/* Tokens: another handle, of another client, goes on with a copy of the file; what is no token of the upload
 * is refused, each with its reason. */
#include "control.h"
#include "telestream.h"

enum { PARTS = 4 };
static const size_t part = 5 * MIB;
static unsigned char *bytes;
static char source[4096];

static size_t length(void) {
    return PARTS * part;
}

static char *token_of(const ferry_upload *upload) {
    char *token = (char *)&token;
    ferry_error *err = NULL;
    CHECK_OK(ferry_upload_token(upload, &token, &err), err);
    CHECK_AT(token != NULL && strncmp(token, "ferry1.", 7) == 0, "no token: %s", token ? token : "NULL");
    return token;
}

/* Who asks for the token after two parts, and what was said. */
struct asker {
    ferry_upload *upload;
    int from_thread;
    char *token;
};

static void *ask(void *data) {
    struct asker *it = data;
    it->token = token_of(it->upload);
    return NULL;
}

static int32_t ask_and_interrupt(const ferry_progress *progress, void *user_data) {
    struct asker *it = user_data;
    if (progress->parts_done < 2 || !cloud_fired()) {
        return 0;
    }
    if (it->token == NULL && it->from_thread) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, ask, it) == 0);
        pthread_join(thread, NULL);
    } else if (it->token == NULL) {
        ask(it);
    }
    return 1;
}

/* The token of an upload that was interrupted after two parts; its handle is freed. Freed by the caller. */
static char *begun(const ferry_filestack *client, int from_thread) {
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"skip\":2,\"action\":{\"stall_ms\":600000}}]");
    struct asker asker = {.from_thread = from_thread};
    ferry_upload_options options = upload_options();
    options.on_progress = ask_and_interrupt;
    options.user_data = &asker;
    options.concurrency = 1;
    options.filename = "the film.mov";
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_new(client, source, &options, &asker.upload, &err), err);
    char *before = token_of(asker.upload);
    CHECK_STATUS(ferry_upload_run(asker.upload, &err), FERRY_CANCELLED, err);
    char *after = token_of(asker.upload);
    /* What is sealed in it differs each time, so only lengths can be compared. */
    CHECK(strlen(after) == strlen(asker.token));
    CHECK(strlen(before) < strlen(after) && strlen(after) <= 2048 + PARTS * 64);
    CHECK(strpbrk(after, " \t\r\n") == NULL);
    ferry_string_free(before);
    ferry_string_free(after);
    ferry_upload_free(asker.upload);
    cloud_faults("[]");
    return asker.token;
}

static void another_goes_on_with_a_copy(const ferry_filestack *client, int from_thread) {
    char *token = begun(client, from_thread);
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", scratch_file("copy", bytes, length()));
    ferry_filestack *other = client_new(NULL);
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_resume(other, copy, token, NULL, &upload, &err), err);
    CHECK_STATE(upload, FERRY_UPLOAD_INITIALIZED);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    ferry_filelink *link = NULL;
    ferry_value *answer = NULL;
    CHECK_OK(ferry_upload_filelink(upload, &link, &err), err);
    CHECK_OK(ferry_upload_result(upload, &answer, &err), err);
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "filename")), "the film.mov");
    check_content(link, bytes, length());
    check_sent_once();

    /* The token of what is stored gives it again, and sends nothing. */
    char *last = token_of(upload);
    ferry_upload *stored = NULL;
    CHECK_OK(ferry_filestack_upload_resume(other, copy, last, NULL, &stored, &err), err);
    cloud_reset();
    CHECK_OK(ferry_upload_run(stored, &err), err);
    CHECK(cloud_count("any", 0) == 0);
    ferry_filelink *same = NULL;
    CHECK_OK(ferry_upload_filelink(stored, &same, &err), err);
    CHECK_STR(ferry_filelink_url(same), ferry_filelink_url(link));
    ferry_filelink_free(same);
    ferry_upload_free(stored);
    ferry_string_free(last);

    ferry_value_free(answer);
    ferry_filelink_free(link);
    ferry_upload_free(upload);
    ferry_filestack_free(other);
    ferry_string_free(token);
}

static void refuse(const ferry_filestack *client, const char *path, const char *token,
    const ferry_upload_options *options, const char *culprit) {
    cloud_reset();
    ferry_upload *upload = (ferry_upload *)&upload;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_resume(client, path, token, options, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, culprit);
    CHECK(upload == NULL);
    CHECK(cloud_count("any", 0) == 0);
}

static void texts_that_are_no_token(const ferry_filestack *client, const char *token) {
    refuse(client, source, NULL, NULL, "token is NULL");
    refuse(client, NULL, token, NULL, "path is NULL");
    refuse(NULL, source, token, NULL, "client is NULL");
    refuse(client, source, "\xff", NULL, "token is not UTF-8");
    refuse(client, source, "", NULL, "the token is none");
    refuse(client, source, "ferry1", NULL, "the token is none");
    refuse(client, source, "another", NULL, "the token is none");
    char *changed = malloc(strlen(token) + 2);
    for (size_t cut = 7; cut < strlen(token); cut += 1 + cut / 7) {
        snprintf(changed, cut + 1, "%s", token);
        refuse(client, source, changed, NULL, "the token is cut");
    }
    strcpy(changed, token);
    changed[strlen(token) / 2] = changed[strlen(token) / 2] == 'B' ? 'C' : 'B';
    refuse(client, source, changed, NULL, "the token was altered");
    strcpy(changed, token);
    changed[strlen(token) / 2] = '!';
    refuse(client, source, changed, NULL, "the token was altered");
    strcpy(changed, token);
    strcat(changed, "A");
    refuse(client, source, changed, NULL, "the token was altered");
    strcpy(changed, token);
    changed[5] = '7';
    refuse(client, source, changed, NULL, "the token is of version 7");
    free(changed);
}

static void tokens_of_other_uploads(const ferry_filestack *client, const char *token) {
    ferry_filestack_options account = client_options(env("FERRY_TEST_HTTP"));
    ferry_filestack *other = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_new("OTHERKEY", &account, &other, &err), err);
    refuse(other, source, token, NULL, "the token belongs to another account");
    ferry_filestack_free(other);

    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_file("shorter", bytes, length() - 1));
    refuse(client, path, token, NULL, "is not the file of the token");
    snprintf(path, sizeof path, "%s", scratch("no-such-file"));
    ferry_upload *upload = (ferry_upload *)&upload;
    ferry_status status = ferry_filestack_upload_resume(client, path, token, NULL, &upload, &err);
    CHECK_ERROR(status, FERRY_IO, err, "no-such-file");
    CHECK(upload == NULL);

    ferry_telestream *telestream = telestream_signed(FIRST);
    status = ferry_telestream_upload_resume(telestream, source, token, NULL, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "is of an upload to filestack, not to telestream");
    CHECK(upload == NULL);
    CHECK_OK(ferry_telestream_upload_new(telestream, FIRST, source, NULL, NULL, &upload, &err), err);
    char *film = token_of(upload);
    ferry_upload_free(upload);
    refuse(client, source, film, NULL, "is of an upload to telestream, not to filestack");

    ferry_telestream_upload_options options = telestream_upload_options();
    for (int field = 0; field < 2; field++) {
        options.filename = field == 0 ? "other.mov" : NULL;
        options.protocol = field == 0 ? FERRY_PROTOCOL_PARTS : FERRY_PROTOCOL_RANGES;
        upload = (ferry_upload *)&upload;
        status = ferry_telestream_upload_resume(telestream, source, film, &options, &upload, &err);
        CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "the token says what is uploaded and how");
        CHECK(upload == NULL);
    }
    options = telestream_upload_options();
    options.extra_files_json = filled("{\"subtitles\":\"%s\"}", source);
    status = ferry_telestream_upload_resume(telestream, source, film, &options, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "the token");
    ferry_string_free(film);
    ferry_telestream_free(telestream);
}

#define REFUSE_WITH(field, value)                                                                            \
    do {                                                                                                     \
        ferry_upload_options with = upload_options();                                                        \
        with.field = value;                                                                                  \
        refuse(client, source, token, &with, "the token says what is stored and how");                       \
    } while (0)

static void options_that_the_token_has(const ferry_filestack *client, const char *token) {
    REFUSE_WITH(filename, "other");
    REFUSE_WITH(sanitize_filename, true);
    REFUSE_WITH(mimetype, "text/plain");
    REFUSE_WITH(alt_text, "a film");
    REFUSE_WITH(tags_json, "{\"k\":\"v\"}");
    REFUSE_WITH(location, "S3");
    REFUSE_WITH(path, "films/");
    REFUSE_WITH(container, "bucket");
    REFUSE_WITH(region, "eu-west-1");
    REFUSE_WITH(access, "public");
    REFUSE_WITH(workflows_json, "[\"w-1\"]");
    REFUSE_WITH(intelligent, FERRY_INTELLIGENT_ON);
    REFUSE_WITH(part_size, 6 * MIB);

    ferry_upload_options options = upload_options();
    options.concurrency = 65;
    refuse(client, source, token, &options, "concurrency");
    options = upload_options();
    options.journal_dir = "";
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_resume(client, source, token, &options, &upload, &err);
    if (status == FERRY_OK) { /* refused by its run, then, and before anything is sent */
        cloud_reset();
        CHECK_ERROR(ferry_upload_run(upload, &err), FERRY_INVALID_ARGUMENT, err, "journal is empty");
        CHECK(cloud_count("any", 0) == 0);
    } else {
        CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "journal is empty");
    }
    ferry_upload_free(upload);
    options = upload_options();
    const size_t wrong = sizeof options - 1;
    memcpy(&options, &wrong, sizeof wrong);
    refuse(client, source, token, &options, "struct_size of ferry_upload_options");

    /* All that it may set. */
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", scratch("journals"));
    ferry_security *security = NULL;
    CHECK_OK(ferry_security_new("{\"expiry\":4102444800}", "secret", &security, &err), err);
    options = upload_options();
    options.concurrency = 2;
    options.security = security;
    options.deadline_ms = 600000;
    options.journal_dir = folder;
    options.restart = true;
    CHECK_OK(ferry_filestack_upload_resume(client, source, token, &options, &upload, &err), err);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK_STATE(upload, FERRY_UPLOAD_UPLOADED);
    ferry_upload_free(upload);
    ferry_security_free(security);
}

static void there_is_none_after_a_cancel(const ferry_filestack *client) {
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_new(client, source, NULL, &upload, &err), err);
    CHECK_ERROR(ferry_upload_token(upload, NULL, &err), FERRY_INVALID_ARGUMENT, err, "out is NULL");
    ferry_upload_cancel(upload);
    char *token = (char *)&token;
    CHECK_STATUS(ferry_upload_token(upload, &token, &err), FERRY_INVALID_STATE, err);
    CHECK(token == NULL);
    token = (char *)&token;
    CHECK_ERROR(ferry_upload_token(NULL, &token, &err), FERRY_INVALID_ARGUMENT, err, "upload is NULL");
    CHECK(token == NULL);
    ferry_upload_free(upload);
}

int main(void) {
    check_begin();
    bytes = noise(length(), 7);
    snprintf(source, sizeof source, "%s", scratch_file("film.mov", bytes, length()));
    ferry_filestack *client = client_new(NULL);
    another_goes_on_with_a_copy(client, 0);
    another_goes_on_with_a_copy(client, 1);
    char *token = begun(client, 0);
    texts_that_are_no_token(client, token);
    tokens_of_other_uploads(client, token);
    options_that_the_token_has(client, token);
    ferry_string_free(token);
    there_is_none_after_a_cancel(client);
    ferry_filestack_free(client);
    free(bytes);
    return check_result();
}
