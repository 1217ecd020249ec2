/* Runs one scenario again and again, in a child for each run, and makes another of its calls fail in each.
 *
 *     torture SCENARIO allocation|call|thread|limit once|onwards SEED SAMPLES
 *
 * SAMPLES is how many of the calls are made to fail; 0: each of them, with each of its errors, but 1,000
 * where there are more; -7: the 7th alone. One line for each run: what was made to fail, and how it ended.
 * Under a limit nothing is made to fail: the system gives the process no memory but so many steps more. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netdb.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "shim.h"
#include "torture.h"

/* Runs at once: some wait for their next attempt. */
enum { AT_ONCE = 4, SECONDS = 60, NAMES = 256, KEPT = 64 };

/* Limits of the memory: a thread takes about 33 steps. */
enum { STEP = 64 << 10, LIMITS = 128 };

/* How many calls of a scenario are made to fail: there may be 160,000. */
enum { MOST = 1000 };

/* How often a scenario that sends nothing acts without memory, to find what each failure leaves behind. */
enum { REPEATS = 30, REPEATS_OF_LARGE = 6 };

/* As the arguments name them. */
static const char *const kinds[SHIM_KINDS] = {"allocation", "call", "thread", "limit"};

struct run {
    struct shim_plan plan;
    struct shim_report report;
    ferry_status status; /* the first that was not FERRY_OK */
    int error_number;
    char function[64];
    char message[256];
    char called[NAMES][48];
    int names;
};

struct slot {
    struct run *run;
    pid_t child;
    int output;
};

ferry_error *torture_trouble;
ferry_status torture_status, torture_refused;
int torture_has_tls;
static struct run *run;
static int is_armed, is_calm, is_again;

static const char *const secrets[] = {"TESTKEY", "LOCAL_SECRET_KEY", "LOCAL_API_KEY", "APPSECRET"};

static struct {
    ferry_filelink *link;
    const void *bytes;
    size_t length;
} kept[KEPT];
static int kept_count;

void torture_nothing(const char *function, const void *made, size_t length) {
    const unsigned char *byte = made;
    int is_nothing = 1;
    for (size_t i = 0; i < length; i++) {
        is_nothing &= byte[i] == 0;
    }
    CHECK_AT(is_nothing, "%s has failed, and its output is neither NULL nor 0", function);
}

void torture_called(const char *function) {
    for (int i = 0; i < run->names; i++) {
        if (strcmp(run->called[i], function) == 0) {
            return;
        }
    }
    if (is_armed && run->names < NAMES) {
        snprintf(run->called[run->names++], sizeof run->called[0], "%s", function);
    }
}

int torture_is_calm(void) {
    return is_calm;
}

/* What only says that the call has to be made once more. */
static int is_passing(void) {
    return run->plan.kind == SHIM_CALL && (run->report.code == EINTR || run->report.code == EAGAIN);
}

/* What a call may end with when one of its own has failed. */
static int is_acceptable(ferry_status status, int error_number) {
    const int is_call = run->plan.kind == SHIM_CALL;
    const int code = run->report.code == EAI_SYSTEM ? EMFILE : run->report.code;
    if (is_passing()) {
        /* A socket that blocks never says EAGAIN. */
        return status == FERRY_IO && code == EAGAIN && error_number == EAGAIN;
    }
    switch (status) {
    case FERRY_OUT_OF_MEMORY:
        return !is_call || code == ENOMEM || code == ENOBUFS || code == EAI_MEMORY;
    case FERRY_NETWORK:
        /* The resolver has numbers of its own; of a name that it has no memory to look up, that of glibc says
         * that it is unknown. */
        return run->plan.kind == SHIM_LIMIT ||
               (is_call && (error_number == code || strcmp(run->report.name, "getaddrinfo") == 0));
    case FERRY_IO:
        return is_call && error_number == code;
    case FERRY_TIMEOUT:
        return is_call && code == ETIMEDOUT;
    case FERRY_HTTP:
        return status == torture_refused && is_call;
    case FERRY_INVALID_ARGUMENT:
        return status == torture_refused && (code == EACCES || code == ENOPROTOOPT);
    default:
        return 0;
    }
}

void torture_again(void) {
    is_again = !run->plan.all;
}

