/* The local cloud's switches and its request log, over a plain socket. */
#ifndef FERRY_TEST_CLOUD_H
#define FERRY_TEST_CLOUD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "json.h"

static inline const char *env(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "%s is not set: these programs are run by `cargo test --test c`\n", name);
        exit(99);
    }
    return value;
}

/* Whether to keep sizes small, under a checker that makes everything slow. */
static inline int is_small(void) {
    return getenv("FERRY_TEST_SMALL") != NULL;
}

static inline int cloud_port(void) {
    return atoi(strrchr(env("FERRY_TEST_HTTP"), ':') + 1);
}

/* Asks one of the cloud's control endpoints; the body of its answer, freed by the caller. */
static inline char *cloud_ask(const char *method, const char *what, const char *body) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)cloud_port())};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (const struct sockaddr *)&address, sizeof address) != 0) {
        perror("the local cloud does not answer");
        exit(98);
    }
    dprintf(connection,
        "%s /_local/%s HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: %zu\r\n\r\n%s",
        method, what, strlen(body), body);
    size_t length = 0, capacity = 1 << 16;
    char *answer = malloc(capacity);
    for (ssize_t count; (count = read(connection, answer + length, capacity - length - 1)) > 0;) {
        length += (size_t)count;
        if (length + 1 == capacity) {
            answer = realloc(answer, capacity *= 2);
        }
    }
    close(connection);
    answer[length] = '\0';
    const char *start = strstr(answer, "\r\n\r\n");
    if (strstr(answer, " 200 OK\r\n") == NULL || start == NULL) {
        fprintf(stderr, "%s /_local/%s: %s\n", method, what, answer);
        exit(97);
    }
    memmove(answer, start + 4, strlen(start + 4) + 1);
    return answer;
}

/* Rules as in the local cloud's README; they replace all others. */
static inline void cloud_faults(const char *rules) {
    free(cloud_ask("PUT", "faults", rules));
}

/* Forgets the requests and the faults of the case before. */
static inline void cloud_reset(void) {
    cloud_faults("[]");
    free(cloud_ask("DELETE", "requests", ""));
}

/* The request log, a JSON list; freed by the caller. */
static inline char *cloud_log(void) {
    return cloud_ask("GET", "requests", "");
}

/* How many requests of that class came ("any": of every class) with that HTTP status (0: whatever it is). */
static inline int cloud_count(const char *class, int status) {
    char wanted[64], number[16];
    snprintf(wanted, sizeof wanted, "\"%s\"", class);
    snprintf(number, sizeof number, "%d", status);
    char *log = cloud_log();
    int count = 0;
    for (const char *entry = json_first(log); entry != NULL; entry = json_next(entry)) {
        const int is_class = strcmp(class, "any") == 0 || json_is(json_get(entry, "class"), wanted);
        count += is_class && (status == 0 || json_is(json_get(entry, "status"), number));
    }
    free(log);
    return count;
}

/* What the newest request of that class said: a member of its JSON body, or all of it for NULL. Freed by the
 * caller. */
static inline char *cloud_said(const char *class, const char *member) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"%s\"", class);
    char *log = cloud_log();
    const char *body = NULL;
    for (const char *entry = json_first(log); entry != NULL; entry = json_next(entry)) {
        if (json_is(json_get(entry, "class"), wanted)) {
            body = json_get(entry, "body");
        }
    }
    char *said = json_copy(member == NULL ? body : json_get(body, member));
    free(log);
    return said;
}

/* Whether the first of the rules has acted. */
static inline int cloud_fired(void) {
    char *rules = cloud_ask("GET", "faults", "");
    const char *fired = json_get(json_first(rules), "fired");
    const int has_fired = fired != NULL && atoi(fired) > 0;
    free(rules);
    return has_fired;
}

/* Waits until so many requests of that class have come. */
static inline void cloud_await_all(const char *class, int count) {
    const double end = check_now() + 60;
    while (cloud_count(class, 0) < count) {
        if (check_now() > end) {
            CHECK_AT(0, "%d of %d %s came within a minute", cloud_count(class, 0), count, class);
            return;
        }
        check_rest();
    }
}

static inline void cloud_await(const char *class) {
    cloud_await_all(class, 1);
}

#endif
