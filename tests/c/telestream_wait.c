/* Waiting for a video and for its encodings: to the end, to a failure, to a deadline, or until the caller has
 * had enough. */
#include "telestream.h"

/* A report for each call; the percent that were told. */
struct told {
    struct reports reports;
    int cancel_at; /* the report to cancel at; 0: none */
    uint64_t percents[64];
};

static int32_t listen_to(const ferry_progress *progress, void *user_data) {
    struct told *told = user_data;
    if (told->reports.count < 64) {
        told->percents[told->reports.count] = progress->bytes_done;
    }
    collect(progress, &told->reports);
    return told->cancel_at != 0 && told->reports.count >= told->cancel_at;
}

static ferry_request_options watched(struct told *told) {
    *told = (struct told){.reports.thread = pthread_self()};
    ferry_request_options options = request_options();
    options.on_progress = listen_to;
    options.user_data = told;
    return options;
}

static int was_told(const struct told *told, uint64_t percent) {
    for (int i = 0; i < told->reports.count && i < 64; i++) {
        if (told->percents[i] == percent) {
            return 1;
        }
    }
    return 0;
}

static char *new_encoding(const ferry_telestream *telestream, const char *video) {
    ANSWER(encoding, ferry_telestream_create, telestream, FERRY_ENCODINGS, NULL,
        filled("{\"video_id\":\"%s\",\"profile_name\":\"h264\"}", video), NULL);
    char *id = id_of(encoding);
    ferry_value_free(encoding);
    return id;
}

static void to_the_end(telestream_maker maker) {
    ferry_telestream *telestream = maker(FIRST);
    char *video = telestream_video(telestream, "film.mp4", "bytes", 5, "{\"profiles\":\"none\"}");
    struct told told;
    ferry_request_options options = watched(&told);
    ANSWER(stored, ferry_telestream_video_wait, telestream, NULL, video, &options);
    CHECK_STR(text_of(stored, "status"), "success");
    check_reports(&told.reports, 100, 0);
    /* None are under way. */
    ANSWER(none, ferry_telestream_video_encodings_wait, telestream, NULL, video, NULL);
    CHECK_STR(ferry_value_json(none), "[]");

    char *encoding = new_encoding(telestream, video);
    options = watched(&told);
    cloud_reset();
    ANSWER(done, ferry_telestream_encoding_wait, telestream, NULL, encoding, &options);
    CHECK_STR(text_of(done, "status"), "success");
    CHECK(int_of(done, "encoding_progress") == 100);
    check_reports(&told.reports, 100, 0);
    CHECK(was_told(&told, 0) && was_told(&told, 50));
    CHECK(cloud_count("flip_api", 200) == 2);
    /* Once more: at once. */
    cloud_reset();
    ANSWER(again, ferry_telestream_encoding_wait, telestream, NULL, encoding, NULL);
    CHECK(cloud_count("flip_api", 200) == 1);
    CHECK_STR(ferry_value_json(again), ferry_value_json(done));

    char *both = telestream_video(telestream, "both.mp4", "bytes", 5, "{\"profiles\":\"h264,webm\"}");
    options = watched(&told);
    ANSWER(all, ferry_telestream_video_encodings_wait, telestream, NULL, both, &options);
    CHECK(ferry_value_len(all) == 2);
    check_reports(&told.reports, 200, told.reports.newest.parts_total);
    CHECK(was_told(&told, 100));
    for (size_t i = 0; i < 2; i++) {
        CHECK_STR(text_of(ferry_value_at(all, i), "status"), "success");
        CHECK_STR(text_of(ferry_value_at(all, i), "video_id"), both);
    }
    char *const texts[] = {video, encoding, both};
    for (int i = 0; i < 3; i++) {
        free(texts[i]);
    }
    ferry_value *const answers[] = {stored, none, done, again, all};
    for (int i = 0; i < 5; i++) {
        ferry_value_free(answers[i]);
    }
    ferry_telestream_free(telestream);
}

/* An error of the service's, with its reason; waiting again is of no use. */
static void check_failed(ferry_status status, ferry_error *err, const char *step, const char *reason) {
    CHECK(!ferry_error_retryable(err));
    CHECK_STR(ferry_error_step(err), step);
    CHECK_HAS(ferry_error_body(err), "\"status\":\"fail\"");
    CHECK_HAS(ferry_error_message(err), "has failed");
    CHECK_ERROR(status, FERRY_HTTP, err, reason);
}

static void to_a_failure(const ferry_telestream *telestream) {
    char *broken = telestream_video(telestream, "broken.mp4", "bytes", 5, NULL);
    struct told told;
    ferry_request_options options = watched(&told);
    ferry_value *value = (ferry_value *)&value;
    ferry_error *err = NULL;
    ferry_status status = ferry_telestream_video_wait(telestream, NULL, broken, &options, &value, &err);
    check_failed(
        status, err, "video_wait", "FormatNotRecognised: the format of broken.mp4 is not recognised");
    CHECK(value == NULL && told.reports.full == 0);
    err = NULL;
    status = ferry_telestream_video_encodings_wait(telestream, NULL, broken, NULL, &value, &err);
    check_failed(status, err, "video_wait", "FormatNotRecognised");
    FAILS(
        FERRY_HTTP, 404, "Couldn't find Video", ferry_telestream_video_wait, telestream, NULL, "none", NULL);
    FAILS(FERRY_HTTP, 404, "Couldn't find Encoding", ferry_telestream_encoding_wait, telestream, NULL, "none",
        NULL);

    /* One of two encodings fails: its own wait is an error, that for both is not. */
    ANSWER(profile, ferry_telestream_create, telestream, FERRY_PROFILES, NULL,
        "{\"preset_name\":\"ogg\",\"name\":\"broken-ogg\"}", NULL);
    char *video =
        telestream_video(telestream, "half.mp4", "bytes", 5, "{\"profiles\":[\"h264\",\"broken-ogg\"]}");
    options = watched(&told);
    ANSWER(both, ferry_telestream_video_encodings_wait, telestream, NULL, video, &options);
    CHECK(ferry_value_len(both) == 2);
    check_reports(&told.reports, 200, told.reports.newest.parts_total);
    CHECK_STR(text_of(ferry_value_at(both, 0), "status"), "success");
    CHECK_STR(text_of(ferry_value_at(both, 1), "status"), "fail");
    CHECK_STR(text_of(ferry_value_at(both, 1), "error_class"), "EncodingError");
    err = NULL;
    status = ferry_telestream_encoding_wait(
        telestream, NULL, text_of(ferry_value_at(both, 1), "id"), NULL, &value, &err);
    check_failed(status, err, "encoding_wait", "EncodingError: the source could not be encoded");
    free(broken);
    free(video);
    ferry_value_free(profile);
    ferry_value_free(both);
}

