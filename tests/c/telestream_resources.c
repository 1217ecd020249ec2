/* Every verb of every resource, in both APIs: signed (3.0), and with an API key (3.1). */
#include "telestream.h"

/* A video, and the encodings of it. */
struct film {
    unsigned char *bytes;
    size_t length;
    char *video, *encoding;
};

static void factories(const ferry_telestream *account, const char *id) {
    ANSWER(all, ferry_telestream_list, account, FERRY_FACTORIES, NULL, NULL, NULL);
    CHECK(ferry_value_type(all) == FERRY_VALUE_ARRAY);
    CHECK_STR(text_of(ferry_value_at(all, 0), "id"), FIRST);
    CHECK_STR(text_of(ferry_value_at(all, 1), "name"), "second-factory");
    ANSWER(one, ferry_telestream_find, account, FERRY_FACTORIES, NULL, id, NULL, NULL);
    CHECK_STR(text_of(one, "name"), "made-here");
    CHECK(is_true(one, "upload_original_video") && !is_true(one, "s3_private_access"));
    /* Only what is given is sent, and only that changes. */
    cloud_reset();
    ANSWER(changed, ferry_telestream_update, account, FERRY_FACTORIES, NULL, id,
        "{\"s3_private_access\":true}", NULL);
    check_said("flip_api", "s3_private_access", "true");
    check_said("flip_api", "upload_original_video", NULL);
    CHECK(is_true(changed, "upload_original_video") && is_true(changed, "s3_private_access"));
    ANSWER(again, ferry_telestream_update, account, FERRY_FACTORIES, id, id,
        "{\"upload_original_video\":false,\"name\":\"\xe2\x99\xa5\"}", NULL);
    ANSWER(found, ferry_telestream_find, account, FERRY_FACTORIES, NULL, id, NULL, NULL);
    CHECK_STR(ferry_value_json(found), ferry_value_json(again));
    CHECK_STR(text_of(found, "name"), "\xe2\x99\xa5");
    CHECK(!is_true(found, "upload_original_video") && is_true(found, "s3_private_access"));
    FAILS(FERRY_INVALID_ARGUMENT, 0, "factories cannot be deleted", ferry_telestream_delete, account,
        FERRY_FACTORIES, NULL, id, NULL);
    ferry_value_free(all);
    ferry_value_free(one);
    ferry_value_free(changed);
    ferry_value_free(again);
    ferry_value_free(found);
}

