/* What the service has confirmed is not sent again: after a failure, a lost answer, a pause; and a cancelled
 * upload is taken back. */
#include "control.h"
#include "telestream.h"

/* What the run under way has told. */
static struct reports told;

static int32_t steer_and_collect(const ferry_progress *progress, void *user_data) {
    collect(progress, &told);
    return steer_from_callback(progress, user_data);
}

static size_t film_length(void) {
    return (is_small() ? 1 : 2) * 5 * MIB + 9;
}

static int film_parts(void) {
    return is_small() ? 2 : 3;
}

/* An upload of its own bytes under that name, one part at a time, steered as it says. */
static void film_new(
    struct steered *s, const ferry_telestream *telestream, const char *filename, int32_t protocol) {
    s->length = film_length();
    s->bytes = noise(s->length, strlen(filename));
    ferry_telestream_upload_options options = telestream_upload_options();
    options.protocol = protocol;
    options.concurrency = 1;
    options.on_progress = steer_and_collect;
    options.user_data = s;
    s->upload = telestream_upload(
        telestream, scratch_file(filename, s->bytes, s->length), "{\"profiles\":\"h264\"}", &options);
}

/* Runs it; whatever happens, progress is told here, never downwards, and 100 % exactly if it is done. */
static ferry_status run(struct steered *s, ferry_error **err) {
    told = (struct reports){.thread = pthread_self()};
    const ferry_status status = steered_run(s, err);
    CHECK(told.elsewhere == 0 && told.backwards == 0);
    CHECK_AT(told.full == (status == FERRY_OK), "100 %% was told %d times", told.full);
    CHECK_AT(status != FERRY_OK || told.newest.parts_done == told.newest.parts_total, "%u of %u parts",
        told.newest.parts_done, told.newest.parts_total);
    return status;
}

static void check_no_result(const ferry_upload *upload) {
    FAILS(FERRY_NOT_READY, 0, "not uploaded yet", ferry_upload_result, upload);
}

/* A run that another one can make good. */
static void check_interrupted(const struct steered *s, ferry_status status, ferry_error *err,
    ferry_status wanted, int http, const char *step) {
    CHECK(ferry_error_retryable(err));
    CHECK_AT(ferry_error_http_status(err) == http, "HTTP status %d", (int)ferry_error_http_status(err));
    CHECK_STR(ferry_error_step(err), step);
    CHECK_ERROR(status, wanted, err, "cannot upload ");
    CHECK_STATE(s->upload, FERRY_UPLOAD_INTERRUPTED);
    check_no_result(s->upload);
}

/* Goes on to the end, if it is not there: one session, nothing that was confirmed twice, the right bytes. */
static void go_on(struct steered *s, const ferry_telestream *telestream, const char *filename) {
    ferry_error *err = NULL;
    s->act = NULL;
    s->from_thread = 0;
    cloud_faults("[]");
    if (ferry_upload_state(s->upload) != FERRY_UPLOAD_UPLOADED) {
        CHECK_OK(run(s, &err), err);
    }
    CHECK_STATE(s->upload, FERRY_UPLOAD_UPLOADED);
    CHECK(cloud_count("flip_session", 0) == 1);
    check_sent(filename, 0, "repeated", "0");
    char *session = cloud_session(filename), *video = json_text(json_get(session, "video"));
    check_output(telestream, FIRST, video, s->bytes, s->length);
    free(video);
    free(session);
}

static void film_free(struct steered *s) {
    steered_free(s);
    cloud_reset();
}

static void a_part_is_refused(void) {
    cloud_reset();
    ferry_telestream *telestream = telestream_without_retries();
    struct steered s = {0};
    film_new(&s, telestream, "refused.mp4", FERRY_PROTOCOL_PARTS);
    cloud_faults("[{\"class\":\"flip_part\",\"match\":{\"part\":1},\"action\":{\"status\":503}}]");
    for (int i = 0; i < 2; i++) {
        ferry_error *err = NULL;
        ferry_status status = run(&s, &err);
        CHECK_HAS(ferry_error_message(err), "part 2");
        check_interrupted(&s, status, err, FERRY_HTTP, 503, "part");
        CHECK(cloud_count("flip_part", 200) == 1 && cloud_count("flip_part", 503) == i + 1);
    }
    go_on(&s, telestream, "refused.mp4");
    CHECK(cloud_count("flip_part", 200) == film_parts());
    film_free(&s);
    ferry_telestream_free(telestream);
}

