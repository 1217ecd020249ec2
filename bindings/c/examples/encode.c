/* encode: uploads a film to Telestream Cloud, waits until it is encoded, and prints the URLs of the results.

   cc -std=c11 encode.c $(pkg-config --cflags --libs ferry) -o encode

   Standard output gets the URLs alone, one a line; everything else goes to standard error.

   Ctrl-C interrupts the upload. In a terminal, Enter then goes on with it: what is stored is not sent again.
   During the wait Ctrl-C ends the program only: the service goes on, and --video ID waits for it again.
   Exit code: 0 all encoded, 1 failed (URLs of what was encoded are printed), 2 wrong arguments, 130
   interrupted. */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <ferry.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What Windows has under other names. */
#ifdef _WIN32
#include <io.h>
#include <windows.h>

static bool is_terminal(FILE *file) {
    return _isatty(_fileno(file)) != 0;
}

static void wait_a_tenth(void) {
    Sleep(100);
}
#else
#include <unistd.h>

static bool is_terminal(FILE *file) {
    return isatty(fileno(file)) != 0;
}

static void wait_a_tenth(void) {
    const struct timespec tenth = {0, 100000000};
    nanosleep(&tenth, NULL);
}
#endif

enum { DONE = 0, FAILED = 1, USAGE = 2, INTERRUPTED = 130 };

static const char help[] =
    "usage: encode --access-key KEY --secret-key KEY [options] FILE\n"
    "       encode --apikey KEY [options] FILE\n"
    "       encode KEYS [options] --video ID\n"
    "\n"
    "Uploads FILE to Telestream Cloud, waits until it is encoded, and prints the URLs of the results.\n"
    "\n"
    "  --access-key KEY     the keys of an account of API 3.0,\n"
    "  --secret-key KEY     which sign every request,\n"
    "  --apikey KEY         or the one key of an account of API 3.1\n"
    "  --factory ID         the factory that encodes; needed if the account has several\n"
    "  --profiles A,B       names of the profiles to encode with; else all of the factory\n"
    "  --video ID           wait for a video that was uploaded before\n"
    "  --filename NAME      name of the file at the service; else its own name\n"
    "  --payload TEXT       any text to keep with the video, up to 256 characters\n"
    "  --host HOST          the API host of the account's region, such as api-eu.pandastream.com\n"
    "  --base-url URL       another origin, such as the local cloud\n"
    "  --ca-file FILE       certificates to trust beside the public ones, PEM\n"
    "  --ranges             by the older protocol, one range after the other\n"
    "  --concurrency N      parts sent at the same time, 1 to 64; else what suits the line\n"
    "  --deadline SECONDS   give up the upload, or the wait, after so long\n"
    "  --quiet              no progress\n"
    "  --help               this text\n"
    "  --version            the version of the library\n";

struct arguments {
    const char *access_key, *secret_key, *apikey, *factory, *profiles, *filename, *payload;
    const char *host, *base_url, *ca_file, *video, *file;
    int32_t protocol;
    uint32_t concurrency, deadline_ms;
    bool quiet;
};

/* How often a failed upload is run, and the pause before the next run in seconds. Within a run the library
   repeats each request up to ten times by itself. */
enum { RUNS = 3, PAUSE = 5 };

/* Ctrl-C sets the flag, the progress callback returns it, and the library interrupts the call within a
   second. A second Ctrl-C ends the program. */
static volatile sig_atomic_t stop = 0;

static void on_signal(int number) {
    signal(number, SIG_DFL);
    stop = 1;
}

static void catch_signals(void) {
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
}

/* What the progress callback keeps between two reports. */
struct bar {
    const char *label;
    bool quiet;
    bool terminal;
    bool bytes;  /* progress is in bytes; else in percent */
    time_t last; /* when the last line was written, where there is no terminal */
};

static int32_t show_progress(const ferry_progress *progress, void *user_data) {
    struct bar *bar = user_data;
    bool complete = progress->bytes_total > 0 && progress->bytes_done == progress->bytes_total;
    time_t now = time(NULL);
    if (bar->quiet || (!bar->terminal && !complete && now == bar->last)) {
        return stop;
    }
    bar->last = now;

    char drawn[25] = "------------------------";
    double share = progress->bytes_total ? (double)progress->bytes_done / (double)progress->bytes_total : 0;
    share = (double)(unsigned)(share * 1000) / 1000; /* cut off, so that 100 % means that all is done */
    memset(drawn, '#', (size_t)(share * (double)(sizeof drawn - 1)));
    fprintf(stderr, "%s%s  [%s] %5.1f %%", bar->terminal ? "\r" : "", bar->label, drawn, share * 100);
    if (bar->bytes) {
        const bool small = progress->bytes_total < 1048576;
        const double unit = small ? 1024 : 1048576;
        const char *const name = small ? "KiB" : "MiB";
        fprintf(stderr, "  %.1f of %.1f %s  %.1f %s/s", (double)progress->bytes_done / unit,
                (double)progress->bytes_total / unit, name, (double)progress->bytes_per_second / unit, name);
    }
    if (progress->retries > 0) {
        fprintf(stderr, "  (%" PRIu32 " repeated)", progress->retries);
    }
    fputs(bar->terminal ? "\033[K" : "\n", stderr);
    fflush(stderr);
    return stop;
}