static void profiles(const ferry_telestream *telestream) {
    ANSWER(preset, ferry_telestream_create, telestream, FERRY_PROFILES, NULL,
        "{\"preset_name\":\"h264\",\"name\":\"small one\",\"width\":320,\"fps\":29.97,\"two_pass\":true}",
        NULL);
    CHECK_STR(text_of(preset, "extname"), ".mp4");
    CHECK(int_of(preset, "width") == 320 && is_true(preset, "two_pass"));
    CHECK(ferry_value_double(ferry_value_get(preset, "fps")) == 29.97);
    char *id = id_of(preset);
    ANSWER(by_name, ferry_telestream_find, telestream, FERRY_PROFILES, NULL, "small one", NULL, NULL);
    ANSWER(by_id, ferry_telestream_find, telestream, FERRY_PROFILES, NULL, id, NULL, NULL);
    CHECK_STR(ferry_value_json(by_name), ferry_value_json(by_id));
    ANSWER(expanded, ferry_telestream_find, telestream, FERRY_PROFILES, NULL, id, "{\"expand\":true}", NULL);
    CHECK(is_true(expanded, "upscale") && ferry_value_get(by_id, "upscale") == NULL);
    cloud_reset();
    ANSWER(changed, ferry_telestream_update, telestream, FERRY_PROFILES, NULL, "small one",
        "{\"fps\":60,\"two_pass\":false}", NULL);
    check_said("flip_api", "fps", "60");
    check_said("flip_api", "two_pass", "false");
    check_said("flip_api", "width", NULL);
    CHECK(int_of(changed, "fps") == 60 && !is_true(changed, "two_pass") && int_of(changed, "width") == 320);
    ANSWER(custom, ferry_telestream_create, telestream, FERRY_PROFILES, NULL,
        "{\"title\":\"My custom\",\"extname\":\".mp4\",\"command\":\"ffmpeg -i $input_file$ -y $output_file$\"}",
        NULL);
    CHECK_STR(text_of(custom, "command"), "ffmpeg -i $input_file$ -y $output_file$");
    CHECK_STR(text_of(custom, "name"), "my_custom");
    /* A name is an address too, and what is long does not fit into one. */
    static const char *const odd = "50% a+b&c=d;\xc3\xbc";
    char command[6000] = {0};
    memset(command, 'x', sizeof command - 1);
    ANSWER(long_one, ferry_telestream_create, telestream, FERRY_PROFILES, NULL,
        filled("{\"name\":\"%s\",\"extname\":\".mp4\",\"command\":\"%s\"}", odd, command), NULL);
    CHECK_STR(text_of(long_one, "command"), command);
    ANSWER(oddly, ferry_telestream_find, telestream, FERRY_PROFILES, NULL, odd, NULL, NULL);
    CHECK_STR(text_of(oddly, "id"), text_of(long_one, "id"));
    ANSWER(away, ferry_telestream_delete, telestream, FERRY_PROFILES, NULL, odd, NULL);
    CHECK(is_true(away, "deleted"));
    ANSWER(gone, ferry_telestream_delete, telestream, FERRY_PROFILES, NULL, text_of(custom, "id"), NULL);
    CHECK(is_true(gone, "deleted"));
    FAILS(FERRY_HTTP, 404, "Couldn't find Profile with ID=my_custom", ferry_telestream_find, telestream,
        FERRY_PROFILES, NULL, "my_custom", NULL, NULL);
    FAILS(FERRY_HTTP, 404, "Couldn't find Preset", ferry_telestream_create, telestream, FERRY_PROFILES, NULL,
        "{\"preset_name\":\"vhs\"}", NULL);
    FAILS(FERRY_HTTP, 400, "required parameters", ferry_telestream_create, telestream, FERRY_PROFILES, NULL,
        "{\"command\":\"ffmpeg\"}", NULL);
    ANSWER(all, ferry_telestream_list, telestream, FERRY_PROFILES, NULL, NULL, NULL);
    CHECK(ferry_value_len(all) == 3);
    free(id);
    ferry_value_free(preset);
    ferry_value_free(by_name);
    ferry_value_free(by_id);
    ferry_value_free(expanded);
    ferry_value_free(changed);
    ferry_value_free(custom);
    ferry_value_free(long_one);
    ferry_value_free(oddly);
    ferry_value_free(away);
    ferry_value_free(gone);
    ferry_value_free(all);
}

static void notifications(const ferry_telestream *telestream) {
    ANSWER(before, ferry_telestream_notifications, telestream, NULL, NULL);
    CHECK(int_of(before, "delay") == 0 && !is_true(before, "send_video_payload"));
    ANSWER(changed, ferry_telestream_notifications_update, telestream, NULL,
        "{\"delay\":13,\"send_video_payload\":true,\"events\":{\"video_created\":true,\"encoding_completed\":true}}",
        NULL);
    CHECK(int_of(changed, "delay") == 13 && is_true(changed, "send_video_payload"));
    const ferry_value *events = ferry_value_get(changed, "events");
    CHECK(is_true(events, "video_created") && is_true(events, "encoding_completed") &&
          !is_true(events, "video_encoded"));
    cloud_reset();
    ANSWER(again, ferry_telestream_notifications_update, telestream, NULL,
        "{\"events\":{\"video_created\":false},\"url\":\"http://127.0.0.1:9/?a=1&b=2\"}", NULL);
    check_said("flip_api", "delay", NULL);
    ANSWER(found, ferry_telestream_notifications, telestream, NULL, NULL);
    CHECK_STR(ferry_value_json(found), ferry_value_json(again));
    events = ferry_value_get(found, "events");
    CHECK(!is_true(events, "video_created") && is_true(events, "encoding_completed") &&
          is_true(found, "send_video_payload"));
    CHECK_STR(text_of(found, "url"), "http://127.0.0.1:9/?a=1&b=2");
    FAILS(FERRY_HTTP, 400, "there is no event dinner", ferry_telestream_notifications_update, telestream,
        NULL, "{\"events\":{\"dinner\":true}}", NULL);
    ferry_value_free(before);
    ferry_value_free(changed);
    ferry_value_free(again);
    ferry_value_free(found);
}

