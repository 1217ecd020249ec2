/* Every sample in C of include/guides, called once, and what it does is looked at. guides.h has the samples. */
#include "guides.h"

#include "cloud.h"

#define KEY "LOCALKEY"
#define FACTORY "fac1fac1fac1fac1fac1fac1fac1fac1"
/* A sample has to end well; report() prints what it says otherwise, and frees it. */
#define OK(call)                                                                                             \
    do {                                                                                                     \
        ferry_error *error = NULL;                                                                           \
        ferry_error **err = &error;                                                                          \
        const ferry_status status = (call);                                                                  \
        CHECK_AT(report(status, error) == 0, #call);                                                         \
    } while (0)

static ferry_filestack_options account(const char *url) {
    ferry_filestack_options options;
    ferry_filestack_options_init(&options, sizeof options);
    options.base_url = url;
    return options;
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) exit(97);
}

static int64_t size_on_disk(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) return -1;
    fseek(file, 0, SEEK_END);
    const int64_t size = ftell(file);
    fclose(file);
    return size;
}

/* What is stored under that handle, as text; to be freed. */
static char *stored(const ferry_filelink *link) {
    ferry_bytes *bytes = NULL;
    OK(ferry_filelink_content(link, NULL, &bytes, err));
    char *text = calloc(1, ferry_bytes_len(bytes) + 1);
    if (ferry_bytes_len(bytes) > 0) memcpy(text, ferry_bytes_data(bytes), ferry_bytes_len(bytes));
    ferry_bytes_free(bytes);
    return text;
}

static int says(const ferry_filelink *link, const char *expected) {
    char *text = stored(link);
    const int same = strcmp(text, expected) == 0;
    free(text);
    return same;
}

/* A member of what the service said of the file. */
static int answer_has(const ferry_filelink *link, const char *member, const char *expected) {
    ferry_value *answer = NULL;
    OK(ferry_filelink_answer(link, &answer, err));
    const int has = strstr(ferry_value_string(ferry_value_get(answer, member)), expected) != NULL;
    ferry_value_free(answer);
    return has;
}

static void files(const ferry_filestack *client) {
    ferry_filelink *link = NULL, *copy = NULL;
    OK(store_in_a_folder(client, "one.txt", &link, err));
    CHECK(answer_has(link, "key", "trips/2025/"));
    CHECK(answer_has(link, "filename", "ferry.png"));
    char *url = NULL;
    OK(address_for_an_hour(link, env("FERRY_TEST_SECRET"), &url, err));
    OK(store_what_is_at(client, url, &copy, err));
    CHECK(answer_has(copy, "key", "imported/") && says(copy, "one"));
    ferry_string_free(url);

    OK(zip_two(client, ferry_filelink_handle(link), ferry_filelink_handle(copy), "both.zip", err));
    CHECK(size_on_disk("both.zip") > 100);
    int64_t size = 0;
    OK(size_of(client, ferry_filelink_handle(link), &size, err));
    CHECK(size == 3);
    OK(overwrite_it(link, "two.txt", err));
    CHECK(says(link, "two two"));
    OK(delete_it(copy, err));
    ferry_bytes *gone = NULL;
    ferry_error *error = NULL;
    CHECK(ferry_filelink_content(copy, NULL, &gone, &error) == FERRY_HTTP);
    CHECK(ferry_error_http_status(error) == 404);
    ferry_error_free(error);
    ferry_filelink_free(link);
    ferry_filelink_free(copy);
}

static void pictures(const ferry_filestack *client) {
    char picture[4096];
    snprintf(picture, sizeof picture, "%s/ferry.png", env("FERRY_TEST_DATA"));
    char *url = NULL;
    OK(picture_of_a_page(client, "https://www.example.com", &url, err));
    CHECK(strstr(url, "/urlscreenshot=height:800,mode:window,width:1280/resize=width:320/") != NULL);
    ferry_string_free(url);
    ferry_filelink *link = NULL;
    OK(ferry_filestack_upload_file(client, picture, NULL, &link, err));
    OK(describe(client, ferry_filelink_handle(link), err));
    ferry_filelink_free(link);
}

static void policies(const char *http) {
    ferry_filestack *client = NULL;
    ferry_filelink *link = NULL;
    OK(client_with_policy(KEY, env("FERRY_TEST_SECRET"), account(http), &client, err));
    OK(ferry_filestack_upload_file(client, "one.txt", NULL, &link, err));
    CHECK(says(link, "one"));
    ferry_security *own = NULL, *taken = NULL;
    OK(ferry_security_new("{\"expiry\": 4102444800}", env("FERRY_TEST_SECRET"), &own, err));
    OK(signed_elsewhere(ferry_security_policy_b64(own), ferry_security_signature(own), &taken, err));
    CHECK(strcmp(ferry_security_url_string(own), ferry_security_url_string(taken)) == 0);
    ferry_security_free(own);
    ferry_security_free(taken);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
}