/* The same without the caller: it is tried again. */
static void a_part_is_refused_for_a_while(void) {
    cloud_reset();
    ferry_telestream *telestream = telestream_signed(FIRST);
    struct steered s = {0};
    film_new(&s, telestream, "busy.mp4", FERRY_PROTOCOL_PARTS);
    cloud_faults(
        "[{\"class\":\"flip_part\",\"match\":{\"part\":1},\"times\":1,\"action\":{\"status\":503}},"
        "{\"class\":\"flip_part\",\"match\":{\"part\":0},\"times\":1,\"action\":{\"cut_after\":1000000}}]");
    ferry_error *err = NULL;
    CHECK_OK(run(&s, &err), err);
    CHECK(cloud_count("flip_part", 200) == film_parts() && cloud_count("flip_part", 0) == film_parts() + 2);
    go_on(&s, telestream, "busy.mp4");
    film_free(&s);
    ferry_telestream_free(telestream);
}

/* The part is there, only nobody was told: with retries in one run, without in two. */
static void an_answer_is_lost(
    const ferry_telestream *telestream, const char *filename, int part, ferry_status wanted) {
    cloud_reset();
    struct steered s = {0};
    film_new(&s, telestream, filename, FERRY_PROTOCOL_PARTS);
    cloud_faults(filled(
        "[{\"class\":\"flip_part\",\"match\":{\"part\":%d},\"times\":1,\"action\":{\"lost_answer\":true}}]",
        part));
    ferry_error *err = NULL;
    ferry_status status = run(&s, &err);
    if (wanted == FERRY_OK) {
        CHECK_OK(status, err);
    } else {
        check_interrupted(&s, status, err, wanted, 0, "part");
    }
    go_on(&s, telestream, filename);
    CHECK_AT(cloud_count("flip_part", 0) == film_parts(), "%d parts were sent", cloud_count("flip_part", 0));
    CHECK(cloud_count("flip_missing", 200) >= 1);
    ANSWER(video, ferry_upload_result, s.upload);
    const int last = part == film_parts() - 1;
    /* Nobody was told of the video. */
    CHECK_AT((ferry_value_type(video) == FERRY_VALUE_NULL) == last, "%s", ferry_value_json(video));
    ferry_value_free(video);
    film_free(&s);
}

static void paused(const ferry_telestream *telestream, const char *filename, int32_t protocol) {
    cloud_reset();
    const char *const step = protocol == FERRY_PROTOCOL_PARTS ? "flip_part" : "flip_range";
    struct steered s = {.step = step, .act = ferry_upload_pause};
    film_new(&s, telestream, filename, protocol);
    cloud_faults(filled("[{\"class\":\"%s\",\"action\":{\"slow_bytes_per_second\":4000000}}]", step));
    ferry_error *err = NULL;
    ferry_status status = run(&s, &err);
    CHECK(s.acted && !ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_PAUSED, err, "run it again");
    CHECK_STATE(s.upload, FERRY_UPLOAD_PAUSED);
    check_no_result(s.upload);
    /* What was under way has ended well. */
    const int whole = protocol == FERRY_PROTOCOL_PARTS ? 200 : 204;
    CHECK_AT(cloud_count(step, 0) == cloud_count(step, whole) && cloud_count(step, 0) >= 1 &&
                 cloud_count(step, 0) < film_parts(),
        "%d requests, %d went well", cloud_count(step, 0), cloud_count(step, whole));
    go_on(&s, telestream, filename);
    CHECK(cloud_count(step, 0) == film_parts());
    film_free(&s);
}

