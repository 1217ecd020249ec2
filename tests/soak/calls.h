/* Calls that send nothing, and calls that have to fail. */
#ifndef FERRY_SOAK_CALLS_H
#define FERRY_SOAK_CALLS_H

#include <errno.h>

#include "worker.h"

static void chain_urls(struct worker *worker) {
    ferry_transform *chain = NULL, *copy = NULL;
    char *url = NULL, *signed_url = NULL, *base64 = NULL, params[64], wanted[128];
    ferry_error *err = NULL;
    const unsigned width = 1 + (unsigned)draw(worker, 5000);
    snprintf(params, sizeof params, "{\"width\": %u}", width);
    snprintf(wanted, sizeof wanted, "/resize=width:%u/rotate=deg:90/HandleOfAFile0123456", width);
    ferry_status status =
        ferry_transform_new(shared.clients[S3_CLOUD], "HandleOfAFile0123456", &chain, &err);
    status = status == FERRY_OK ? ferry_transform_add_json(chain, "resize", params, &err) : status;
    status = status == FERRY_OK ? ferry_transform_clone(chain, &copy, &err) : status;
    status = status == FERRY_OK ? ferry_transform_add(copy, "rotate", "deg:90", &err) : status;
    status = status == FERRY_OK ? ferry_transform_url(copy, &url, &err) : status;
    status = status == FERRY_OK ? ferry_transform_signed_url(copy, NULL, &signed_url, &err) : status;
    status = status == FERRY_OK ? ferry_transform_base64_url(copy, NULL, &base64, &err) : status;
    if (went_well("chain_urls", "-", status, err, 0)) {
        HOLDS(strstr(url, wanted) != NULL, "%s", url);
        HOLDS(strstr(signed_url, "/security=p") != NULL, "%s", signed_url);
    }
    err = NULL;
    status = ferry_transform_add(chain, "resize", "widht:1", &err);
    had_to_fail("chain_urls", status, FERRY_INVALID_ARGUMENT, err, "widht");
    ferry_string_free(url);
    ferry_string_free(signed_url);
    ferry_string_free(base64);
    ferry_transform_free(copy);
    ferry_transform_free(chain);
}

static void webhooks(struct worker *worker) {
    const size_t length = draw(worker, 4096);
    const unsigned char *body = some_bytes(worker, length);
    char *signature = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_webhook_sign("secret", body, length, "1559199901", &signature, &err);
    went_well("webhook_sign", "-", status, err, 0);
    err = NULL;
    status = ferry_webhook_verify("secret", body, length, "1559199901", signature, 0, &err);
    went_well("webhook_verify", "-", status, err, 0);
    err = NULL;
    status = ferry_webhook_verify("another", body, length, "1559199901", signature, 0, &err);
    had_to_fail("webhook_verify", status, FERRY_SIGNATURE_MISMATCH, err, "");
    err = NULL;
    status = ferry_webhook_verify("secret", body, length, "1559199901", signature, 300, &err);
    had_to_fail("webhook_verify", status, FERRY_SIGNATURE_EXPIRED, err, "");
    ferry_string_free(signature);
}

static void policies(struct worker *worker) {
    ferry_json *calls = ferry_json_new_array(), *policy = ferry_json_new();
    ferry_security *security = NULL, *again = NULL;
    ferry_error *err = NULL;
    ferry_json_add_string(calls, "read", NULL);
    ferry_json_set_json(policy, "call", ferry_json_text(calls), NULL);
    ferry_json_set_int(policy, "expiry", (int64_t)ferry_security_expiry_in(60 + draw(worker, 1000)), NULL);
    ferry_status status = ferry_security_new(ferry_json_text(policy), "SECRET", &security, &err);
    status = status == FERRY_OK ? ferry_security_allows(security, "read", NULL, &err) : status;
    status = status == FERRY_OK ? ferry_security_from_signed(ferry_security_policy_b64(security),
                                      ferry_security_signature(security), &again, &err)
                                : status;
    if (went_well("policies", "-", status, err, 0)) {
        const char *text = ferry_security_policy_json(again);
        HOLDS(strcmp(text, ferry_security_policy_json(security)) == 0, "%s", text);
    }
    err = NULL;
    status = ferry_security_allows(security, "write", NULL, &err);
    had_to_fail("policies", status, FERRY_INVALID_ARGUMENT, err, "write");
    ferry_security_free(again);
    ferry_security_free(security);
    ferry_json_free(policy);
    ferry_json_free(calls);
}

