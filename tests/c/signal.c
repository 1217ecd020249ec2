/* A peer that closes while it is sent to: an error to retry, not a SIGPIPE, which would end a C program. No
 * handler of a signal is set, nor one that is there changed. */
#include "client.h"

#include <signal.h>

static void a_cut_upload(const char *base_url) {
    size_t length = 3 * MIB;
    unsigned char *bytes = noise(length, 1);
    ferry_connection_options connection = connection_options();
    connection.ca_file = env("FERRY_TEST_CA");
    ferry_filestack_options account = client_options(base_url);
    account.connection = &connection;
    ferry_filestack *client = client_with(&account);
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"times\":3,\"action\":{\"cut_after\":65536}}]");
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, bytes, length, NULL, &link, &err), err);
    CHECK(cloud_count("put", 0) == 4);
    cloud_faults("[]");
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    free(bytes);
}

enum { SIGNALS = 64 };

/* What each signal does; how many of them can be asked for. The C library keeps a few for itself. */
static int read_actions(struct sigaction actions[SIGNALS]) {
    int known = 0;
    memset(actions, 0, SIGNALS * sizeof *actions);
    for (int i = 0; i < SIGNALS; i++) {
        known += sigaction(i + 1, NULL, &actions[i]) == 0;
    }
    return known;
}

int main(void) {
    check_begin();
    struct sigaction before[SIGNALS], after[SIGNALS];
    const int known = read_actions(before);
    CHECK_AT(known > SIGNALS - 4, "only %d signals are known", known);
    CHECK(before[SIGPIPE - 1].sa_handler == SIG_DFL);
    a_cut_upload(env("FERRY_TEST_HTTP"));
    a_cut_upload(env("FERRY_TEST_HTTPS"));
    CHECK(read_actions(after) == known);
    for (int i = 0; i < SIGNALS; i++) {
        CHECK_AT(
            before[i].sa_handler == after[i].sa_handler, "signal %d has another handler than before", i + 1);
        CHECK_AT(before[i].sa_flags == after[i].sa_flags, "signal %d has other flags than before", i + 1);
    }
    return check_result();
}