int torture_over(int succeeded) {
    torture_refused = FERRY_OK;
    is_again = 0;
    return succeeded;
}

int torture_tried(const char *function, ferry_status status, ferry_status wanted, ferry_error *error) {
    torture_called(function);
    const char *message = ferry_error_message(error);
    const int error_number = ferry_error_errno(error);
    const int may_fail = !is_calm && !is_again && run->report.failed > 0;
    const int is_fine = status == wanted || (may_fail && is_acceptable(status, error_number));
    CHECK_AT(is_fine, "%s: %s %s: %s (errno %d)", function, ferry_status_name(status), ferry_error_step(error),
        message, error_number);
    CHECK_AT(ferry_error_status(error) == status, "%s: the error has another status", function);
    CHECK_AT((status == FERRY_OK) == (*message == '\0'), "%s: the message is \"%s\"", function, message);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        CHECK_AT(strstr(message, secrets[i]) == NULL && strstr(ferry_error_body(error), secrets[i]) == NULL,
            "%s: a secret is in the error: %s", function, message);
    }
    if (status != FERRY_OK && status != wanted && run->status == FERRY_OK) {
        run->status = status;
        run->error_number = error_number;
        snprintf(run->function, sizeof run->function, "%s", function);
        snprintf(run->message, sizeof run->message, "%s", message);
    }
    ferry_error_free(error);
    return status == wanted;
}

void torture_stored(ferry_filelink *link, const void *bytes, size_t length) {
    CHECK(kept_count < KEPT);
    kept[kept_count].link = link;
    kept[kept_count].bytes = bytes;
    kept[kept_count++].length = length;
}

/* What is stored is what was sent; then what is large is deleted, for there are many runs. */
static void compare(const struct scenario *scenario) {
    if (scenario->compare != NULL) {
        scenario->compare();
    }
    ferry_security *security = signed_policy("{\"expiry\":4102444800}", "APPSECRET");
    ferry_request_options options = request_options();
    options.security = security;
    while (kept_count > 0) {
        ferry_filelink *link = kept[--kept_count].link;
        ferry_error *error = NULL;
        check_content(link, kept[kept_count].bytes, kept[kept_count].length);
        if (kept[kept_count].length > MIB) {
            CHECK_OK(ferry_filelink_delete(link, false, &options, &error), error);
        }
        ferry_filelink_free(link);
    }
    ferry_security_free(security);
}

int64_t torture_give(void *buffer, size_t capacity, void *user_data) {
    struct torture_rest *rest = user_data;
    const size_t count = capacity < rest->length ? capacity : rest->length;
    memcpy(buffer, rest->bytes, count);
    rest->bytes += count;
    rest->length -= count;
    return (int64_t)count;
}

const char *torture_source(const char *name, const void *bytes, size_t length) {
    static char path[4096];
    snprintf(path, sizeof path, "%s", scratch(name));
    struct stat found;
    if (stat(path, &found) != 0) {
        scratch_file(name, bytes, length);
    }
    return path;
}

/* Nothing waits until a timeout, which a retry would hide; what only has to be called once more is no reason
 * to send again. */
static void on_event(const ferry_event *event, void *user_data) {
    (void)user_data;
    const int code = run->report.code;
    CHECK_AT(event->status != FERRY_TIMEOUT || code == ETIMEDOUT, "%s: %s", event->step, event->message);
    CHECK_AT(event->kind != FERRY_EVENT_RETRY || (run->report.failed > 0 && !is_passing()), "%s is sent again: %s",
        event->step, event->message);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        CHECK_AT(strstr(event->message, secrets[i]) == NULL && strstr(event->url, secrets[i]) == NULL,
            "a secret is in an event: %s", event->message);
    }
}

static ferry_connection_options hasty(void) {
    ferry_connection_options connection = connection_options();
    connection.max_retries = 3;
    connection.on_event = on_event;
    connection.ca_file = torture_has_tls ? env("FERRY_TEST_CA") : NULL;
    return connection;
}

ferry_filestack *torture_client(void) {
    const ferry_connection_options connection = hasty();
    const char *url = env(torture_has_tls ? "FERRY_TEST_HTTPS" : "FERRY_TEST_HTTP");
    ferry_filestack_options options = client_options(url);
    options.connection = &connection;
    return client_with(&options);
}

