/* What a policy lets pass can be asked without the service, and a policy says when it ends. */
#include "chain.h"

/* Two policies whose signatures Filestack's own documents tell. */
static void worked_examples(void) {
    const struct {
        const char *policy, *b64, *signature;
    } known[] = {
        {"{\"expiry\":253381964415,\"call\":[\"read\"]}",
            "eyJjYWxsIjogWyJyZWFkIl0sICJleHBpcnkiOiAyNTMzODE5NjQ0MTV9",
            "f61fa1effb0638ab5b6e208d5d2fd9343f8557d8a0bf529c6d8542935f77bb3c"},
        {"{\"call\": [\"read\"], \"expiry\": 1562763146}",
            "eyJjYWxsIjogWyJyZWFkIl0sICJleHBpcnkiOiAxNTYyNzYzMTQ2fQ==",
            "89f1325dca54cfce976163fb692bb266f28129525b8c6bb0eeadf4b7d450e2f0"},
    };
    for (int i = 0; i < 2; i++) {
        ferry_security *security = signed_policy(known[i].policy, "SECURITY-SECRET");
        char element[256];
        snprintf(element, sizeof element, "security=p:%s,s:%s", known[i].b64, known[i].signature);
        CHECK_STR(ferry_security_policy_b64(security), known[i].b64);
        CHECK_STR(ferry_security_signature(security), known[i].signature);
        CHECK_STR(ferry_security_url_string(security), element);
        CHECK_STR(
            ferry_security_policy_json(security), i == 0 ? "{\"call\": [\"read\"], \"expiry\": 253381964415}"
                                                         : "{\"call\": [\"read\"], \"expiry\": 1562763146}");
        ferry_security_free(security);
    }
}

/* The moment of a policy's end is some way from now. */
static void expiry(void) {
    const uint64_t now = (uint64_t)time(NULL), in_an_hour = ferry_security_expiry_in(3600);
    CHECK(in_an_hour >= now + 3600 && in_an_hour <= now + 3660);
    CHECK(ferry_security_expiry_in(0) >= now);
    CHECK(ferry_security_expiry_in(UINT64_MAX) == UINT64_MAX);
    char policy[128];
    ferry_error *err = NULL;
    snprintf(policy, sizeof policy, "{\"expiry\":%llu}", (unsigned long long)in_an_hour);
    ferry_security *security = signed_policy(policy, NULL);
    CHECK_OK(ferry_security_allows(security, "read", NULL, &err), err);
    ferry_security_free(security);
    security = signed_policy("{\"expiry\":1562763146}", NULL);
    CHECK_ERROR(ferry_security_allows(security, "read", NULL, &err), FERRY_INVALID_ARGUMENT, err, "expired");
    CHECK_OK(ferry_security_allows(security, "read", "{\"now\":1562763145}", &err), err);
    CHECK_ERROR(ferry_security_allows(security, "read", "{\"now\":1562763147}", &err), FERRY_INVALID_ARGUMENT,
        err, "expir");
    ferry_security_free(security);
}

