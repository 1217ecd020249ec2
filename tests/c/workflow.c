/* A workflow runs on a stored file, or on one from elsewhere, and tells how far it is. */
#include "chain.h"

static const char *text_of(const ferry_value *value, const char *name) {
    const char *text = ferry_value_string(ferry_value_get(value, name));
    return text != NULL ? text : "";
}

static ferry_value *status_of(const ferry_filestack *client, const char *job) {
    ferry_value *value = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_workflow_status(client, job, NULL, &value, &err), err);
    return value;
}

static ferry_value *run(const ferry_filestack *client, const char *source) {
    ferry_value *job = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_workflow_run(client, "w-1", source, NULL, &job, &err), err);
    CHECK_STR(text_of(job, "status"), "Started");
    CHECK_STR(text_of(job, "workflow"), "w-1");
    CHECK(strlen(text_of(job, "jobid")) > 10);
    return job;
}

static void until_it_is_finished(const ferry_filestack *client, const char *source) {
    ferry_value *job = run(client, source);
    ferry_value *first = status_of(client, text_of(job, "jobid")),
                *second = status_of(client, text_of(job, "jobid"));
    CHECK_STR(text_of(first, "status"), "Started");
    CHECK_STR(text_of(second, "status"), "Finished");
    const ferry_value *results = ferry_value_get(second, "results");
    CHECK(ferry_value_type(results) == FERRY_VALUE_OBJECT && ferry_value_len(results) == 1);
    CHECK(ferry_value_int(ferry_value_get(ferry_value_at(results, 0), "size")) == 10);
    char *path = cloud_path("workflow");
    CHECK_HAS(path, "/workflow_status=job_id:");
    free(path);
    ferry_value_free(first);
    ferry_value_free(second);
    ferry_value_free(job);
}

static void has_failed(const ferry_filestack *client, const char *source) {
    cloud_faults("[{\"class\":\"workflow\",\"times\":1,\"action\":{\"job_failed\":true}}]");
    ferry_value *job = run(client, source);
    ferry_value_free(status_of(client, text_of(job, "jobid")));
    ferry_value *last = status_of(client, text_of(job, "jobid"));
    CHECK_STR(text_of(last, "status"), "Failed");
    ferry_value_free(last);
    ferry_value_free(job);
    cloud_reset();
}

/* The job of a workflow that an upload has started can be asked for too. */
static void started_by_an_upload(const ferry_filestack *client) {
    ferry_upload_options options = upload_options();
    options.workflows_json = "[\"w-7\"]";
    ferry_filelink *link = NULL;
    ferry_value *answer = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, "some bytes", 10, &options, &link, &err), err);
    CHECK_OK(ferry_filelink_answer(link, &answer, &err), err);
    const char *job = text_of(ferry_value_get(ferry_value_get(answer, "workflows"), "w-7"), "jobid");
    ferry_value *status = status_of(client, job);
    CHECK_STR(text_of(status, "workflow"), "w-7");
    ferry_value_free(status);
    ferry_value_free(answer);
    ferry_filelink_free(link);
}

static void check_failure(const char *step, ferry_status status, ferry_value *value, ferry_error *err,
    ferry_status wanted, const char *part) {
    CHECK(value == NULL);
    CHECK_STR(ferry_error_step(err), step);
    CHECK_ERROR(status, wanted, err, part);
}

static void failures(const ferry_filestack *client, const char *handle) {
    ferry_value *value = (ferry_value *)&value;
    ferry_error *err = NULL;
    ferry_status status =
        ferry_filestack_workflow_status(client, "00000000-0000-0000-0000-000000000000", NULL, &value, &err);
    CHECK(ferry_error_http_status(err) == 404);
    check_failure("workflow_status", status, value, err, FERRY_HTTP, "is unknown");
    err = NULL;
    status = ferry_filestack_workflow_run(client, "w-1", "AAAAAAAAAAAAAAAAAAAA", NULL, &value, &err);
    check_failure("run_workflow", status, value, err, FERRY_HTTP, "404");
    cloud_faults("[{\"class\":\"workflow\",\"action\":{\"corrupt_answer\":true}}]");
    err = NULL;
    status = ferry_filestack_workflow_run(client, "w-1", handle, NULL, &value, &err);
    check_failure("run_workflow", status, value, err, FERRY_PROTOCOL, "not JSON");
    cloud_faults("[{\"class\":\"workflow\",\"action\":{\"stall_ms\":20000}}]");
    ferry_request_options options = request_options();
    options.deadline_ms = 500;
    err = NULL;
    status = ferry_filestack_workflow_run(client, "w-1", handle, &options, &value, &err);
    check_failure("run_workflow", status, value, err, FERRY_TIMEOUT, "");
    cloud_reset();
    /* Nothing is sent for what cannot be meant. */
    err = NULL;
    status = ferry_filestack_workflow_run(client, "", handle, NULL, &value, &err);
    check_failure("", status, value, err, FERRY_INVALID_ARGUMENT, "id");
    err = NULL;
    status = ferry_filestack_workflow_run(client, "w-1", "a.b", NULL, &value, &err);
    check_failure("", status, value, err, FERRY_INVALID_ARGUMENT, "source");
    err = NULL;
    status = ferry_filestack_workflow_status(client, "", NULL, &value, &err);
    check_failure("", status, value, err, FERRY_INVALID_ARGUMENT, "job_id");
    CHECK(cloud_count("any", 0) == 0);
}

static int32_t stop(const ferry_progress *progress, void *user_data) {
    (void)progress;
    return ++*(int *)user_data == 3;
}

/* The service says nothing, and the callback has had enough. */
static void cancelled(const ferry_filestack *client, const char *source) {
    ferry_value *job = run(client, source), *value = NULL;
    ferry_error *err = NULL;
    ferry_request_options options = request_options();
    int reports = 0;
    options.on_progress = stop;
    options.user_data = &reports;
    cloud_faults("[{\"class\":\"workflow\",\"action\":{\"stall_ms\":60000}}]");
    CHECK_ERROR(ferry_filestack_workflow_status(client, text_of(job, "jobid"), &options, &value, &err),
        FERRY_CANCELLED, err, "");
    reports = 0;
    CHECK_ERROR(ferry_filestack_workflow_run(client, "w-1", source, &options, &value, &err), FERRY_CANCELLED,
        err, "");
    CHECK(reports == 3 && value == NULL);
    cloud_reset();
    ferry_value_free(job);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_without_retries();
    ferry_filelink *link = stored(client, "a.txt", "some bytes", 10);
    until_it_is_finished(client, ferry_filelink_handle(link));
    until_it_is_finished(client, ferry_filelink_url(link));
    has_failed(client, ferry_filelink_handle(link));
    started_by_an_upload(client);
    failures(client, ferry_filelink_handle(link));
    cancelled(client, ferry_filelink_handle(link));
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    return check_result();
}
