/* What the service delivers is verified as it comes, and nothing but that. */
#include <pthread.h>

#include "chain.h"

struct message {
    char *head, *body, timestamp[64], signature[128];
    size_t length;
};

enum { MOST = 64 };

/* A little HTTP server that keeps what it is sent. */
static struct {
    int listener, port, count, refusals;
    pthread_t thread;
    pthread_mutex_t mutex;
    struct message messages[MOST];
} receiver = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void header(const struct message *message, const char *name, char *value, size_t size) {
    const char *at = strcasestr(message->head, name);
    *value = '\0';
    if (at != NULL) {
        at += strlen(name);
        at += strspn(at, ": ");
        snprintf(value, size, "%.*s", (int)strcspn(at, "\r\n"), at);
    }
}

/* Reads one request; 0 if there is none. */
static int receive(int connection, struct message *message) {
    size_t length = 0, wanted = SIZE_MAX;
    char *text = calloc(1, 1 << 16), *end = NULL;
    for (ssize_t count;
        length < wanted && (count = read(connection, text + length, (1 << 16) - 1 - length)) > 0;) {
        length += (size_t)count;
        end = strstr(text, "\r\n\r\n");
        const char *declared = end != NULL ? strcasestr(text, "content-length:") : NULL;
        if (declared != NULL) {
            wanted = (size_t)(end + 4 - text) + strtoul(declared + strlen("content-length:"), NULL, 10);
        }
    }
    if (end == NULL || length < wanted) {
        free(text);
        return 0;
    }
    *end = '\0';
    *message = (struct message){.head = text, .body = end + 4, .length = wanted - (size_t)(end + 4 - text)};
    header(message, "FS-Timestamp", message->timestamp, sizeof message->timestamp);
    header(message, "FS-Signature", message->signature, sizeof message->signature);
    return 1;
}

static void *serve(void *unused) {
    (void)unused;
    for (int connection; (connection = accept(receiver.listener, NULL, NULL)) >= 0;) {
        struct message message;
        if (receive(connection, &message)) {
            pthread_mutex_lock(&receiver.mutex);
            const int refused = receiver.refusals > 0;
            receiver.refusals -= refused;
            if (receiver.count < MOST) {
                receiver.messages[receiver.count++] = message;
            }
            pthread_mutex_unlock(&receiver.mutex);
            dprintf(connection, "HTTP/1.1 %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                refused ? "500 Not now" : "200 OK");
        }
        close(connection);
    }
    return NULL;
}

static void start(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    receiver.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(receiver.listener, (struct sockaddr *)&address, size) == 0 &&
          listen(receiver.listener, 64) == 0);
    CHECK(getsockname(receiver.listener, (struct sockaddr *)&address, &size) == 0);
    receiver.port = ntohs(address.sin_port);
    CHECK(pthread_create(&receiver.thread, NULL, serve, NULL) == 0);
}

static void stop(void) {
    shutdown(receiver.listener, SHUT_RDWR);
    pthread_join(receiver.thread, NULL);
    close(receiver.listener);
    for (int i = 0; i < receiver.count; i++) {
        free(receiver.messages[i].head);
    }
}

/* Where the service delivers, and what it signs with. */
static void deliver_with(const char *secret) {
    char settings[256];
    snprintf(settings, sizeof settings,
        "{\"webhook_url\":\"http://127.0.0.1:%d/hook\",\"webhook_secret\":\"%s\"}", receiver.port, secret);
    free(cloud_ask("PUT", "settings", settings));
}

/* The message of that place, once it has come. */
static struct message *await(int place) {
    const double end = check_now() + 60;
    for (;;) {
        pthread_mutex_lock(&receiver.mutex);
        const int count = receiver.count;
        pthread_mutex_unlock(&receiver.mutex);
        if (count > place) {
            return &receiver.messages[place];
        }
        if (check_now() > end) {
            fprintf(stderr, "message %d did not come within a minute\n", place);
            exit(96);
        }
        check_rest();
    }
}

static ferry_status verify(const struct message *message, const char *secret, ferry_error **err) {
    return ferry_webhook_verify(
        secret, message->body, message->length, message->timestamp, message->signature, 300, err);
}

