/* Uploads FILE over TLS to the service at BASE_URL, which CA vouches for, and downloads it to COPY. */
#include <ferry.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 5) return 2; /* FILE BASE_URL CA COPY */
    ferry_connection_options connection;
    ferry_connection_options_init(&connection, sizeof connection);
    connection.ca_file = argv[3];
    ferry_filestack_options account;
    ferry_filestack_options_init(&account, sizeof account);
    account.base_url = argv[2];
    account.connection = &connection;
    ferry_filestack *client = NULL;
    ferry_filelink *link = NULL;
    ferry_error *error = NULL;
    uint64_t bytes = 0;
    if (ferry_filestack_new("TESTKEY", &account, &client, &error) == FERRY_OK &&
        ferry_filestack_upload_file(client, argv[1], NULL, &link, &error) == FERRY_OK &&
        ferry_filelink_download(link, argv[4], NULL, &bytes, &error) == FERRY_OK)
        printf("%s, %lu bytes\n", ferry_version(), (unsigned long)bytes);
    const int failed = error != NULL;
    if (failed) fprintf(stderr, "%s\n", ferry_error_message(error));
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    ferry_error_free(error);
    return failed || ferry_live_objects() != 0;
}
