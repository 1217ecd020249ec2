/* A webhook is taken from who knows the secret, and from nobody else; what is wrong is said, the right
 * signature never is. */
#include "chain.h"

/* From the tests of two of Filestack's SDKs. */
static const char secret[] = "Y5cWb1rdRDSTSqEjF5pv", sent[] = "1559199901";
static const char body[] =
    "{\"id\": 6844, \"action\": \"fp.upload\", \"timestamp\": 1559199901, \"text\": {\"url\": "
    "\"http://cdn.filestackapi.dev/xK88QArxRiyVvFzo4p33\", \"client\": \"Computer\", \"data\": {\"filename\": \"01 "
    "(1).png\", \"type\": \"image/png\", \"size\": 881855}}}";
static const char signature[] = "14495b54b246e1352bb69cd91c5c1bfe2221f2d0330414b3df8f5fb2903db730";

/* Whoever reads the error learns nothing that helps to forge a message. */
static void refused_without_a_word(
    const char *with, const void *bytes, size_t length, const char *timestamp, const char *given) {
    char *right = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_webhook_sign(with, bytes, length, timestamp, &right, &err), err);
    ferry_status status = ferry_webhook_verify(with, bytes, length, timestamp, given, 0, &err);
    CHECK(strstr(ferry_error_message(err), right) == NULL && strstr(ferry_error_message(err), with) == NULL);
    CHECK_STR(ferry_error_body(err), "");
    CHECK(!ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_SIGNATURE_MISMATCH, err, "signature");
    ferry_string_free(right);
}

static char *header(const char *entry, const char *name) {
    const char *headers = json_get(entry, "headers");
    for (const char *key = json_first(headers); key != NULL; key = json_next(key)) {
        char *found = json_copy(key);
        key = json_space(json_end(key));
        const int is_it = strcasecmp(found, name) == 0;
        free(found);
        if (is_it) {
            return json_text(key);
        }
    }
    CHECK_AT(0, "no header %s", name);
    return calloc(1, 1);
}

/* Verdicts of Filestack's SDK. */
static void vectors(void) {
    char path[4096];
    size_t length;
    snprintf(path, sizeof path, "%s/webhooks.json", env("FERRY_TEST_VECTORS"));
    char *text = (char *)read_file(path, &length);
    int count = 0, valid = 0;
    for (const char *entry = json_first(text); entry != NULL; entry = json_next(entry)) {
        char *with = json_text(json_get(entry, "secret")), *message = json_text(json_get(entry, "body"));
        char *timestamp = header(entry, "FS-Timestamp"), *given = header(entry, "FS-Signature");
        ferry_error *err = NULL;
        count++;
        if (json_is(json_get(entry, "valid"), "true")) {
            valid++;
            CHECK_OK(ferry_webhook_verify(with, message, strlen(message), timestamp, given, 0, &err), err);
            const char *const several[] = {"another", with, "a third"};
            CHECK_OK(
                ferry_webhook_verify_any(several, 3, message, strlen(message), timestamp, given, 0, &err),
                err);
            /* They are years old. */
            CHECK_ERROR(ferry_webhook_verify(with, message, strlen(message), timestamp, given, 300, &err),
                FERRY_SIGNATURE_EXPIRED, err, "300");
            char *made = NULL;
            CHECK_OK(ferry_webhook_sign(with, message, strlen(message), timestamp, &made, &err), err);
            CHECK_STR(made, given);
            ferry_string_free(made);
        } else {
            refused_without_a_word(with, message, strlen(message), timestamp, given);
        }
        free(with);
        free(message);
        free(timestamp);
        free(given);
    }
    CHECK(count == 20 && valid > 5 && valid < 20);
    free(text);
}

