/* upload: uploads a file to Filestack, shows progress, and prints the URL of the stored file.

   cc -std=c11 upload.c $(pkg-config --cflags --libs ferry) -o upload

   Standard output gets the URL alone, so that `url=$(upload --apikey KEY photo.jpg)` works; everything else
   goes to standard error.

   Ctrl-C interrupts the upload. In a terminal, Enter then goes on with it: what is stored is not sent again.
   With --journal the same command goes on, whatever ended it.
   Exit code: 0 stored, 1 failed, 2 wrong arguments, 130 interrupted. */

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

static bool is_same_file(const char *one, const char *other) {
    char first[MAX_PATH], second[MAX_PATH];
    return _fullpath(first, one, sizeof first) != NULL && _fullpath(second, other, sizeof second) != NULL &&
           _stricmp(first, second) == 0;
}
#else
#include <sys/stat.h>
#include <unistd.h>

static bool is_terminal(FILE *file) {
    return isatty(fileno(file)) != 0;
}

static void wait_a_tenth(void) {
    const struct timespec tenth = {0, 100000000};
    nanosleep(&tenth, NULL);
}

static bool is_same_file(const char *one, const char *other) {
    struct stat first, second;
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}
#endif

enum { DONE = 0, FAILED = 1, USAGE = 2, INTERRUPTED = 130 };

static const char help[] =
    "usage: upload --apikey KEY [options] FILE\n"
    "\n"
    "Uploads FILE to Filestack and prints the URL of the stored file.\n"
    "\n"
    "  --apikey KEY         the API key of your application\n"
    "  --policy BASE64      the policy that allows the upload, if the application asks for one,\n"
    "  --signature HEX      and its signature\n"
    "  --base-url URL       another origin, such as the local cloud\n"
    "  --ca-file FILE       certificates to trust beside the public ones, PEM\n"
    "  --filename NAME      name of the stored file; else its own name\n"
    "  --mimetype TYPE      else derived from the extension of the name\n"
    "  --path PATH          folder (with a slash at its end) or full key in the storage\n"
    "  --intelligent        in chunks that get smaller on a bad network\n"
    "  --fallback           in chunks once a part has failed\n"
    "  --concurrency N      parts sent at the same time, 1 to 64; else what suits the line\n"
    "  --deadline SECONDS   give up after so long\n"
    "  --journal DIR        keep in DIR what it needs to go on: after a crash the same command goes on\n"
    "  --download FILE      download the stored file again, to FILE\n"
    "  --quiet              no progress\n"
    "  --verbose, -v        a line for each request, connection and retry\n"
    "  --help               this text\n"
    "  --version            the version of the library\n";

struct arguments {
    const char *apikey, *policy, *signature, *base_url, *ca_file;
    const char *filename, *mimetype, *path, *journal, *download, *file;
    int32_t intelligent;
    uint32_t concurrency, deadline_ms;
    bool quiet, verbose;
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
    time_t last; /* when the last line was written, where there is no terminal */
};

static void format_size(uint64_t bytes, char *text, size_t size) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes / 1024;
    size_t unit = 0;
    if (bytes < 1024) {
        snprintf(text, size, "%" PRIu64 " B", bytes);
        return;
    }
    while (value >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024;
        unit++;
    }
    snprintf(text, size, "%.1f %s", value, units[unit]);
}

static void format_time(double seconds, char *text, size_t size) {
    if (seconds < 0 || seconds > 359999) {
        snprintf(text, size, "-:--");
        return;
    }
    unsigned long left = (unsigned long)(seconds + 0.5);
    if (left >= 3600) {
        snprintf(text, size, "%lu:%02lu:%02lu", left / 3600, left / 60 % 60, left % 60);
    } else {
        snprintf(text, size, "%lu:%02lu", left / 60, left % 60);
    }
}