static void webhooks(void) {
    const char body[] = "{\"id\": 1}";
    char now[32], *signature = NULL;
    snprintf(now, sizeof now, "%lld", (long long)time(NULL));
    OK(ferry_webhook_sign("secret", body, sizeof body - 1, now, &signature, err));
    CHECK(receive("secret", body, sizeof body - 1, now, signature) == 200);
    CHECK(receive("another", body, sizeof body - 1, now, signature) == 403);
    ferry_string_free(signature);
}

static void telestream(const char *http) {
    ferry_telestream_options options;
    ferry_telestream_options_init(&options, sizeof options);
    options.base_url = http;
    ferry_telestream *client = NULL;
    OK(ferry_telestream_new("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", &options, &client, err));
    ferry_value *settings = NULL;
    OK(notify(client, FACTORY, &settings, err));
    CHECK(ferry_value_bool(ferry_value_get(ferry_value_get(settings, "events"), "video_encoded")));
    ferry_value_free(settings);
    int64_t total = -1;
    OK(count_encodings(client, FACTORY, &total, err));
    CHECK(total == 0);
    OK(small_films(client, FACTORY, err));
    ferry_telestream_free(client);
}

static void uploads(const ferry_filestack *client) {
    const char *paths[] = {"one.txt", "gone.txt", "two.txt"};
    ferry_error *error = NULL;
    CHECK(upload_all(client, paths, 3, NULL, &error) == FERRY_IO);
    CHECK(strstr(ferry_error_message(error), "gone.txt") != NULL);
    ferry_error_free(error);
    const ferry_batch_item items[] = {{"one.txt", NULL}, {"two.txt", NULL}};
    OK(upload_small_files(client, items, 2, err));
    ferry_filelink *link = NULL;
    OK(upload_whatever_happens(client, "two.txt", "journals", &link, err));
    CHECK(says(link, "two two"));
    ferry_filelink_free(link);

    ferry_upload *upload = NULL;
    char *token = NULL;
    OK(ferry_filestack_upload_new(client, "two.txt", NULL, &upload, err));
    OK(ferry_upload_token(upload, &token, err));
    OK(go_on(client, "two.txt", token, &link, err));
    CHECK(says(link, "two two"));
    ferry_string_free(token);
    ferry_filelink_free(link);
    ferry_upload_free(upload);
}

/* A client that a sample has made is one with which files go up. */
static void works(ferry_filestack *client, const ferry_security *security) {
    ferry_upload_options options;
    ferry_upload_options_init(&options, sizeof options);
    options.security = security;
    ferry_filelink *link = NULL;
    OK(ferry_filestack_upload_file(client, "one.txt", &options, &link, err));
    ferry_filelink_free(link);
    ferry_filestack_free(client);
}

static void connections(const char *http, const char *https, const ferry_security *security) {
    ferry_filestack *client = NULL;
    OK(gentle_client(KEY, account(http), &client, err));
    works(client, security);
    OK(behind_a_proxy(KEY, account(http), http, &client, err)); /* the cloud stands for the proxy too */
    works(client, security);
    OK(with_own_authority(KEY, account(https), env("FERRY_TEST_CA"), &client, err));
    works(client, security);
    FILE *log = fopen("log", "w+");
    OK(talkative(KEY, account(http), log, &client, err));
    works(client, security);
    char line[400];
    int attempts = 0;
    rewind(log);
    while (fgets(line, sizeof line, log) != NULL) attempts += strncmp(line, "attempt put part 1 ", 19) == 0;
    fclose(log);
    CHECK(attempts == 1);
}

int main(void) {
    check_begin();
    const char *http = env("FERRY_TEST_HTTP");
    write_file("one.txt", "one");
    write_file("two.txt", "two two");
    ferry_security *security = NULL;
    OK(ferry_security_new("{\"expiry\": 4102444800}", env("FERRY_TEST_SECRET"), &security, err));
    ferry_filestack_options options = account(http);
    options.security = security;
    ferry_filestack *client = NULL;
    OK(ferry_filestack_new(KEY, &options, &client, err));
    files(client);
    pictures(client);
    policies(http);
    webhooks();
    telestream(http);
    uploads(client);
    connections(http, env("FERRY_TEST_HTTPS"), security);
    ferry_filestack_free(client);
    ferry_security_free(security);
    return check_result();
}
