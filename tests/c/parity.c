/* The cases that every binding runs alike; tests/vectors/README.md says what each of them is. */
#include "chain.h"
#include "telestream.h"

#define FACTORY "fac1fac1fac1fac1fac1fac1fac1fac1"

struct outcome {
    ferry_status status;
    ferry_error *error;
};

static const char *with;  /* the arguments of the case */
static const char *gives; /* what it has to give, NULL if it has to fail */

/* Texts of the case; all of them are freed at its end. */
static char *texts[64];
static int text_count;

static const char *kept(char *text) {
    CHECK(text_count < 64);
    return texts[text_count++] = text;
}

static const char *text(const char *name) {
    const char *value = json_get(with, name);
    return value == NULL || json_is(value, "null") ? NULL : kept(json_text(value));
}

static const char *raw(const char *name) {
    const char *value = json_get(with, name);
    return value == NULL || json_is(value, "null") ? NULL : kept(json_copy(value));
}

static uint32_t number(const char *name) {
    const char *value = json_get(with, name);
    return value == NULL ? 0 : (uint32_t)atoi(value);
}

static void check_gives(const char *name, const char *got) {
    CHECK_STR(got, kept(json_text(json_get(gives, name))));
}

static void check_gives_number(const char *name, int64_t got) {
    CHECK(gives != NULL && got == atoll(json_get(gives, name)));
}

static ferry_status add_tasks(ferry_transform *chain, ferry_error **err) {
    ferry_status status = FERRY_OK;
    for (const char *task = json_first(json_get(with, "tasks")); task != NULL && status == FERRY_OK;
        task = json_next(task)) {
        const char *name = kept(json_text(json_get(task, "task"))),
                   *params = kept(json_copy(json_get(task, "params")));
        status = ferry_transform_add_json(chain, name, params, err);
    }
    return status;
}

static struct outcome transform_url(void) {
    struct outcome o = {FERRY_OK, NULL};
    ferry_filestack *client = NULL;
    ferry_transform *chain = NULL;
    char *url = NULL;
    CHECK_OK(ferry_filestack_new("TESTKEY", NULL, &client, &o.error), o.error);
    o.status = ferry_transform_new(client, text("source"), &chain, &o.error);
    if (o.status == FERRY_OK) {
        o.status = add_tasks(chain, &o.error);
    }
    if (o.status == FERRY_OK && (o.status = ferry_transform_url(chain, &url, &o.error)) == FERRY_OK) {
        check_gives("url", url);
    }
    ferry_string_free(url);
    ferry_transform_free(chain);
    ferry_filestack_free(client);
    return o;
}

static struct outcome sign_policy(void) {
    struct outcome o = {FERRY_OK, NULL};
    ferry_security *security = NULL;
    o.status = ferry_security_new(raw("policy"), text("secret"), &security, &o.error);
    if (o.status == FERRY_OK) {
        check_gives("policy_b64", ferry_security_policy_b64(security));
        check_gives("signature", ferry_security_signature(security));
    }
    ferry_security_free(security);
    return o;
}

static struct outcome verify_webhook(void) {
    struct outcome o = {FERRY_OK, NULL};
    const char *body = text("body");
    o.status = ferry_webhook_verify(text("secret"), body, strlen(body), text("timestamp"), text("signature"),
        number("tolerance"), &o.error);
    return o;
}

static struct outcome sign_request(void) {
    struct outcome o = {FERRY_OK, NULL};
    ferry_telestream_options options = telestream_options();
    ferry_telestream *telestream = NULL;
    char *json = NULL;
    options.api_host = text("api_host");
    options.factory_id = text("factory_id");
    CHECK_OK(ferry_telestream_new(text("access_key"), text("secret_key"), &options, &telestream, &o.error),
        o.error);
    o.status = ferry_telestream_signed_params(
        telestream, text("method"), text("path"), raw("params"), text("timestamp"), &json, &o.error);
    if (o.status == FERRY_OK) {
        check_gives("signature", kept(json_text(json_get(json, "signature"))));
    }
    ferry_string_free(json);
    ferry_telestream_free(telestream);
    return o;
}

static struct outcome upload_bytes(void) {
    struct outcome o = {FERRY_OK, NULL};
    ferry_filestack *client = client_new(NULL);
    ferry_upload_options options = upload_options();
    ferry_filelink *link = NULL;
    ferry_value *metadata = NULL;
    const char *data = text("text");
    options.filename = text("filename");
    o.status = ferry_filestack_upload_bytes(client, data, strlen(data), &options, &link, &o.error);
    if (o.status == FERRY_OK) {
        check_content(link, data, strlen(data));
        CHECK_OK(ferry_filelink_metadata(link, NULL, NULL, &metadata, &o.error), o.error);
        check_gives("filename", ferry_value_string(ferry_value_get(metadata, "filename")));
        check_gives("mimetype", ferry_value_string(ferry_value_get(metadata, "mimetype")));
        check_gives_number("size", ferry_value_int(ferry_value_get(metadata, "size")));
    }
    ferry_value_free(metadata);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    return o;
}

static void list_attempt(const ferry_event *event, void *user_data) {
    char *attempts = user_data;
    if (event->kind == FERRY_EVENT_ATTEMPT) {
        size_t length = strlen(attempts);
        snprintf(attempts + length, 1000 - length, "%s%s %s %d part %u attempt %u", length == 0 ? "" : "; ",
            event->step, event->method, (int)event->http_status, (unsigned)event->part,
            (unsigned)event->attempt);
    }
}

