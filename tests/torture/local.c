/* What sends nothing: JSON, policies, webhooks, chains, options, errors, clients that are made. */
#include "torture.h"

static ferry_filestack *client;

static void make_client(void) {
    client = torture_client();
}

static void free_client(void) {
    ferry_filestack_free(client);
    client = NULL;
}

static void clients(void) {
    ferry_connection_options connection;
    ferry_filestack_options filestack;
    ferry_telestream_options telestream;
    GET(ferry_connection_options_init, &connection, sizeof connection);
    GET(ferry_filestack_options_init, &filestack, sizeof filestack);
    GET(ferry_telestream_options_init, &telestream, sizeof telestream);
    connection.ca_file = env("FERRY_TEST_CA");
    connection.proxy = "http://user:password@127.0.0.1:3128";
    connection.user_agent = "torture/1";
    connection.trust = FERRY_TRUST_SYSTEM;
    filestack.connection = telestream.connection = &connection;
    filestack.cname = "files.example.com";
    telestream.factory_id = FIRST;
    ferry_filestack *one = NULL;
    ferry_telestream *two = NULL, *three = NULL;
    MAKE(one, ferry_filestack_new, "TESTKEY", &filestack);
    MAKE(two, ferry_telestream_new, "LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", &telestream);
    MAKE(three, ferry_telestream_new_with_apikey, "LOCAL_API_KEY", &telestream);
    GET(ferry_filestack_free, one);
    GET(ferry_telestream_free, two);
    GET(ferry_telestream_free, three);
}

static void background(void) {
    ferry_connection_options connection = connection_options();
    connection.congestion = "cubic";
    connection.manners = FERRY_MANNERS_BACKGROUND;
    ferry_filestack_options options = client_options(NULL);
    options.connection = &connection;
    ferry_filestack *one = NULL;
    UNLESS(FERRY_INVALID_ARGUMENT, TRY(ferry_filestack_new, "TESTKEY", &options, &one));
    ferry_filestack_free(one);
}

static void json(void) {
    ferry_json *list = GET_NOTHING(ferry_json_new_array), *object = GET_NOTHING(ferry_json_new);
    /* Who does not look at one of them loses nothing silently. */
    int is_whole = TRY(ferry_json_add_string, list, "a \"text\"");
    is_whole &= TRY(ferry_json_add_int, list, -7);
    is_whole &= TRY(ferry_json_add_double, list, 0.5);
    is_whole &= TRY(ferry_json_add_bool, list, true);
    is_whole &= TRY(ferry_json_add_json, list, "{\"a\":[1,2,{\"b\":null}]}");
    is_whole &= TRY(ferry_json_set_string, object, "text", "more text");
    is_whole &= TRY(ferry_json_set_int, object, "int", 1);
    is_whole &= TRY(ferry_json_set_double, object, "double", 1.5);
    is_whole &= TRY(ferry_json_set_bool, object, "bool", false);
    const char *items = GET(ferry_json_text, list);
    if (items[0] == '[') {
        is_whole &= TRY(ferry_json_set_json, object, "list", items);
    } else {
        TRY_FAILS(FERRY_INVALID_ARGUMENT, ferry_json_set_json, object, "list", items);
        is_whole = 0;
    }
    const char *text = GET(ferry_json_text, object);
    if (!is_whole) {
        CHECK(text[0] == '(');
    } else if (text[0] != '(') {
        CHECK_STR(text,
            "{\"text\":\"more text\",\"int\":1,\"double\":1.5,\"bool\":false,"
            "\"list\":[\"a \\\"text\\\"\",-7,0.5,true,{\"a\":[1,2,{\"b\":null}]}]}");
    }
    GET(ferry_json_free, list);
    GET(ferry_json_free, object);
}

