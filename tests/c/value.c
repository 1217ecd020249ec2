/* What the service answered can be read in full, whatever it is, and asking for what is not there is no
 * mistake. */
#include "client.h"

static ferry_value *answer_of_an_upload(const ferry_filestack *client) {
    ferry_upload *upload = NULL;
    ferry_value *answer = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_new(client, scratch_file("a.txt", "some bytes", 10), NULL, &upload, &err),
        err);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK_OK(ferry_upload_result(upload, &answer, &err), err);
    ferry_upload_free(upload); /* the answer does not need it */
    return answer;
}

static void a_real_answer(const ferry_filestack *client) {
    ferry_value *answer = answer_of_an_upload(client);
    CHECK(ferry_value_type(answer) == FERRY_VALUE_OBJECT);
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "filename")), "a.txt");
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "mimetype")), "text/plain");
    CHECK(ferry_value_int(ferry_value_get(answer, "size")) == 10);
    CHECK(ferry_value_type(ferry_value_get(answer, "size")) == FERRY_VALUE_INT);
    CHECK(ferry_value_len(ferry_value_get(answer, "handle")) ==
          strlen(ferry_value_string(ferry_value_get(answer, "handle"))));
    CHECK_HAS(ferry_value_json(answer), "\"filename\":\"a.txt\"");
    /* Every member is found by its place and by its name. */
    CHECK(ferry_value_len(answer) > 3);
    for (size_t i = 0; i < ferry_value_len(answer); i++) {
        CHECK(ferry_value_get(answer, ferry_value_key(answer, i)) == ferry_value_at(answer, i));
    }
    ferry_value_free(answer);
}