static void end_line(const struct bar *bar) {
    if (bar->terminal && !bar->quiet) {
        fputc('\n', stderr);
    }
}

/* Print what went wrong and, if that helps, how to go on; free the error, and return the exit code. */
static int report(ferry_status status, ferry_error *error, const char *how_to_go_on) {
    int32_t answered = ferry_error_http_status(error);
    if (status == FERRY_CANCELLED) {
        fprintf(stderr, "encode: interrupted\n");
    } else {
        fprintf(stderr, "encode: %s (%s)\n", ferry_error_message(error), ferry_status_name(status));
        if (answered == 401) {
            fprintf(stderr, "  check the keys, and --host: each region has keys of its own\n");
        } else if (answered >= 400) {
            fprintf(stderr, "  the service answered %" PRId32 ": %.400s\n", answered,
                    ferry_error_body(error));
        }
    }
    if (ferry_error_retryable(error)) {
        fprintf(stderr, "  %s\n", how_to_go_on);
    }
    ferry_error_free(error);
    return status == FERRY_CANCELLED ? INTERRUPTED : FAILED;
}

/* The value of an option, given as `--name VALUE` or `--name=VALUE`; NULL if the argument is another one. */
static const char *value_of(const char *name, char **argv, int *index) {
    const char *argument = argv[*index];
    size_t length = strlen(name);
    if (strncmp(argument, name, length) != 0) {
        return NULL;
    }
    if (argument[length] == '=') {
        return argument + length + 1;
    }
    if (argument[length] != '\0') {
        return NULL;
    }
    if (argv[*index + 1] == NULL) {
        fprintf(stderr, "encode: %s needs a value; see --help\n", name);
        exit(USAGE);
    }
    return argv[++*index];
}

static uint32_t number_of(const char *name, const char *text, unsigned long most) {
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' || number == 0 || number > most) {
        fprintf(stderr, "encode: %s takes a number from 1 to %lu, not %s\n", name, most, text);
        exit(USAGE);
    }
    return (uint32_t)number;
}

/* Refuse arguments that do not go together. */
static void check(const struct arguments *a) {
    const char *fault = NULL;
    if (a->file == NULL && a->video == NULL) {
        fault = "FILE is missing";
    } else if (a->file != NULL && a->video != NULL) {
        fault = "--video is for a film that is uploaded already: give either it or FILE";
    } else if (a->apikey != NULL && (a->access_key != NULL || a->secret_key != NULL)) {
        fault = "--apikey is for one kind of account, --access-key and --secret-key are for the other";
    } else if (a->apikey == NULL && (a->access_key == NULL || a->secret_key == NULL)) {
        fault = "keys are missing: --access-key and --secret-key, or --apikey";
    }
    if (fault != NULL) {
        fprintf(stderr, "encode: %s; see --help\n", fault);
        exit(USAGE);
    }
}

static struct arguments parse(char **argv) {
    struct arguments a;
    memset(&a, 0, sizeof a);
    const struct {
        const char *name;
        const char **value;
    } texts[] = {
        {"--access-key", &a.access_key}, {"--secret-key", &a.secret_key}, {"--apikey", &a.apikey},
        {"--factory", &a.factory},       {"--profiles", &a.profiles},     {"--filename", &a.filename},
        {"--payload", &a.payload},       {"--host", &a.host},             {"--base-url", &a.base_url},
        {"--ca-file", &a.ca_file},       {"--video", &a.video},
    };
    bool only_files = false;
    for (int i = 1; argv[i] != NULL; i++) {
        const char *value = NULL;
        if (only_files || argv[i][0] != '-') {
            if (a.file != NULL) {
                fprintf(stderr, "encode: one file at a time, not also %s\n", argv[i]);
                exit(USAGE);
            }
            a.file = argv[i];
            continue;
        }
        for (size_t t = 0; t < sizeof texts / sizeof *texts && value == NULL; t++) {
            value = value_of(texts[t].name, argv, &i);
            if (value != NULL) {
                *texts[t].value = value;
            }
        }
        if (value != NULL) {
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_files = true;
        } else if (strcmp(argv[i], "--ranges") == 0) {
            a.protocol = FERRY_PROTOCOL_RANGES;
        } else if (strcmp(argv[i], "--quiet") == 0) {
            a.quiet = true;
        } else if ((value = value_of("--concurrency", argv, &i)) != NULL) {
            a.concurrency = number_of("--concurrency", value, 32);
        } else if ((value = value_of("--deadline", argv, &i)) != NULL) {
            a.deadline_ms = number_of("--deadline", value, 4000000) * 1000;
        } else if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            exit(DONE);
        } else if (strcmp(argv[i], "--version") == 0) {
            printf("ferry %s\n", ferry_version());
            exit(DONE);
        } else {
            fprintf(stderr, "encode: no such option: %s; see --help\n", argv[i]);
            exit(USAGE);
        }
    }
    check(&a);
    return a;
}

