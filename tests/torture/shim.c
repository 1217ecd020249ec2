/* The functions of the C library that the library calls and that can fail, each under its own name in the
 * program, so that the dynamic linker finds them first. They look whether the call comes from the library's
 * own code, by the address that they return to. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

static size_t base, text_begin, text_end;
static struct shim_plan plan;
static struct shim_report *_Atomic report;

static int look(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    if (strstr(info->dlpi_name, "libferry") == NULL) {
        return 0;
    }
    base = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
            text_begin = base + info->dlpi_phdr[i].p_vaddr;
            text_end = text_begin + info->dlpi_phdr[i].p_memsz;
        }
    }
    return 1;
}

/* The library ends the process: notes where. */
static void note(int signal_number) {
    void *frames[SHIM_FRAMES];
    struct shim_report *to = report;
    const int depth = backtrace(frames, SHIM_FRAMES);
    for (int i = 0; to != NULL && i < depth; i++) {
        const size_t frame = (size_t)frames[i];
        if (frame >= text_begin && frame < text_end) {
            to->frames[to->depth++] = frame - base;
        }
    }
    signal(signal_number, SIG_DFL);
}

void shim_begin(void) {
    void *frames[SHIM_FRAMES];
    if (dl_iterate_phdr(look, NULL) != 1 || text_end == 0) {
        abort();
    }
    backtrace(frames, SHIM_FRAMES); /* the first call allocates */
    signal(SIGABRT, note);
}

void shim_arm(const struct shim_plan *what, struct shim_report *to) {
    plan = *what;
    report = to;
}

void shim_disarm(void) {
    report = NULL;
}

/* Which error the call fails with: one of the list, which ends with 0; 0: none. */
static int fails(enum shim_kind kind, const char *name, void *caller, long size, const int *errors) {
    struct shim_report *to = report;
    if (to == NULL || (size_t)caller < text_begin || (size_t)caller >= text_end) {
        return 0;
    }
    int variants = 0;
    while (errors[variants] != 0) {
        variants++;
    }
    const long number = __atomic_add_fetch(&to->counts[kind], 1, __ATOMIC_RELAXED);
    if (kind == SHIM_CALL && number < SHIM_LOGGED) {
        to->variants[number] = (unsigned char)variants;
    }
    if (kind != plan.kind || plan.first == 0 || (plan.all ? number < plan.first : number != plan.first)) {
        return 0;
    }
    const int code = errors[plan.variant % variants];
    to->last_size = size;
    if (__atomic_fetch_add(&to->failed, 1, __ATOMIC_RELAXED) == 0) {
        to->size = size;
        to->code = code;
        strncpy(to->name, name, sizeof to->name - 1);
    }
    return code;
}

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) {
        abort();
    }
    return found;
}

/* == Allocations == */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static int has_no_memory(const char *name, void *caller, size_t size) {
    static const int errors[] = {ENOMEM, 0};
    return fails(SHIM_ALLOCATION, name, caller, (long)size, errors);
}

void *malloc(size_t size) {
    const int code = has_no_memory("malloc", __builtin_return_address(0), size);
    return code != 0 ? (errno = code, NULL) : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    const int code = has_no_memory("calloc", __builtin_return_address(0), count * size);
    return code != 0 ? (errno = code, NULL) : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    const int code = has_no_memory("realloc", __builtin_return_address(0), size);
    return code != 0 ? (errno = code, NULL) : __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    const int code = has_no_memory("posix_memalign", __builtin_return_address(0), size);
    if (code == 0) {
        *memory = __libc_memalign(alignment, size);
    }
    return code != 0 ? code : *memory == NULL ? ENOMEM : 0;
}

/* == Threads == */

int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    static const int errors[] = {EAGAIN, 0};
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    const int code = fails(SHIM_THREAD, "pthread_create", __builtin_return_address(0), 0, errors);
    if (real == NULL) {
        *(void **)&real = next("pthread_create");
    }
    return code != 0 ? code : real(thread, attributes, start, argument);
}

/* == System calls == */