static void policies(void) {
    char policy[128];
    snprintf(policy, sizeof policy, "{\"expiry\":%llu,\"call\":[\"read\",\"store\"],\"maxSize\":100}",
        (unsigned long long)GET(ferry_security_expiry_in, 3600));
    ferry_security *made = NULL, *any = NULL, *taken = NULL;
    if (MAKE(made, ferry_security_new, policy, "APPSECRET")) {
        CHECK_HAS(GET(ferry_security_policy_json, made), "maxSize");
        CHECK(strlen(GET(ferry_security_signature, made)) == 64);
        CHECK_HAS(GET(ferry_security_url_string, made), GET(ferry_security_policy_b64, made));
        TRY(ferry_security_from_signed, ferry_security_policy_b64(made), ferry_security_signature(made), &taken);
        TRY(ferry_security_allows, made, "read", "{\"size\":7,\"path\":\"/a/b\"}");
        TRY_FAILS(FERRY_INVALID_ARGUMENT, ferry_security_allows, made, "remove", NULL);
    }
    MAKE(any, ferry_security_new_unchecked, "{\"expiry\":4102444800,\"new\":1}", "APPSECRET");
    GET(ferry_security_free, made);
    GET(ferry_security_free, any);
    GET(ferry_security_free, taken);
}

static void webhooks(void) {
    static const char body[] = "{\"id\":6844,\"action\":\"fp.upload\"}";
    const char *const secrets[] = {"another", "APPSECRET"};
    char *signature = NULL;
    if (TRY(ferry_webhook_sign, "APPSECRET", body, strlen(body), "1559199901", &signature)) {
        TRY(ferry_webhook_verify, "APPSECRET", body, strlen(body), "1559199901", signature, 0);
        TRY(ferry_webhook_verify_any, secrets, 2, body, strlen(body), "1559199901", signature, 0);
        TRY_FAILS(FERRY_SIGNATURE_EXPIRED, ferry_webhook_verify, "APPSECRET", body, strlen(body), "1559199901",
            signature, 300);
        TRY_FAILS(FERRY_SIGNATURE_MISMATCH, ferry_webhook_verify, "another", body, strlen(body), "1559199901",
            signature, 0);
    }
    GET(ferry_string_free, signature);
}

#define RESIZE "width:500,fit:crop,align:[top,left]"
#define WATERMARK "{\"file\":\"" HANDLE "\",\"size\":30}"
#define CHAIN "/resize=align:%5Btop,left%5D,fit:crop,width:500/watermark=file:" HANDLE ",size:30/new_task=k:v/" HANDLE

static void chains(void) {
    const char *const sources[] = {HANDLE, "https://example.com/a b.png"};
    ferry_transform *chain = NULL, *list = NULL, *copy = NULL, *page = NULL;
    char *urls[4] = {NULL};
    ferry_security *security = NULL;
    const int is_made =
        MAKE(security, ferry_security_new, "{\"expiry\":4102444800}", "APPSECRET") &&
        MAKE(chain, ferry_transform_new, client, HANDLE) &&
        (TRY(ferry_transform_add, chain, "resize", RESIZE) ||
            AGAIN(TRY(ferry_transform_add, chain, "resize", RESIZE))) &&
        (TRY(ferry_transform_add_json, chain, "watermark", WATERMARK) ||
            AGAIN(TRY(ferry_transform_add_json, chain, "watermark", WATERMARK))) &&
        TRY_FAILS(FERRY_INVALID_ARGUMENT, ferry_transform_add, chain, "resize", "widht:500") &&
        (TRY(ferry_transform_add_raw, chain, "new_task=k:v") ||
            AGAIN(TRY(ferry_transform_add_raw, chain, "new_task=k:v"))) &&
        MAKE(copy, ferry_transform_clone, chain);
    if (is_made) {
        GET(ferry_transform_with_apikey, copy, true);
        TRY(ferry_transform_url, chain, &urls[0]);
        TRY(ferry_transform_signed_url, chain, security, &urls[1]);
        TRY(ferry_transform_base64_url, copy, security, &urls[2]);
        /* What has failed has added nothing. */
        CHECK_AT(urls[0] == NULL || strcmp(strstr(urls[0], "/resize="), CHAIN) == 0, "%s", urls[0]);
    }
    if (MAKE(list, ferry_transform_new_list, client, sources, 2)) {
        TRY(ferry_transform_add, list, "collage", "files:[" HANDLE "],width:100,height:100");
    }
    if (MAKE(page, ferry_filestack_screenshot, client, "https://example.com", "agent:mobile,width:400")) {
        TRY(ferry_transform_url, page, &urls[3]);
    }
    for (int i = 0; i < 4; i++) {
        GET(ferry_string_free, urls[i]);
    }
    GET(ferry_transform_free, chain);
    GET(ferry_transform_free, copy);
    GET(ferry_transform_free, list);
    GET(ferry_transform_free, page);
    GET(ferry_security_free, security);
}