static struct film film_new(const ferry_telestream *telestream) {
    struct film film = {.length = 200003};
    film.bytes = noise(film.length, 1);
    film.video = telestream_video(
        telestream, "film.mp4", film.bytes, film.length, "{\"profiles\":[\"h264\"],\"payload\":\"mine\"}");
    ANSWER(encodings, ferry_telestream_video_encodings, telestream, NULL, film.video, NULL, NULL);
    CHECK(ferry_value_len(encodings) == 1);
    film.encoding = id_of(ferry_value_at(encodings, 0));
    ferry_value_free(encodings);
    return film;
}

static void videos(const ferry_telestream *telestream, const char *factory, const struct film *film) {
    ANSWER(video, ferry_telestream_video_wait, telestream, NULL, film->video, NULL);
    CHECK_STR(text_of(video, "status"), "success");
    CHECK_STR(text_of(video, "payload"), "mine");
    CHECK(int_of(video, "file_size") == (int64_t)film->length);
    ANSWER(metadata, ferry_telestream_video_metadata, telestream, NULL, film->video, NULL);
    CHECK(int_of(metadata, "file_size") == (int64_t)film->length);
    CHECK_STR(text_of(metadata, "mime_type"), "video/mp4");
    check_output(telestream, factory, film->video, film->bytes, film->length);

    /* Another one of what came of the first. */
    ANSWER(encoding, ferry_telestream_find, telestream, FERRY_ENCODINGS, NULL, film->encoding, NULL, NULL);
    char *url = output_url(telestream, factory, encoding);
    ANSWER(copy, ferry_telestream_create, telestream, FERRY_VIDEOS, NULL,
        filled("{\"source_url\":\"%s\",\"profiles\":\"none\"}", url), NULL);
    CHECK_STR(text_of(copy, "source_url"), url);
    char *copied = id_of(copy);
    ANSWER(there, ferry_telestream_video_wait, telestream, NULL, copied, NULL);
    CHECK(int_of(there, "file_size") == (int64_t)film->length);
    ANSWER(nowhere, ferry_telestream_create, telestream, FERRY_VIDEOS, NULL,
        filled("{\"source_url\":\"%s/flip-output/none\"}", env("FERRY_TEST_HTTP")), NULL);
    FAILS(FERRY_HTTP, 200, "DownloadFailed", ferry_telestream_video_wait, telestream, NULL,
        text_of(nowhere, "id"), NULL);
    ANSWER(failed, ferry_telestream_list, telestream, FERRY_VIDEOS, NULL, "{\"status\":\"fail\"}", NULL);
    CHECK(ferry_value_len(failed) == 1);
    CHECK_STR(text_of(ferry_value_at(failed, 0), "id"), text_of(nowhere, "id"));
    ANSWER(page, ferry_telestream_list, telestream, FERRY_VIDEOS, NULL, "{\"page\":2,\"per_page\":2}", NULL);
    CHECK(ferry_value_len(page) == 1);

    /* The source goes, what was made of it stays. */
    ANSWER(sourceless, ferry_telestream_video_delete_source, telestream, NULL, film->video, NULL);
    CHECK(is_true(sourceless, "deleted"));
    check_at(url, film->bytes, film->length);
    ANSWER(gone, ferry_telestream_delete, telestream, FERRY_VIDEOS, NULL, copied, NULL);
    CHECK(is_true(gone, "deleted"));
    FAILS(FERRY_HTTP, 404, "Couldn't find Video", ferry_telestream_find, telestream, FERRY_VIDEOS, NULL,
        copied, NULL, NULL);
    FAILS(FERRY_INVALID_ARGUMENT, 0, "videos cannot be changed", ferry_telestream_update, telestream,
        FERRY_VIDEOS, NULL, film->video, "{\"payload\":\"x\"}", NULL);
    free(url);
    free(copied);
    ferry_value_free(video);
    ferry_value_free(metadata);
    ferry_value_free(encoding);
    ferry_value_free(copy);
    ferry_value_free(there);
    ferry_value_free(nowhere);
    ferry_value_free(failed);
    ferry_value_free(page);
    ferry_value_free(sourceless);
    ferry_value_free(gone);
}