static void known_messages(void) {
    const char *const other =
        "{\"text\": {\"filename\": \"filename.jpg\", \"key\": \"kGaeljnga9wkysK6Z_filename.jpg\"}}";
    ferry_error *err = NULL;
    CHECK_OK(ferry_webhook_verify(secret, body, strlen(body), sent, signature, 0, &err), err);
    CHECK_OK(ferry_webhook_verify("webhook-secret", other, strlen(other), "123456789999",
                 "57cbb25386c3d6ff758a7a75cf52ba02cf2b0a1a2d6d5dfb9c886553ca6011cb", 0, &err),
        err);
    /* The same number in capitals. */
    CHECK_OK(ferry_webhook_verify(secret, body, strlen(body), sent,
                 "14495B54B246E1352BB69CD91C5C1BFE2221F2D0330414B3DF8F5FB2903DB730", 0, &err),
        err);
}

static void every_other_signature(void) {
    char wrong[80];
    for (size_t at = 0; at < 64; at++) {
        strcpy(wrong, signature);
        wrong[at] = wrong[at] == '0' ? '1' : '0';
        refused_without_a_word(secret, body, strlen(body), sent, wrong);
    }
    static const char *const malformed[] = {"a", "14495b54", "none",
        " 14495b54b246e1352bb69cd91c5c1bfe2221f2d0330414b3df8f5fb2903db730",
        "14495b54b246e1352bb69cd91c5c1bfe2221f2d0330414b3df8f5fb2903db730\n",
        "sha256=14495b54b246e1352bb69cd91c5c1bfe2221f2d0330414b3df8f5fb2",
        "zz495b54b246e1352bb69cd91c5c1bfe2221f2d0330414b3df8f5fb2903db730",
        ("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
         "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc")};
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        refused_without_a_word(secret, body, strlen(body), sent, malformed[i]);
    }
    /* Right for something else. */
    refused_without_a_word("another secret", body, strlen(body), sent, signature);
    refused_without_a_word(secret, body, strlen(body) - 1, sent, signature);
    refused_without_a_word(secret, body, 0, sent, signature);
    refused_without_a_word(secret, body, strlen(body), "1559199902", signature);
    refused_without_a_word(secret, body, strlen(body), " 1559199901", signature);
}

static void check_age(long age, uint32_t tolerance, ferry_status wanted) {
    char timestamp[32];
    snprintf(timestamp, sizeof timestamp, "%lld", (long long)time(NULL) - age);
    char *made = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_webhook_sign(secret, body, strlen(body), timestamp, &made, &err), err);
    ferry_status status = ferry_webhook_verify(secret, body, strlen(body), timestamp, made, tolerance, &err);
    if (wanted == FERRY_SIGNATURE_EXPIRED) {
        CHECK_HAS(ferry_error_message(err), age > 0 ? "before now" : "after now");
    }
    CHECK_STATUS(status, wanted, err);
    ferry_string_free(made);
}

static void age(void) {
    check_age(0, 300, FERRY_OK);
    check_age(290, 300, FERRY_OK);
    check_age(-290, 300, FERRY_OK);
    check_age(310, 300, FERRY_SIGNATURE_EXPIRED);
    check_age(-310, 300, FERRY_SIGNATURE_EXPIRED);
    check_age(1000000, 0, FERRY_OK);
    check_age(1000000, UINT32_MAX, FERRY_OK);
    ferry_error *err = NULL;
    /* A forged message is a forged message, however old it is. */
    CHECK_STATUS(ferry_webhook_verify("other", body, strlen(body), sent, signature, 300, &err),
        FERRY_SIGNATURE_MISMATCH, err);
    /* Only one who knows the secret learns what is wrong with the timestamp. */
    static const char *const strange[] = {"soon", "-5", "1e9", "99999999999999999999999999", "1559199901.5"};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        char *made = NULL;
        CHECK_OK(ferry_webhook_sign(secret, body, strlen(body), strange[i], &made, &err), err);
        CHECK_ERROR(ferry_webhook_verify(secret, body, strlen(body), strange[i], made, 300, &err),
            FERRY_INVALID_ARGUMENT, err, "timestamp");
        CHECK_STATUS(ferry_webhook_verify(secret, body, strlen(body), strange[i], signature, 300, &err),
            FERRY_SIGNATURE_MISMATCH, err);
        ferry_string_free(made);
    }
}

