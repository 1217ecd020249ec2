/* URLs of chains are those that Filestack's own SDK makes, signed and unsigned, whichever way the parameters are given. */
#include "chain.h"

static char *read_vectors(void) {
    char path[4096];
    size_t length;
    snprintf(path, sizeof path, "%s/transform_urls.json", env("FERRY_TEST_VECTORS"));
    char *text = (char *)read_file(path, &length);
    CHECK(length > 1000);
    return text;
}

static void check_signed(const ferry_transform *chain, const char *entry) {
    char *policy = json_copy(json_get(entry, "policy")), *secret = json_text(json_get(entry, "secret"));
    char *wanted = json_text(json_get(entry, "signed_url")), *url = NULL;
    ferry_security *security = signed_policy(policy, secret);
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_signed_url(chain, security, &url, &err), err);
    CHECK_STR(url, wanted);
    ferry_string_free(url);
    ferry_security_free(security);
    free(policy);
    free(secret);
    free(wanted);
}

/* The parameters of every task as JSON, under the names of the service and those of the SDK. */
static void from_json(const ferry_filestack *client, const char *source, const char *entry) {
    char *wanted = json_text(json_get(entry, "url"));
    static const char *const names[] = {"task", "python_method"};
    for (int i = 0; i < 2; i++) {
        ferry_transform *chain = chain_new(client, source);
        ferry_error *err = NULL;
        for (const char *task = json_first(json_get(entry, "tasks")); task != NULL; task = json_next(task)) {
            char *name = json_text(json_get(task, names[i])), *params = json_copy(json_get(task, "params"));
            CHECK_OK(ferry_transform_add_json(chain, name, params, &err), err);
            free(name);
            free(params);
        }
        check_url(chain, wanted);
        check_signed(chain, entry);
        ferry_transform_free(chain);
    }
    free(wanted);
}

/* The parameters as the SDK writes them, which is without any percent-encoding. */
static void from_text(const ferry_filestack *client, const char *source, const char *apikey, const char *entry) {
    char *wanted = json_text(json_get(entry, "url")), *built = json_text(json_get(entry, "url_as_built"));
    char *at = built + strlen(CDN "/");
    if (*apikey != '\0') {
        at += strlen(apikey) + 1;
    }
    ferry_transform *chain = chain_new(client, source);
    ferry_error *err = NULL;
    for (const char *task = json_first(json_get(entry, "tasks")); task != NULL; task = json_next(task)) {
        char *name = json_text(json_get(task, "task"));
        CHECK(strncmp(at, name, strlen(name)) == 0);
        char *params = at + strlen(name), *end = at + strcspn(at, "/");
        const int has_params = *params == '=';
        *end = '\0';
        CHECK_OK(ferry_transform_add(chain, name, has_params ? params + 1 : NULL, &err), err);
        at = end + 1;
        free(name);
    }
    check_url(chain, wanted);
    ferry_transform_free(chain);
    free(wanted);
    free(built);
}

/* The chain in base64 form keeps the key, and nothing of it can be read. */
static void in_base64(const ferry_filestack *client, const char *source) {
    ferry_transform *chain = chain_of(client, source, "resize", "width:800");
    char *url = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_base64_url(chain, NULL, &url, &err), err);
    CHECK_HAS(url, "/b64/W3sibmFtZSI6InJlc2l6ZSIsInBhcmFtcyI6eyJ3aWR0aCI6ODAwfX1d/b64://");
    CHECK(strstr(url, source) == NULL);
    ferry_string_free(url);
    ferry_transform_free(chain);
}

int main(void) {
    check_begin();
    char *text = read_vectors();
    int count = 0;
    for (const char *entry = json_first(text); entry != NULL; entry = json_next(entry)) {
        const int before = check_failures;
        const char *from = json_get(entry, "source");
        char *handle = json_text(json_get(from, "handle")), *url = json_text(json_get(from, "external_url")), *apikey = json_text(json_get(from, "apikey"));
        const char *source = *handle != '\0' ? handle : url;
        ferry_filestack *client = NULL;
        ferry_error *err = NULL;
        CHECK_OK(ferry_filestack_new(*apikey != '\0' ? apikey : "NOT-IN-THE-URL", NULL, &client, &err), err);
        from_json(client, source, entry);
        from_text(client, source, apikey, entry);
        in_base64(client, source);
        ferry_filestack_free(client);
        CHECK_AT(check_failures == before, "... in number %d", count);
        free(handle);
        free(url);
        free(apikey);
        count++;
    }
    CHECK(count == 121);
    free(text);
    return check_result();
}
