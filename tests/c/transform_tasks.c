/* Every task and every parameter: taken where they are right, refused with words that help where they are
 * not. Nothing is sent. */
#include "chain.h"

#define BASE "http://127.0.0.1:1"

/* What is taken ends up in the URL, from either form, and behind what was there before. */
static void take(const ferry_filestack *client, const char *task, const char *params, const char *json,
    const char *element) {
    char wanted[4096];
    snprintf(wanted, sizeof wanted, BASE "/flip/%s/" HANDLE, element);
    for (int from_json = 0; from_json < 2; from_json++) {
        ferry_transform *chain = chain_of(client, HANDLE, "flip", NULL);
        ferry_error *err = NULL;
        ferry_status status = from_json ? ferry_transform_add_json(chain, task, json, &err)
                                        : ferry_transform_add(chain, task, params, &err);
        CHECK_OK(status, err);
        check_url(chain, wanted);
        ferry_transform_free(chain);
    }
}

/* What is refused leaves the chain as it was, and the message has both parts. */
static void refuse(ferry_transform *chain, const char *task, const char *params, const char *json,
    const char *part, const char *other) {
    for (int from_json = 0; from_json < 2; from_json++) {
        const char *given = from_json ? json : params;
        if (strcmp(given, "-") != 0) {
            ferry_error *err = NULL;
            ferry_status status = from_json ? ferry_transform_add_json(chain, task, given, &err)
                                            : ferry_transform_add(chain, task, given, &err);
            CHECK_HAS(ferry_error_message(err), other);
            CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, part);
            check_url(chain, BASE "/flip/" HANDLE);
        }
    }
}

static void the_table(const ferry_filestack *client) {
    size_t length;
    char *text = (char *)read_file(env("FERRY_TEST_CASES"), &length), *rest = text;
    ferry_transform *flip = chain_of(client, HANDLE, "flip", NULL);
    int taken = 0, refused = 0, line_number = 0;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0';) {
        const int before = check_failures;
        char *fields[6] = {0}, *left = line;
        line_number++;
        for (int i = 0; i < 6 && left != NULL; i++) {
            fields[i] = strsep(&left, "\t");
        }
        /* A checker that is fifteen times as slow sees every fifth case. */
        if (is_small() && line_number % 5 != 0) {
            continue;
        }
        if (strcmp(fields[0], "take") == 0) {
            take(client, fields[1], fields[2], fields[3], fields[4]);
            taken++;
        } else {
            refuse(flip, fields[1], fields[2], fields[3], fields[4], fields[5]);
            refused++;
        }
        CHECK_AT(check_failures == before, "... with %s=%s or %s", fields[1], fields[2], fields[3]);
    }
    const int least = is_small() ? 100 : 500;
    CHECK_AT(taken > least && refused > least, "%d taken, %d refused", taken, refused);
    ferry_transform_free(flip);
    free(text);
}

static void slips(const ferry_filestack *client) {
    ferry_transform *chain = chain_of(client, HANDLE, "flip", NULL);
    refuse(chain, "rezise", "", "{}", "task \"rezise\" is not known", "did you mean resize?");
    refuse(chain, "rotaet", "deg:90", "{\"deg\":90}", "rotaet", "did you mean rotate?");
    refuse(chain, "resize", "wdith:5", "{\"wdith\":5}", "resize: there is no parameter \"wdith\"",
        "did you mean width?");
    refuse(chain, "completely_different", "", "{}", "completely_different", "raw element");
    refuse(chain, "security", "policy:a,signature:b", "{\"policy\":\"a\",\"signature\":\"b\"}", "security",
        "signed URL");
    refuse(chain, "", "", "{}", "task", "not known");
    refuse(chain, "resize", "width", "{\"width\":", "resize", "");
    refuse(chain, "resize", "width:5,", "[]", "resize", "");
    refuse(chain, "resize", "width:\"5", "\"width\"", "resize", "");
    refuse(chain, "crop", "dim:[1,2,3", "{\"dim\":{}}", "crop", "dim");
    refuse(chain, "resize", "-", "{\"width\":null}", "resize", "at least one of width, height");
    refuse(chain, "resize", "-", "{\"width\":1e400}", "resize", "");
    refuse(chain, "\xff", "", "{}", "task is not UTF-8", "");
    refuse(chain, "resize", "\xff", "\xff", "is not UTF-8", "params");
    ferry_transform_free(chain);
}