static void encodings(const ferry_telestream *telestream, const struct film *film) {
    char *another = telestream_video(telestream, "another.mp4", "bytes", 5, "{\"profiles\":\"none\"}");
    ANSWER(named, ferry_telestream_create, telestream, FERRY_ENCODINGS, NULL,
        filled("{\"video_id\":\"%s\",\"profile_name\":\"webm\"}", another), NULL);
    CHECK_STR(text_of(named, "status"), "processing");
    CHECK_STR(text_of(named, "video_id"), another);
    ANSWER(profile, ferry_telestream_find, telestream, FERRY_PROFILES, NULL, "small one", NULL, NULL);
    /* This one fails, and then does not. */
    cloud_faults("[{\"class\":\"flip_api\",\"times\":1,\"action\":{\"job_failed\":true}}]");
    ANSWER(by_id, ferry_telestream_create, telestream, FERRY_ENCODINGS, NULL,
        filled("{\"video_id\":\"%s\",\"profile_id\":\"%s\"}", another, text_of(profile, "id")), NULL);
    char *id = id_of(by_id);
    FAILS(FERRY_HTTP, 200, "EncodingError", ferry_telestream_encoding_wait, telestream, NULL, id, NULL);
    ANSWER(retried, ferry_telestream_encoding_retry, telestream, NULL, id, NULL);
    CHECK(is_true(retried, "retried"));
    ANSWER(done, ferry_telestream_encoding_wait, telestream, NULL, id, NULL);
    CHECK_STR(text_of(done, "status"), "success");
    FAILS(FERRY_HTTP, 400, "has not failed", ferry_telestream_encoding_retry, telestream, NULL, id, NULL);
    FAILS(FERRY_HTTP, 400, "is not being processed", ferry_telestream_encoding_cancel, telestream, NULL, id,
        NULL);
    ANSWER(
        shown, ferry_telestream_find, telestream, FERRY_ENCODINGS, NULL, id, "{\"screenshots\":true}", NULL);
    CHECK(ferry_value_len(ferry_value_get(shown, "screenshots")) == 7);

    ANSWER(third, ferry_telestream_create, telestream, FERRY_ENCODINGS, NULL,
        filled("{\"video_id\":\"%s\",\"profile_name\":\"h264\"}", another), NULL);
    ANSWER(cancelled, ferry_telestream_encoding_cancel, telestream, NULL, text_of(third, "id"), NULL);
    CHECK(is_true(cancelled, "canceled"));
    ANSWER(failed, ferry_telestream_list, telestream, FERRY_ENCODINGS, NULL,
        filled("{\"video_id\":\"%s\",\"status\":\"fail\"}", another), NULL);
    CHECK(ferry_value_len(failed) == 1);
    CHECK_STR(text_of(ferry_value_at(failed, 0), "id"), text_of(third, "id"));
    ANSWER(named_so, ferry_telestream_list, telestream, FERRY_ENCODINGS, NULL, "{\"profile_name\":\"h264\"}",
        NULL);
    CHECK_AT(ferry_value_len(named_so) >= 2, "%zu encodings to h264", ferry_value_len(named_so));
    ANSWER(of_video, ferry_telestream_video_encodings, telestream, NULL, another, "{\"per_page\":2}", NULL);
    CHECK(ferry_value_len(of_video) == 2);
    ANSWER(deleted, ferry_telestream_delete, telestream, FERRY_ENCODINGS, NULL, id, NULL);
    CHECK(is_true(deleted, "deleted"));
    FAILS(FERRY_HTTP, 404, "Couldn't find Encoding", ferry_telestream_find, telestream, FERRY_ENCODINGS, NULL,
        id, NULL, NULL);
    FAILS(FERRY_HTTP, 400, "profile_id or profile_name", ferry_telestream_create, telestream, FERRY_ENCODINGS,
        NULL, filled("{\"video_id\":\"%s\"}", film->video), NULL);
    ferry_value *const answers[] = {
        named, profile, by_id, retried, done, shown, third, cancelled, failed, named_so, of_video, deleted};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        ferry_value_free(answers[i]);
    }
    free(id);
    free(another);
}

