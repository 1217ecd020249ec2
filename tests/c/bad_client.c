/* A client, a security or a filelink that cannot work is never made, and the message says what is wrong with
 * which text. */
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"

static void refuse_client(
    const char *apikey, const ferry_filestack_options *options, ferry_status wanted, const char *culprit) {
    ferry_filestack *client = (ferry_filestack *)&client;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_new(apikey, options, &client, &err);
    CHECK(client == NULL);
    CHECK_ERROR(status, wanted, err, culprit);
}

static void api_keys(void) {
    const char *const bad[] = {"", " ", "a b", "a/b", "a?b", "a#b", "a\nb", "\xc3\xa4", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refuse_client(bad[i], NULL, FERRY_INVALID_ARGUMENT, "apikey");
    }
}

static void addresses(void) {
    const char *const bad[] = {"", "example.com", "ftp://example.com", "http://", "https:///x",
        "https://x?y=1", "http://a b", "\xff", "https://x\n"};
    const size_t places[] = {
        offsetof(ferry_filestack_options, base_url),
        offsetof(ferry_filestack_options, upload_url),
        offsetof(ferry_filestack_options, cdn_url),
        offsetof(ferry_filestack_options, api_url),
        offsetof(ferry_filestack_options, process_url),
    };
    const char *const names[] = {"base_url", "upload_url", "cdn_url", "api_url", "process_url"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
            ferry_filestack_options options = client_options(NULL);
            memcpy((char *)&options + places[i], &bad[j], sizeof bad[j]);
            refuse_client("KEY", &options, FERRY_INVALID_ARGUMENT, names[i]);
        }
    }
}

static void texts(void) {
    ferry_filestack_options options = client_options(NULL);
    options.storage = "\xff";
    refuse_client("KEY", &options, FERRY_INVALID_ARGUMENT, "storage is not UTF-8");
    options.storage = "S3\r\n";
    refuse_client("KEY", &options, FERRY_INVALID_ARGUMENT, "storage");
    options.storage = NULL;
    options.cname = "\xff";
    refuse_client("KEY", &options, FERRY_INVALID_ARGUMENT, "cname is not UTF-8");
    options.cname = "https://files.example.com";
    refuse_client("KEY", &options, FERRY_INVALID_ARGUMENT, "cname");
    options = client_options(NULL);
    options.struct_size = 0;
    refuse_client("KEY", &options, FERRY_INVALID_ARGUMENT, "struct_size of ferry_filestack_options");
}

#define REFUSE(field, value, wanted, culprit)                                                                \
    do {                                                                                                     \
        ferry_connection_options bad = connection_options();                                                 \
        ferry_filestack_options with = client_options(NULL);                                                 \
        bad.field = value;                                                                                   \
        with.connection = &bad;                                                                              \
        refuse_client("KEY", &with, wanted, culprit);                                                        \
    } while (0)

static void connections(void) {
    REFUSE(user_agent, "a\r\nx-evil: 1", FERRY_INVALID_ARGUMENT, "user_agent");
    REFUSE(user_agent, "\xff", FERRY_INVALID_ARGUMENT, "user_agent is not UTF-8");
    REFUSE(proxy, "\xff", FERRY_INVALID_ARGUMENT, "proxy is not UTF-8");
    REFUSE(proxy, "socks5://proxy.example.com", FERRY_INVALID_ARGUMENT, "proxy");
    REFUSE(proxy, "", FERRY_INVALID_ARGUMENT, "proxy");
    REFUSE(ca_file, "\xff", FERRY_INVALID_ARGUMENT, "ca_file is not UTF-8");
    REFUSE(ca_file, "/no/such/file.pem", FERRY_IO, "/no/such/file.pem");
    REFUSE(ca_file, scratch_file("no.pem", "this is no certificate", 22), FERRY_INVALID_ARGUMENT, "ca_file");
    REFUSE(ca_file, env("FERRY_TEST_FOLDER"), FERRY_IO, "it is a directory");
    REFUSE(ca_file, "/dev/null", FERRY_IO, "/dev/null: it is not a regular file");
    REFUSE(ca_file, "/dev/zero", FERRY_IO, "/dev/zero: it is not a regular file");
    const char *path = scratch_file("large.pem", "", 0);
    CHECK(truncate(path, 17 * MIB) == 0);
    REFUSE(ca_file, path, FERRY_INVALID_ARGUMENT, "more than 16 MiB");
    /* Nobody writes to this pipe. */
    path = scratch("pipe.pem");
    CHECK(mkfifo(path, 0600) == 0);
    REFUSE(ca_file, path, FERRY_IO, "it is not a regular file");
    REFUSE(struct_size, 0, FERRY_INVALID_ARGUMENT, "struct_size of ferry_connection_options");
}

static void a_proxy_password_is_never_told(void) {
    ferry_connection_options connection = connection_options();
    connection.proxy = "socks9://user:hunter2@example.com";
    ferry_filestack_options options = client_options(NULL);
    options.connection = &connection;
    ferry_filestack *client = NULL;
    ferry_error *err = NULL;
    CHECK(ferry_filestack_new("KEY", &options, &client, &err) == FERRY_INVALID_ARGUMENT);
    CHECK(strstr(ferry_error_message(err), "hunter2") == NULL);
    ferry_error_free(err);
}

static void handles(void) {
    const char *const bad[] = {"", "a/b", "a b", "../x", "a?b", "a\nb", "\xff"};
    ferry_filestack *client = client_new(NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ferry_filelink *link = (ferry_filelink *)&link;
        ferry_error *err = NULL;
        ferry_status status = ferry_filelink_new(client, bad[i], &link, &err);
        CHECK(link == NULL);
        CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "handle");
    }
    ferry_filestack_free(client);
}

/* A target that cannot be written is refused before the file is asked for. */
static void targets(void) {
    ferry_filestack *client = client_new(NULL);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_new(client, "HANDLE", &link, &err), err);
    const struct {
        const char *path;
        ferry_status wanted;
        const char *culprit;
    } bad[] = {
        {"", FERRY_INVALID_ARGUMENT, "path"},
        {"\xff", FERRY_INVALID_ARGUMENT, "path is not UTF-8"},
        {"/", FERRY_INVALID_ARGUMENT, "path"},
        {"/no/such/folder/file", FERRY_IO, "/no/such/folder/file"},
        {env("FERRY_TEST_FOLDER"), FERRY_IO, "directory"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t bytes = 77;
        ferry_status status = ferry_filelink_download(link, bad[i].path, NULL, &bytes, &err);
        CHECK(bytes == 0);
        CHECK_ERROR(status, bad[i].wanted, err, bad[i].culprit);
    }
    CHECK(cloud_count("any", 0) == 0);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
}

int main(void) {
    check_begin();
    api_keys();
    addresses();
    texts();
    connections();
    a_proxy_password_is_never_told();
    handles();
    targets();
    CHECK(cloud_count("any", 0) == 0);
    return check_result();
}
