/* When the other side cannot be reached, is not who it should be, or says nothing. */
#ifdef __linux__
#include <sys/socket.h>
#include <unistd.h>
#endif

#include "client.h"

static ferry_status upload(const ferry_filestack *client, uint32_t deadline_ms, ferry_error **err) {
    ferry_filelink *link = NULL;
    ferry_upload_options options = upload_options();
    options.deadline_ms = deadline_ms;
    ferry_status status = ferry_filestack_upload_bytes(client, "some bytes", 10, &options, &link, err);
    ferry_filelink_free(link);
    return status;
}

static ferry_filestack *client_at(const char *base_url, ferry_connection_options *connection) {
    ferry_filestack_options options = client_options(base_url);
    options.connection = connection;
    return client_with(&options);
}

/* A server whose certificate nobody we trust has signed gets nothing, not even a second try. */
static void an_untrusted_server(void) {
    cloud_reset();
    ferry_filestack *client = client_at(env("FERRY_TEST_HTTPS"), NULL);
    ferry_error *err = NULL;
    ferry_status status = upload(client, 0, &err);
    CHECK(err != NULL && !ferry_error_retryable(err));
    CHECK_STR(ferry_error_step(err), "start");
    CHECK_HAS(ferry_error_message(err), "ca_file");
    CHECK_ERROR(status, FERRY_NETWORK, err, "certificate");
    CHECK(cloud_count("any", 0) == 0);
    ferry_filestack_free(client);
}

/* The system's store does not have the test's authority; `ca_file` adds it to either. */
static void whom_it_trusts(void) {
    const int32_t trusts[] = {FERRY_TRUST_PUBLIC, FERRY_TRUST_SYSTEM};
    for (size_t i = 0; i < sizeof trusts / sizeof *trusts; i++) {
        cloud_reset();
        ferry_connection_options connection = connection_options();
        connection.trust = trusts[i];
        ferry_filestack *client = client_at(env("FERRY_TEST_HTTPS"), &connection);
        ferry_error *err = NULL;
        ferry_status status = upload(client, 0, &err);
        CHECK_ERROR(status, FERRY_NETWORK, err, "certificate");
        ferry_filestack_free(client);
        connection.ca_file = env("FERRY_TEST_CA");
        client = client_at(env("FERRY_TEST_HTTPS"), &connection);
        CHECK_OK(upload(client, 0, &err), err);
        ferry_filestack_free(client);
    }
}

/* Options that no connection can have are refused when the client is made. */
static void options_that_are_none(void) {
    ferry_connection_options connection = connection_options();
    ferry_filestack_options options = client_options(env("FERRY_TEST_HTTP"));
    options.connection = &connection;
    ferry_filestack *client = NULL;
    ferry_error *err = NULL;
    connection.trust = 2;
    ferry_status status = ferry_filestack_new("TESTKEY", &options, &client, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "FERRY_TRUST_SYSTEM");
    connection = connection_options();
    connection.manners = 2;
    status = ferry_filestack_new("TESTKEY", &options, &client, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "FERRY_MANNERS_BACKGROUND");
    connection = connection_options();
    connection.proxy = "http://proxy.example.com:65536";
    status = ferry_filestack_new("TESTKEY", &options, &client, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "65535");
    CHECK(client == NULL);
}

/* How the kernel controls congestion is checked when the client is made. */
static void congestion_control(void) {
    ferry_connection_options connection = connection_options();
    ferry_filestack_options options = client_options(env("FERRY_TEST_HTTP"));
    options.connection = &connection;
    ferry_filestack *client = NULL;
    ferry_error *err = NULL;
    const char *const bad[] = {"", "nonsense", "cubic-with-a-tail", "a name of any length whatever"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        connection.congestion = bad[i];
        ferry_status status = ferry_filestack_new("TESTKEY", &options, &client, &err);
        CHECK(client == NULL && err != NULL);
#ifdef __linux__
        CHECK_HAS(ferry_error_message(err), "permitted: ");
        CHECK_HAS(ferry_error_message(err), "reno");
#endif
        CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, bad[i]);
    }
    connection.congestion = "\xff";
    ferry_status status = ferry_filestack_new("TESTKEY", &options, &client, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "congestion");
