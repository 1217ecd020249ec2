/* Policies are signed as Filestack's own SDK signs them, go where they are needed, and are never told in an
 * error. */
#include "client.h"

static char *read_vectors(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/security.json", env("FERRY_TEST_VECTORS"));
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 22);
    CHECK(file != NULL && fread(text, 1, (1 << 22) - 1, file) > 1000);
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

/* Answers that Filestack's SDK computed. */
static void vectors(void) {
    char *text = read_vectors();
    int count = 0;
    for (const char *entry = json_first(text); entry != NULL; entry = json_next(entry)) {
        char *policy = json_copy(json_get(entry, "policy")), *secret = json_copy(json_get(entry, "secret"));
        char *policy_b64 = json_copy(json_get(entry, "policy_b64")),
             *signature = json_copy(json_get(entry, "signature"));
        char *url_part = json_copy(json_get(entry, "url_part"));
        ferry_security *security = NULL, *taken = NULL;
        ferry_error *err = NULL;
        CHECK_OK(ferry_security_new(policy, secret, &security, &err), err);
        CHECK_STR(ferry_security_policy_b64(security), policy_b64);
        CHECK_STR(ferry_security_signature(security), signature);
        CHECK_STR(ferry_security_url_string(security), url_part);
        CHECK_OK(ferry_security_from_signed(policy_b64, signature, &taken, &err), err);
        CHECK_STR(ferry_security_url_string(taken), url_part);
        CHECK_STR(ferry_security_policy_json(taken), ferry_security_policy_json(security));
        ferry_security_free(taken);
        ferry_security_free(security);
        free(policy);
        free(secret);
        free(policy_b64);
        free(signature);
        free(url_part);
        count++;
        if (is_small() && count == 20) {
            break;
        }
    }
    CHECK(count >= 20);
    free(text);
}

static void refused(void) {
    const struct {
        const char *policy, *secret, *culprit;
    } bad[] = {
        {"", "s", "policy"},
        {"[]", "s", "policy"},
        {"{\"expiry\":", "s", "policy"},
        {"{}", "s", "expiry"},
        {"{\"expiry\":\"soon\"}", "s", "expiry"},
        {"{\"expiry\":1,\"handel\":\"x\"}", "s", "handel"},
        {"{\"expiry\":4102444800}", "", "app_secret"},
        {"{\"expiry\":4102444800}", "\xff", "app_secret is not UTF-8"},
        {"\xff", "s", "policy_json is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ferry_security *security = (ferry_security *)&security;
        ferry_error *err = NULL;
        CHECK_ERROR(ferry_security_new(bad[i].policy, bad[i].secret, &security, &err), FERRY_INVALID_ARGUMENT,
            err, bad[i].culprit);
        CHECK(security == NULL);
    }
    const char *const signature = "f61fa1effb0638ab5b6e208d5d2fd9343f8557d8a0bf529c6d8542935f77bb3c";
    const struct {
        const char *policy, *signature, *culprit;
    } pairs[] = {
        {"", signature, "policy_b64"},
        {"e30", signature, "policy_b64"},
        {"????", signature, "policy_b64"},
        {"\xff", signature, "policy_b64"},
        {"e30=", "", "signature"},
        {"e30=", "abc", "signature"},
        {"e30=", "\xff", "signature"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ferry_security *security = (ferry_security *)&security;
        ferry_error *err = NULL;
        CHECK_ERROR(ferry_security_from_signed(pairs[i].policy, pairs[i].signature, &security, &err),
            FERRY_INVALID_ARGUMENT, err, pairs[i].culprit);
        CHECK(security == NULL);
    }
}

static ferry_security *sign(const char *secret) {
    ferry_security *security = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_security_new(
                 "{\"expiry\":4102444800,\"call\":[\"pick\",\"store\",\"read\"]}", secret, &security, &err),
        err);
    return security;
}

/* The client's goes with every call, the upload's own one instead of it; both may be freed at once. */
static void sent_with_the_calls(void) {
    cloud_reset();
    ferry_security *mine = sign("mine"), *other = sign("other");
    char *mine_signature = strdup(ferry_security_signature(mine)),
         *other_signature = strdup(ferry_security_signature(other));
    ferry_filestack_options with = client_options(env("FERRY_TEST_HTTP"));
    with.security = mine;
    ferry_filestack *client = client_with(&with);
    ferry_security_free(mine);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, "x", 1, NULL, &link, &err), err);
    static const char *const classes[] = {"start", "upload", "complete"};
    for (int i = 0; i < 3; i++) {
        char *said = cloud_said(classes[i], "signature");
        CHECK_STR(said, mine_signature);
        free(said);
    }
    char *url = NULL;
    CHECK_OK(ferry_filelink_signed_url(link, NULL, &url, &err), err);
    CHECK_HAS(url, mine_signature);
    CHECK(strstr(ferry_filelink_url(link), mine_signature) == NULL);
    ferry_string_free(url);
    CHECK_OK(ferry_filelink_signed_url(link, other, &url, &err), err);
    CHECK_HAS(url, other_signature);
    ferry_string_free(url);
    ferry_filelink_free(link);

    ferry_upload_options options = upload_options();
    options.security = other;
    CHECK_OK(ferry_filestack_upload_bytes(client, "x", 1, &options, &link, &err), err);
    char *said = cloud_said("start", "signature");
    CHECK_STR(said, other_signature);
    free(said);
    ferry_filelink_free(link);
    ferry_security_free(other);
    free(mine_signature);
    free(other_signature);
    ferry_filestack_free(client);
}

