/* Threads that use the library as its users do, for a long time, while the clouds go wrong.
 *
 *     soak NULL_URL S3_URL FOLDER UPLOADS BYTES SECONDS QUIET SEED LARGE_MIB
 *
 * It ends when UPLOADS files and BYTES bytes are stored, or SECONDS have passed. After each QUIET uploads all
 * threads rest: the figures of such a moment are a line "rest", and a line "quiet" when the clients are freed
 * but for the eldest, with their idle connections, and malloc's free memory. Then a line on standard input
 * lets them go on. Once a second there is a line "sample". What else it says: report.h. FERRY_SOAK_KEEPS: the
 * clients stay open. FERRY_SOAK_LEAK: "bytes", "handle" or "descriptor" are leaked on purpose. FERRY_SOAK_CA:
 * what vouches for the second cloud. */
#include <sys/stat.h>

#include "calls.h"
#include "figures.h"
#include "files.h"
#include "report.h"
#include "stopped.h"
#include "uploads.h"
#include "videos.h"
#include "worker.h"

enum { THREADS = 8, MOST_LARGE = 2 };

/* What a thread does next, by the weight. */
static const struct {
    void (*run)(struct worker *);
    unsigned weight;
} mix[] = {
    {small_memory, 200},
    {small_file, 80},
    {small_intelligent, 50},
    {small_single, 250},
    {small_reader, 20},
    {small_batch, 60},
    {fresh_client, 15},
    {round_trip, 40},
    {journaled, 3},
    {by_token, 2},
    {paused, 2},
    {cancelled, 2},
    {too_late, 2},
    {started, 3},
    {video, 20},
    {cancelled_video, 2},
    {video_calls, 10},
    {unreachable, 4},
    {calls, 200},
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned resting, round;
    int rests, is_over;
} pause_of_all = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static uint64_t wanted_uploads, wanted_bytes, quiet_every, next_quiet;
static _Atomic unsigned large_now;

/* Waits until the main thread lets all go on; 0 at the end of the run. */
static int rest(void) {
    pthread_mutex_lock(&pause_of_all.lock);
    if (pause_of_all.rests) {
        const unsigned round = pause_of_all.round;
        pause_of_all.resting++;
        pthread_cond_broadcast(&pause_of_all.changed);
        while (pause_of_all.round == round) {
            pthread_cond_wait(&pause_of_all.changed, &pause_of_all.lock);
        }
    }
    const int goes_on = !pause_of_all.is_over;
    pthread_mutex_unlock(&pause_of_all.lock);
    return goes_on;
}

/* Large files keep pace with small ones; none begins shortly before a rest, which would wait for it. */
static int is_time_for_large(void) {
    const double share = (double)(uploads_done + quiet_every / 20) / (double)wanted_uploads;
    const int is_behind = (double)bytes_done < share * (double)wanted_bytes;
    return is_behind && (uploads_done + quiet_every / 10 < next_quiet || uploads_done >= wanted_uploads);
}

static void do_something(struct worker *worker) {
    if (is_time_for_large()) {
        if (atomic_fetch_add(&large_now, 1) < MOST_LARGE) {
            large_file(worker);
            atomic_fetch_sub(&large_now, 1);
            return;
        }
        atomic_fetch_sub(&large_now, 1);
    }
    unsigned all = 0;
    for (size_t at = 0; at < sizeof mix / sizeof *mix; at++) {
        all += mix[at].weight;
    }
    unsigned turn = (unsigned)draw(worker, all);
    for (size_t at = 0; at < sizeof mix / sizeof *mix; at++) {
        if (turn < mix[at].weight) {
            mix[at].run(worker);
            return;
        }
        turn -= mix[at].weight;
    }
}

static void *work(void *data) {
    while (rest()) {
        do_something(data);
    }
    return NULL;
}

