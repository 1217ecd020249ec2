/* A peer that closes while it is sent to: an error to retry, not a SIGPIPE, which would end a C program. */
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

int main(void) {
    check_begin();
    struct sigaction action;
    CHECK(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    a_cut_upload(env("FERRY_TEST_HTTP"));
    a_cut_upload(env("FERRY_TEST_HTTPS"));
    return check_result();
}