static void copies_go_two_ways(const ferry_filestack *client) {
    ferry_transform *one = chain_of(client, HANDLE, "resize", "width:800"), *two = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_clone(one, &two, &err), err);
    CHECK_OK(ferry_transform_add(one, "flip", NULL, &err), err);
    CHECK_OK(ferry_transform_add_json(two, "rotate", "{\"deg\":90}", &err), err);
    ferry_transform_with_apikey(two, true);
    check_url(one, BASE "/resize=width:800/flip/" HANDLE);
    check_url(two, BASE "/TESTKEY/resize=width:800/rotate=deg:90/" HANDLE);
    ferry_transform_free(one);
    check_url(two, BASE "/TESTKEY/resize=width:800/rotate=deg:90/" HANDLE);
    ferry_transform_with_apikey(two, false);
    ferry_transform_with_apikey(NULL, true);
    check_url(two, BASE "/resize=width:800/rotate=deg:90/" HANDLE);
    ferry_transform_free(two);
}

static void raw_elements(const ferry_filestack *client) {
    ferry_transform *chain = chain_new(client, HANDLE);
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_add_raw(chain, "new_task=k:v,l:[a b],m:\"x/y\",n:%20", &err), err);
    CHECK_OK(ferry_transform_add_raw(chain, "plain", &err), err);
    check_url(chain, BASE "/new_task=k:v,l:%5Ba%20b%5D,m:%22x/y%22,n:%20/plain/" HANDLE);
    static const char *const wrong[] = {
        "", "=k:v", "a/b", "a=b/c", "a=\"b\"/c", "security=p:x,s:y", "../x", "a b=c:d"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(ferry_transform_add_raw(chain, wrong[i], &err), FERRY_INVALID_ARGUMENT, err);
    }
    check_url(chain, BASE "/new_task=k:v,l:%5Ba%20b%5D,m:%22x/y%22,n:%20/plain/" HANDLE);
    ferry_transform_free(chain);
}

static void sources(const ferry_filestack *client) {
    ferry_transform *chain = NULL;
    ferry_error *err = NULL;
    const char *const several[] = {HANDLE, "https://x/a,b", "src://alias/c d.png"}, *const wrong_list[] = {
                                                                                        HANDLE, "a.b"};
    CHECK_OK(ferry_transform_new_list(client, several, 3, &chain, &err), err);
    CHECK_OK(ferry_transform_add(chain, "zip", NULL, &err), err);
    check_url(chain, BASE "/TESTKEY/zip/%5B" HANDLE ",%22https://x/a,b%22,%22src://alias/c%20d.png%22%5D");
    ferry_transform_free(chain);
    CHECK_ERROR(
        ferry_transform_new_list(client, wrong_list, 2, &chain, &err), FERRY_INVALID_ARGUMENT, err, "a.b");
    CHECK(chain == NULL);
    CHECK_STATUS(ferry_transform_new_list(client, several, 0, &chain, &err), FERRY_INVALID_ARGUMENT, err);
    static const char *const wrong[] = {
        "", "a.b", "sm9IEXAMPLEQuzfJykm!", HANDLE " ", "ftp://x/y", "http://", "https://x\n", "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_ERROR(
            ferry_transform_new(client, wrong[i], &chain, &err), FERRY_INVALID_ARGUMENT, err, "source");
    }
    chain = chain_of(client, "http://x/a b.png?c=d#e", "flip", NULL);
    check_url(chain, BASE "/TESTKEY/flip/http://x/a%20b.png%3Fc=d%23e");
    ferry_transform_free(chain);

    CHECK_OK(ferry_filestack_screenshot(
                 client, "https://example.com/?q=1", "agent:mobile,width:400", &chain, &err),
        err);
    CHECK_OK(ferry_transform_add(chain, "resize", "width:200", &err), err);
    check_url(chain,
        BASE "/TESTKEY/urlscreenshot=agent:mobile,width:400/resize=width:200/https://example.com/%3Fq=1");
    ferry_transform_free(chain);
    CHECK_OK(ferry_filestack_screenshot(client, "http://x", NULL, &chain, &err), err);
    check_url(chain, BASE "/TESTKEY/urlscreenshot/http://x");
    ferry_transform_free(chain);
    CHECK_ERROR(ferry_filestack_screenshot(client, "example.com", NULL, &chain, &err), FERRY_INVALID_ARGUMENT,
        err, "url must be");
    CHECK_ERROR(ferry_filestack_screenshot(client, "http://x", "width:4000000", &chain, &err),
        FERRY_INVALID_ARGUMENT, err, "width");
}

