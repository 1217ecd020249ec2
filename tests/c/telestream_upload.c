/* A file becomes a video: in parts, in ranges, with files that belong to it, and refused before anything is
 * sent. */
#include "telestream.h"

static const size_t part = 5 * MIB;

/* Runs an upload, checks what it told, and gives its video's id. */
static char *uploaded(const ferry_upload *upload, struct reports *reports, uint64_t total, uint32_t parts) {
    ferry_error *err = NULL;
    ferry_filelink *link = (ferry_filelink *)&link;
    CHECK_STATE(upload, FERRY_UPLOAD_INITIALIZED);
    FAILS(FERRY_NOT_READY, 0, "not uploaded yet", ferry_upload_result, upload);
    CHECK_STATUS(ferry_upload_filelink(upload, &link, &err), FERRY_INVALID_STATE, err);
    CHECK(link == NULL);
    *reports = (struct reports){.thread = pthread_self()};
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK_STATE(upload, FERRY_UPLOAD_UPLOADED);
    check_reports(reports, total, parts);
    CHECK_STATUS(ferry_upload_filelink(upload, &link, &err), FERRY_INVALID_STATE, err);
    ANSWER(video, ferry_upload_result, upload);
    char *id = id_of(video);
    ferry_value_free(video);
    /* Once it is uploaded, running it does nothing. */
    const int requests = cloud_count("any", 0);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK(cloud_count("any", 0) == requests);
    return id;
}

/* The video is that file, encoded as it was asked for. */
static void check_video(const ferry_telestream *telestream, const char *id, const char *filename,
    const unsigned char *bytes, size_t length) {
    ANSWER(video, ferry_telestream_video_wait, telestream, NULL, id, NULL);
    CHECK_STR(text_of(video, "original_filename"), filename);
    CHECK_STR(text_of(video, "payload"), "mine \xe2\x99\xa5");
    CHECK(int_of(video, "file_size") == (int64_t)length);
    ANSWER(encodings, ferry_telestream_video_encodings_wait, telestream, NULL, id, NULL);
    CHECK(ferry_value_len(encodings) == 1);
    const ferry_value *encoding = ferry_value_at(encodings, 0);
    CHECK_STR(text_of(encoding, "profile_name"), "webm");
    CHECK_STR(text_of(encoding, "path"), filled("webm/%s", text_of(encoding, "id")));
    check_output(telestream, FIRST, id, bytes, length);
    ferry_value_free(video);
    ferry_value_free(encodings);
}

static const char *const wishes =
    "{\"profiles\":[\"webm\"],\"payload\":\"mine \xe2\x99\xa5\",\"path_format\":\":profile/:id\"}";

static void in_parts(telestream_maker maker) {
    cloud_reset();
    ferry_telestream *telestream = maker(FIRST);
    const size_t length = (is_small() ? 1 : 2) * part + 7;
    const uint32_t parts = is_small() ? 2 : 3;
    unsigned char *bytes = noise(length, 1);
    struct reports reports;
    ferry_telestream_upload_options options = telestream_upload_options();
    options.filename = maker == telestream_keyed ? "f\xc3\xbcr immer.mov" : "film.mov";
    options.on_progress = collect;
    options.user_data = &reports;
    options.concurrency = 32;
    ferry_upload *upload =
        telestream_upload(telestream, scratch_file("own name", bytes, length), wishes, &options);
    CHECK(cloud_count("any", 0) == 0);
    char *id = uploaded(upload, &reports, length, parts);
    CHECK(cloud_count("flip_session", 201) == 1 && cloud_count("any", 0) == (int)parts + 1);
    CHECK(cloud_count("flip_part", 200) == (int)parts);
    check_said("flip_session", "file_name", options.filename);
    check_said("flip_session", "multi_chunk", "true");
    check_said("flip_session", "profiles", "webm");
    check_sent(options.filename, 0, "repeated", "0");
    check_video(telestream, id, options.filename, bytes, length);
    free(id);
    free(bytes);
    ferry_upload_free(upload);
    ferry_telestream_free(telestream);
}

static void one_after_the_other(const ferry_telestream *telestream) {
    unsigned char *bytes = noise(part + 1, 2);
    struct reports reports;
    ferry_telestream_upload_options options = telestream_upload_options();
    options.on_progress = collect;
    options.user_data = &reports;
    options.concurrency = 1;
    ferry_upload *upload =
        telestream_upload(telestream, scratch_file("single.mp4", bytes, part + 1), NULL, &options);
    free(uploaded(upload, &reports, part + 1, 2));
    char *session = cloud_session("single.mp4");
    CHECK(json_is(json_get(session, "most_at_once"), "1"));
    free(session);
    free(bytes);
    ferry_upload_free(upload);
}

