/* Where an account asks for policies, every call passes with the right one, and with each wrong one it fails
 * and says why. */
#include "target.h"

static ferry_filestack *client;
static ferry_filelink *file, *image;
static const ferry_security *with; /* the policy of the attempt */

static ferry_request_options signed_options(void) {
    ferry_request_options options = request_options();
    options.security = with;
    return options;
}

static ferry_status upload(ferry_error **err) {
    ferry_upload_options options = upload_options();
    options.security = with;
    options.path = "/in/";
    options.container = "mine";
    ferry_filelink *link = NULL;
    ferry_status status = ferry_filestack_upload_bytes(client, "some bytes", 10, &options, &link, err);
    ferry_filelink_free(link);
    return status;
}

static ferry_status upload_url(ferry_error **err) {
    ferry_upload_options options = upload_options();
    options.security = with;
    options.path = "/in/";
    options.container = "mine";
    char url[1024];
    snprintf(url, sizeof url, "%s/%s/%s", env("FERRY_TEST_HTTP"), env("FERRY_TEST_ELEMENT"),
        ferry_filelink_handle(file));
    ferry_filelink *link = NULL;
    ferry_status status = ferry_filestack_upload_url(client, url, &options, &link, err);
    ferry_filelink_free(link);
    return status;
}

static ferry_status content(ferry_error **err) {
    const ferry_request_options options = signed_options();
    ferry_bytes *bytes = NULL;
    ferry_status status = ferry_filelink_content(file, &options, &bytes, err);
    ferry_bytes_free(bytes);
    return status;
}

static ferry_status download(ferry_error **err) {
    const ferry_request_options options = signed_options();
    target_clear();
    ferry_status status = ferry_filelink_download(file, target("file"), &options, NULL, err);
    CHECK(target_count() == (status == FERRY_OK));
    return status;
}

static ferry_status metadata_of(const char *attributes, ferry_error **err) {
    const ferry_request_options options = signed_options();
    ferry_value *value = NULL;
    ferry_status status = ferry_filelink_metadata(file, attributes, &options, &value, err);
    ferry_value_free(value);
    return status;
}

static ferry_status metadata(ferry_error **err) {
    return metadata_of(NULL, err);
}

static ferry_status exif(ferry_error **err) {
    return metadata_of("exif", err);
}

static ferry_status overwrite(ferry_error **err) {
    const ferry_request_options options = signed_options();
    return ferry_filelink_overwrite_bytes(file, "some bytes", 10, &options, err);
}

static ferry_status overwrite_url(ferry_error **err) {
    const ferry_request_options options = signed_options();
    char url[1024];
    snprintf(url, sizeof url, "%s/%s/%s", env("FERRY_TEST_HTTP"), env("FERRY_TEST_ELEMENT"),
        ferry_filelink_handle(image));
    return ferry_filelink_overwrite_url(file, url, false, &options, err);
}

static ferry_status transform(ferry_error **err) {
    const ferry_request_options options = signed_options();
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(image), "flip", NULL);
    ferry_bytes *bytes = NULL;
    ferry_status status = ferry_transform_content(chain, &options, &bytes, err);
    ferry_bytes_free(bytes);
    ferry_transform_free(chain);
    return status;
}

static ferry_status tags(ferry_error **err) {
    const ferry_request_options options = signed_options();
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(image), "tags", NULL);
    ferry_value *value = NULL;
    ferry_status status = ferry_transform_json(chain, &options, &value, err);
    ferry_value_free(value);
    ferry_transform_free(chain);
    return status;
}

static ferry_status store(ferry_error **err) {
    ferry_store_options options = store_options();
    options.security = with;
    options.path = "/in/";
    options.container = "mine";
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(image), "flip", NULL);
    ferry_filelink *link = NULL;
    ferry_status status = ferry_transform_store(chain, &options, &link, err);
    ferry_filelink_free(link);
    ferry_transform_free(chain);
    return status;
}

static ferry_status zip(ferry_error **err) {
    const ferry_request_options options = signed_options();
    const char *const sources[] = {ferry_filelink_handle(image)};
    target_clear();
    return ferry_filestack_zip(client, sources, 1, target("all.zip"), &options, NULL, err);
}

