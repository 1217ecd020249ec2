/* A conversion is a job: it is started, looked at, waited for, and ends in a file or in a reason. */
#include "chain.h"

static ferry_av *convert(
    const ferry_transform *chain, const char *params, const ferry_request_options *options) {
    ferry_av *av = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_av_convert(chain, params, options, &av, &err), err);
    return av;
}

static void check_state(const ferry_av *av, const char *wanted) {
    char *status = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_av_status(av, NULL, &status, &err), err);
    CHECK_STR(status, wanted);
    ferry_string_free(status);
}

/* There is no file as long as nobody has seen it. */
static void check_unfinished(const ferry_av *av) {
    const int before = cloud_count("any", 0);
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status = ferry_av_filelink(av, &link, &err);
    CHECK(link == NULL && ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_NOT_READY, err, "wait for it");
    CHECK(cloud_count("any", 0) == before);
}

static void check_result_file(const ferry_av *av, const char *bytes) {
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_av_filelink(av, &link, &err), err);
    CHECK(strlen(ferry_filelink_handle(link)) == 20);
    check_content(link, bytes, strlen(bytes));
    ferry_filelink_free(link);
}

/* Looked at now and then. */
static void step_by_step(const ferry_transform *chain) {
    char *before = NULL, *after = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_url(chain, &before, &err), err);
    ferry_av *av = convert(chain,
        "{\"preset\":\"webm\",\"width\":640,\"clip_offset\":\"00:00:05\",\"watermark_url\":\"https://example.com/a,b.png\"}",
        NULL);
    CHECK(strlen(ferry_av_uuid(av)) > 10);
    CHECK(atoll(ferry_av_timestamp(av)) > 1600000000);
    CHECK_HAS(ferry_av_url(av),
        "/video_convert=clip_offset:00:00:05,preset:webm,watermark_url:%22https://example.com/a,b.png%22,width:640/");
    check_unfinished(av);
    check_state(av, "pending");
    check_unfinished(av);
    check_state(av, "completed");
    check_result_file(av, "a film");
    /* The chain is what it was, and the conversion does not need it. */
    CHECK_OK(ferry_transform_url(chain, &after, &err), err);
    CHECK_STR(after, before);
    ferry_string_free(before);
    ferry_string_free(after);
    ferry_av_free(av);
}

struct watch {
    int reports, stop;
};

static int32_t report(const ferry_progress *progress, void *user_data) {
    struct watch *watch = user_data;
    (void)progress;
    return ++watch->reports == watch->stop;
}

static ferry_request_options watched(struct watch *watch) {
    ferry_request_options options = request_options();
    options.on_progress = report;
    options.user_data = watch;
    return options;
}

static void waited_for(const ferry_transform *chain) {
    ferry_av *av = convert(chain, "{\"preset\":\"mp3\"}", NULL);
    struct watch watch = {0};
    const ferry_request_options options = watched(&watch);
    ferry_value *answer = NULL;
    ferry_error *err = NULL;
    const double start = check_now();
    CHECK_OK(ferry_av_wait(av, &options, &answer, &err), err);
    CHECK(check_now() - start >= 0.9); /* a service is not asked without a pause */
    CHECK(watch.reports >= 2);
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "status")), "completed");
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "uuid")), ferry_av_uuid(av));
    CHECK(ferry_value_string(ferry_value_get(ferry_value_get(answer, "data"), "url")) != NULL);
    ferry_value_free(answer);
    check_result_file(av, "a film");
    /* Once it is done there is nothing to wait for. */
    CHECK_OK(ferry_av_wait(av, NULL, NULL, &err), err);
    check_state(av, "completed");
    ferry_av_free(av);
}

static void has_failed(const ferry_transform *chain) {
    cloud_faults("[{\"class\":\"av\",\"times\":1,\"action\":{\"job_failed\":true}}]");
    ferry_av *av = convert(chain, "{\"preset\":\"ogg\"}", NULL);
    ferry_value *answer = (ferry_value *)&answer;
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status = ferry_av_wait(av, NULL, &answer, &err);
    CHECK(answer == NULL && !ferry_error_retryable(err));
    CHECK_STR(ferry_error_step(err), "video_convert");
    CHECK_HAS(ferry_error_body(err), "\"failed\"");
    CHECK_ERROR(status, FERRY_HTTP, err, "on purpose");
    /* After that nobody says that it is only a matter of time. */
    status = ferry_av_filelink(av, &link, &err);
    CHECK(link == NULL && !ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_HTTP, err, "on purpose");
    check_state(av, "failed");
    status = ferry_av_filelink(av, &link, &err);
    CHECK(link == NULL);
    CHECK_ERROR(status, FERRY_HTTP, err, "on purpose");
    ferry_av_free(av);
    cloud_reset();
}