static void several_secrets(void) {
    const char *const all[] = {"older", "old", secret};
    ferry_error *err = NULL;
    CHECK_OK(ferry_webhook_verify_any(all, 3, body, strlen(body), sent, signature, 0, &err), err);
    CHECK_OK(ferry_webhook_verify_any(all + 2, 1, body, strlen(body), sent, signature, 0, &err), err);
    CHECK_STATUS(ferry_webhook_verify_any(all, 2, body, strlen(body), sent, signature, 0, &err),
        FERRY_SIGNATURE_MISMATCH, err);
    CHECK_STATUS(ferry_webhook_verify_any(all, 3, body, strlen(body), sent, signature, 300, &err),
        FERRY_SIGNATURE_EXPIRED, err);
    CHECK_ERROR(ferry_webhook_verify_any(all, 0, body, strlen(body), sent, signature, 0, &err),
        FERRY_INVALID_ARGUMENT, err, "secrets");
    const char *const hole[] = {secret, NULL}, *const blank[] = {secret, ""};
    CHECK_ERROR(ferry_webhook_verify_any(hole, 2, body, strlen(body), sent, signature, 0, &err),
        FERRY_INVALID_ARGUMENT, err, "secrets");
    CHECK_ERROR(ferry_webhook_verify_any(blank, 2, body, strlen(body), sent, signature, 0, &err),
        FERRY_INVALID_ARGUMENT, err, "secret");
}

/* A body is bytes: NUL and what is no UTF-8 count like any other. */
static void any_bytes(void) {
    unsigned char bytes[512];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)i;
    }
    for (size_t length = 0; length <= sizeof bytes; length += 128) {
        char *made = NULL;
        ferry_error *err = NULL;
        CHECK_OK(ferry_webhook_sign("s\xc3\xb8t", bytes, length, sent, &made, &err), err);
        CHECK(strlen(made) == 64);
        CHECK_OK(
            ferry_webhook_verify("s\xc3\xb8t", length > 0 ? bytes : NULL, length, sent, made, 0, &err), err);
        bytes[0] ^= 1;
        CHECK_STATUS(ferry_webhook_verify("s\xc3\xb8t", bytes, length, sent, made, 0, &err),
            length > 0 ? FERRY_SIGNATURE_MISMATCH : FERRY_OK, err);
        bytes[0] ^= 1;
        ferry_string_free(made);
    }
}

static void wrong_arguments(void) {
    const size_t length = strlen(body);
    char *made = (char *)&made;
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_webhook_verify("", body, length, sent, signature, 0, &err), FERRY_INVALID_ARGUMENT, err,
        "secret");
    CHECK_ERROR(ferry_webhook_verify("\xff", body, length, sent, signature, 0, &err), FERRY_INVALID_ARGUMENT,
        err, "secret is not UTF-8");
    CHECK_ERROR(ferry_webhook_verify(secret, body, length, "", signature, 0, &err), FERRY_INVALID_ARGUMENT,
        err, "timestamp");
    CHECK_ERROR(ferry_webhook_verify(secret, body, length, "\xff", signature, 0, &err),
        FERRY_INVALID_ARGUMENT, err, "timestamp is not UTF-8");
    CHECK_ERROR(ferry_webhook_verify(secret, body, length, sent, "", 0, &err), FERRY_INVALID_ARGUMENT, err,
        "signature");
    CHECK_ERROR(ferry_webhook_verify(secret, body, length, sent, "\xff", 0, &err), FERRY_INVALID_ARGUMENT,
        err, "signature is not UTF-8");
    CHECK_ERROR(ferry_webhook_verify(secret, NULL, length, sent, signature, 0, &err), FERRY_INVALID_ARGUMENT,
        err, "body");
    CHECK_ERROR(
        ferry_webhook_sign("", body, length, sent, &made, &err), FERRY_INVALID_ARGUMENT, err, "secret");
    CHECK(made == NULL);
    CHECK(ferry_webhook_verify(secret, body, length, sent, "00", 0, NULL) == FERRY_SIGNATURE_MISMATCH);
}

int main(void) {
    check_begin();
    vectors();
    known_messages();
    every_other_signature();
    age();
    several_secrets();
    any_bytes();
    wrong_arguments();
    return check_result();
}