static ferry_status connect_client(const struct arguments *a, ferry_telestream **client,
                                   ferry_error **error) {
    ferry_connection_options connection;
    ferry_connection_options_init(&connection, sizeof connection);
    connection.ca_file = a->ca_file;

    ferry_telestream_options options;
    ferry_telestream_options_init(&options, sizeof options);
    options.api_host = a->host;
    options.base_url = a->base_url;
    options.connection = &connection;
    return a->apikey != NULL ? ferry_telestream_new_with_apikey(a->apikey, &options, client, error)
                             : ferry_telestream_new(a->access_key, a->secret_key, &options, client, error);
}

static const char *text_of(const ferry_value *object, const char *name) {
    const char *text = ferry_value_string(ferry_value_get(object, name));
    return text != NULL ? text : "";
}

static int32_t is_stopped(const ferry_progress *progress, void *user_data) {
    (void)progress;
    (void)user_data;
    return stop;
}

/* Find the factory that was named, or the only one. */
static int find_factory(const ferry_telestream *client, const struct arguments *a, ferry_value **factory) {
    ferry_value *all = NULL;
    ferry_error *error = NULL;
    const char *id = a->factory;
    ferry_status status = FERRY_OK;
    ferry_request_options options;
    ferry_request_options_init(&options, sizeof options);
    options.on_progress = is_stopped;
    options.deadline_ms = a->deadline_ms;
    if (id == NULL) {
        status = ferry_telestream_list(client, FERRY_FACTORIES, NULL, NULL, &options, &all, &error);
        size_t count = ferry_value_len(all);
        if (status == FERRY_OK && count != 1) {
            fprintf(stderr, "encode: the account has %zu factories; choose one with --factory ID:\n", count);
            for (size_t i = 0; i < count; i++) {
                const ferry_value *one = ferry_value_at(all, i);
                fprintf(stderr, "  %s  %s\n", text_of(one, "id"), text_of(one, "name"));
            }
            ferry_value_free(all);
            return USAGE;
        }
        id = text_of(ferry_value_at(all, 0), "id");
    }
    if (status == FERRY_OK) {
        status = ferry_telestream_find(client, FERRY_FACTORIES, NULL, id, NULL, &options, factory, &error);
    }
    ferry_value_free(all);
    return status == FERRY_OK ? DONE : report(status, error, "the same command can succeed later");
}

/* The parameters of the video. Freed by the caller. A failure is told by who takes them. */
static ferry_json *video_params(const struct arguments *a) {
    ferry_json *params = ferry_json_new();
    if (a->profiles != NULL) {
        ferry_json_set_string(params, "profiles", a->profiles, NULL);
    }
    if (a->payload != NULL) {
        ferry_json_set_string(params, "payload", a->payload, NULL);
    }
    return params;
}

/* Wait before the next run. Ctrl-C ends the pause. */
static void rest(void) {
    for (int i = 0; i < PAUSE * 10 && !stop; i++) {
        wait_a_tenth();
    }
}

/* After Ctrl-C, ask in a terminal whether to go on. */
static bool goes_on(const struct bar *bar) {
    if (!bar->terminal || !is_terminal(stdin)) {
        return false;
    }
    fprintf(stderr, "encode: interrupted; press Enter to go on, Ctrl-C to give up\n");
    int c = getchar();
    while (c != '\n' && c != EOF) {
        c = getchar();
    }
    stop = c == EOF;
    catch_signals();
    return !stop;
}

/* Run an upload until it is stored or given up. */
static ferry_status run(const ferry_upload *upload, const struct bar *bar, int runs, ferry_error **error) {
    for (int run = 1;; run++) {
        ferry_status status = ferry_upload_run(upload, error);
        end_line(bar);
        if (status == FERRY_OK || !ferry_error_retryable(*error) || (run >= runs && !stop)) {
            return status;
        }
        if (!stop) {
            fprintf(stderr, "encode: %s; going on in %d s\n", ferry_error_message(*error), PAUSE);
            rest();
        }
        if (stop && !goes_on(bar)) {
            return FERRY_CANCELLED;
        }
        ferry_error_free(*error);
        *error = NULL;
    }
}