/* Cancelled for good, and the service knows; `aborts` is how many requests told it. */
static void cancelled_from(const ferry_telestream *telestream, const char *filename, const char *step,
    const char *action, int32_t protocol, int aborts, int from_thread) {
    const int before = check_failures;
    cloud_reset();
    struct steered s = {.step = step, .act = ferry_upload_cancel, .from_thread = from_thread};
    film_new(&s, telestream, filename, protocol);
    cloud_faults(filled("[{\"class\":\"%s\",\"action\":%s}]", step, action));
    ferry_error *err = NULL;
    ferry_status status = run(&s, &err);
    const double took = check_now() - s.when;
    CHECK(s.acted && !ferry_error_retryable(err));
    CHECK_AT(took < 10, "it took %.2f s to come back", took);
    CHECK_ERROR(status, FERRY_CANCELLED, err, "cancelled");
    CHECK_STATE(s.upload, FERRY_UPLOAD_ABORTED);
    check_no_result(s.upload);
    CHECK_AT(cloud_count("flip_abort", 200) == aborts && cloud_count("flip_abort", 0) == aborts, "%d of %d",
        cloud_count("flip_abort", 200), cloud_count("flip_abort", 0));
    char *session = cloud_session(filename);
    CHECK_STR(session, "");
    free(session);
    err = NULL;
    CHECK_ERROR(ferry_upload_run(s.upload, &err), FERRY_INVALID_STATE, err, "cancelled");
    film_free(&s);
    CHECK_AT(check_failures == before, "... when cancelled at %s from a %s", step,
        from_thread ? "thread" : "callback");
}

static void cancelled_at(const ferry_telestream *telestream, const char *filename, const char *step,
    const char *action, int32_t protocol, int aborts) {
    for (int from_thread = 0; from_thread < 2; from_thread++) {
        cancelled_from(telestream, filename, step, action, protocol, aborts, from_thread);
    }
}
/* Between two runs the service is told by the run that then ends. */
static void cancelled_while_paused(const ferry_telestream *telestream) {
    cloud_reset();
    struct steered s = {.step = "flip_part", .act = ferry_upload_pause};
    film_new(&s, telestream, "between.mp4", FERRY_PROTOCOL_PARTS);
    cloud_faults("[{\"class\":\"flip_part\",\"action\":{\"slow_bytes_per_second\":4000000}}]");
    ferry_error *err = NULL;
    CHECK_STATUS(run(&s, &err), FERRY_PAUSED, err);
    ferry_upload_cancel(s.upload);
    CHECK_STATE(s.upload, FERRY_UPLOAD_ABORTED);
    CHECK_STATUS(run(&s, &err), FERRY_CANCELLED, err);
    CHECK(cloud_count("flip_abort", 200) == 1);
    char *session = cloud_session("between.mp4");
    CHECK_STR(session, "");
    free(session);
    CHECK_STATUS(ferry_upload_run(s.upload, &err), FERRY_INVALID_STATE, err);
    film_free(&s);
}

/* The service cannot be told; the error says so, and the call does not wait for it. */
static void the_service_cannot_be_told(const ferry_telestream *telestream) {
    cloud_reset();
    struct steered s = {.step = "flip_part", .act = ferry_upload_cancel};
    film_new(&s, telestream, "deaf.mp4", FERRY_PROTOCOL_PARTS);
    cloud_faults(
        "[{\"class\":\"flip_part\",\"action\":{\"stall_ms\":30000}},{\"class\":\"flip_abort\",\"action\":{\"status\":500}}]");
    ferry_error *err = NULL;
    CHECK_ERROR(run(&s, &err), FERRY_CANCELLED, err, "the service was not told");
    CHECK_STATE(s.upload, FERRY_UPLOAD_ABORTED);
    film_free(&s);
}