/* A file of that size. A large one is mostly a hole, with other bytes in each MiB. */
static void make_file(char *path, const char *name, size_t size) {
    snprintf(path, PATH, "%s/%s", shared.folder, name);
    FILE *file = fopen(path, "wb");
    HOLDS(file != NULL, "%s", path);
    if (size <= NOISE) {
        HOLDS(fwrite(shared.noise, 1, size, file) == size, "%s", path);
    } else {
        for (size_t at = 0; at + MIB <= size; at += MIB) {
            HOLDS(fseek(file, (long)at, SEEK_SET) == 0 && fwrite(&at, sizeof at, 1, file) == 1, "%s", path);
        }
        HOLDS(fflush(file) == 0 && ftruncate(fileno(file), (off_t)size) == 0, "%s", path);
    }
    HOLDS(fclose(file) == 0, "%s", path);
}

static void prepare(char **given, struct worker *workers) {
    struct worker first = {.random = strtoull(given[8], NULL, 10) * 2654435769u + 1};
    shared.folder = given[3];
    shared.leak = getenv("FERRY_SOAK_LEAK");
    shared.noise = malloc(NOISE);
    for (size_t at = 0; at < NOISE; at += 8) {
        const uint64_t word = draw(&first, (uint64_t)1 << 52) * 0x9e3779b97f4a7c15u;
        memcpy(shared.noise + at, &word, 8);
    }
    char name[NAME];
    for (size_t at = 0; at < SMALL_FILES; at++) {
        shared.small_size[at] = small_size(&first);
        snprintf(name, NAME, "small-%zu.bin", at);
        make_file(shared.small[at], name, shared.small_size[at]);
    }
    shared.medium_size = 12 * MIB + 7;
    make_file(shared.medium, "medium.bin", shared.medium_size);
    for (size_t at = 0; at < LARGE_FILES; at++) {
        shared.large_size[at] = (strtoull(given[9], NULL, 10) * MIB << 2 * at) + at;
        snprintf(name, NAME, "large-%zu.bin", at);
        make_file(shared.large[at], name, shared.large_size[at]);
    }
    for (unsigned at = 0; at < THREADS; at++) {
        struct worker *worker = &workers[at];
        *worker = (struct worker){.number = at, .random = first.random + at * 0x9e3779b9u};
        worker->buffer = malloc(NOISE + 1);
        memset(worker->buffer, 1, NOISE);
        snprintf(worker->download, PATH, "%s/download-%u", shared.folder, at);
        snprintf(worker->journals, PATH, "%s/journals-%u", shared.folder, at);
    }
}

static void open_clients(void) {
    char policy[64];
    snprintf(policy, sizeof policy, "{\"expiry\": %" PRIu64 "}", ferry_security_expiry_in(7 * 86400));
    ferry_security *security = NULL;
    HOLDS(ferry_security_new(policy, "SECRET", &security, NULL) == FERRY_OK, "%s", policy);
    ferry_connection_options connection;
    ferry_connection_options_init(&connection, sizeof connection);
    connection.ca_file = getenv("FERRY_SOAK_CA");
    ferry_filestack_options options;
    ferry_filestack_options_init(&options, sizeof options);
    options.connection = &connection;
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        options.base_url = shared.urls[cloud];
        options.security = cloud == S3_CLOUD ? security : NULL;
        const ferry_status status =
            ferry_filestack_new("SOAKKEY", &options, &shared.clients[cloud], NULL);
        HOLDS(status == FERRY_OK, "%s", ferry_status_name(status));
    }
    if (shared.eldest == NULL) {
        options.base_url = shared.urls[NULL_CLOUD];
        options.security = NULL;
        HOLDS(ferry_filestack_new("SOAKKEY", &options, &shared.eldest, NULL) == FERRY_OK, "eldest");
    }
    ferry_security_free(security);
    ferry_telestream_options flip;
    ferry_telestream_options_init(&flip, sizeof flip);
    flip.base_url = shared.urls[NULL_CLOUD];
    flip.factory_id = "fac1fac1fac1fac1fac1fac1fac1fac1";
    const ferry_status status =
        ferry_telestream_new("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", &flip, &shared.telestream, NULL);
    HOLDS(status == FERRY_OK, "%s", ferry_status_name(status));
}

