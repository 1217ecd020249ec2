/* Runs a program and kills it at one of the system calls that touch a folder or what is in it. Being a
 * debugger, it sees them all, however the program makes them.
 *
 *     tracer FOLDER WHICH NUMBER PROGRAM [ARGUMENT…]
 *
 * A call has two stops: "before" it is carried out, and "after". WHICH says which of them count: "any", or
 * "NAME.before" or "NAME.after" of one call. At the NUMBER-th (from 1; 0: never) the program gets SIGKILL.
 * Each that counts is a line of standard output: the stop, and for "after" what the call returned. Ends as
 * the program does, with 137 if it was killed. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a path is among the arguments, counted from 0. */
enum { NO_PATH = -1 };

static const struct call {
    const char *name;
    long number;
    int path;
    /* The first argument is a file descriptor. */
    int fd;
} CALLS[] = {
#ifdef SYS_open
    {"open", SYS_open, 0, 0},
    {"mkdir", SYS_mkdir, 0, 0},
    {"unlink", SYS_unlink, 0, 0},
    {"rmdir", SYS_rmdir, 0, 0},
    {"rename", SYS_rename, 0, 0},
    {"stat", SYS_stat, 0, 0},
    {"lstat", SYS_lstat, 0, 0},
    {"access", SYS_access, 0, 0},
    {"readlink", SYS_readlink, 0, 0},
    {"getdents", SYS_getdents, NO_PATH, 1},
#endif
    {"openat", SYS_openat, 1, 1},
    {"mkdirat", SYS_mkdirat, 1, 1},
    {"unlinkat", SYS_unlinkat, 1, 1},
    {"renameat2", SYS_renameat2, 1, 1},
    {"newfstatat", SYS_newfstatat, 1, 1},
    {"statx", SYS_statx, 1, 1},
    {"faccessat", SYS_faccessat, 1, 1},
    {"readlinkat", SYS_readlinkat, 1, 1},
    {"truncate", SYS_truncate, 0, 0},
    {"fstat", SYS_fstat, NO_PATH, 1},
    {"read", SYS_read, NO_PATH, 1},
    {"write", SYS_write, NO_PATH, 1},
    {"pread64", SYS_pread64, NO_PATH, 1},
    {"pwrite64", SYS_pwrite64, NO_PATH, 1},
    {"readv", SYS_readv, NO_PATH, 1},
    {"writev", SYS_writev, NO_PATH, 1},
    {"lseek", SYS_lseek, NO_PATH, 1},
    {"fsync", SYS_fsync, NO_PATH, 1},
    {"fdatasync", SYS_fdatasync, NO_PATH, 1},
    {"ftruncate", SYS_ftruncate, NO_PATH, 1},
    {"fallocate", SYS_fallocate, NO_PATH, 1},
    {"flock", SYS_flock, NO_PATH, 1},
    {"fcntl", SYS_fcntl, NO_PATH, 1},
    {"getdents64", SYS_getdents64, NO_PATH, 1},
    {"close", SYS_close, NO_PATH, 1},
};

/* A thread that is inside a call that counts. */
static struct {
    pid_t thread;
    const struct call *call;
} inside[256];

static const char *folder;

/* The path is that of the folder, or of something in it. */
static int is_within(const char *path) {
    const size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static int names_it(pid_t thread, unsigned long at) {
    char path[4096] = "";
    /* Not beyond the page, which may be the last. */
    const size_t page = 4096, most = page - at % page;
    struct iovec own = {path, most < sizeof path ? most : sizeof path - 1};
    struct iovec other = {(void *)at, own.iov_len};
    const ssize_t count = process_vm_readv(thread, &own, 1, &other, 1, 0);
    if (count == (ssize_t)own.iov_len && memchr(path, '\0', own.iov_len) == NULL) {
        own = (struct iovec){path + count, sizeof path - 1 - (size_t)count};
        other = (struct iovec){(void *)(at + (size_t)count), own.iov_len};
        process_vm_readv(thread, &own, 1, &other, 1, 0);
    }
    return is_within(path);
}

static int is_of_it(pid_t thread, unsigned long fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)thread, (int)fd);
    const ssize_t count = readlink(link, path, sizeof path - 1);
    path[count < 0 ? 0 : count] = '\0';
    return is_within(path);
}

static const struct call *find(pid_t thread, const struct __ptrace_syscall_info *info) {
    for (size_t at = 0; at < sizeof CALLS / sizeof *CALLS; at++) {
        const struct call *call = &CALLS[at];
        if ((unsigned long)call->number != info->entry.nr) {
            continue;
        }
        const int named = call->path != NO_PATH && names_it(thread, info->entry.args[call->path]);
        return named || (call->fd && is_of_it(thread, info->entry.args[0])) ? call : NULL;
    }
    return NULL;
}

/* The stop of a thread: whether it counts, and its line. */
static int counts(pid_t thread, const char *which) {
    struct __ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) < 0) {
        return 0;
    }
    size_t slot = 0;
    while (slot < sizeof inside / sizeof *inside && inside[slot].thread != thread) {
        slot++;
    }
    const struct call *call = NULL;
    long result = 0;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        call = find(thread, &info);
        for (size_t at = 0; call != NULL && slot == sizeof inside / sizeof *inside; at++) {
            if (inside[at].thread == 0) {
                slot = at;
            }
        }
        if (call != NULL) {
            inside[slot].thread = thread;
            inside[slot].call = call;
        }
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && slot < sizeof inside / sizeof *inside) {
        call = inside[slot].call;
        inside[slot].thread = 0;
        result = (long)info.exit.rval;
    }
    if (call == NULL) {
        return 0;
    }
    char stop[64];
    const int is_entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
    snprintf(stop, sizeof stop, "%s.%s", call->name, is_entry ? "before" : "after");
    if (strcmp(which, "any") != 0 && strcmp(which, stop) != 0) {
        return 0;
    }
    printf("%s %ld\n", stop, result);
    return 1;
}

int main(int count, char **given) {
    if (count < 5) {
        return 98;
    }
    folder = given[1];
    const char *which = given[2];
    const long wanted = atol(given[3]);
    const pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execv(given[4], given + 4);
        perror(given[4]);
        _exit(97);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const long options =
        PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, child, 0, options) != 0) {
        perror("this system does not let a process trace its child");
        return 96;
    }
    ptrace(PTRACE_SYSCALL, child, 0, 0);
    for (long seen = 0;;) {
        const pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0 && errno == EINTR) {
            continue;
        }
        if (thread < 0) {
            return 95;
        }
        if (!WIFSTOPPED(status)) {
            if (thread != child) {
                continue;
            }
            fflush(stdout);
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        long deliver = WSTOPSIG(status);
        if (deliver == (SIGTRAP | 0x80)) {
            deliver = 0;
            if (counts(thread, which) && ++seen == wanted) {
                kill(child, SIGKILL);
                continue;
            }
        } else if (deliver == SIGSTOP || status >> 16 != 0) {
            /* A thread that begins, and what the tracer is told. */
            deliver = 0;
        }
        ptrace(PTRACE_SYSCALL, thread, 0, deliver);
    }
}