static int upload(const ferry_telestream *client, const char *factory, const struct arguments *a,
                  struct bar *bar, ferry_value **video) {
    ferry_telestream_upload_options options;
    ferry_telestream_upload_options_init(&options, sizeof options);
    options.filename = a->filename;
    options.protocol = a->protocol;
    options.concurrency = a->concurrency;
    options.deadline_ms = a->deadline_ms;
    options.on_progress = show_progress;
    options.user_data = bar;

    ferry_json *params = video_params(a);
    ferry_upload *handle = NULL;
    ferry_error *error = NULL;
    bar->label = "upload";
    bar->bytes = true;
    ferry_status status =
        ferry_telestream_upload_new(client, factory, a->file, ferry_json_text(params), &options, &handle,
                                    &error);
    ferry_json_free(params);
    if (status == FERRY_OK) {
        status = run(handle, bar, a->deadline_ms == 0 ? RUNS : 1, &error);
    }
    if (status == FERRY_OK) {
        status = ferry_upload_result(handle, video, &error);
    }
    ferry_upload_free(handle);
    return status == FERRY_OK ? DONE : report(status, error, "the same command starts from the beginning");
}

static int wait_for(const ferry_telestream *client, const char *factory, const char *video,
                    const struct arguments *a, struct bar *bar, ferry_value **encodings) {
    ferry_request_options options;
    ferry_request_options_init(&options, sizeof options);
    options.deadline_ms = a->deadline_ms;
    options.on_progress = show_progress;
    options.user_data = bar;

    ferry_error *error = NULL;
    bar->label = "encode";
    bar->bytes = false;
    ferry_status status =
        ferry_telestream_video_encodings_wait(client, factory, video, &options, encodings, &error);
    end_line(bar);
    char how_to_go_on[128];
    snprintf(how_to_go_on, sizeof how_to_go_on, "the service goes on; wait for it with --video %s", video);
    return status == FERRY_OK ? DONE : report(status, error, how_to_go_on);
}

/* Print where the files are: the factory's URL, followed by the name of each. */
static int print_urls(const ferry_value *factory, const ferry_value *encodings) {
    int code = DONE;
    const ferry_value *encoding = NULL;
    for (size_t i = 0; (encoding = ferry_value_at(encodings, i)) != NULL; i++) {
        if (strcmp(text_of(encoding, "status"), "success") != 0) {
            fprintf(stderr, "encode: %s has failed: %s: %s\n", text_of(encoding, "profile_name"),
                    text_of(encoding, "error_class"), text_of(encoding, "error_message"));
            code = FAILED;
            continue;
        }
        const ferry_value *files = ferry_value_get(encoding, "files");
        for (size_t f = 0; f < ferry_value_len(files); f++) {
            printf("%s%s\n", text_of(factory, "url"), ferry_value_string(ferry_value_at(files, f)));
        }
    }
    if (ferry_value_len(encodings) == 0) {
        fprintf(stderr, "encode: the video is stored, but nothing is encoded: no profile was asked for\n");
    }
    fflush(stdout);
    return code;
}

int main(int argc, char **argv) {
    (void)argc;
    struct arguments a = parse(argv);
    struct bar bar = {"", a.quiet, is_terminal(stderr), false, 0};
    ferry_telestream *client = NULL;
    ferry_value *factory = NULL, *video = NULL, *encodings = NULL;
    ferry_error *error = NULL;

    catch_signals();
    ferry_status status = connect_client(&a, &client, &error);
    int code = status == FERRY_OK ? find_factory(client, &a, &factory)
                                  : report(status, error, "the same command can succeed later");
    const char *id = text_of(factory, "id");
    if (code == DONE && a.video == NULL) {
        code = upload(client, id, &a, &bar, &video);
        a.video = text_of(video, "id");
    }
    if (code == DONE && *a.video == '\0') {
        fprintf(stderr, "encode: the file is uploaded, but the service did not say which video it is: "
                        "look at the list of videos\n");
        code = FAILED;
    }
    if (code == DONE) {
        fprintf(stderr, "video %s\n", a.video);
        code = wait_for(client, id, a.video, &a, &bar, &encodings);
    }
    if (code == DONE) {
        code = print_urls(factory, encodings);
    }
    ferry_value_free(encodings);
    ferry_value_free(video);
    ferry_value_free(factory);
    ferry_telestream_free(client);
    return code;
}