/* The second range begins where the service says, not where this side stopped. */
static void a_range_is_cut(const ferry_telestream *telestream, const char *filename, ferry_status wanted) {
    cloud_reset();
    struct steered s = {0};
    film_new(&s, telestream, filename, FERRY_PROTOCOL_RANGES);
    cloud_faults("[{\"class\":\"flip_range\",\"times\":1,\"action\":{\"cut_after\":1000000}}]");
    ferry_error *err = NULL;
    ferry_status status = run(&s, &err);
    if (wanted == FERRY_OK) {
        CHECK_OK(status, err);
    } else {
        check_interrupted(&s, status, err, wanted, 0, "range");
    }
    go_on(&s, telestream, filename);
    check_sent(filename, 0, "reached", filled("%zu", s.length));
    /* Where the ranges began: at 0, then where the first one was cut, then ever further. */
    char *log = cloud_log();
    long long last = -1;
    int ranges = 0;
    for (const char *entry = json_first(log); entry != NULL; entry = json_next(entry)) {
        if (json_is(json_get(entry, "class"), "\"flip_range\"")) {
            char *offset = json_copy(json_get(entry, "offset"));
            const long long begins = atoll(offset);
            CHECK_AT(
                ranges == 0 ? begins == 0 : begins > last, "a range begins at %s, after %lld", offset, last);
            CHECK_AT(ranges != 1 || (begins >= 1000000 && begins < 5 << 20), "the second range begins at %s",
                offset);
            last = begins;
            ranges++;
            free(offset);
        }
    }
    CHECK(ranges >= 2);
    free(log);
    CHECK(cloud_count("flip_missing", 204) == 1);
    film_free(&s);
}

static void a_last_range_whose_answer_is_lost(const ferry_telestream *telestream) {
    cloud_reset();
    struct steered s = {0};
    film_new(&s, telestream, "lost range.mp4", FERRY_PROTOCOL_RANGES);
    cloud_faults(
        filled("[{\"class\":\"flip_range\",\"skip\":%d,\"times\":1,\"action\":{\"lost_answer\":true}}]",
            film_parts() - 1));
    ferry_error *err = NULL;
    CHECK_OK(run(&s, &err), err);
    go_on(&s, telestream, "lost range.mp4");
    CHECK(cloud_count("flip_range", 0) == film_parts());
    ANSWER(video, ferry_upload_result, s.upload);
    CHECK(text_of(video, "id") != NULL);
    ferry_value_free(video);
    film_free(&s);
}

/* What was confirmed and is not there is sent again; so is what was "confirmed" by somebody else. */
static void a_part_was_not_kept(const ferry_telestream *telestream) {
    cloud_reset();
    struct steered s = {0};
    film_new(&s, telestream, "not kept.mp4", FERRY_PROTOCOL_PARTS);
    cloud_faults(
        "[{\"class\":\"flip_part\",\"match\":{\"part\":0},\"times\":1,\"action\":{\"corrupt_answer\":true}}]");
    ferry_error *err = NULL;
    CHECK_OK(run(&s, &err), err);
    go_on(&s, telestream, "not kept.mp4");
    CHECK(cloud_count("flip_part", 0) == film_parts() + 1);
    film_free(&s);
}

/* As often as it is cut: three times, each time a little further on. */
static void a_range_is_cut_again_and_again(const ferry_telestream *telestream) {
    cloud_reset();
    struct steered s = {0};
    film_new(&s, telestream, "cut often.mp4", FERRY_PROTOCOL_RANGES);
    cloud_faults("[{\"class\":\"flip_range\",\"times\":3,\"action\":{\"cut_after\":200000}}]");
    ferry_error *err = NULL;
    CHECK_OK(run(&s, &err), err);
    go_on(&s, telestream, "cut often.mp4");
    CHECK(cloud_count("flip_missing", 204) == 3);
    film_free(&s);
}

/* A session that the service has forgotten is begun anew. */
static void the_session_is_gone(const ferry_telestream *telestream) {
    cloud_reset();
    struct steered s = {.step = "flip_part", .act = ferry_upload_pause};
    film_new(&s, telestream, "gone.mp4", FERRY_PROTOCOL_PARTS);
    cloud_faults("[{\"class\":\"flip_part\",\"action\":{\"slow_bytes_per_second\":4000000}}]");
    ferry_error *err = NULL;
    CHECK_STATUS(run(&s, &err), FERRY_PAUSED, err);
    cloud_faults("[{\"class\":\"flip_missing\",\"times\":1,\"action\":{\"status\":404}}]");
    CHECK_OK(run(&s, &err), err);
    CHECK(cloud_count("flip_session", 201) == 2);
    film_free(&s);
}