ferry_telestream *torture_telestream(void) {
    const ferry_connection_options connection = hasty();
    ferry_telestream_options options = telestream_local(FIRST);
    char local[64];
    snprintf(local, sizeof local, "http://localhost:%d", cloud_port());
    options.base_url = torture_has_tls ? env("FERRY_TEST_HTTPS") : local;
    options.connection = &connection;
    return telestream_with("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", &options);
}

/* What the process may have beside what it has; negative: all there is. */
static void limit_memory(long more) {
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    if (more >= 0) {
        unsigned long pages = 0;
        FILE *statm = fopen("/proc/self/statm", "r");
        CHECK(statm != NULL && fscanf(statm, "%lu", &pages) == 1 && fclose(statm) == 0);
        limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (rlim_t)more;
    }
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

static void act(const struct scenario *scenario) {
    shim_arm(&run->plan, &run->report);
    scenario->act();
    shim_disarm();
}

/* What a failure leaves behind grows with each. */
static void act_often(const struct scenario *scenario, int repeats) {
    size_t before = 0;
    for (int i = 1; i < repeats; i++) {
        memset(run->report.counts, 0, sizeof run->report.counts);
        act(scenario);
        if (i == repeats / 2) {
            before = mallinfo2().uordblks;
        }
    }
    const size_t now = mallinfo2().uordblks;
    CHECK_AT(now <= before, "%zu bytes are left by %d failures", now - before, repeats / 2);
    memset(run->report.counts, 0, sizeof run->report.counts);
}

static int is_of(const struct scenario *list, const struct scenario *scenario) {
    while (list->name != NULL && list != scenario) {
        list++;
    }
    return list == scenario;
}

/* The child: acts under the plan, and once more when nothing fails. Each run has a folder of its own. */
static int perform(const struct scenario *scenario) {
    alarm(SECONDS);
    /* Not named by the process: its number comes again, and one that was killed has left its folder. */
    char folder[] = "run-XXXXXX";
    CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
    check_begin();
    if (scenario->prepare != NULL) {
        scenario->prepare();
    }
    const int ready = check_failures == 0;
    CHECK_AT(ready, "not prepared");
    is_armed = 1;
    const int is_limited = run->plan.kind == SHIM_LIMIT && run->plan.first > 0;
    if (is_limited) {
        limit_memory((run->plan.first - 1) * STEP);
        run->report.failed = 1;
    }
    if (run->plan.kind == SHIM_ALLOCATION && run->plan.first > 0 && is_of(local_scenarios, scenario)) {
        act_often(scenario, strncmp(scenario->name, "large", 5) == 0 ? REPEATS_OF_LARGE : REPEATS);
    }
    act(scenario);
    if (is_limited) {
        limit_memory(-1);
    }
    is_armed = 0;
    compare(scenario);
    is_calm = 1;
    scenario->act();
    compare(scenario);
    if (scenario->end != NULL) {
        scenario->end();
    }
    const int failures = check_result();
    CHECK_AT(check_entries(".") == 2, "files are left in the folder");
    CHECK(chdir("..") == 0);
    if (check_failures == 0) {
        rmdir(folder);
    }
    return failures + check_failures;
}

static void start(struct slot *slot, const struct scenario *scenario, const struct shim_plan *plan) {
    memset(slot->run, 0, sizeof *slot->run);
    slot->run->plan = *plan;
    run = slot->run;
    slot->output = memfd_create("output", 0);
    fflush(NULL);
    slot->child = fork();
    if (slot->child == 0) {
        dup2(slot->output, 1);
        dup2(slot->output, 2);
        close(slot->output);
        const int failures = perform(scenario);
        fflush(NULL);
        _exit(failures > 0);
    }
}

/* One line, whatever is in it. */
static void print_text(const char *text) {
    for (; *text != '\0'; text++) {
        putchar(*text == '\n' ? '|' : *text == '\t' ? ' ' : *text);
    }
}

static void tell(const struct slot *slot, int status) {
    const struct run *run = slot->run;
    char said[4096] = "";
    const ssize_t length = pread(slot->output, said, sizeof said - 1, 0);
    said[length > 0 ? length : 0] = '\0';
    const int is_aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && run->report.failed > 0 &&
                           (run->plan.kind == SHIM_ALLOCATION || run->plan.kind == SHIM_LIMIT);
    const char *end = "succeeded";
    if (is_aborted) {
        end = "aborted";
    } else if (*said != '\0' || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        end = "WRONG";
    } else if (run->report.failed == 0) {
        end = "nothing failed";
    } else if (run->status != FERRY_OK) {
        end = ferry_status_name(run->status);
    }
    printf("run\t%s\t%ld\t%d\t%s\t%ld\t%d\t%s\t%s\t%d\t", kinds[run->plan.kind], run->plan.first,
        run->plan.variant, run->report.name, run->report.size, run->report.code, end, run->function,
        run->error_number);
    print_text(run->message);
    putchar('\t');
    if (is_aborted) {
        printf("%ld", run->report.last_size);
    }
    for (int i = 0; i < run->report.depth; i++) {
        printf(" %zx", run->report.frames[i]);
    }
    putchar('\t');
    if (WIFSIGNALED(status) && !is_aborted) {
        printf("signal %d: ", WTERMSIG(status));
    }
    print_text(said);
    putchar('\n');
    fflush(stdout);
    close(slot->output);
}

static void end_one(struct slot *slots) {
    int status = 0;
    const pid_t ended = wait(&status);
    for (int i = 0; i < AT_ONCE; i++) {
        if (slots[i].child == ended) {
            tell(&slots[i], status);
            slots[i].child = 0;
        }
    }
}

static struct slot *free_slot(struct slot *slots) {
    for (;;) {
        for (int i = 0; i < AT_ONCE; i++) {
            if (slots[i].child == 0) {
                return &slots[i];
            }
        }
        end_one(slots);
    }
}

static const struct scenario *find(const char *name) {
    const struct scenario *const lists[] = {
        filestack_scenarios, upload_scenarios, telestream_scenarios, local_scenarios};
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++) {
        for (const struct scenario *one = lists[list]; one->name != NULL; one++) {
            if (name == NULL) {
                puts(one->name);
            } else if (strcmp(one->name, name) == 0) {
                return one;
            }
        }
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count < 6) {
        find(NULL);
        return 0;
    }
    const struct scenario *scenario = find(arguments[1]);
    struct shim_plan plan = {.all = strcmp(arguments[3], "onwards") == 0};
    while (plan.kind < SHIM_KINDS && strcmp(arguments[2], kinds[plan.kind]) != 0) {
        plan.kind++;
    }
    uint64_t random = strtoull(arguments[4], NULL, 10) * 2 + 1;
    long samples = atol(arguments[5]);
    if (scenario == NULL || plan.kind == SHIM_KINDS) {
        return 2;
    }
    shim_begin();
    struct slot slots[AT_ONCE] = {0};
    for (int i = 0; i < AT_ONCE; i++) {
        slots[i].run = mmap(NULL, sizeof(struct run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    /* How many calls there are, when nothing fails. */
    start(&slots[0], scenario, &plan);
    end_one(slots);
    const struct run *const whole = slots[0].run;
    const long most = plan.kind == SHIM_LIMIT ? LIMITS : whole->report.counts[plan.kind];
    for (int i = 0; i < whole->names; i++) {
        printf("called\t%s\n", whole->called[i]);
    }
    if (samples == 0 && most > MOST) {
        samples = MOST;
    }
    unsigned char *variants = malloc(SHIM_LOGGED);
    memcpy(variants, whole->report.variants, SHIM_LOGGED);
    long failures = 0;
    for (long number = 1; number <= most; number++) {
        const int errors = plan.kind == SHIM_CALL && number < SHIM_LOGGED ? variants[number] : 1;
        failures += errors;
        for (plan.variant = 0; plan.variant < errors; plan.variant++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            /* Of a sample each call is as likely as any other. */
            const int is_drawn = (random >> 11) % (uint64_t)(most * errors) < (uint64_t)samples;
            if (samples < 0 ? number != -samples : samples > 0 && !is_drawn) {
                continue;
            }
            plan.first = number;
            start(free_slot(slots), scenario, &plan);
        }
    }
    for (int i = 0; i < AT_ONCE; i++) {
        while (slots[i].child != 0) {
            end_one(slots);
        }
    }
    printf("count\t%ld\n", failures);
    return 0;
}