/* The file of the session has that name, and all of it is there. */
static void check_extra(const char *film, int number, const char *tag, const char *name, const char *stored) {
    check_sent(film, number, "tag", tag);
    check_sent(film, number, "name", name);
    check_sent(film, number, "stored", stored);
    check_sent(film, number, "repeated", "0");
}

static void with_extra_files(telestream_maker maker) {
    cloud_reset();
    ferry_telestream *telestream = maker(FIRST);
    unsigned char *bytes = noise(part + 1, 3);
    char *english = strdup(scratch_file("en.srt", "Hello", 5)),
         *german = strdup(scratch_file("de.srt", "Hallo!", 6));
    char *logo = strdup(scratch_file("logo.png", bytes, part + 1)),
         *film = strdup(scratch_file("extras.mp4", "bytes", 5));
    char *extra =
        strdup(filled("{\"subtitles\":[\"%s\",\"%s\"],\"logo\":\"%s\",\"more\":[\"%s\"],\"none\":[]}",
            english, german, logo, english));
    struct reports reports;
    ferry_telestream_upload_options options = telestream_upload_options();
    options.filename = maker == telestream_keyed ? "extras-keyed.mp4" : "extras.mp4";
    options.extra_files_json = extra;
    options.on_progress = collect;
    options.user_data = &reports;
    ferry_upload *upload = telestream_upload(telestream, film, wishes, &options);
    free(extra); /* the upload has what it needs */
    char *id = uploaded(upload, &reports, 5 + 5 + 6 + part + 1 + 5, 6);
    CHECK(cloud_count("flip_part", 200) == 6 && cloud_count("flip_part", 0) == 6);
    check_extra(options.filename, 0, "null", options.filename, "[0]");
    check_extra(options.filename, 1, "subtitles.index-0", "en.srt", "[0]");
    check_extra(options.filename, 2, "subtitles.index-1", "de.srt", "[0]");
    check_extra(options.filename, 3, "logo", "logo.png", "[0,1]");
    check_extra(options.filename, 4, "more", "en.srt", "[0]");
    check_video(telestream, id, options.filename, (const unsigned char *)"bytes", 5);
    char *const texts[] = {english, german, logo, film, id};
    for (int i = 0; i < 5; i++) {
        free(texts[i]);
    }
    free(bytes);
    ferry_upload_free(upload);
    ferry_telestream_free(telestream);
}

/* The next upload gets this session instead of one that is made for it; `more` are members behind its
 * address. */
static void give_session(const ferry_telestream *telestream, const char *params, const char *more) {
    ANSWER(session, telestream_request, telestream, "POST", "/videos/upload.json", params);
    cloud_reset();
    cloud_faults(filled(
        "[{\"class\":\"flip_session\",\"times\":1,\"action\":{\"body\":\"{\\\"id\\\":\\\"x\\\",\\\"location\\\":\\\"%s\\\"%s}\"}}]",
        text_of(session, "location"), more));
    ferry_value_free(session);
}

/* The older protocol, because it is asked for, or because the service has no other. */
static void in_ranges(const ferry_telestream *telestream, int32_t protocol) {
    cloud_reset();
    const size_t length = part + 11;
    unsigned char *bytes = noise(length, 4);
    const char *path = scratch_file("ranges.mp4", bytes, length);
    if (protocol == FERRY_PROTOCOL_PARTS) {
        give_session(
            telestream, filled("{\"file_name\":\"ranges.mp4\",\"file_size\":%zu,%s", length, wishes + 1), "");
    }
    struct reports reports;
    ferry_telestream_upload_options options = telestream_upload_options();
    options.on_progress = collect;
    options.user_data = &reports;
    options.protocol = protocol;
    ferry_upload *upload = telestream_upload(telestream, path, wishes, &options);
    char *id = uploaded(upload, &reports, length, 2);
    CHECK(cloud_count("flip_range", 204) == 1 && cloud_count("flip_range", 200) == 1 &&
          cloud_count("any", 0) == 3);
    check_sent("ranges.mp4", 0, "repeated", "0");
    check_video(telestream, id, "ranges.mp4", bytes, length);
    free(id);
    free(bytes);
    ferry_upload_free(upload);
    cloud_reset();
}