static int32_t show_progress(const ferry_progress *progress, void *user_data) {
    struct bar *bar = user_data;
    bool complete = progress->bytes_total > 0 && progress->bytes_done == progress->bytes_total;
    time_t now = time(NULL);
    if (bar->quiet || (!bar->terminal && !complete && now == bar->last)) {
        return stop;
    }
    bar->last = now;

    char done[32], total[32], rate[32], left[32], drawn[25] = "------------------------";
    double share = progress->bytes_total ? (double)progress->bytes_done / (double)progress->bytes_total : 0;
    share = (double)(unsigned)(share * 1000) / 1000; /* cut off, so that 100 % means that all is stored */
    memset(drawn, '#', (size_t)(share * (double)(sizeof drawn - 1)));
    format_size(progress->bytes_done, done, sizeof done);
    format_size(progress->bytes_total, total, sizeof total);
    format_size(progress->bytes_per_second, rate, sizeof rate);
    format_time(progress->seconds_left, left, sizeof left);
    fprintf(stderr, "%s%s  [%s] %5.1f %%  %s of %s  %s/s  %s left", bar->terminal ? "\r" : "", bar->label,
            drawn, share * 100, done, total, rate, left);
    if (progress->retries > 0) {
        fprintf(stderr, "  (%" PRIu32 " repeated)", progress->retries);
    }
    fputs(bar->terminal ? "\033[K" : "\n", stderr);
    fflush(stderr);
    return stop;
}

/* One line for an event: what was done, to what, what came back, how long it took. */
static void show_event(const ferry_event *event, void *user_data) {
    const struct bar *bar = user_data;
    const char *over = bar->terminal && !bar->quiet ? "\r\033[K" : "";
    fprintf(stderr, "%s* %s", over, ferry_event_kind_name(event->kind));
    if (*event->step != '\0') {
        fprintf(stderr, " %s", event->step);
    }
    if (event->part > 0) {
        fprintf(stderr, " part %" PRIu32, event->part);
    }
    if (event->attempt > 1) {
        fprintf(stderr, " attempt %" PRIu32, event->attempt);
    }
    if (*event->url != '\0') {
        fprintf(stderr, " %s%s%s", event->method, *event->method ? " " : "", event->url);
    }
    if (*event->remote != '\0') {
        fprintf(stderr, " (%s%s)", event->remote, event->reused ? ", reused" : "");
    }
    if (event->http_status != 0) {
        fprintf(stderr, " HTTP %" PRId32, event->http_status);
    }
    if (event->whole_us > 0) {
        fprintf(stderr, " %.1f ms", (double)event->whole_us / 1e3);
    }
    if (event->kind == FERRY_EVENT_ATTEMPT) {
        fprintf(stderr, ", first byte %.1f ms, %" PRIu64 " bytes sent, %" PRIu64 " received",
                (double)event->first_byte_us / 1e3, event->bytes_sent, event->bytes_received);
    } else if (event->kind == FERRY_EVENT_CONNECTION) {
        fprintf(stderr, ": name %.1f ms, TCP %.1f ms, TLS %.1f ms", (double)event->name_us / 1e3,
                (double)event->connect_us / 1e3, (double)event->tls_us / 1e3);
    } else if (event->kind == FERRY_EVENT_RETRY) {
        fprintf(stderr, " after %" PRIu32 " ms", event->wait_ms);
    } else if (event->kind == FERRY_EVENT_CONCURRENCY) {
        fprintf(stderr, ": %" PRIu32 " at once", event->concurrency);
    }
    if (*event->request_id != '\0') {
        fprintf(stderr, " [%s]", event->request_id);
    }
    fprintf(stderr, "%s%s\n", event->status == FERRY_OK ? "" : ": ", event->message);
}

static void end_line(const struct bar *bar) {
    if (bar->terminal && !bar->quiet) {
        fputc('\n', stderr);
    }
}