static void close_clients(void) {
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        ferry_filestack_free(shared.clients[cloud]);
    }
    ferry_telestream_free(shared.telestream);
}

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* A thread that was joined stays in /proc for a moment, and one that asks the resolver may outlive a call. */
static void settle(int threads) {
    const double end = now() + 10;
    while (measure().threads > threads && now() < end) {
        sleep_ms(5);
    }
}

/* Stops all threads; 1 once they rest. */
static void halt(void) {
    pthread_mutex_lock(&pause_of_all.lock);
    pause_of_all.rests = 1;
    while (pause_of_all.resting < THREADS) {
        pthread_cond_wait(&pause_of_all.changed, &pause_of_all.lock);
    }
    pthread_mutex_unlock(&pause_of_all.lock);
}

static void go_on(int is_over) {
    pthread_mutex_lock(&pause_of_all.lock);
    pause_of_all.rests = 0;
    pause_of_all.resting = 0;
    pause_of_all.round++;
    pause_of_all.is_over = is_over;
    pthread_cond_broadcast(&pause_of_all.changed);
    pthread_mutex_unlock(&pause_of_all.lock);
}

/* Waits for the driver, which looks at the clouds meanwhile. */
static void ask_driver(void) {
    char line[16];
    fflush(stdout);
    if (read(0, line, sizeof line) <= 0) {
        exit(3);
    }
}

int main(int argc, char **argv) {
    if (argc != 10) {
        return 2;
    }
    static char output[1 << 20];
    static struct worker workers[THREADS];
    setvbuf(stdout, output, _IOFBF, sizeof output);
    shared.urls[NULL_CLOUD] = argv[1];
    shared.urls[S3_CLOUD] = argv[2];
    wanted_uploads = strtoull(argv[4], NULL, 10);
    wanted_bytes = strtoull(argv[5], NULL, 10);
    const double since = now(), end = since + atof(argv[6]);
    quiet_every = next_quiet = strtoull(argv[7], NULL, 10);
    const int keeps = getenv("FERRY_SOAK_KEEPS") != NULL;
    prepare(argv, workers);
    tell_figures("before", since);
    open_clients();
    for (int at = 0; at < THREADS; at++) {
        pthread_create(&workers[at].thread, NULL, work, &workers[at]);
    }
    for (int is_over = 0; !is_over;) {
        double next_sample = 0;
        while (uploads_done < next_quiet && now() < end) {
            if (now() >= next_sample) {
                tell_figures("sample", since);
                fflush(stdout);
                next_sample = now() + 1;
            }
            sleep_ms(20);
            if (uploads_done >= wanted_uploads && bytes_done >= wanted_bytes) {
                break;
            }
        }
        halt();
        settle(THREADS + 1);
        is_over = now() >= end || (uploads_done >= wanted_uploads && bytes_done >= wanted_bytes);
        tell("counts %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", calls_done, stops_done, events_seen);
        tell_figures("rest", since);
        if (!keeps) {
            close_clients();
        }
        settle(THREADS + 1);
        malloc_trim(0); /* what is free goes back to the system; what stays resident is held by somebody */
        tell_figures("quiet", since);
        ask_driver();
        if (!keeps) {
            open_clients();
        }
        next_quiet = uploads_done + quiet_every;
        go_on(is_over);
    }
    for (int at = 0; at < THREADS; at++) {
        pthread_join(workers[at].thread, NULL);
        free(workers[at].buffer);
    }
    close_clients();
    ferry_filestack_free(shared.eldest);
    settle(1);
    HOLDS(clients_made == clients_dropped, "%" PRIu64 " clients, %" PRIu64 " dropped", clients_made,
        clients_dropped);
    tell_figures("after", since);
    free(shared.noise);
    return 0;
}