static int32_t say_no(const ferry_progress *progress, void *user_data) {
    (void)progress;
    (void)user_data;
    return 1;
}

/* Five more profiles make eight: four pages of two, and a fifth that is empty and says so. */
static void whole_lists(const ferry_telestream *telestream) {
    for (int i = 0; i < 5; i++) {
        ANSWER(profile, ferry_telestream_create, telestream, FERRY_PROFILES, NULL,
            filled("{\"preset_name\":\"ogg\",\"name\":\"ogg-%d\"}", i), NULL);
        ferry_value_free(profile);
    }
    cloud_reset();
    ANSWER(all, ferry_telestream_list_all, telestream, FERRY_PROFILES, NULL, "{\"per_page\":2}", NULL);
    CHECK(cloud_count("flip_api", 200) == 5);
    CHECK(ferry_value_len(all) == 8);
    CHECK_STR(text_of(ferry_value_at(all, 0), "name"), "h264");
    CHECK_STR(text_of(ferry_value_at(all, 7), "name"), "ogg-4");
    cloud_reset();
    ANSWER(at_once, ferry_telestream_list_all, telestream, FERRY_PROFILES, NULL, NULL, NULL);
    CHECK(cloud_count("flip_api", 200) == 1);
    CHECK_STR(ferry_value_json(at_once), ferry_value_json(all));
    ANSWER(
        none, ferry_telestream_list_all, telestream, FERRY_VIDEOS, NULL, "{\"status\":\"processing\"}", NULL);
    CHECK_STR(ferry_value_json(none), "[]");
    cloud_reset();
    FAILS(FERRY_INVALID_ARGUMENT, 0, "page", ferry_telestream_list_all, telestream, FERRY_PROFILES, NULL,
        "{\"page\":1}", NULL);
    FAILS(FERRY_INVALID_ARGUMENT, 0, "per_page", ferry_telestream_list_all, telestream, FERRY_PROFILES, NULL,
        "{\"per_page\":0}", NULL);
    FAILS(FERRY_INVALID_ARGUMENT, 0, "per_page", ferry_telestream_list_all, telestream, FERRY_PROFILES, NULL,
        "{\"per_page\":101}", NULL);
    CHECK(cloud_count("any", 0) == 0);
    ferry_request_options options = request_options();
    options.on_progress = say_no;
    cloud_faults("[{\"class\":\"flip_api\",\"skip\":1,\"action\":{\"stall_ms\":20000}}]");
    FAILS(FERRY_CANCELLED, 0, "", ferry_telestream_list_all, telestream, FERRY_PROFILES, NULL,
        "{\"per_page\":2}", &options);
    cloud_faults("[{\"class\":\"flip_api\",\"skip\":1,\"action\":{\"stall_ms\":20000}}]");
    options = request_options();
    options.deadline_ms = 700;
    FAILS(FERRY_TIMEOUT, 0, "", ferry_telestream_list_all, telestream, FERRY_PROFILES, NULL,
        "{\"per_page\":2}", &options);
    cloud_reset();
    ferry_value_free(all);
    ferry_value_free(at_once);
    ferry_value_free(none);
}