/* Print what went wrong and, if that helps, how to go on; free the error, and return the exit code. */
static int report(ferry_status status, ferry_error *error, const char *how_to_go_on) {
    if (status == FERRY_CANCELLED) {
        fprintf(stderr, "upload: interrupted\n");
    } else {
        fprintf(stderr, "upload: %s (%s)\n", ferry_error_message(error), ferry_status_name(status));
        if (ferry_error_http_status(error) != 0) {
            fprintf(stderr, "  the service answered %" PRId32 ": %.400s\n", ferry_error_http_status(error),
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
        fprintf(stderr, "upload: %s needs a value; see --help\n", name);
        exit(USAGE);
    }
    return argv[++*index];
}

static uint32_t number_of(const char *name, const char *text, unsigned long most) {
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' || number == 0 || number > most) {
        fprintf(stderr, "upload: %s takes a number from 1 to %lu, not %s\n", name, most, text);
        exit(USAGE);
    }
    return (uint32_t)number;
}

static struct arguments parse(char **argv) {
    struct arguments a;
    memset(&a, 0, sizeof a);
    const struct {
        const char *name;
        const char **value;
    } texts[] = {
        {"--apikey", &a.apikey},     {"--policy", &a.policy},     {"--signature", &a.signature},
        {"--base-url", &a.base_url}, {"--ca-file", &a.ca_file},   {"--filename", &a.filename},
        {"--mimetype", &a.mimetype}, {"--path", &a.path},         {"--journal", &a.journal},
        {"--download", &a.download},
    };
    bool only_files = false;
    for (int i = 1; argv[i] != NULL; i++) {
        const char *value = NULL;
        bool known = false;
        if (only_files || argv[i][0] != '-') {
            if (a.file != NULL) {
                fprintf(stderr, "upload: one file at a time, not also %s\n", argv[i]);
                exit(USAGE);
            }
            a.file = argv[i];
            continue;
        }
        for (size_t t = 0; t < sizeof texts / sizeof *texts && !known; t++) {
            value = value_of(texts[t].name, argv, &i);
            if (value != NULL) {
                *texts[t].value = value;
                known = true;
            }
        }
        if (known) {
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_files = true;
        } else if (strcmp(argv[i], "--intelligent") == 0) {
            a.intelligent = FERRY_INTELLIGENT_ON;
        } else if (strcmp(argv[i], "--fallback") == 0) {
            a.intelligent = FERRY_INTELLIGENT_FALLBACK;
        } else if (strcmp(argv[i], "--quiet") == 0) {
            a.quiet = true;
        } else if (strcmp(argv[i], "--verbose") == 0 || strcmp(argv[i], "-v") == 0) {
            a.verbose = true;
        } else if ((value = value_of("--concurrency", argv, &i)) != NULL) {
            a.concurrency = number_of("--concurrency", value, 20);
        } else if ((value = value_of("--deadline", argv, &i)) != NULL) {
            a.deadline_ms = number_of("--deadline", value, 4000000) * 1000;
        } else if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            exit(DONE);
        } else if (strcmp(argv[i], "--version") == 0) {
            printf("ferry %s\n", ferry_version());
            exit(DONE);
        } else {
            fprintf(stderr, "upload: no such option: %s; see --help\n", argv[i]);
            exit(USAGE);
        }
    }
    if (a.file == NULL || a.apikey == NULL) {
        fprintf(stderr, "upload: %s is missing; see --help\n", a.file == NULL ? "FILE" : "--apikey");
        exit(USAGE);
    }
    if ((a.policy == NULL) != (a.signature == NULL)) {
        fprintf(stderr, "upload: --policy and --signature come together; see --help\n");
        exit(USAGE);
    }
    return a;
}

static ferry_status connect_client(const struct arguments *a, struct bar *bar, ferry_filestack **client,
                                   ferry_error **error) {
    ferry_security *security = NULL;
    if (a->policy != NULL) {
        ferry_status status = ferry_security_from_signed(a->policy, a->signature, &security, error);
        if (status != FERRY_OK) {
            return status;
        }
    }
    ferry_connection_options connection;
    ferry_connection_options_init(&connection, sizeof connection);
    connection.ca_file = a->ca_file;
    if (a->verbose) {
        connection.on_event = show_event;
        connection.event_data = bar; /* lives longer than the client */
    }

    ferry_filestack_options options;
    ferry_filestack_options_init(&options, sizeof options);
    options.base_url = a->base_url;
    options.security = security;
    options.connection = &connection;
    ferry_status status = ferry_filestack_new(a->apikey, &options, client, error);
    ferry_security_free(security); /* the client keeps what it needs */
    return status;
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
    fprintf(stderr, "upload: interrupted; press Enter to go on, Ctrl-C to give up\n");
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
            fprintf(stderr, "upload: %s; going on in %d s\n", ferry_error_message(*error), PAUSE);
            rest();
        }
        if (stop && !goes_on(bar)) {
            return FERRY_CANCELLED;
        }
        ferry_error_free(*error);
        *error = NULL;
    }
}