/* Genuine as it came; anything else is not. */
static void check_message(int place, const char *secret, const char *action) {
    struct message *message = await(place);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"%s\"", action);
    CHECK_AT(json_is(json_get(message->body, "action"), wanted), "%s is not about %s", message->body, action);
    ferry_error *err = NULL;
    CHECK_OK(verify(message, secret, &err), err);
    CHECK_STATUS(verify(message, "another secret", &err), FERRY_SIGNATURE_MISMATCH, err);
    const size_t places[] = {0, message->length / 2, message->length - 1};
    for (int i = 0; i < 3; i++) {
        message->body[places[i]] ^= 1;
        CHECK_STATUS(verify(message, secret, &err), FERRY_SIGNATURE_MISMATCH, err);
        message->body[places[i]] ^= 1;
    }
    message->length--;
    CHECK_STATUS(verify(message, secret, &err), FERRY_SIGNATURE_MISMATCH, err);
    message->length++;
    /* A later moment does not make an old message new. */
    struct message later = *message;
    snprintf(later.timestamp, sizeof later.timestamp, "%lld", atoll(message->timestamp) + 1);
    CHECK_STATUS(verify(&later, secret, &err), FERRY_SIGNATURE_MISMATCH, err);
    CHECK_OK(verify(message, secret, &err), err);
}

/* Everything that the service tells of. */
static void every_event(const ferry_filestack *client) {
    deliver_with("a secret \xe2\x98\x83");
    const char *const secret = "a secret \xe2\x98\x83";
    size_t length;
    unsigned char *picture = the_picture(&length);
    ferry_security *security = signed_policy("{\"expiry\":4102444800}", NULL);
    ferry_request_options options = request_options();
    options.security = security;
    ferry_filelink *link = stored(client, "f\xc3\xa4hre \xe2\x98\x83.png", picture, length), *made = NULL;
    check_message(0, secret, "fp.upload");
    ferry_transform *chain = chain_of(client, ferry_filelink_handle(link), "flip", NULL);
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_store(chain, NULL, &made, &err), err);
    check_message(1, secret, "fp.converse");
    CHECK_OK(ferry_filelink_overwrite_bytes(made, "x", 1, &options, &err), err);
    check_message(2, secret, "fp.overwrite");
    CHECK_OK(ferry_filelink_delete(made, false, &options, &err), err);
    check_message(3, secret, "fp.delete");
    ferry_av *av = NULL;
    CHECK_OK(ferry_transform_av_convert(chain, "{\"preset\":\"h264\"}", NULL, &av, &err), err);
    check_message(4, secret, "fp.video_converse");
    CHECK_HAS(await(4)->body, ferry_av_uuid(av));
    ferry_value *job = NULL;
    CHECK_OK(ferry_filestack_workflow_run(client, "w-1", ferry_filelink_handle(link), NULL, &job, &err), err);
    check_message(5, secret, "fs.workflow");
    ferry_value_free(job);
    ferry_av_free(av);
    ferry_transform_free(chain);
    ferry_filelink_free(made);
    ferry_filelink_free(link);
    ferry_security_free(security);
    free(picture);
}

/* A delivery that was not taken comes again, signed anew, and is the same event. */
static void again(const ferry_filestack *client, int place) {
    pthread_mutex_lock(&receiver.mutex);
    receiver.refusals = 2;
    pthread_mutex_unlock(&receiver.mutex);
    ferry_filelink_free(stored(client, "a.txt", "x", 1));
    for (int i = 0; i < 3; i++) {
        check_message(place + i, "a secret \xe2\x98\x83", "fp.upload");
        CHECK_STR(await(place + i)->body, await(place)->body);
    }
}

/* While a secret is replaced messages come with the old one and with the new one. */
static void two_secrets(const ferry_filestack *client, int place) {
    static const char *const both[] = {"the old one", "the new one"};
    for (int i = 0; i < 2; i++) {
        deliver_with(both[i]);
        ferry_filelink_free(stored(client, "a.txt", "x", 1));
        check_message(place + i, both[i], "fp.upload");
        const struct message *message = await(place + i);
        ferry_error *err = NULL;
        CHECK_STATUS(verify(message, both[1 - i], &err), FERRY_SIGNATURE_MISMATCH, err);
        CHECK_OK(ferry_webhook_verify_any(both, 2, message->body, message->length, message->timestamp,
                     message->signature, 300, &err),
            err);
    }
}

int main(void) {
    check_begin();
    start();
    ferry_filestack *client = client_new(NULL);
    every_event(client);
    again(client, 6);
    two_secrets(client, 9);
    free(cloud_ask("PUT", "settings", "{\"webhook_url\":\"\"}"));
    ferry_filestack_free(client);
    stop();
    return check_result();
}