/* What has no call of its own. */
static void anything_else(const ferry_telestream *telestream) {
    ANSWER(count, telestream_request, telestream, "GET", "/encodings/count.json", NULL);
    CHECK(int_of(count, "total") > 0);
    ANSWER(made, telestream_request, telestream, "post", "profiles.json",
        "{\"preset_name\":\"mp3\",\"name\":\"sound\"}");
    ANSWER(changed, telestream_request, telestream, "PUT", "/profiles/sound.json",
        "{\"title\":\"a+b & \xe2\x99\xa5\"}");
    CHECK_STR(text_of(changed, "title"), "a+b & \xe2\x99\xa5");
    CHECK_STR(text_of(changed, "id"), text_of(made, "id"));
    ANSWER(gone, telestream_request, telestream, "DELETE", "/profiles/sound.json", NULL);
    CHECK(is_true(gone, "deleted"));
    FAILS(FERRY_HTTP, 404, "GET /profiles/sound.json", telestream_request, telestream, "GET",
        "/profiles/sound.json", NULL);
    ferry_value_free(count);
    ferry_value_free(made);
    ferry_value_free(changed);
    ferry_value_free(gone);
}

/* An error has the service's class and sentence, and all it said. */
static void errors(const ferry_telestream *telestream) {
    ferry_value *video = (ferry_value *)&video;
    ferry_error *err = NULL;
    ferry_status status =
        ferry_telestream_find(telestream, FERRY_VIDEOS, NULL, "none", NULL, NULL, &video, &err);
    CHECK(video == NULL);
    CHECK(ferry_error_http_status(err) == 404 && !ferry_error_retryable(err));
    CHECK_HAS(ferry_error_message(err), "cannot find video none");
    CHECK_HAS(ferry_error_message(err), "RecordNotFound");
    CHECK_STR(ferry_error_body(err),
        "{\"error\":\"RecordNotFound\",\"message\":\"Couldn't find Video with ID=none\"}");
    CHECK_STR(ferry_error_step(err), "find");
    CHECK_ERROR(status, FERRY_HTTP, err, "Couldn't find Video with ID=none");
    FAILS(FERRY_HTTP, 404, "Couldn't find Factory with ID=none", ferry_telestream_list, telestream,
        FERRY_VIDEOS, "none", NULL, NULL);
    FAILS(FERRY_HTTP, 404, "Couldn't find Factory with ID=none", ferry_telestream_find, telestream,
        FERRY_FACTORIES, NULL, "none", NULL, NULL);
}

static void everything(telestream_maker maker) {
    const int before = check_failures;
    ferry_telestream *account = maker(NULL);
    ANSWER(made, ferry_telestream_create, account, FERRY_FACTORIES, NULL,
        "{\"name\":\"made-here\",\"upload_original_video\":true}", NULL);
    char *factory = id_of(made);
    ferry_telestream *telestream = maker(factory);
    factories(account, factory);
    profiles(telestream);
    struct film film = film_new(telestream);
    videos(telestream, factory, &film);
    encodings(telestream, &film);
    whole_lists(telestream);
    anything_else(telestream);
    errors(telestream);
    notifications(telestream);
    free(film.bytes);
    free(film.video);
    free(film.encoding);
    free(factory);
    ferry_value_free(made);
    ferry_telestream_free(telestream);
    ferry_telestream_free(account);
    CHECK_AT(check_failures == before, "... %s", maker == telestream_keyed ? "with an API key" : "signed");
}

