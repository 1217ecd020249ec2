/* Whose factory a call goes to: two clients, one client that is told each time, and many threads on one
 * client never mix them. */
#include <pthread.h>

#include "telestream.h"

static const char *const factories[] = {FIRST, SECOND};

/* Everything in a factory is its own: by id, by name, in lists. `other` is NULL where the client has the
 * other factory. */
static void check_hidden(const ferry_telestream *telestream, const char *other, const char *video,
    const char *encoding, const char *profile) {
    FAILS(FERRY_HTTP, 404, video, ferry_telestream_find, telestream, FERRY_VIDEOS, other, video, NULL, NULL);
    FAILS(FERRY_HTTP, 404, video, ferry_telestream_video_metadata, telestream, other, video, NULL);
    FAILS(FERRY_HTTP, 404, video, ferry_telestream_video_encodings, telestream, other, video, NULL, NULL);
    FAILS(FERRY_HTTP, 404, video, ferry_telestream_video_delete_source, telestream, other, video, NULL);
    FAILS(FERRY_HTTP, 404, video, ferry_telestream_delete, telestream, FERRY_VIDEOS, other, video, NULL);
    FAILS(FERRY_HTTP, 404, video, ferry_telestream_video_wait, telestream, other, video, NULL);
    FAILS(FERRY_HTTP, 404, video, ferry_telestream_create, telestream, FERRY_ENCODINGS, other,
        filled("{\"video_id\":\"%s\",\"profile_name\":\"h264\"}", video), NULL);
    FAILS(FERRY_HTTP, 404, encoding, ferry_telestream_find, telestream, FERRY_ENCODINGS, other, encoding,
        NULL, NULL);
    FAILS(FERRY_HTTP, 404, encoding, ferry_telestream_encoding_cancel, telestream, other, encoding, NULL);
    FAILS(FERRY_HTTP, 404, profile, ferry_telestream_find, telestream, FERRY_PROFILES, other, profile, NULL,
        NULL);
    FAILS(FERRY_HTTP, 404, profile, ferry_telestream_update, telestream, FERRY_PROFILES, other, profile,
        "{\"fps\":1}", NULL);
    ANSWER(videos, ferry_telestream_list_all, telestream, FERRY_VIDEOS, other, NULL, NULL);
    CHECK(strstr(ferry_value_json(videos), video) == NULL);
    ANSWER(encodings, ferry_telestream_list, telestream, FERRY_ENCODINGS, other, NULL, NULL);
    CHECK(strstr(ferry_value_json(encodings), video) == NULL);
    ferry_value_free(videos);
    ferry_value_free(encodings);
}

static void two_factories(telestream_maker maker) {
    ferry_telestream *clients[] = {maker(FIRST), maker(SECOND)};
    char *videos[2], *encodings[2], *profiles[2];
    for (int i = 0; i < 2; i++) {
        videos[i] = telestream_video(clients[i], "film.mp4", "bytes", 5, "{\"profiles\":\"h264\"}");
        ANSWER(list, ferry_telestream_video_encodings, clients[i], NULL, videos[i], NULL, NULL);
        encodings[i] = id_of(ferry_value_at(list, 0));
        ferry_value_free(list);
        ANSWER(profile, ferry_telestream_create, clients[i], FERRY_PROFILES, NULL,
            "{\"preset_name\":\"ogg\",\"name\":\"same-name\"}", NULL);
        profiles[i] = id_of(profile);
        ferry_value_free(profile);
    }
    for (int i = 0; i < 2; i++) {
        /* By the client's own factory, and by the one that a call names. */
        check_hidden(clients[1 - i], NULL, videos[i], encodings[i], profiles[i]);
        check_hidden(clients[i], factories[1 - i], videos[i], encodings[i], profiles[i]);
        ANSWER(own, ferry_telestream_find, clients[i], FERRY_VIDEOS, NULL, videos[i], NULL, NULL);
        ANSWER(
            named, ferry_telestream_find, clients[1 - i], FERRY_VIDEOS, factories[i], videos[i], NULL, NULL);
        CHECK_STR(ferry_value_json(named), ferry_value_json(own));
        ANSWER(profile, ferry_telestream_find, clients[i], FERRY_PROFILES, NULL, "same-name", NULL, NULL);
        CHECK_STR(text_of(profile, "id"), profiles[i]);
        ANSWER(
            gone, ferry_telestream_delete, clients[1 - i], FERRY_PROFILES, factories[i], "same-name", NULL);
        ferry_value_free(own);
        ferry_value_free(named);
        ferry_value_free(profile);
        ferry_value_free(gone);
        free(videos[i]);
        free(encodings[i]);
        free(profiles[i]);
    }
    for (int i = 0; i < 2; i++) {
        ferry_telestream_free(clients[i]);
    }
}

