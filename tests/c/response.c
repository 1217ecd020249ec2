/* Responses: their getters take NULL. */
#include "client.h"

static void the_getters_take_null(void) {
    CHECK(ferry_response_status(NULL) == 0);
    CHECK(ferry_response_header(NULL, "date") == NULL);
    CHECK(ferry_response_header(NULL, NULL) == NULL);
    CHECK(ferry_response_header_count(NULL) == 0);
    CHECK(ferry_response_header_name(NULL, 0) == NULL);
    CHECK(ferry_response_header_value(NULL, 0) == NULL);
    CHECK(ferry_response_body(NULL) == NULL);
    CHECK(ferry_response_body_len(NULL) == 0);
    CHECK_STR(ferry_response_url(NULL), "");
    ferry_value *value = (ferry_value *)&value;
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_response_json(NULL, &value, &err), FERRY_INVALID_ARGUMENT, err, "response is NULL");
    CHECK(value == NULL);
    ferry_response_free(NULL);
}

int main(void) {
    check_begin();
    the_getters_take_null();
    return check_result();
}
