/* JSON that a program writes: no text breaks it, and a failure is not lost. */
#include <math.h>

#include "client.h"

/* What JSON has to escape, and what it has not. */
static const char odd[] = "\"}, {\\ \n\t\x01 /* \xc3\xa9 \xf0\x9f\x98\x80 'x'";

static void written(void) {
    ferry_json *list = ferry_json_new_array(), *json = ferry_json_new();
    ferry_error *err = NULL;
    CHECK_STR(ferry_json_text(list), "[]");
    CHECK_STR(ferry_json_text(json), "{}");
    CHECK_OK(ferry_json_add_string(list, "a\"b", &err), err);
    CHECK_OK(ferry_json_add_int(list, INT64_MIN, &err), err);
    CHECK_OK(ferry_json_add_double(list, 0.5, &err), err);
    CHECK_OK(ferry_json_add_bool(list, true, &err), err);
    CHECK_OK(ferry_json_add_json(list, "[null, {\"x\": 1}]", &err), err);
    CHECK_STR(ferry_json_text(list), "[\"a\\\"b\",-9223372036854775808,0.5,true,[null,{\"x\":1}]]");
    CHECK_OK(ferry_json_set_string(json, "a", "old", &err), err);
    CHECK_OK(ferry_json_set_string(json, "a", "new", &err), err);
    CHECK_OK(ferry_json_set_int(json, "b\"", INT64_MAX, &err), err);
    CHECK_OK(ferry_json_set_double(json, "c", -2, &err), err);
    CHECK_OK(ferry_json_set_bool(json, "d", false, &err), err);
    CHECK_OK(ferry_json_set_json(json, "e", ferry_json_text(list), &err), err);
    ferry_json_free(list);
    CHECK_STR(ferry_json_text(json),
        "{\"a\":\"new\",\"b\\\"\":9223372036854775807,\"c\":-2.0,\"d\":false,"
        "\"e\":[\"a\\\"b\",-9223372036854775808,0.5,true,[null,{\"x\":1}]]}");
    ferry_json_free(json);
}

static void failed(void) {
    ferry_error *err = NULL;
    ferry_json *json = ferry_json_new(), *list = ferry_json_new_array();
    CHECK_ERROR(ferry_json_add_int(json, 1, &err), FERRY_INVALID_ARGUMENT, err, "is an object");
    CHECK_ERROR(ferry_json_set_int(list, "a", 1, &err), FERRY_INVALID_ARGUMENT, err, "is an array");
    ferry_json_free(json);
    ferry_json_free(list);
    json = ferry_json_new();
    CHECK_ERROR(ferry_json_set_double(json, "a", NAN, &err), FERRY_INVALID_ARGUMENT, err, "no number");
    ferry_json_free(json);
    json = ferry_json_new();
    CHECK_ERROR(ferry_json_set_json(json, "a", "{", &err), FERRY_INVALID_ARGUMENT, err, "value_json");
    ferry_json_free(json);
    /* A whole number that would lose digits. Of fractions the nearest one is kept. */
    const char *const large[] = {"18446744073709551616", "[{\"a\":-9223372036854775809}]",
        "123456789012345678901234567890"};
    for (size_t at = 0; at < sizeof large / sizeof *large; at++) {
        json = ferry_json_new();
        CHECK_ERROR(ferry_json_set_json(json, "a", large[at], &err), FERRY_INVALID_ARGUMENT, err, "64 bits");
        ferry_json_free(json);
        list = ferry_json_new_array();
        CHECK_ERROR(ferry_json_add_json(list, large[at], &err), FERRY_INVALID_ARGUMENT, err, "64 bits");
        ferry_json_free(list);
    }
    list = ferry_json_new_array();
    CHECK_OK(ferry_json_add_json(list, "[18446744073709551615,-9223372036854775808,1e21,-0.5]", &err), err);
    CHECK_OK(ferry_json_add_json(list, "\"\\\"18446744073709551616\"", &err), err);
    CHECK_STR(ferry_json_text(list),
        "[[18446744073709551615,-9223372036854775808,1e+21,-0.5],\"\\\"18446744073709551616\"]");
    ferry_json_free(list);
    /* Who does not look at statuses does not lose a restriction of a policy. */
    json = ferry_json_new();
    ferry_json_set_int(json, "expiry", 4102444800, NULL);
    ferry_json_set_string(json, "handle", NULL, NULL);
    ferry_json_set_string(json, "path", "/in/.*", NULL);
    ferry_security *security = NULL;
    CHECK_ERROR(ferry_security_new(ferry_json_text(json), "s", &security, &err), FERRY_INVALID_ARGUMENT, err,
        "not JSON");
    CHECK_HAS(ferry_json_text(json), "value is NULL");
    ferry_json_free(json);
    CHECK_STR(ferry_json_text(NULL), "");
    ferry_json_free(NULL);
}

/* Tags come back as they were, whatever is in them. */
static void sent(void) {
    ferry_error *err = NULL;
    ferry_json *tags = ferry_json_new();
    CHECK_OK(ferry_json_set_string(tags, "title", odd, &err), err);
    ferry_upload_options options = upload_options();
    options.tags_json = ferry_json_text(tags);
    ferry_filestack *client = client_new(NULL);
    ferry_upload *upload = NULL;
    ferry_value *answer = NULL;
    const char *path = scratch_file("tagged.txt", "some bytes", 10);
    CHECK_OK(ferry_filestack_upload_new(client, path, &options, &upload, &err), err);
    ferry_json_free(tags);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK_OK(ferry_upload_result(upload, &answer, &err), err);
    const ferry_value *back = ferry_value_get(ferry_value_get(answer, "upload_tags"), "title");
    CHECK_STR(ferry_value_string(back), odd);
    ferry_value_free(answer);
    ferry_upload_free(upload);
    ferry_filestack_free(client);
}

/* What a document is may become a member of itself. */
static void in_itself(void) {
    ferry_error *err = NULL;
    ferry_json *json = ferry_json_new();
    CHECK_OK(ferry_json_set_int(json, "a", 1, &err), err);
    CHECK_OK(ferry_json_set_json(json, "b", ferry_json_text(json), &err), err);
    CHECK_OK(ferry_json_set_string(json, "c", ferry_json_text(json), &err), err);
    CHECK_STR(ferry_json_text(json),
              "{\"a\":1,\"b\":{\"a\":1},\"c\":\"{\\\"a\\\":1,\\\"b\\\":{\\\"a\\\":1}}\"}");
    ferry_json_free(json);
}

int main(void) {
    check_begin();
    written();
    in_itself();
    failed();
    sent();
    return check_result();
}