/* A job that never ends is left by the deadline or by the callback; it can be waited for again. */
static void never_ends(const ferry_transform *chain) {
    ferry_av *av = convert(chain, "{\"preset\":\"aac\"}", NULL);
    cloud_faults(
        "[{\"class\":\"av\",\"action\":{\"body\":\"{\\\"status\\\":\\\"pending\\\",\\\"uuid\\\":\\\"u\\\"}\"}}]");
    ferry_request_options options = request_options();
    options.deadline_ms = 1500;
    ferry_error *err = NULL;
    double start = check_now();
    CHECK_STATUS(ferry_av_wait(av, &options, NULL, &err), FERRY_TIMEOUT, err);
    CHECK(check_now() - start > 1 && check_now() - start < 20);
    struct watch watch = {.stop = 3};
    options = watched(&watch);
    start = check_now();
    CHECK_STATUS(ferry_av_wait(av, &options, NULL, &err), FERRY_CANCELLED, err);
    CHECK(check_now() - start < 20);
    check_unfinished(av);
    /* Completed, but the file is not there yet: that counts as pending. */
    cloud_faults(
        "[{\"class\":\"av\",\"times\":1,\"action\":{\"body\":\"{\\\"status\\\":\\\"completed\\\",\\\"data\\\":{\\\"url\\\":\\\"\\\"}}\"}}]");
    CHECK_OK(ferry_av_wait(av, NULL, NULL, &err), err);
    check_result_file(av, "a film");
    ferry_av_free(av);
    cloud_reset();
}

static void check_start(const ferry_transform *chain, const char *params, const char *action,
    ferry_status wanted, const char *part) {
    ferry_av *av = (ferry_av *)&av;
    ferry_error *err = NULL;
    if (action != NULL) {
        char rules[512];
        snprintf(rules, sizeof rules, "[{\"class\":\"av\",\"action\":%s}]", action);
        cloud_faults(rules);
    }
    ferry_status status = ferry_transform_av_convert(chain, params, NULL, &av, &err);
    CHECK(av == NULL);
    CHECK_STR(ferry_error_step(err), action == NULL ? "" : "video_convert");
    CHECK_ERROR(status, wanted, err, part);
}

static void not_started(const ferry_transform *chain) {
    cloud_reset();
    check_start(chain, "{\"preset\":5}", NULL, FERRY_INVALID_ARGUMENT, "preset");
    check_start(chain, "{\"wdith\":640}", NULL, FERRY_INVALID_ARGUMENT, "did you mean width?");
    check_start(chain, "{\"fps\":100000}", NULL, FERRY_INVALID_ARGUMENT, "fps is 100000");
    check_start(chain, "{", NULL, FERRY_INVALID_ARGUMENT, "params is not JSON");
    check_start(chain, "[]", NULL, FERRY_INVALID_ARGUMENT, "params is not a JSON object");
    CHECK(cloud_count("any", 0) == 0);
    check_start(chain, "{\"preset\":\"m4a\"}", "{\"status\":403,\"body\":\"secured\"}", FERRY_HTTP,
        "HTTP 403: secured");
    check_start(chain, "{\"preset\":\"m4a\"}", "{\"corrupt_answer\":true}", FERRY_PROTOCOL, "not JSON");
    check_start(chain, "{\"preset\":\"m4a\"}", "{\"body\":\"{\\\"status\\\":\\\"started\\\"}\"}",
        FERRY_PROTOCOL, "uuid");
    cloud_reset();
}

/* Some answers have a number where others have a text. */
static void timestamps(const ferry_transform *chain) {
    cloud_faults(
        "[{\"class\":\"av\",\"action\":{\"body\":\"{\\\"uuid\\\":\\\"u-1\\\",\\\"timestamp\\\":1443454000,\\\"status\\\":\\\"started\\\"}\"}}]");
    ferry_av *av = convert(chain, NULL, NULL);
    CHECK_STR(ferry_av_uuid(av), "u-1");
    CHECK_STR(ferry_av_timestamp(av), "1443454000");
    ferry_av_free(av);
    cloud_reset();
}

/* The service says nothing, and the callback has had enough. */
static void cancelled(const ferry_transform *chain) {
    ferry_av *av = convert(chain, "{\"preset\":\"h264\"}", NULL), *none = NULL;
    struct watch watch = {.stop = 3};
    ferry_request_options options = watched(&watch);
    ferry_error *err = NULL;
    char *status = NULL;
    cloud_faults("[{\"class\":\"av\",\"action\":{\"stall_ms\":60000}}]");
    CHECK_ERROR(ferry_av_status(av, &options, &status, &err), FERRY_CANCELLED, err, "");
    watch.reports = 0;
    CHECK_ERROR(ferry_transform_av_convert(chain, "{\"preset\":\"webm\"}", &options, &none, &err),
        FERRY_CANCELLED, err, "");
    CHECK(watch.reports == 3 && none == NULL && status == NULL);
    cloud_reset();
    ferry_av_free(av);
}

int main(void) {
    check_begin();
    CHECK_STR(ferry_av_uuid(NULL), "");
    CHECK_STR(ferry_av_url(NULL), "");
    ferry_filestack *client = client_without_retries();
    ferry_filelink *film = stored(client, "film.mov", "a film", 6);
    ferry_transform *chain = chain_new(client, ferry_filelink_handle(film));
    step_by_step(chain);
    waited_for(chain);
    has_failed(chain);
    never_ends(chain);
    not_started(chain);
    timestamps(chain);
    cancelled(chain);
    ferry_transform_free(chain);
    ferry_filelink_free(film);
    ferry_filestack_free(client);
    return check_result();
}