/* Never more at once than the service allows. */
static void one_connection_only(const ferry_telestream *telestream) {
    cloud_reset();
    const size_t length = 2 * part + 1;
    unsigned char *bytes = noise(length, 5);
    give_session(telestream,
        filled("{\"file_name\":\"narrow.mp4\",\"file_size\":%zu,\"multi_chunk\":\"true\",%s", length,
            wishes + 1),
        ",\\\"parts\\\":\\\"3\\\",\\\"part_size\\\":\\\"5242880\\\",\\\"max_connections\\\":\\\"1\\\"");
    struct reports reports;
    ferry_telestream_upload_options options = telestream_upload_options();
    options.on_progress = collect;
    options.user_data = &reports;
    options.concurrency = 32;
    ferry_upload *upload =
        telestream_upload(telestream, scratch_file("narrow.mp4", bytes, length), wishes, &options);
    char *id = uploaded(upload, &reports, length, 3);
    char *session = cloud_session("narrow.mp4");
    CHECK(json_is(json_get(session, "most_at_once"), "1"));
    check_video(telestream, id, "narrow.mp4", bytes, length);
    free(session);
    free(id);
    free(bytes);
    ferry_upload_free(upload);
    cloud_reset();
}

/* The signature and the session's address are those of the encrypted origin. */
static void encrypted(void) {
    cloud_reset();
    ferry_connection_options connection = connection_options();
    connection.ca_file = env("FERRY_TEST_CA");
    ferry_telestream_options options = telestream_local(FIRST);
    options.base_url = env("FERRY_TEST_HTTPS");
    options.connection = &connection;
    ferry_telestream *telestream = telestream_with("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", &options);
    unsigned char *bytes = noise(part + 1, 6);
    char *id = telestream_video(telestream, "encrypted.mp4", bytes, part + 1, wishes);
    check_video(telestream, id, "encrypted.mp4", bytes, part + 1);
    char *log = cloud_log();
    for (const char *entry = json_first(log); entry != NULL; entry = json_next(entry)) {
        const int is_part = json_is(json_get(entry, "class"), "\"flip_part\"");
        CHECK(!is_part || json_is(json_get(entry, "scheme"), "\"https\""));
    }
    free(log);
    free(id);
    free(bytes);
    ferry_telestream_free(telestream);
}

#define REFUSED(status, part, ...)                                                                           \
    do {                                                                                                     \
        ferry_upload *refused = (ferry_upload *)&refused;                                                    \
        ferry_error *refused_err = NULL;                                                                     \
        const ferry_status refused_got = ferry_telestream_upload_new(__VA_ARGS__, &refused, &refused_err);   \
        CHECK(refused == NULL);                                                                              \
        CHECK_ERROR(refused_got, status, refused_err, part);                                                 \
    } while (0)