/* Say what an earlier run of the same command has left. */
static void tell_journal(const struct arguments *a) {
    ferry_value *list = NULL;
    if (a->journal == NULL || a->quiet) {
        return;
    }
    ferry_journal_list(a->journal, &list, NULL); /* the upload tells what is wrong with the folder */
    for (size_t i = 0; i < ferry_value_len(list); i++) {
        const ferry_value *left = ferry_value_at(list, i);
        const char *path = ferry_value_string(ferry_value_get(left, "path"));
        if (path == NULL || !is_same_file(path, a->file)) {
            continue;
        }
        int64_t stored = ferry_value_int(ferry_value_get(left, "bytes_stored"));
        char text[32];
        format_size((uint64_t)stored, text, sizeof text);
        fprintf(stderr, "upload: the journal says that %s are stored already\n", text);
    }
    ferry_value_free(list);
}

static int upload(const ferry_filestack *client, const struct arguments *a, struct bar *bar,
                  ferry_filelink **link) {
    ferry_upload_options options;
    ferry_upload_options_init(&options, sizeof options);
    options.filename = a->filename;
    options.mimetype = a->mimetype;
    options.path = a->path;
    options.intelligent = a->intelligent;
    options.concurrency = a->concurrency;
    options.deadline_ms = a->deadline_ms;
    options.journal_dir = a->journal;
    options.on_progress = show_progress;
    options.user_data = bar;

    ferry_upload *handle = NULL;
    ferry_error *error = NULL;
    bar->label = "up  ";
    tell_journal(a);
    ferry_status status = ferry_filestack_upload_new(client, a->file, &options, &handle, &error);
    if (status == FERRY_OK) {
        status = run(handle, bar, a->deadline_ms == 0 ? RUNS : 1, &error);
    }
    if (status == FERRY_OK) {
        status = ferry_upload_filelink(handle, link, &error);
    }
    ferry_upload_free(handle);
    const char *how_to_go_on =
        a->journal ? "the same command goes on" : "the same command starts from the beginning";
    return status == FERRY_OK ? DONE : report(status, error, how_to_go_on);
}

static int download(const ferry_filelink *link, const struct arguments *a, struct bar *bar) {
    ferry_request_options options;
    ferry_request_options_init(&options, sizeof options);
    options.deadline_ms = a->deadline_ms;
    options.on_progress = show_progress;
    options.user_data = bar;

    ferry_error *error = NULL;
    bar->label = "down";
    ferry_status status = ferry_filelink_download(link, a->download, &options, NULL, &error);
    end_line(bar);
    return status == FERRY_OK ? DONE
                              : report(status, error, "the file is stored and can be downloaded again");
}

int main(int argc, char **argv) {
    (void)argc;
    struct arguments a = parse(argv);
    struct bar bar = {"", a.quiet, is_terminal(stderr), 0};
    ferry_filestack *client = NULL;
    ferry_filelink *link = NULL;
    ferry_error *error = NULL;

    catch_signals();
    ferry_status status = connect_client(&a, &bar, &client, &error);
    int code = status == FERRY_OK ? DONE : report(status, error, "the same command can succeed later");
    if (code == DONE) {
        code = upload(client, &a, &bar, &link);
    }
    if (code == DONE) {
        printf("%s\n", ferry_filelink_url(link));
        fflush(stdout);
    }
    if (code == DONE && a.download != NULL) {
        code = download(link, &a, &bar);
    }
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    return code;
}