#define CALL(result, otherwise, name, parameters, arguments, ...)                                            \
    result name parameters {                                                                                 \
        static const int errors[] = {__VA_ARGS__, 0};                                                        \
        static result(*real) parameters;                                                                     \
        const int code = fails(SHIM_CALL, #name, __builtin_return_address(0), 0, errors);                    \
        if (real == NULL) {                                                                                  \
            *(void **)&real = next(#name);                                                                   \
        }                                                                                                    \
        return code != 0 ? (errno = code, otherwise) : real arguments;                                       \
    }

/* The same for the descriptor `fd`. */
#define CALL_ON(result, otherwise, name, parameters, arguments, ...)                                         \
    result name parameters {                                                                                 \
        static const int errors[] = {__VA_ARGS__, 0};                                                        \
        static result(*real) parameters;                                                                     \
        const int code = dies(fd, fails(SHIM_CALL, #name, __builtin_return_address(0), 0, errors));          \
        if (real == NULL) {                                                                                  \
            *(void **)&real = next(#name);                                                                   \
        }                                                                                                    \
        return code != 0 ? (errno = code, otherwise) : real arguments;                                       \
    }

CALL(int, -1, socket, (int domain, int kind, int protocol), (domain, kind, protocol), EMFILE, ENOBUFS, EACCES)
CALL(int, -1, connect, (int fd, __CONST_SOCKADDR_ARG address, socklen_t length), (fd, address, length),
    ECONNREFUSED, ENETUNREACH, ETIMEDOUT, EADDRNOTAVAIL)
CALL(int, -1, listen, (int fd, int backlog), (fd, backlog), EADDRINUSE)
CALL(int, -1, bind, (int fd, __CONST_SOCKADDR_ARG address, socklen_t length), (fd, address, length), ENOMEM)
CALL(int, -1, getpeername, (int fd, __SOCKADDR_ARG address, socklen_t *length), (fd, address, length),
    ENOTCONN, ENOBUFS)
CALL(int, -1, getsockname, (int fd, __SOCKADDR_ARG address, socklen_t *length), (fd, address, length), ENOBUFS)
CALL(int, -1, getsockopt, (int fd, int level, int name, void *value, socklen_t *length),
    (fd, level, name, value, length), ENOBUFS)
CALL(int, -1, setsockopt, (int fd, int level, int name, const void *value, socklen_t length),
    (fd, level, name, value, length), ENOMEM, ENOPROTOOPT)
/* What tells that a connection is dead is true: what follows on it has to fail, too. */
static int dies(int fd, int code) {
    if (code == EPIPE || code == ECONNRESET || code == ETIMEDOUT) {
        shutdown(fd, SHUT_RDWR);
    }
    return code;
}

CALL_ON(ssize_t, -1, send, (int fd, const void *bytes, size_t count, int flags), (fd, bytes, count, flags),
    ECONNRESET, EPIPE, EINTR, EAGAIN, ENOBUFS)
CALL_ON(ssize_t, -1, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
    ECONNRESET, EPIPE, EINTR, EAGAIN)
CALL_ON(ssize_t, -1, recv, (int fd, void *bytes, size_t count, int flags), (fd, bytes, count, flags), ECONNRESET,
    ETIMEDOUT, EINTR, EAGAIN, ENOMEM)
CALL(int, -1, poll, (struct pollfd *ends, nfds_t count, int timeout), (ends, count, timeout), EINTR, ENOMEM)
CALL(int, -1, ppoll, (struct pollfd *ends, nfds_t count, const struct timespec *timeout, const sigset_t *mask),
    (ends, count, timeout, mask), EINTR, ENOMEM)
CALL(ssize_t, -1, read, (int fd, void *bytes, size_t count), (fd, bytes, count), EIO, EINTR)
CALL(ssize_t, -1, pread64, (int fd, void *bytes, size_t count, off64_t offset), (fd, bytes, count, offset), EIO,
    EINTR)
CALL(ssize_t, -1, write, (int fd, const void *bytes, size_t count), (fd, bytes, count), ENOSPC, EIO, EINTR)
CALL(ssize_t, -1, pwrite64, (int fd, const void *bytes, size_t count, off64_t offset),
    (fd, bytes, count, offset), ENOSPC, EIO, EINTR)
CALL(ssize_t, -1, writev, (int fd, const struct iovec *slices, int count), (fd, slices, count), ECONNRESET,
    EINTR)
CALL(ssize_t, -1, sendfile64, (int to, int from, off64_t *offset, size_t count), (to, from, offset, count), EIO,
    EINTR)
CALL(ssize_t, -1, splice, (int from, off64_t *at, int to, off64_t *where, size_t count, unsigned flags),
    (from, at, to, where, count, flags), ENOMEM)
CALL(ssize_t, -1, copy_file_range, (int from, off64_t *at, int to, off64_t *where, size_t count, unsigned flags),
    (from, at, to, where, count, flags), ENOSPC, EIO)
CALL(off64_t, -1, lseek64, (int fd, off64_t offset, int whence), (fd, offset, whence), ESPIPE)
CALL(int, -1, fstat64, (int fd, struct stat64 *to), (fd, to), EIO)
CALL(int, -1, stat64, (const char *path, struct stat64 *to), (path, to), EACCES, EIO)
CALL(int, -1, lstat64, (const char *path, struct stat64 *to), (path, to), EACCES, EIO)
CALL(int, -1, statx, (int fd, const char *path, int flags, unsigned mask, struct statx *to),
    (fd, path, flags, mask, to), EACCES, EIO, ENOSYS)
CALL(int, -1, ftruncate64, (int fd, off64_t length), (fd, length), ENOSPC, EIO, EINTR)
CALL(int, -1, fallocate64, (int fd, int mode, off64_t offset, off64_t length), (fd, mode, offset, length), ENOSPC,
    EOPNOTSUPP)
CALL(int, -1, fsync, (int fd), (fd), EIO, ENOSPC, EINTR)
CALL(int, -1, fdatasync, (int fd), (fd), EIO, ENOSPC, EINTR)
CALL(int, -1, fchmod, (int fd, mode_t mode), (fd, mode), EPERM)
CALL(int, -1, chmod, (const char *path, mode_t mode), (path, mode), EPERM)
CALL(int, -1, flock, (int fd, int operation), (fd, operation), EINTR, ENOLCK)
CALL(int, -1, mkdir, (const char *path, mode_t mode), (path, mode), EACCES, ENOSPC)
CALL(int, -1, rename, (const char *from, const char *to), (from, to), EACCES, ENOSPC)
CALL(int, -1, unlink, (const char *path), (path), EACCES, EIO)
CALL(int, -1, linkat, (int from, const char *path, int to, const char *name, int flags),
    (from, path, to, name, flags), EACCES, ENOSPC)
CALL(ssize_t, -1, readlink, (const char *path, char *to, size_t count), (path, to, count), EACCES)
CALL(char *, NULL, realpath, (const char *path, char *to), (path, to), EACCES, ENOMEM)
CALL(char *, NULL, getcwd, (char *to, size_t count), (to, count), EACCES)
CALL(DIR *, NULL, opendir, (const char *path), (path), EMFILE, EACCES)
CALL(struct dirent64 *, NULL, readdir64, (DIR * folder), (folder), EIO)
CALL(int, -1, pipe2, (int ends[2], int flags), (ends, flags), EMFILE)
CALL(ssize_t, -1, getrandom, (void *bytes, size_t count, unsigned flags), (bytes, count, flags), EINTR)
CALL(int, -1, mprotect, (void *memory, size_t length, int protection), (memory, length, protection), ENOMEM)

/* What returns its error. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left) {
    static const int errors[] = {EINTR, 0};
    static int (*real)(clockid_t, int, const struct timespec *, struct timespec *);
    const int code = fails(SHIM_CALL, "clock_nanosleep", __builtin_return_address(0), 0, errors);
    if (real == NULL) {
        *(void **)&real = next("clock_nanosleep");
    }
    if (code != 0 && left != NULL) {
        *left = *time;
    }
    return code != 0 ? code : real(clock, flags, time, left);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **to) {
    static const int errors[] = {EAI_AGAIN, EAI_MEMORY, EAI_NONAME, EAI_SYSTEM, 0};
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    const int code = fails(SHIM_CALL, "getaddrinfo", __builtin_return_address(0), 0, errors);
    if (real == NULL) {
        *(void **)&real = next("getaddrinfo");
    }
    if (code == EAI_SYSTEM) {
        errno = EMFILE;
    }
    return code != 0 ? code : real(name, service, hints, to);
}

/* A descriptor is closed whatever close says. */
int close(int fd) {
    static const int errors[] = {EIO, EINTR, 0};
    const int code = fails(SHIM_CALL, "close", __builtin_return_address(0), 0, errors);
    const int result = (int)syscall(SYS_close, fd);
    return code != 0 ? (errno = code, -1) : result;
}

/* Those with arguments that vary. */
#define VARIED(name, argument, last, real, ...)                                                              \
    static const int errors[] = {__VA_ARGS__, 0};                                                            \
    const int code = fails(SHIM_CALL, name, __builtin_return_address(0), 0, errors);                         \
    va_list list;                                                                                            \
    va_start(list, last);                                                                                    \
    const argument given = va_arg(list, argument);                                                           \
    va_end(list);                                                                                            \
    return code != 0 ? (errno = code, -1) : (int)(real)

int open(const char *path, int flags, ...) {
    VARIED("open", int, flags, syscall(SYS_open, path, flags, given), EMFILE, EACCES, ENOSPC);
}

int open64(const char *path, int flags, ...) {
    VARIED("open64", int, flags, syscall(SYS_open, path, flags, given), EMFILE, EACCES, ENOSPC, EINTR);
}

int fcntl(int fd, int command, ...) {
    VARIED("fcntl", long, command, syscall(SYS_fcntl, fd, command, given), EMFILE, EINVAL);
}

int ioctl(int fd, unsigned long request, ...) {
    VARIED("ioctl", long, request, syscall(SYS_ioctl, fd, request, given), ENOTTY);
}