static struct outcome upload_events(void) {
    struct outcome o = {FERRY_OK, NULL};
    char attempts[1000] = "";
    ferry_connection_options connection = connection_options();
    connection.on_event = list_attempt;
    connection.event_data = attempts;
    ferry_filestack *client = client_new(&connection);
    ferry_upload_options options = upload_options();
    ferry_filelink *link = NULL;
    const char *data = text("text");
    options.filename = text("filename");
    o.status = ferry_filestack_upload_bytes(client, data, strlen(data), &options, &link, &o.error);
    check_gives("attempts", attempts);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    return o;
}

static struct outcome upload_file(void) {
    struct outcome o = {FERRY_OK, NULL};
    ferry_filestack *client = client_new(NULL);
    ferry_filelink *link = NULL;
    o.status = ferry_filestack_upload_file(client, text("path"), NULL, &link, &o.error);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    return o;
}

static struct outcome metadata(void) {
    struct outcome o = {FERRY_OK, NULL};
    ferry_filestack *client = client_new(NULL);
    ferry_filelink *link = NULL;
    ferry_value *value = NULL;
    CHECK_OK(ferry_filelink_new(client, text("handle"), &link, &o.error), o.error);
    o.status = ferry_filelink_metadata(link, NULL, NULL, &value, &o.error);
    ferry_value_free(value);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    return o;
}

static struct outcome image_size(void) {
    struct outcome o = {FERRY_OK, NULL};
    ferry_filestack *client = client_new(NULL);
    ferry_filelink *link = NULL;
    ferry_transform *chain = NULL;
    ferry_value *size = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", env("FERRY_TEST_DATA"), text("data"));
    CHECK_OK(ferry_filestack_upload_file(client, path, NULL, &link, &o.error), o.error);
    CHECK_OK(ferry_transform_new(client, ferry_filelink_handle(link), &chain, &o.error), o.error);
    CHECK_OK(add_tasks(chain, &o.error), o.error);
    CHECK_OK(ferry_transform_add(chain, "imagesize", NULL, &o.error), o.error);
    o.status = ferry_transform_json(chain, NULL, &size, &o.error);
    if (o.status == FERRY_OK) {
        check_gives_number("width", ferry_value_int(ferry_value_get(size, "width")));
        check_gives_number("height", ferry_value_int(ferry_value_get(size, "height")));
    }
    ferry_value_free(size);
    ferry_transform_free(chain);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    return o;
}

static ferry_telestream *telestream_account(void) {
    ferry_telestream_options options = telestream_options();
    options.base_url = env("FERRY_TEST_HTTP");
    options.factory_id = FACTORY;
    return telestream_with("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", &options);
}

static struct outcome upload_video(void) {
    struct outcome o = {FERRY_OK, NULL};
    ferry_telestream *telestream = telestream_account();
    ferry_telestream_upload_options options;
    ferry_upload *upload = NULL;
    ferry_telestream_upload_options_init(&options, sizeof options);
    options.concurrency = number("concurrency");
    const char *data = text("text"), *path = scratch_file(text("filename"), data, strlen(data));
    o.status =
        ferry_telestream_upload_new(telestream, NULL, path, raw("params"), &options, &upload, &o.error);
    if (o.status == FERRY_OK && (o.status = ferry_upload_run(upload, &o.error)) == FERRY_OK) {
        check_gives("state", ferry_upload_state_name(ferry_upload_state(upload)));
    }
    ferry_upload_free(upload);
    ferry_telestream_free(telestream);
    return o;
}

static struct outcome find_video(void) {
    struct outcome o = {FERRY_OK, NULL};
    ferry_telestream *telestream = telestream_account();
    ferry_value *video = NULL;
    o.status =
        ferry_telestream_find(telestream, FERRY_VIDEOS, NULL, text("id"), NULL, NULL, &video, &o.error);
    ferry_value_free(video);
    ferry_telestream_free(telestream);
    return o;
}

static const struct {
    const char *name;
    struct outcome (*run)(void);
} operations[] = {
    {"transform_url", transform_url},
    {"sign_policy", sign_policy},
    {"verify_webhook", verify_webhook},
    {"sign_request", sign_request},
    {"upload_bytes", upload_bytes},
    {"upload_events", upload_events},
    {"upload_file", upload_file},
    {"metadata", metadata},
    {"image_size", image_size},
    {"upload_video", upload_video},
    {"find_video", find_video},
};

static struct outcome run(const char *operation) {
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i].name, operation) == 0) {
            return operations[i].run();
        }
    }
    fprintf(stderr, "no such operation: %s\n", operation);
    exit(98);
}

int main(void) {
    check_begin();
    char path[4096];
    size_t length;
    snprintf(path, sizeof path, "%s/parity.json", env("FERRY_TEST_VECTORS"));
    char *cases = (char *)read_file(path, &length);
    int count = 0;
    for (const char *one = json_first(cases); one != NULL; one = json_next(one), count++) {
        const char *fails = json_get(one, "fails"), *http_status = json_get(fails, "http_status");
        with = json_get(one, "with");
        gives = json_get(one, "gives");
        const char *wanted = fails == NULL ? "FERRY_OK" : kept(json_text(json_get(fails, "status")));
        struct outcome o = run(kept(json_text(json_get(one, "do"))));
        CHECK_STR(ferry_status_name(o.status), wanted);
        if (fails != NULL) {
            CHECK_HAS(ferry_error_message(o.error), kept(json_text(json_get(fails, "message"))));
            CHECK(http_status == NULL || ferry_error_http_status(o.error) == atoi(http_status));
        }
        ferry_error_free(o.error);
        while (text_count > 0) {
            free(texts[--text_count]);
        }
    }
    CHECK(count > 20);
    free(cases);
    return check_result();
}