/* Lists have at most 100 on a page; all of them are waited for. */
static void more_than_a_page(const ferry_telestream *telestream) {
    char *video = telestream_video(telestream, "many.mp4", "bytes", 5, "{\"profiles\":\"none\"}");
    for (int i = 0; i < 101; i++) {
        free(new_encoding(telestream, video));
    }
    ANSWER(all, ferry_telestream_video_encodings_wait, telestream, NULL, video, NULL);
    CHECK_AT(ferry_value_len(all) == 101, "%zu of 101 encodings", ferry_value_len(all));
    ferry_value_free(all);
    free(video);
}

/* A busy service and a cut line are no reason to stop waiting. */
static void through_a_bad_line(const ferry_telestream *telestream) {
    char *video = telestream_video(telestream, "bad line.mp4", "bytes", 5, "{\"profiles\":\"h264\"}");
    cloud_faults(
        "[{\"class\":\"flip_api\",\"times\":1,\"action\":{\"status\":503}},{\"class\":\"flip_api\",\"times\":1,\"action\":{\"cut_after\":0}}]");
    ANSWER(all, ferry_telestream_video_encodings_wait, telestream, NULL, video, NULL);
    CHECK_STR(text_of(ferry_value_at(all, 0), "status"), "success");
    ferry_value_free(all);
    free(video);
    cloud_reset();
}

typedef ferry_status (*waiting)(const ferry_telestream *, const char *, const char *,
    const ferry_request_options *, ferry_value **, ferry_error **);

/* What is never over: the service says so as often as it is asked. */
static void without_an_end(const ferry_telestream *telestream, waiting wait, const char *answer) {
    const int before = check_failures;
    cloud_reset();
    cloud_faults(filled("[{\"class\":\"flip_api\",\"action\":{\"body\":\"%s\"}}]", answer));
    struct told told;
    ferry_request_options options = watched(&told);
    options.deadline_ms = 1500;
    double began = check_now();
    FAILS(FERRY_TIMEOUT, 0, "", wait, telestream, NULL, "id", &options);
    CHECK(told.reports.full == 0 && told.reports.elsewhere == 0 && told.reports.backwards == 0);
    CHECK_AT(check_now() - began < 15, "the deadline came after %.2f s", check_now() - began);
    CHECK(cloud_count("flip_api", 200) >= 1);

    options = watched(&told);
    told.cancel_at = 3;
    began = check_now();
    FAILS(FERRY_CANCELLED, 0, "", wait, telestream, NULL, "id", &options);
    CHECK(told.reports.count == 3);
    CHECK_AT(check_now() - began < 15, "the end came after %.2f s", check_now() - began);
    /* Nobody asks any more: there is no thread that could. */
    const int requests = cloud_count("any", 0);
    check_no_thread();
    CHECK(cloud_count("any", 0) == requests);
    cloud_reset();
    CHECK_AT(check_failures == before, "... of %s", answer);
}

/* Also while the service says nothing at all. */
static void while_nothing_is_said(const ferry_telestream *telestream) {
    cloud_faults("[{\"class\":\"flip_api\",\"action\":{\"stall_ms\":30000}}]");
    ferry_request_options options = request_options();
    options.deadline_ms = 500;
    FAILS(FERRY_TIMEOUT, 0, "", ferry_telestream_encoding_wait, telestream, NULL, "id", &options);
    struct told told;
    options = watched(&told);
    told.cancel_at = 2;
    FAILS(FERRY_CANCELLED, 0, "", ferry_telestream_encoding_wait, telestream, NULL, "id", &options);
    cloud_reset();
}

int main(void) {
    check_begin();
    to_the_end(telestream_signed);
    to_the_end(telestream_keyed);
    ferry_telestream *telestream = telestream_signed(FIRST);
    to_a_failure(telestream);
    through_a_bad_line(telestream);
    more_than_a_page(telestream);
    without_an_end(
        telestream, ferry_telestream_video_wait, "{\\\"id\\\":\\\"id\\\",\\\"status\\\":\\\"processing\\\"}");
    without_an_end(telestream, ferry_telestream_encoding_wait,
        "{\\\"id\\\":\\\"id\\\",\\\"status\\\":\\\"processing\\\",\\\"encoding_progress\\\":99}");
    without_an_end(telestream, ferry_telestream_encoding_wait,
        "{\\\"id\\\":\\\"id\\\",\\\"status\\\":\\\"processing\\\",\\\"encoding_progress\\\":null}");
    while_nothing_is_said(telestream);
    ferry_telestream_free(telestream);
    return check_result();
}