/* API 3.0 takes a video in one request. */
static void a_video_by_one_request(void) {
    ferry_telestream *telestream = telestream_signed(FIRST);
    cloud_reset();
    unsigned char *bytes = noise(MIB + 1, 3);
    char *path = strdup(scratch_file("f\xc3\xbcr; it's.mov", bytes, MIB + 1));
    ANSWER(video, ferry_telestream_create, telestream, FERRY_VIDEOS, NULL,
        filled("{\"file\":\"%s\",\"profiles\":\"webm\",\"payload\":\"one\"}", path), NULL);
    CHECK(cloud_count("any", 0) == 1 && cloud_count("flip_api", 200) == 1);
    ANSWER(stored, ferry_telestream_video_wait, telestream, NULL, text_of(video, "id"), NULL);
    CHECK_STR(text_of(stored, "original_filename"), "f\xc3\xbcr; it's.mov");
    CHECK_STR(text_of(stored, "payload"), "one");
    CHECK(int_of(stored, "file_size") == (int64_t)MIB + 1);
    check_output(telestream, FIRST, text_of(video, "id"), bytes, MIB + 1);
    /* It is not sent again when it may have arrived. */
    cloud_reset();
    cloud_faults("[{\"class\":\"flip_api\",\"action\":{\"lost_answer\":true}}]");
    FAILS(FERRY_NETWORK, 0, "cannot create a video", ferry_telestream_create, telestream, FERRY_VIDEOS, NULL,
        filled("{\"file\":\"%s\"}", path), NULL);
    CHECK(cloud_count("flip_api", 0) == 1);
    cloud_reset();
    cloud_faults("[{\"class\":\"flip_api\",\"action\":{\"cut_after\":300000}}]");
    FAILS(FERRY_NETWORK, 0, "cannot create a video", ferry_telestream_create, telestream, FERRY_VIDEOS, NULL,
        filled("{\"file\":\"%s\"}", path), NULL);
    CHECK(cloud_count("flip_api", 0) == 1);
    /* "Not now" is the one answer that says that it has not: sent again, from its beginning, with a signature
     * of its own. */
    cloud_reset();
    cloud_faults("[{\"class\":\"flip_api\",\"times\":1,\"action\":{\"status\":429,\"retry_after\":0}}]");
    ANSWER(again, ferry_telestream_create, telestream, FERRY_VIDEOS, NULL,
        filled("{\"file\":\"%s\",\"profiles\":\"h264\"}", path), NULL);
    CHECK(cloud_count("flip_api", 0) == 2);
    check_output(telestream, FIRST, text_of(again, "id"), bytes, MIB + 1);
    ferry_value_free(again);
    cloud_reset();
    free(path);
    free(bytes);
    ferry_value_free(video);
    ferry_value_free(stored);
    ferry_telestream_free(telestream);
}

static void wrong_signatures(void) {
    ferry_telestream_options options = telestream_local(FIRST);
    ferry_telestream *secret = telestream_with("LOCAL_ACCESS_KEY", "a wrong secret", &options),
                     *access = telestream_with("OTHER", "LOCAL_SECRET_KEY", &options);
    options.api_host = "api-eu.pandastream.com";
    ferry_telestream *host = telestream_with("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", &options);
    FAILS(FERRY_HTTP, 401, "Signatures do not match", ferry_telestream_list, secret, FERRY_VIDEOS, NULL, NULL,
        NULL);
    FAILS(FERRY_HTTP, 401, "Signatures do not match", ferry_telestream_create, access, FERRY_PROFILES, NULL,
        "{\"preset_name\":\"h264\"}", NULL);
    FAILS(FERRY_HTTP, 401, "Signatures do not match", ferry_telestream_delete, host, FERRY_VIDEOS, NULL, "x",
        NULL);
    ferry_telestream_free(secret);
    ferry_telestream_free(access);
    ferry_telestream_free(host);
}

int main(void) {
    check_begin();
    everything(telestream_signed);
    everything(telestream_keyed);
    a_video_by_one_request();
    wrong_signatures();
    return check_result();
}