/* The video is known from the first run, though its subtitles only went up in the second. */
static void extra_files_go_up_later(void) {
    cloud_reset();
    ferry_telestream *telestream = telestream_without_retries();
    struct steered s = {0};
    char *extra = strdup(scratch_file("de.srt", "Hallo", 5));
    ferry_telestream_upload_options options = telestream_upload_options();
    options.extra_files_json = filled("{\"subtitles\":\"%s\"}", extra);
    options.on_progress = steer_and_collect;
    options.user_data = &s;
    s.upload = telestream_upload(telestream, scratch_file("subtitled.mp4", "bytes", 5), NULL, &options);
    cloud_faults("[{\"class\":\"flip_part\",\"skip\":1,\"times\":1,\"action\":{\"status\":503}}]");
    ferry_error *err = NULL;
    ferry_status status = run(&s, &err);
    check_interrupted(&s, status, err, FERRY_HTTP, 503, "part");
    CHECK_OK(run(&s, &err), err);
    check_sent("subtitled.mp4", 0, "repeated", "0");
    check_sent("subtitled.mp4", 1, "stored", "[0]");
    ANSWER(video, ferry_upload_result, s.upload);
    CHECK_AT(text_of(video, "id") != NULL, "the video is %s", ferry_value_json(video));
    ferry_value_free(video);
    free(extra);
    film_free(&s);
    ferry_telestream_free(telestream);
}

static void in_time_or_not_at_all(const ferry_telestream *telestream) {
    cloud_reset();
    struct steered s = {0};
    s.length = 5;
    s.bytes = noise(s.length, 1);
    ferry_telestream_upload_options options = telestream_upload_options();
    options.deadline_ms = 700;
    options.on_progress = steer_and_collect;
    options.user_data = &s;
    s.upload = telestream_upload(telestream, scratch_file("late.mp4", s.bytes, s.length), NULL, &options);
    cloud_faults("[{\"class\":\"flip_part\",\"action\":{\"stall_ms\":30000}}]");
    ferry_error *err = NULL;
    ferry_status status = run(&s, &err);
    check_interrupted(&s, status, err, FERRY_TIMEOUT, 0, "part");
    go_on(&s, telestream, "late.mp4");
    film_free(&s);
}

/* What is no answer to the opening of a session is none. */
static void strange_sessions(void) {
    ferry_telestream *telestream = telestream_without_retries();
    static const struct {
        const char *action;
        ferry_status wanted;
        const char *part;
    } strange[] = {
        {"{\"corrupt_answer\":true}", FERRY_PROTOCOL, ""},
        {"{\"body\":\"{}\"}", FERRY_PROTOCOL, "location"},
        {"{\"body\":\"{\\\"location\\\":\\\"file:///x\\\"}\"}", FERRY_PROTOCOL, "location"},
        {"{\"body\":\"{\\\"location\\\":\\\"http://127.0.0.1:9/secret\\\",\\\"parts\\\":\\\"9\\\",\\\"part_size\\\":\\\"5\\\"}\"}",
            FERRY_PROTOCOL, "which are not its"},
        {"{\"status\":413,\"body\":\"{\\\"error\\\":\\\"FileSizeLimitExceeded\\\",\\\"message\\\":\\\"too large\\\"}\"}",
            FERRY_HTTP, "FileSizeLimitExceeded: too large"},
    };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        cloud_reset();
        cloud_faults(filled("[{\"class\":\"flip_session\",\"action\":%s}]", strange[i].action));
        ferry_upload *upload =
            telestream_upload(telestream, scratch_file("strange.mp4", "bytes", 5), NULL, NULL);
        ferry_error *err = NULL;
        ferry_status status = ferry_upload_run(upload, &err);
        CHECK_STR(ferry_error_step(err), "session");
        CHECK(strstr(ferry_error_message(err), "secret") == NULL &&
              strstr(ferry_error_body(err), "secret") == NULL);
        CHECK_ERROR(status, strange[i].wanted, err, strange[i].part);
        CHECK(cloud_count("any", 0) == 1);
        ferry_upload_free(upload);
    }
    cloud_reset();
    ferry_telestream_free(telestream);
}

