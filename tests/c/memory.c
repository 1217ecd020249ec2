/* The most memory this process ever used, in KiB, after an upload of a sparse file with as many bytes as the
 * argument says. */
#include <unistd.h>

#include "client.h"

int main(int count, char **arguments) {
    check_begin();
    const off_t length = count > 1 ? (off_t)strtoull(arguments[1], NULL, 10) : 0;
    CHECK(ferry_version_number() == FERRY_VERSION_NUMBER);
    if (length > 0) {
        char path[4096];
        snprintf(path, sizeof path, "%s", scratch_file("sparse", "", 0));
        CHECK(truncate(path, length) == 0);
        ferry_filestack *client = client_new(NULL);
        ferry_upload_options options = upload_options();
        options.concurrency = 4;
        ferry_filelink *link = NULL;
        ferry_error *err = NULL;
        CHECK_OK(ferry_filestack_upload_file(client, path, &options, &link, &err), err);
        ferry_value *stored = NULL;
        CHECK_OK(ferry_filelink_metadata(link, "size", NULL, &stored, &err), err);
        CHECK(ferry_value_int(ferry_value_get(stored, "size")) == length);
        ferry_value_free(stored);
        ferry_filelink_free(link);
        ferry_filestack_free(client);
    }
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            printf("%ld\n", atol(line + 6));
        }
    }
    if (status != NULL) {
        fclose(status);
    }
    return check_result();
}