static void refused(void) {
    cloud_reset();
    ferry_telestream *telestream = telestream_signed(FIRST), *keyed = telestream_keyed(FIRST),
                     *nowhere = telestream_signed(NULL);
    char *film = strdup(scratch_file("refused.mp4", "bytes", 5)),
         *empty = strdup(scratch_file("empty.mp4", "", 0));
    static const struct {
        const char *params, *culprit;
    } wrong[] = {
        {"{\"file_name\":\"x\"}", "file_name is set by filename"},
        {"{\"file_size\":5}", "file_size is set by the file"},
        {"{\"file\":\"x\"}", "file is set by path"},
        {"{\"multi_chunk\":true}", "multi_chunk is set by protocol"},
        {"{\"extra_files\":[]}", "extra_files is set by extra_files of the options"},
        {"[]", "not a JSON object"},
        {"{", "not JSON"},
        {"\xff", "params_json is not UTF-8"},
        {"{\"profiles\":[1]}", "profiles"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        REFUSED(FERRY_INVALID_ARGUMENT, wrong[i].culprit, telestream, NULL, film, wrong[i].params, NULL);
        REFUSED(FERRY_INVALID_ARGUMENT, wrong[i].culprit, keyed, NULL, film, wrong[i].params, NULL);
    }
    /* What a signed request cannot carry; JSON can. */
    REFUSED(FERRY_INVALID_ARGUMENT, "tags is a list", telestream, NULL, film, "{\"tags\":[\"x\"]}", NULL);
    REFUSED(FERRY_INVALID_ARGUMENT, "a[b] is an object", telestream, NULL, film, "{\"a\":{\"b\":{}}}", NULL);
    REFUSED(FERRY_INVALID_ARGUMENT, "x is null", telestream, NULL, film, "{\"x\":null}", NULL);

    REFUSED(FERRY_INVALID_ARGUMENT, "is empty", telestream, NULL, empty, NULL, NULL);
    REFUSED(FERRY_IO, "missing.mp4", telestream, NULL, scratch("missing.mp4"), NULL, NULL);
    REFUSED(FERRY_IO, "directory", telestream, NULL, env("FERRY_TEST_FOLDER"), NULL, NULL);
    REFUSED(FERRY_INVALID_ARGUMENT, "path is empty", telestream, NULL, "", NULL, NULL);
    REFUSED(FERRY_INVALID_ARGUMENT, "factory_id is empty", telestream, "", film, NULL, NULL);
    REFUSED(FERRY_INVALID_ARGUMENT, "factory_id is needed", nowhere, NULL, film, NULL, NULL);

    ferry_telestream_upload_options options = telestream_upload_options();
    options.concurrency = 65;
    REFUSED(FERRY_INVALID_ARGUMENT, "concurrency is 65", telestream, NULL, film, NULL, &options);
    options = telestream_upload_options();
    options.filename = "";
    REFUSED(FERRY_INVALID_ARGUMENT, "filename is empty", telestream, NULL, film, NULL, &options);
    options.filename = "\xff";
    REFUSED(FERRY_INVALID_ARGUMENT, "filename is not UTF-8", telestream, NULL, film, NULL, &options);
    options = telestream_upload_options();
    options.protocol = 2;
    REFUSED(FERRY_INVALID_ARGUMENT, "protocol is 2", telestream, NULL, film, NULL, &options);

    static const struct {
        const char *json;
        ferry_status status;
        const char *culprit;
    } extras[] = {
        {"[]", FERRY_INVALID_ARGUMENT, "not a JSON object"},
        {"{", FERRY_INVALID_ARGUMENT, "not JSON"},
        {"{\"srt\":5}", FERRY_INVALID_ARGUMENT, "paths under srt"},
        {"{\"srt\":[[]]}", FERRY_INVALID_ARGUMENT, "paths under srt"},
        {"{\"\":\"/etc/passwd\"}", FERRY_INVALID_ARGUMENT, "tag"},
        {"{\"a b\":\"/etc/passwd\"}", FERRY_INVALID_ARGUMENT, "tag"},
        {"{\"a\\r\\nb\":\"/etc/passwd\"}", FERRY_INVALID_ARGUMENT, "tag"},
        {"{\"\xc3\xa4\":\"/etc/passwd\"}", FERRY_INVALID_ARGUMENT, "tag"},
        {"{\"srt\":\"/no/such.srt\"}", FERRY_IO, "/no/such.srt"},
        {"{\"srt\":\"/\"}", FERRY_IO, "directory"},
    };
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
        options = telestream_upload_options();
        options.extra_files_json = extras[i].json;
        REFUSED(extras[i].status, extras[i].culprit, telestream, NULL, film, NULL, &options);
    }
    options.extra_files_json = filled("{\"srt\":\"%s\"}", empty);
    REFUSED(FERRY_INVALID_ARGUMENT, "is empty", telestream, NULL, film, NULL, &options);
    options.extra_files_json = filled("{\"srt\":\"%s\"}", film);
    options.protocol = FERRY_PROTOCOL_RANGES;
    REFUSED(FERRY_INVALID_ARGUMENT, "only in parts", telestream, NULL, film, NULL, &options);

    CHECK(cloud_count("any", 0) == 0);
    free(film);
    free(empty);
    ferry_telestream_free(telestream);
    ferry_telestream_free(keyed);
    ferry_telestream_free(nowhere);
}

/* The upload has what it needs of the client. */
static void the_client_may_go_first(void) {
    ferry_telestream *telestream = telestream_signed(FIRST);
    ferry_upload *upload = telestream_upload(telestream, scratch_file("first.mp4", "bytes", 5), NULL, NULL);
    ferry_telestream_free(telestream);
    ferry_error *err = NULL;
    CHECK_OK(ferry_upload_run(upload, &err), err);
    ferry_upload_free(upload);
}

int main(void) {
    check_begin();
    ferry_telestream *telestream = telestream_signed(FIRST);
    in_parts(telestream_signed);
    in_parts(telestream_keyed);
    one_after_the_other(telestream);
    with_extra_files(telestream_signed);
    with_extra_files(telestream_keyed);
    in_ranges(telestream, FERRY_PROTOCOL_RANGES);
    in_ranges(telestream, FERRY_PROTOCOL_PARTS);
    one_connection_only(telestream);
    ferry_telestream_free(telestream);
    encrypted();
    refused();
    the_client_may_go_first();
    return check_result();
}