static ferry_status conversion(ferry_error **err) {
    const ferry_request_options options = signed_options();
    ferry_transform *chain = chain_new(client, ferry_filelink_handle(image));
    ferry_av *av = NULL;
    ferry_status status = ferry_transform_av_convert(chain, "{\"preset\":\"h264\"}", &options, &av, err);
    if (status == FERRY_OK) {
        /* It is asked for with the same policy. */
        char *state = NULL;
        ferry_error *other = NULL;
        CHECK_OK(ferry_av_status(av, NULL, &state, &other), other);
        CHECK(strstr(ferry_av_url(av), "security=") == NULL);
        ferry_string_free(state);
    }
    ferry_av_free(av);
    ferry_transform_free(chain);
    return status;
}

static ferry_status workflow(ferry_error **err) {
    const ferry_request_options options = signed_options();
    ferry_value *job = NULL, *state = NULL;
    ferry_status status =
        ferry_filestack_workflow_run(client, "w-1", ferry_filelink_handle(file), &options, &job, err);
    if (status == FERRY_OK) {
        const char *id = ferry_value_string(ferry_value_get(job, "jobid"));
        ferry_error *other = NULL;
        CHECK_OK(ferry_filestack_workflow_status(client, id, &options, &state, &other), other);
        ferry_value_free(state);
        CHECK_STATUS(ferry_filestack_workflow_status(client, id, NULL, &state, &other), FERRY_HTTP, other);
    }
    ferry_value_free(job);
    return status;
}

static ferry_status removal(ferry_error **err) {
    const ferry_request_options options = signed_options();
    return ferry_filelink_delete(file, false, &options, err);
}

/* What a call needs, and what else a policy may look at: its file, and what is stored where. The last one
 * ends the file. */
static const struct deed {
    const char *name, *calls;
    ferry_status (*act)(ferry_error **err);
    int needs_security, has_handle, stores;
} deeds[] = {
    {"upload", "\"pick\",\"store\"", upload, 0, 0, 1},
    {"upload_url", "\"pick\",\"store\"", upload_url, 0, 0, 1},
    {"content", "\"read\"", content, 0, 1, 0},
    {"download", "\"read\"", download, 0, 1, 0},
    {"metadata", "\"stat\"", metadata, 0, 1, 0},
    {"exif", "\"stat\",\"exif\"", exif, 0, 1, 0},
    {"overwrite", "\"write\"", overwrite, 1, 1, 0},
    {"overwrite_url", "\"writeUrl\"", overwrite_url, 1, 1, 0},
    {"transform", "\"convert\"", transform, 0, 1, 0},
    {"tags", "\"convert\"", tags, 0, 1, 0},
    {"store", "\"convert\",\"store\"", store, 0, 1, 1},
    {"zip", "\"read\",\"convert\"", zip, 0, 1, 0},
    {"conversion", "\"convert\"", conversion, 0, 1, 0},
    {"workflow", "\"runWorkflow\"", workflow, 0, 1, 0},
    {"removal", "\"remove\"", removal, 1, 1, 0},
};

static void attempt(const struct deed *deed, const char *policy, const char *secret, ferry_status wanted,
    const char *reason) {
    const int before = check_failures;
    ferry_security *security = policy != NULL ? signed_policy(policy, secret) : NULL;
    with = security;
    ferry_error *err = NULL;
    ferry_status status = deed->act(&err);
    if (wanted == FERRY_HTTP) {
        CHECK(ferry_error_http_status(err) == 403 || ferry_error_http_status(err) == 401);
        CHECK(!ferry_error_retryable(err) && *ferry_error_step(err) != '\0');
    }
    if (security != NULL) {
        CHECK(strstr(ferry_error_message(err), ferry_security_signature(security)) == NULL);
        CHECK(strstr(ferry_error_body(err), ferry_security_policy_b64(security)) == NULL);
    }
    if (wanted == FERRY_HTTP) {
        /* The reason stands in the message or, if there is more to say, in the answer. */
        CHECK_AT(
            strstr(ferry_error_message(err), reason) != NULL || strstr(ferry_error_body(err), reason) != NULL,
            "%s\n%s\nlack %s", ferry_error_message(err), ferry_error_body(err), reason);
        reason = "";
    }
    CHECK_ERROR(status, wanted, err, reason);
    CHECK_AT(
        check_failures == before, "... at %s with %s", deed->name, policy != NULL ? policy : "no policy");
    with = NULL;
    ferry_security_free(security);
}