#ifdef __linux__
    connection.congestion = "reno"; /* permitted everywhere */
    client = client_at(env("FERRY_TEST_HTTP"), &connection);
    CHECK_OK(upload(client, 0, &err), err);
    ferry_filestack_free(client);
#endif
}

/* Nobody listens at the proxy that the environment names. */
static void a_proxy_from_the_environment(void) {
    ferry_connection_options connection = connection_options();
    connection.proxy = FERRY_PROXY_FROM_ENVIRONMENT;
    connection.max_retries = FERRY_NO_RETRIES;
    ferry_error *err = NULL;
    CHECK(setenv("http_proxy", "http://127.0.0.1:1", 1) == 0);
    ferry_filestack *through = client_new(&connection);
    connection.proxy = NULL;
    ferry_filestack *direct = client_new(&connection);
    CHECK(unsetenv("http_proxy") == 0);
    ferry_status status = upload(through, 0, &err);
    CHECK_ERROR(status, FERRY_NETWORK, err, "proxy 127.0.0.1:1");
    CHECK_OK(upload(direct, 0, &err), err);
    ferry_filestack_free(through);
    ferry_filestack_free(direct);
}

static void count_attempts(const ferry_event *event, void *event_data) {
    *(int *)event_data += event->kind == FERRY_EVENT_ATTEMPT;
}

static void a_closed_port(void) {
    /* A port that was free a moment ago. */
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(probe, (const struct sockaddr *)&address, size) == 0);
    CHECK(getsockname(probe, (struct sockaddr *)&address, &size) == 0);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    ferry_connection_options connection = connection_options();
    int attempts = 0;
    connection.on_event = count_attempts;
    connection.event_data = &attempts;
    ferry_filestack *client = client_at(url, &connection);
    ferry_error *err = NULL;
    /* Bound but not listening: nobody else can take it, and nobody answers. */
    ferry_status status = upload(client, 0, &err);
    CHECK(err != NULL && ferry_error_retryable(err));
    CHECK_HAS(ferry_error_message(err), url + strlen("http://"));
    CHECK_HAS(ferry_error_message(err), "Connection refused");
    CHECK_ERROR(status, FERRY_NETWORK, err, "nothing listens there");
    /* Nobody starts a service in the half minute that retries take. */
    CHECK_AT(attempts == 2, "%d attempts", attempts);
    ferry_filestack_free(client);
    close(probe);
}

static void a_silent_server(void) {
    ferry_connection_options connection = connection_options();
    connection.max_retries = FERRY_NO_RETRIES;
    connection.stall_timeout_ms = 300;
    ferry_filestack *client = client_new(&connection);
    const char *const classes[] = {"start", "upload", "put", "complete"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        cloud_reset();
        char faults[128];
        snprintf(faults, sizeof faults, "[{\"class\":\"%s\",\"action\":{\"stall_ms\":60000}}]", classes[i]);
        cloud_faults(faults);
        const double begin = check_now();
        ferry_error *err = NULL;
        ferry_status status = upload(client, 0, &err);
        CHECK(check_now() - begin >= 0.3 && check_now() - begin < 20);
        CHECK(err != NULL && ferry_error_retryable(err));
        CHECK_STR(ferry_error_step(err), classes[i]);
        CHECK_ERROR(status, FERRY_TIMEOUT, err, "stall_timeout_ms");
    }
    ferry_filestack_free(client);
}

/* However slow, a transfer that moves is not a stall. */
static void a_slow_server(void) {
    cloud_reset();
    cloud_faults("[{\"class\":\"deliver\",\"action\":{\"slow_bytes_per_second\":20000}}]");
    ferry_connection_options connection = connection_options();
    connection.max_retries = FERRY_NO_RETRIES;
    connection.stall_timeout_ms = is_small() ? 5000 : 900;
    ferry_filestack *client = client_new(&connection);
    const size_t length = is_small() ? 20000 : 50000;
    unsigned char *bytes = noise(length, 9);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, bytes, length, NULL, &link, &err), err);
    const double begin = check_now();
    check_content(link, bytes, length);
    CHECK_AT(check_now() - begin > 0.5, "it was not slow: %.2f s", check_now() - begin);
    ferry_filelink_free(link);
    free(bytes);
    ferry_filestack_free(client);
}