/* The call, whose last argument is the error, has to fail. */
#define REFUSED(name, wanted, part, call, ...)                                                               \
    do {                                                                                                     \
        ferry_error *refused_err = NULL;                                                                     \
        const ferry_status refused = call(__VA_ARGS__, &refused_err);                                        \
        had_to_fail(name, refused, wanted, refused_err, part);                                               \
    } while (0)

/* Arguments that cannot be used: nothing is sent. */
static void wrong_arguments(struct worker *worker) {
    const ferry_filestack *client = shared.clients[NULL_CLOUD];
    ferry_filelink *link = NULL;
    ferry_filestack *none = NULL;
    ferry_upload *upload = NULL;
    REFUSED("no_path", FERRY_INVALID_ARGUMENT, "path", ferry_filestack_upload_file, client, NULL, NULL,
        &link);
    REFUSED("no_file", FERRY_IO, "No such file", ferry_filestack_upload_file, client, worker->download, NULL,
        &link);
    REFUSED("folder", FERRY_IO, "directory", ferry_filestack_upload_new, client, shared.folder, NULL,
        &upload);
    REFUSED("no_key", FERRY_INVALID_ARGUMENT, "key", ferry_filestack_new, "", NULL, &none);
    REFUSED("handle", FERRY_INVALID_ARGUMENT, "handle", ferry_filelink_new, client, "../etc", &link);
    ferry_upload_options options = named("name");
    options.tags_json = "{\"a\":";
    REFUSED("tags", FERRY_INVALID_ARGUMENT, "tags", ferry_filestack_upload_bytes, client, "x", 1, &options,
        &link);
    options = named("name");
    options.concurrency = 65;
    REFUSED("concurrency", FERRY_INVALID_ARGUMENT, "concurrency", ferry_filestack_upload_bytes, client, "x",
        1, &options, &link);
    const ferry_batch_item twice[] = {{shared.small[0], NULL}, {shared.small[0], NULL}};
    REFUSED("twice", FERRY_INVALID_ARGUMENT, "", ferry_filestack_upload_batch, client, twice, 2, NULL, NULL,
        NULL, NULL);
}

/* A host at which nobody is found: nothing listens, or the name cannot be one. */
static void unreachable(struct worker *worker) {
    /* A label of more than 63 characters: the resolver refuses it without asking anybody. */
    static const char long_name[] = "http://"
                                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const int is_refused = draw(worker, 2) == 0;
    ferry_connection_options connection;
    ferry_connection_options_init(&connection, sizeof connection);
    connection.max_retries = FERRY_NO_RETRIES;
    ferry_filestack_options options;
    ferry_filestack_options_init(&options, sizeof options);
    options.base_url = is_refused ? "http://127.0.0.1:1" : long_name;
    options.connection = &connection;
    ferry_filestack *client = NULL;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_new("SOAKKEY", &options, &client, &err);
    if (went_well("new", "-", status, err, 0)) {
        err = NULL;
        status = ferry_filestack_upload_bytes(client, "x", 1, NULL, &link, &err);
        HOLDS(!is_refused || ferry_error_errno(err) == ECONNREFUSED, "%d", (int)ferry_error_errno(err));
        had_to_fail(is_refused ? "refused" : "no_name", status, FERRY_NETWORK, err, "");
    }
    ferry_filelink_free(link);
    ferry_filestack_free(client);
}

static void calls(struct worker *worker) {
    static void (*const all[])(struct worker *) = {chain_urls, webhooks, policies, wrong_arguments};
    all[draw(worker, sizeof all / sizeof *all)](worker);
}

#endif