/* What URL-safe base64 stands for, up to a slash or its padding. Freed by the caller. */
static char *from_base64(const char *text) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *decoded = calloc(1, strlen(text) + 1), *to = decoded;
    unsigned bits = 0, count = 0;
    for (const char *digit; *text != '\0' && (digit = strchr(digits, *text)) != NULL; text++) {
        bits = bits << 6 | (unsigned)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            *to++ = (char)(bits >> count & 0xff);
        }
    }
    return decoded;
}

static void signing(const ferry_filestack *client) {
    ferry_transform *chain = chain_of(client, "5aYkEQJSQCmYShsoCnZN", "upscale", NULL);
    char *url = NULL;
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_transform_signed_url(chain, NULL, &url, &err), FERRY_INVALID_ARGUMENT, err, "security");
    CHECK(url == NULL);
    ferry_transform_with_apikey(chain, true);
    CHECK_OK(ferry_transform_base64_url(chain, NULL, &url, &err), err);
    CHECK_STR(url, BASE "/TESTKEY/b64/W3sibmFtZSI6InVwc2NhbGUifV0=/b64://NWFZa0VRSlNRQ21ZU2hzb0NuWk4=");
    ferry_string_free(url);
    ferry_security *security = signed_policy("{\"expiry\":4102444800}", NULL);
    char wanted[1024];
    ferry_transform_with_apikey(chain, false);
    snprintf(
        wanted, sizeof wanted, BASE "/upscale/%s/5aYkEQJSQCmYShsoCnZN", ferry_security_url_string(security));
    CHECK_OK(ferry_transform_signed_url(chain, security, &url, &err), err);
    CHECK_STR(url, wanted);
    ferry_string_free(url);
    /* In base64 form it is one of the tasks. */
    CHECK_OK(ferry_transform_base64_url(chain, security, &url, &err), err);
    snprintf(wanted, sizeof wanted,
        "[{\"name\":\"upscale\"},{\"name\":\"security\",\"params\":{\"policy\":\"%s\",\"signature\":\"%s\"}}]",
        ferry_security_policy_b64(security), ferry_security_signature(security));
    char *tasks = from_base64(strstr(url, "/b64/") + 5);
    CHECK_STR(tasks, wanted);
    free(tasks);
    ferry_string_free(url);
    ferry_security_free(security);
    ferry_transform_free(chain);
}

int main(void) {
    check_begin();
    /* Nobody listens there: what asked for a connection would fail. */
    const ferry_filestack_options options = client_options(BASE);
    ferry_filestack *client = client_with(&options);
    the_table(client);
    slips(client);
    copies_go_two_ways(client);
    raw_elements(client);
    sources(client);
    signing(client);
    ferry_filestack_free(client);
    CHECK(cloud_count("any", 0) == 0);
    return check_result();
}