static void notifications_are_a_factorys_own(void) {
    ferry_telestream *telestream = telestream_signed(NULL);
    for (int i = 0; i < 2; i++) {
        ANSWER(changed, ferry_telestream_notifications_update, telestream, factories[i],
            filled("{\"delay\":%d}", 10 + i), NULL);
        ferry_value_free(changed);
    }
    for (int i = 0; i < 2; i++) {
        ANSWER(found, ferry_telestream_notifications, telestream, factories[i], NULL);
        CHECK(int_of(found, "delay") == 10 + i);
        ferry_value_free(found);
    }
    ferry_telestream_free(telestream);
}

struct job {
    const ferry_telestream *telestream;
    int number, failures;
};

/* Without the checks, which count for one thread: makes something in a factory, and finds it there and not in
 * the other. */
static void *work(void *data) {
    struct job *job = data;
    for (int round = 0; round < 5; round++) {
        const char *const mine = factories[(job->number + round) % 2],
                          *const other = factories[(job->number + round + 1) % 2];
        ferry_value *profile = NULL, *found = NULL, *hidden = NULL, *gone = NULL;
        char name[64];
        snprintf(name, sizeof name, "thread-%d-%d", job->number, round);
        char params[128];
        snprintf(params, sizeof params, "{\"preset_name\":\"h264\",\"name\":\"%s\",\"width\":%d}", name,
            100 + job->number);
        job->failures += ferry_telestream_create(
                             job->telestream, FERRY_PROFILES, mine, params, NULL, &profile, NULL) != FERRY_OK;
        job->failures += ferry_telestream_find(job->telestream, FERRY_PROFILES, mine, name, NULL, NULL,
                             &found, NULL) != FERRY_OK;
        job->failures += int_of(found, "width") != 100 + job->number;
        job->failures += ferry_telestream_find(job->telestream, FERRY_PROFILES, other, name, NULL, NULL,
                             &hidden, NULL) != FERRY_HTTP;
        job->failures += ferry_telestream_delete(
                             job->telestream, FERRY_PROFILES, mine, name, NULL, &gone, NULL) != FERRY_OK;
        ferry_value_free(profile);
        ferry_value_free(found);
        ferry_value_free(hidden);
        ferry_value_free(gone);
    }
    return NULL;
}

static void many_threads_on_one_client(telestream_maker maker) {
    enum { MOST = 12 };
    const int count = is_small() ? 4 : MOST;
    ferry_telestream *telestream = maker(NULL);
    pthread_t threads[MOST];
    struct job jobs[MOST];
    for (int i = 0; i < count; i++) {
        jobs[i] = (struct job){.telestream = telestream, .number = i};
        CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        CHECK_AT(jobs[i].failures == 0, "%d failures in thread %d", jobs[i].failures, i);
    }
    ferry_telestream_free(telestream);
}

int main(void) {
    check_begin();
    static const telestream_maker makers[] = {telestream_signed, telestream_keyed};
    for (int i = 0; i < 2; i++) {
        two_factories(makers[i]);
        many_threads_on_one_client(makers[i]);
    }
    notifications_are_a_factorys_own();
    return check_result();
}