static void the_file_changes_between_two_runs(const ferry_telestream *telestream) {
    cloud_reset();
    struct steered s = {.step = "flip_part", .act = ferry_upload_pause};
    film_new(&s, telestream, "changed.mp4", FERRY_PROTOCOL_PARTS);
    cloud_faults("[{\"class\":\"flip_part\",\"action\":{\"slow_bytes_per_second\":4000000}}]");
    ferry_error *err = NULL;
    CHECK_STATUS(run(&s, &err), FERRY_PAUSED, err);
    scratch_file("changed.mp4", "other", 5);
    const int requests = cloud_count("any", 0);
    CHECK_ERROR(run(&s, &err), FERRY_FILE_CHANGED, err, "changed.mp4");
    CHECK_STATE(s.upload, FERRY_UPLOAD_ERROR);
    CHECK(cloud_count("any", 0) == requests);
    film_free(&s);
}

/* The session's address is a secret: who has it can send parts. */
static void no_error_tells_the_session(void) {
    cloud_reset();
    ferry_telestream *telestream = telestream_without_retries();
    struct steered s = {0};
    film_new(&s, telestream, "secret.mp4", FERRY_PROTOCOL_PARTS);
    cloud_faults(
        "[{\"class\":\"flip_part\",\"match\":{\"part\":1},\"action\":{\"status\":400,\"body\":\"no\"}}]");
    ferry_error *err = NULL;
    ferry_status status = run(&s, &err);
    char *session = cloud_session("secret.mp4"), *id = json_text(json_get(session, "id"));
    CHECK(strlen(id) == 32 && strstr(ferry_error_message(err), id) == NULL &&
          strstr(ferry_error_body(err), id) == NULL);
    CHECK(!ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_HTTP, err, "part 2");
    CHECK_STATE(s.upload, FERRY_UPLOAD_ERROR);
    free(id);
    free(session);
    film_free(&s);
    ferry_telestream_free(telestream);
}

int main(void) {
    check_begin();
    ferry_telestream *telestream = telestream_signed(FIRST), *impatient = telestream_without_retries();
    a_part_is_refused();
    a_part_is_refused_for_a_while();
    an_answer_is_lost(telestream, "lost first.mp4", 0, FERRY_OK);
    an_answer_is_lost(telestream, "lost last.mp4", film_parts() - 1, FERRY_OK);
    an_answer_is_lost(impatient, "lost first, two runs.mp4", 0, FERRY_NETWORK);
    an_answer_is_lost(impatient, "lost last, two runs.mp4", film_parts() - 1, FERRY_NETWORK);
    paused(telestream, "paused.mp4", FERRY_PROTOCOL_PARTS);
    paused(telestream, "paused range.mp4", FERRY_PROTOCOL_RANGES);
    cancelled_at(
        telestream, "cancelled session.mp4", "flip_session", "{\"stall_ms\":30000}", FERRY_PROTOCOL_PARTS, 0);
    cancelled_at(
        telestream, "cancelled part.mp4", "flip_part", "{\"stall_ms\":30000}", FERRY_PROTOCOL_PARTS, 1);
    cancelled_at(telestream, "cancelled slow.mp4", "flip_part", "{\"slow_bytes_per_second\":1000}",
        FERRY_PROTOCOL_PARTS, 1);
    cancelled_at(
        telestream, "cancelled range.mp4", "flip_range", "{\"stall_ms\":30000}", FERRY_PROTOCOL_RANGES, 1);
    cancelled_while_paused(telestream);
    the_service_cannot_be_told(telestream);
    a_range_is_cut(telestream, "cut.mp4", FERRY_OK);
    a_range_is_cut(impatient, "cut, two runs.mp4", FERRY_NETWORK);
    a_last_range_whose_answer_is_lost(telestream);
    a_range_is_cut_again_and_again(telestream);
    a_part_was_not_kept(telestream);
    extra_files_go_up_later();
    in_time_or_not_at_all(telestream);
    the_session_is_gone(telestream);
    strange_sessions();
    the_file_changes_between_two_runs(telestream);
    no_error_tells_the_session();
    ferry_telestream_free(telestream);
    ferry_telestream_free(impatient);
    return check_result();
}