/* The deadline is for the whole call: retries and their pauses do not prolong it. */
static void a_deadline(void) {
    const char *const actions[] = {
        "{\"stall_ms\":60000}", "{\"status\":503}", "{\"status\":503,\"retry_after\":60}"};
    ferry_connection_options connection = connection_options();
    connection.deadline_ms = 600000;
    ferry_filestack *client = client_new(&connection);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        cloud_reset();
        char faults[128];
        snprintf(faults, sizeof faults, "[{\"class\":\"complete\",\"action\":%s}]", actions[i]);
        cloud_faults(faults);
        const double begin = check_now();
        ferry_error *err = NULL;
        /* That of the call wins over that of the client. */
        ferry_status status = upload(client, is_small() ? 3000 : 700, &err);
        CHECK_AT(check_now() - begin < 20, "it took %.1f s", check_now() - begin);
        /* Another call has a deadline of its own. */
        CHECK(err != NULL && ferry_error_retryable(err));
        /* A pause that does not fit before the deadline ends the call with the answer. Without Retry-After
           the pauses are random, and the deadline may pass within an attempt. */
        const bool timed_out = i == 0 || (i == 1 && status == FERRY_TIMEOUT);
        CHECK(ferry_error_http_status(err) == (timed_out ? 0 : 503));
        CHECK_ERROR(status, timed_out ? FERRY_TIMEOUT : FERRY_HTTP, err, "deadline");
        CHECK(cloud_count("complete", 0) > 0);
    }
    ferry_filestack_free(client);
}

/* As many further attempts as asked for, then the last error. */
static void retries_are_counted(void) {
    cloud_reset();
    cloud_faults("[{\"class\":\"start\",\"action\":{\"status\":503,\"retry_after\":0}}]");
    ferry_connection_options connection = connection_options();
    connection.max_retries = 3;
    ferry_filestack *client = client_new(&connection);
    ferry_error *err = NULL;
    ferry_status status = upload(client, 0, &err);
    CHECK_ERROR(status, FERRY_HTTP, err, "503");
    CHECK(cloud_count("start", 503) == 4);
    /* One attempt less than there are faults, and it is done. */
    cloud_reset();
    cloud_faults("[{\"class\":\"start\",\"times\":3,\"action\":{\"status\":503,\"retry_after\":0}}]");
    CHECK_OK(upload(client, 0, &err), err);
    CHECK(cloud_count("start", 0) == 4);
    ferry_filestack_free(client);
}

/* Linux tells the round trip of a connection through this socket, which its emulators may not have. */
static int has_sock_diag(void) {
#ifdef __linux__
    const int sock_diag = 4;
    const int fd = socket(AF_NETLINK, SOCK_RAW, sock_diag);
    return fd >= 0 && close(fd) == 0;
#else
    return 0;
#endif
}

/* An upload may yield to other traffic where the system tells the round trip of a connection. */
static void in_the_background(void) {
    cloud_reset();
    ferry_connection_options connection = connection_options();
    connection.manners = FERRY_MANNERS_BACKGROUND;
    ferry_filestack_options options = client_options(env("FERRY_TEST_HTTP"));
    options.connection = &connection;
    ferry_filestack *client = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_new("TESTKEY", &options, &client, &err);
    if (has_sock_diag()) {
        CHECK_OK(status, err);
        CHECK_OK(upload(client, 0, &err), err);
        CHECK(cloud_count("put", 0) == 1);
    } else {
        CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "does not tell the round trip");
    }
    ferry_filestack_free(client);
}

int main(void) {
    check_begin();
    an_untrusted_server();
    whom_it_trusts();
    options_that_are_none();
    congestion_control();
    in_the_background();
    a_proxy_from_the_environment();
    a_closed_port();
    a_silent_server();
    a_slow_server();
    a_deadline();
    retries_are_counted();
    return check_result();
}