/* A service that repeats what it was sent does not make it known. */
static void never_told(void) {
    ferry_security *security = sign("hush");
    const char *const policy = ferry_security_policy_b64(security), *const signature =
                                                                        ferry_security_signature(security);
    ferry_filestack_options with = client_options(env("FERRY_TEST_HTTP"));
    ferry_connection_options connection = connection_options();
    connection.max_retries = FERRY_NO_RETRIES;
    with.security = security;
    with.connection = &connection;
    ferry_filestack *client = client_with(&with);
    static const char *const classes[] = {"start", "upload", "complete", "deliver"};
    static const char *const statuses[] = {"200", "403", "500"};
    for (int i = 0; i < 12; i++) {
        const char *class = classes[i / 3];
        if (strcmp(class, "deliver") == 0 && i % 3 == 0) {
            continue; /* what a download brings is the file itself */
        }
        cloud_reset();
        char rules[2048];
        snprintf(rules, sizeof rules,
            "[{\"class\":\"%s\",\"action\":{\"status\":%s,\"body\":\"you said %s and %s\"}}]", class,
            statuses[i % 3], policy, signature);
        cloud_faults(rules);
        ferry_filelink *link = NULL;
        ferry_bytes *content = NULL;
        ferry_error *err = NULL;
        ferry_status status = ferry_filestack_upload_bytes(client, "x", 1, NULL, &link, &err);
        if (status == FERRY_OK) {
            status = ferry_filelink_content(link, NULL, &content, &err);
        }
        CHECK(status != FERRY_OK);
        CHECK_HAS(ferry_error_body(err), "you said *** and ***");
        CHECK_HAS(ferry_error_message(err), "you said *** and ***");
        CHECK(strstr(ferry_error_message(err), policy) == NULL &&
              strstr(ferry_error_message(err), signature) == NULL);
        CHECK(strstr(ferry_error_body(err), policy) == NULL &&
              strstr(ferry_error_body(err), signature) == NULL);
        CHECK_AT(strstr(ferry_error_body(err), signature) == NULL, "... at %s with status %s", class,
            statuses[i % 3]);
        ferry_error_free(err);
        ferry_bytes_free(content);
        ferry_filelink_free(link);
    }
    cloud_reset();
    ferry_filestack_free(client);
    ferry_security_free(security);
}

int main(void) {
    check_begin();
    vectors();
    refused();
    sent_with_the_calls();
    never_told();
    return check_result();
}
