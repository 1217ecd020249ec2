/* A response of a service: status, headers, body, JSON, the address without secrets; getters that take NULL.
 */
#include <pthread.h>

#include "telestream.h"

static void what_a_service_answered(void) {
    ferry_telestream *telestream = telestream_signed(FIRST);
    ferry_response *response = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_telestream_request(telestream, "GET", "/profiles.json", NULL, NULL, &response, &err), err);
    CHECK(ferry_response_status(response) == 200);

    const char *type = ferry_response_header(response, "Content-TYPE");
    CHECK_HAS(type, "json");
    CHECK(ferry_response_header(response, "content-type") == type);
    CHECK(ferry_response_header(response, "x-not-there") == NULL);
    CHECK(ferry_response_header(response, "") == NULL);
    CHECK(ferry_response_header(response, NULL) == NULL);
    const size_t count = ferry_response_header_count(response);
    int seen = 0;
    for (size_t index = 0; index < count; index++) {
        const char *name = ferry_response_header_name(response, index);
        CHECK(name != NULL && ferry_response_header_value(response, index) != NULL);
        if (name != NULL && strcmp(name, "content-type") == 0) {
            CHECK_STR(ferry_response_header_value(response, index), type);
            seen++;
        }
    }
    CHECK_AT(seen == 1, "content-type came %d times", seen);
    CHECK(ferry_response_header_name(response, count) == NULL);
    CHECK(ferry_response_header_value(response, count) == NULL);
    CHECK(ferry_response_header_value(response, SIZE_MAX) == NULL);

    const char *body = ferry_response_body(response);
    CHECK(body != NULL && body[0] == '[' && strlen(body) == ferry_response_body_len(response));
    ferry_value *value = NULL;
    CHECK_OK(ferry_response_json(response, &value, &err), err);
    CHECK(ferry_value_type(value) == FERRY_VALUE_ARRAY);
    ferry_value_free(value);

    CHECK_HAS(ferry_response_url(response), "/profiles.json");
    CHECK(strstr(ferry_response_url(response), "signature=") == NULL);
    ferry_response_free(response);
    ferry_telestream_free(telestream);
}

/* The body as it came: no JSON, none at all, bytes that are no text. */
static void bodies_of_all_kinds(void) {
    static const struct {
        const char *action;
        size_t length;
        ferry_status parsed;
    } bodies[] = {
        {"{\"body\":\"\"}", 0, FERRY_OK},
        {"{\"body\":\"not JSON\"}", 8, FERRY_PROTOCOL},
        {"{\"body\":\"{\\\"a\\\":1}\"}", 7, FERRY_OK},
        {"{\"body\":\"a\\u0000b\"}", 3, FERRY_PROTOCOL},
    };
    ferry_telestream *telestream = telestream_signed(FIRST);
    for (size_t one = 0; one < sizeof bodies / sizeof *bodies; one++) {
        char faults[256];
        snprintf(faults, sizeof faults, "[{\"class\":\"any\",\"action\":%s}]", bodies[one].action);
        cloud_faults(faults);
        ferry_response *response = NULL;
        ferry_error *err = NULL;
        CHECK_OK(ferry_telestream_request(telestream, "GET", "/any.json", NULL, NULL, &response, &err), err);
        CHECK_AT(ferry_response_body_len(response) == bodies[one].length, "%zu bytes of %s",
            ferry_response_body_len(response), bodies[one].action);
        const char *body = ferry_response_body(response);
        CHECK(body != NULL && body[bodies[one].length] == '\0');
        ferry_value *value = (ferry_value *)&value;
        const ferry_status parsed = ferry_response_json(response, &value, &err);
        CHECK((parsed == FERRY_OK) == (value != NULL));
        CHECK_ERROR(parsed, bodies[one].parsed, err, parsed == FERRY_OK ? "" : "not JSON");
        ferry_value_free(value);
        ferry_response_free(response);
    }
    cloud_faults("[]");
    ferry_telestream_free(telestream);
}

/* Filestack's: bytes as they are, a security in the query, other hosts refused before anything is sent. */
static void any_request_to_filestack(void) {
    ferry_filestack *client = client_without_retries();
    cloud_reset();
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, "a\0b", 3, NULL, &link, &err), err);
    ferry_response *response = NULL;
    CHECK_OK(
        ferry_filestack_request(client, "GET", ferry_filelink_url(link), NULL, NULL, &response, &err), err);
    CHECK(ferry_response_status(response) == 200);
    CHECK(ferry_response_body_len(response) == 3 && memcmp(ferry_response_body(response), "a\0b", 4) == 0);
    ferry_response_free(response);

    const int requests = cloud_count("any", 0);
    response = (ferry_response *)&response;
    ferry_status status =
        ferry_filestack_request(client, "GET", "https://example.com/x", NULL, NULL, &response, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "target");
    CHECK(response == NULL);
    status = ferry_filestack_request(client, "BREW", "/file", NULL, NULL, &response, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "method");
    status = ferry_filestack_request(client, "POST", "/file", "no JSON", NULL, &response, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "body is not JSON");
    CHECK(cloud_count("any", 0) == requests);

    /* A failure is an error, as everywhere. */
    cloud_faults("[{\"class\":\"any\",\"action\":{\"status\":418}}]");
    status = ferry_filestack_request(client, "POST", "/file", "{}", NULL, &response, &err);
    CHECK(ferry_error_http_status(err) == 418 && response == NULL);
    CHECK_STATUS(status, FERRY_HTTP, err);
    cloud_faults("[]");
    ferry_filelink_free(link);
    ferry_filestack_free(client);
}

/* Answers one request with a header in Latin-1, one in UTF-8 and one in ASCII. */
static void *answer_once(void *listener) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n"
                                 "x-latin: caf\xe9s\r\nx-utf: caf\xc3\xa9s\r\nx-ascii: cafes\r\n\r\n{}";
    const int connection = accept(*(const int *)listener, NULL, NULL);
    char request[4096];
    size_t length = 0;
    for (ssize_t count; (count = read(connection, request + length, sizeof request - 1 - length)) > 0;) {
        length += (size_t)count;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL) {
            break;
        }
    }
    CHECK(write(connection, answer, sizeof answer - 1) == (ssize_t)sizeof answer - 1);
    close(connection);
    return NULL;
}

/* HTTP lets a header have any bytes; text of this library is UTF-8. */
static void headers_are_utf_8(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 4) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, answer_once, &listener) == 0);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    ferry_filestack_options options;
    ferry_filestack_options_init(&options, sizeof options);
    options.base_url = url;
    ferry_filestack *client = NULL;
    ferry_response *response = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_new("TESTKEY", &options, &client, &err), err);
    CHECK_OK(ferry_filestack_request(client, "GET", "/file", NULL, NULL, &response, &err), err);
    pthread_join(thread, NULL);
    close(listener);
    CHECK_STR(ferry_response_header(response, "x-latin"), "caf\xef\xbf\xbds");
    CHECK_STR(ferry_response_header(response, "x-utf"), "caf\xc3\xa9s");
    CHECK_STR(ferry_response_header(response, "x-ascii"), "cafes");
    ferry_response_free(response);
    ferry_filestack_free(client);
}

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
    what_a_service_answered();
    bodies_of_all_kinds();
    any_request_to_filestack();
    headers_are_utf_8();
    return check_result();
}