/* With `checked` what is known here is refused before anything is sent, else all is left to the service. */
static void every_way(const struct deed *deed, const char *secret, int checked) {
    char policy[1024];
    /* Those that are refused come first: the last one that passes may end the file. */
    attempt(deed, NULL, NULL, deed->needs_security ? FERRY_INVALID_ARGUMENT : FERRY_HTTP,
        deed->needs_security ? "security is needed" : "no policy was sent");
    const char *const other_call = strstr(deed->calls, "read") != NULL ? "\"stat\"" : "\"read\"";
    const struct {
        const char *expiry, *calls, *more, *secret, *reason;
        int applies, is_known;
    } wrong[] = {
        {"1000000000", deed->calls, "", secret, "expired", 1, 1},
        {"4102444800", deed->calls, "", "a guess", "signature", 1, 0},
        {"4102444800", other_call, "", secret, "does not allow the call", 1, 1},
        {"4102444800", deed->calls, ",\"handle\":\"AAAAAAAAAAAAAAAAAAAA\"", secret, "another handle",
            deed->has_handle, strcmp(deed->name, "zip") != 0},
        {"4102444800", deed->calls, ",\"maxSize\":5", secret, "maxSize", deed->stores, 0},
        {"4102444800", deed->calls, ",\"minSize\":50000000", secret, "minSize", deed->stores, 0},
        {"4102444800", deed->calls, ",\"path\":\"/out/.*\"", secret, "path", deed->stores, 0},
        {"4102444800", deed->calls, ",\"container\":\"theirs\"", secret, "container", deed->stores, 0},
        {"4102444800", deed->calls, ",\"url\":\"https://example.com/.*\"", secret, "url",
            strstr(deed->name, "_url") != NULL, 0},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (wrong[i].applies) {
            snprintf(policy, sizeof policy, "{\"expiry\":%s,\"call\":[%s]%s}", wrong[i].expiry,
                wrong[i].calls, wrong[i].more);
            const int here = checked && wrong[i].is_known;
            const int sent = cloud_count("any", 0);
            attempt(deed, policy, wrong[i].secret, here ? FERRY_INVALID_ARGUMENT : FERRY_HTTP,
                wrong[i].reason);
            CHECK_AT(!here || cloud_count("any", 0) == sent, "%s sent something", deed->name);
        }
    }
    if (!checked) {
        return;
    }
    snprintf(policy, sizeof policy, "{\"expiry\":4102444800,\"call\":[%s]%s}", deed->calls,
        deed->stores ? ",\"maxSize\":50000000,\"minSize\":1,\"path\":\"/in/.*\",\"container\":\"mine\"" : "");
    attempt(deed, policy, secret, FERRY_OK, "");
}

int main(void) {
    check_begin();
    const char *const secret = env("FERRY_TEST_SECRET");
    ferry_connection_options connection = connection_options();
    connection.max_retries = FERRY_NO_RETRIES;
    ferry_filestack_options unchecked = client_options(env("FERRY_TEST_HTTP"));
    unchecked.skip_policy_checks = true;
    unchecked.connection = &connection;
    ferry_filestack *const clients[] = {client_with(&unchecked), client_new(&connection)};
    ferry_security *all = signed_policy("{\"expiry\":4102444800}", secret);
    setenv("FERRY_TEST_ELEMENT", ferry_security_url_string(all), 1);
    ferry_filestack_options options = client_options(env("FERRY_TEST_HTTP"));
    options.security = all;
    options.connection = &connection;
    ferry_filestack *owner = client_with(&options);
    size_t length;
    unsigned char *picture = the_picture(&length);
    ferry_filelink *first = stored(owner, "a.txt", "some bytes", 10),
                   *second = stored(owner, "ferry.png", picture, length);
    ferry_error *err = NULL;
    for (int checked = 0; checked < 2; checked++) {
        client = clients[checked];
        CHECK_OK(ferry_filelink_new(client, ferry_filelink_handle(first), &file, &err), err);
        CHECK_OK(ferry_filelink_new(client, ferry_filelink_handle(second), &image, &err), err);
        for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
            every_way(&deeds[i], secret, checked);
        }
        ferry_filelink_free(file);
        ferry_filelink_free(image);
        ferry_filestack_free(client);
    }
    ferry_filelink_free(first);
    ferry_filelink_free(second);
    ferry_security_free(all);
    ferry_filestack_free(owner);
    free(picture);
    return check_result();
}