static void every_kind_of_value(const ferry_filestack *client) {
    cloud_reset();
    cloud_faults(
        "[{\"class\":\"complete\",\"action\":{\"body\":\""
        "{\\\"handle\\\":\\\"H\\\",\\\"none\\\":null,\\\"yes\\\":true,\\\"no\\\":false,\\\"negative\\\":-5,"
        "\\\"large\\\":18446744073709551615,\\\"half\\\":2.75,\\\"huge\\\":1e300,\\\"list\\\":[1,\\\"two\\\",[],{}],"
        "\\\"inner\\\":{\\\"z\\\":1,\\\"a\\\":{\\\"deep\\\":\\\"found\\\"}},\\\"nul\\\":\\\"a\\\\u0000b\\\",\\\"n\\\\u0000m\\\":1,\\\"nm\\\":2,\\\"q\\\\u0000\\\":3,"
        "\\\"larger\\\":18446744073709551616,\\\"snow\\\":\\\"\\\\u2603\\\"}\"}}]");
    ferry_value *answer = answer_of_an_upload(client);
    const ferry_value *none = ferry_value_get(answer, "none"), *list = ferry_value_get(answer, "list"),
                      *inner = ferry_value_get(answer, "inner");
    CHECK(none != NULL && ferry_value_type(none) == FERRY_VALUE_NULL);
    CHECK_STR(ferry_value_json(none), "null");
    CHECK(
        ferry_value_bool(ferry_value_get(answer, "yes")) && !ferry_value_bool(ferry_value_get(answer, "no")));
    CHECK(ferry_value_type(ferry_value_get(answer, "no")) == FERRY_VALUE_BOOL);
    CHECK(ferry_value_int(ferry_value_get(answer, "negative")) == -5);
    CHECK(ferry_value_int(ferry_value_get(answer, "large")) == INT64_MAX);
    CHECK(ferry_value_type(ferry_value_get(answer, "large")) == FERRY_VALUE_INT);
    CHECK(ferry_value_double(ferry_value_get(answer, "half")) == 2.75);
    CHECK(ferry_value_int(ferry_value_get(answer, "half")) == 2);
    CHECK(ferry_value_type(ferry_value_get(answer, "half")) == FERRY_VALUE_DOUBLE);
    CHECK(ferry_value_int(ferry_value_get(answer, "huge")) == INT64_MAX);
    CHECK(ferry_value_double(ferry_value_get(answer, "negative")) == -5);
    CHECK(ferry_value_type(list) == FERRY_VALUE_ARRAY && ferry_value_len(list) == 4);
    CHECK(ferry_value_int(ferry_value_at(list, 0)) == 1);
    CHECK_STR(ferry_value_string(ferry_value_at(list, 1)), "two");
    CHECK(ferry_value_type(ferry_value_at(list, 2)) == FERRY_VALUE_ARRAY &&
          ferry_value_len(ferry_value_at(list, 2)) == 0);
    CHECK(ferry_value_at(list, 4) == NULL && ferry_value_at(list, SIZE_MAX) == NULL);
    CHECK(ferry_value_key(list, 0) == NULL && ferry_value_get(list, "") == NULL);
    CHECK_STR(ferry_value_json(list), "[1,\"two\",[],{}]");
    /* The service's order, not the alphabet's. */
    CHECK_STR(ferry_value_key(inner, 0), "z");
    CHECK_STR(ferry_value_key(inner, 1), "a");
    CHECK(ferry_value_key(inner, 2) == NULL);
    CHECK_STR(ferry_value_string(ferry_value_get(ferry_value_get(inner, "a"), "deep")), "found");
    CHECK_STR(ferry_value_json(inner), "{\"z\":1,\"a\":{\"deep\":\"found\"}}");
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "nul")), "ab");
    CHECK(ferry_value_len(ferry_value_get(answer, "nul")) == 2);
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "snow")), "\xe2\x98\x83");
    CHECK(ferry_value_len(ferry_value_get(answer, "snow")) == 3);
    /* No name in C says U+0000: who asks for "nm" does not get another member. */
    CHECK(ferry_value_int(ferry_value_get(answer, "nm")) == 2);
    CHECK(ferry_value_get(answer, "q") == NULL);
    CHECK_HAS(ferry_value_json(answer), "\"n\\u0000m\":1,\"nm\":2,\"q\\u0000\":3,");
    size_t place = 0;
    while (place < ferry_value_len(answer) && strcmp(ferry_value_key(answer, place), "q") != 0) {
        place++;
    }
    CHECK(ferry_value_int(ferry_value_at(answer, place)) == 3);
    /* Beyond 64 bits a number is a double. */
    CHECK(ferry_value_type(ferry_value_get(answer, "larger")) == FERRY_VALUE_DOUBLE);
    CHECK(ferry_value_double(ferry_value_get(answer, "larger")) == 18446744073709551616.0);
    /* The wrong getter has the answer of nothing. */
    const ferry_value *text = ferry_value_get(answer, "handle");
    CHECK(ferry_value_int(text) == 0 && ferry_value_double(text) == 0 && !ferry_value_bool(text) &&
          ferry_value_at(text, 0) == NULL);
    CHECK(ferry_value_string(list) == NULL && ferry_value_len(none) == 0);
    CHECK(ferry_value_get(answer, "\xff") == NULL && ferry_value_get(answer, NULL) == NULL);
    ferry_value_free(answer);
    cloud_reset();
}

static void nothing(void) {
    const ferry_value *missing = ferry_value_get(ferry_value_at(ferry_value_get(NULL, "a"), 3), "b");
    CHECK(missing == NULL && ferry_value_type(missing) == FERRY_VALUE_NULL);
    CHECK(ferry_value_int(missing) == 0 && ferry_value_double(missing) == 0 && !ferry_value_bool(missing));
    CHECK(ferry_value_string(missing) == NULL && ferry_value_key(missing, 0) == NULL &&
          ferry_value_len(missing) == 0);
    CHECK_STR(ferry_value_json(missing), "null");
    ferry_value_free(NULL);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    a_real_answer(client);
    every_kind_of_value(client);
    nothing();
    ferry_filestack_free(client);
    return check_result();
}