static void errors(void) {
    ferry_connection_options connection = connection_options();
    ferry_filestack_options options = client_options("ftp://example.com");
    options.connection = &connection;
    ferry_filestack *none = NULL;
    ferry_error *error = NULL;
    const ferry_status status = ferry_filestack_new("TESTKEY", &options, &none, &error);
    CHECK(none == NULL && status == GET(ferry_error_status, error));
    CHECK(strlen(GET(ferry_error_message, error)) > 10 && strlen(GET(ferry_status_name, status)) > 8);
    CHECK_STR(GET(ferry_error_body, error), "");
    CHECK_STR(GET(ferry_error_step, error), "");
    CHECK(GET(ferry_error_errno, error) == 0 && GET(ferry_error_http_status, error) == 0);
    CHECK(!GET(ferry_error_retryable, error));
    GET(ferry_error_free, error);
    TRY_FAILS(FERRY_INVALID_ARGUMENT, ferry_filestack_new, "", NULL, &none);
    CHECK_STR(GET_NOTHING(ferry_version), ferry_version());
    CHECK(GET_NOTHING(ferry_version_number) == FERRY_VERSION_NUMBER);
    CHECK_STR(GET(ferry_event_kind_name, FERRY_EVENT_RETRY), "retry");
    CHECK_STR(GET(ferry_upload_state_name, FERRY_UPLOAD_PAUSED), "paused");
    (void)GET_NOTHING(ferry_live_objects);
}

/* == What is as large as the arguments are == */

enum { MANY = 20000 };
static char *large_json, *large_text;

static void make_large(void) {
    make_client();
    large_text = malloc(MANY * 8 + 1);
    memset(large_text, 'x', MANY * 8);
    large_text[MANY * 8] = '\0';
    large_json = malloc(MANY * 16 + 64);
    char *to = large_json + sprintf(large_json, "[");
    for (int i = 0; i < MANY; i++) {
        to += sprintf(to, "%s[\"t%d\"]", i > 0 ? "," : "", i);
    }
    strcpy(to, "]");
}

static void free_large(void) {
    free_client();
    free(large_text);
    free(large_json);
}

static void large_arguments(void) {
    ferry_json *object = GET_NOTHING(ferry_json_new);
    TRY(ferry_json_set_string, object, "text", large_text);
    TRY(ferry_json_set_json, object, "list", large_json);
    (void)GET(ferry_json_text, object);
    GET(ferry_json_free, object);
    ferry_transform *chain = NULL;
    char *url = NULL;
    ferry_telestream *telestream = NULL;
    if (MAKE(chain, ferry_transform_new, client, HANDLE)) {
        TRY_FAILS(FERRY_INVALID_ARGUMENT, ferry_transform_add_json, chain, "resize", large_json);
        TRY_FAILS(FERRY_INVALID_ARGUMENT, ferry_transform_add_raw, chain, "");
    }
    ferry_security *security = NULL;
    TRY_FAILS(FERRY_INVALID_ARGUMENT, ferry_security_new, large_json, "APPSECRET", &security);
    TRY_FAILS(FERRY_INVALID_ARGUMENT, ferry_security_from_signed, large_text, large_text, &security);
    if (MAKE(telestream, ferry_telestream_new, "LOCAL_ACCESS_KEY", large_text, NULL)) {
        TRY_FAILS(FERRY_INVALID_ARGUMENT, ferry_telestream_signed_params, telestream, "POST", "/videos.json",
            large_json, NULL, &url);
    }
    char *signature = NULL;
    MAKE(signature, ferry_webhook_sign, large_text, large_text, MANY * 8, "1559199901");
    GET(ferry_string_free, signature);
    GET(ferry_string_free, url);
    GET(ferry_transform_free, chain);
    GET(ferry_security_free, security);
    GET(ferry_telestream_free, telestream);
}

const struct scenario local_scenarios[] = {
    {"clients", NULL, clients, NULL, NULL},
    {"background", NULL, background, NULL, NULL},
    {"json", NULL, json, NULL, NULL},
    {"policies", NULL, policies, NULL, NULL},
    {"webhooks", NULL, webhooks, NULL, NULL},
    {"chains", make_client, chains, free_client, NULL},
    {"errors", NULL, errors, NULL, NULL},
    {"large_arguments", make_large, large_arguments, free_large, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