/* A refusal names what does not fit. */
static void what_passes(void) {
    static const struct {
        const char *policy, *call, *details, *culprit;
    } cases[] = {
        {"", "read", NULL, NULL},
        {"", "remove", NULL, NULL},
        {"", "exif", NULL, "exif"},
        {",\"call\":[\"exif\"]", "exif", NULL, NULL},
        {",\"call\":[\"read\",\"convert\"]", "convert", NULL, NULL},
        {",\"call\":[\"read\",\"convert\"]", "store", NULL, "store"},
        {",\"call\":\"read\"", "read", NULL, NULL},
        {",\"call\":\"read\"", "stat", NULL, "stat"},
        {",\"call\":[]", "read", NULL, "read"},
        {",\"handle\":\"" HANDLE "\"", "read", "{\"handle\":\"" HANDLE "\"}", NULL},
        {",\"handle\":\"" HANDLE "\"", "read", "{\"handle\":\"5aYkEQJSQCmYShsoCnZN\"}", "handle"},
        {",\"maxSize\":100,\"minSize\":10", "store", "{\"size\":100}", NULL},
        {",\"maxSize\":100,\"minSize\":10", "store", "{\"size\":10}", NULL},
        {",\"maxSize\":100,\"minSize\":10", "store", "{\"size\":101}", "maxSize"},
        {",\"maxSize\":100,\"minSize\":10", "store", "{\"size\":9}", "minSize"},
        {",\"path\":\"/in/.*\"", "store", "{\"path\":\"/in/a.png\"}", NULL},
        {",\"path\":\"/in/.*\"", "store", "{\"path\":\"/out/a.png\"}", "path"},
        {",\"container\":\"mine\"", "store", "{\"container\":\"mine\"}", NULL},
        {",\"container\":\"mine\"", "store", "{\"container\":\"mine-too\"}", "container"},
        {",\"url\":\"https://example\\\\.com/.*\"", "convert", "{\"url\":\"https://example.com/a.png\"}",
            NULL},
        {",\"url\":\"https://example\\\\.com/.*\"", "convert", "{\"url\":\"https://example.org/a.png\"}",
            "url"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int before = check_failures;
        char policy[512];
        snprintf(policy, sizeof policy, "{\"expiry\":4102444800%s}", cases[i].policy);
        ferry_security *security = signed_policy(policy, NULL), *taken = NULL;
        ferry_error *err = NULL;
        /* One that somebody else has signed is looked at in the same way. */
        CHECK_OK(ferry_security_from_signed(
                     ferry_security_policy_b64(security), ferry_security_signature(security), &taken, &err),
            err);
        const ferry_security *const both[] = {security, taken};
        for (int which = 0; which < 2; which++) {
            ferry_status status = ferry_security_allows(both[which], cases[i].call, cases[i].details, &err);
            CHECK_ERROR(status, cases[i].culprit == NULL ? FERRY_OK : FERRY_INVALID_ARGUMENT, err,
                cases[i].culprit != NULL ? cases[i].culprit : "");
        }
        CHECK_AT(check_failures == before, "... with %s and %s", policy,
            cases[i].details != NULL ? cases[i].details : "no details");
        ferry_security_free(security);
        ferry_security_free(taken);
    }
}

static void wrong_questions(void) {
    ferry_security *security = signed_policy("{\"expiry\":4102444800}", NULL);
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_security_allows(security, "\xff", NULL, &err), FERRY_INVALID_ARGUMENT, err, "call");
    CHECK_ERROR(ferry_security_allows(security, "raed", NULL, &err), FERRY_INVALID_ARGUMENT, err, "call");
    CHECK_ERROR(ferry_security_allows(security, "read", "[]", &err), FERRY_INVALID_ARGUMENT, err, "details");
    CHECK_ERROR(ferry_security_allows(security, "read", "{\"size\":\"5\"}", &err), FERRY_INVALID_ARGUMENT,
        err, "size");
    CHECK_ERROR(ferry_security_allows(security, "read", "{\"hadnle\":\"x\"}", &err), FERRY_INVALID_ARGUMENT,
        err, "hadnle");
    ferry_security_free(security);
}

/* For what the service knows and this version of the library does not. */
static void unchecked(void) {
    ferry_security *security = NULL;
    ferry_error *err = NULL;
    CHECK_STATUS(
        ferry_security_new("{\"expires\":123}", "secret", &security, &err), FERRY_INVALID_ARGUMENT, err);
    CHECK_OK(ferry_security_new_unchecked("{\"expires\":123}", "secret", &security, &err), err);
    CHECK_STR(ferry_security_policy_b64(security), "eyJleHBpcmVzIjogMTIzfQ==");
    CHECK_STR(ferry_security_signature(security),
        "379d2ba0d5be34eddf09f873b7f38643dc51599b0afcd564f52733b52d698748");
    ferry_security_free(security);
    CHECK_OK(ferry_security_new_unchecked(
                 "{\"z\":[1,{\"b\":null}],\"expiry\":\"never\"}", "secret", &security, &err),
        err);
    CHECK_STR(ferry_security_policy_json(security), "{\"expiry\": \"never\", \"z\": [1, {\"b\": null}]}");
    ferry_security_free(security);
    static const char *const wrong[] = {"", "[]", "{", "5", "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        security = (ferry_security *)&security;
        CHECK_ERROR(ferry_security_new_unchecked(wrong[i], "secret", &security, &err), FERRY_INVALID_ARGUMENT,
            err, "policy");
        CHECK(security == NULL);
    }
    CHECK_ERROR(
        ferry_security_new_unchecked("{}", "", &security, &err), FERRY_INVALID_ARGUMENT, err, "app_secret");
}

int main(void) {
    check_begin();
    worked_examples();
    expiry();
    what_passes();
    wrong_questions();
    unchecked();
    return check_result();
}
