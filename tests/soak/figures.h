/* What the process holds: memory, descriptors, threads. Nothing here allocates. */
#ifndef FERRY_SOAK_FIGURES_H
#define FERRY_SOAK_FIGURES_H

#include <fcntl.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"

struct figures {
    uint64_t rss, pss; /* KiB */
    uint64_t heap;     /* bytes that malloc has given out */
    int descriptors, sockets, threads;
};

struct entry { /* as getdents64(2) writes it */
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* Counts the entries of a folder without "." and ".."; those that are links to a socket too, if asked. The
 * descriptor by which the folder is read does not count. */
static inline int count_entries(const char *folder, int *sockets) {
    _Alignas(struct entry) static char buffer[8192];
    int count = 0;
    const int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (long length; (length = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0;) {
        for (long at = 0; at < length;) {
            const struct entry *entry = (const void *)(buffer + at);
            at += entry->length;
            if (entry->name[0] == '.') {
                continue;
            }
            count++;
            char link[32];
            const ssize_t read = sockets ? readlinkat(directory, entry->name, link, sizeof link) : 0;
            if (read > 7 && memcmp(link, "socket:", 7) == 0) {
                ++*sockets;
            }
        }
    }
    close(directory);
    return sockets ? count - 1 : count;
}

static inline uint64_t kib_of(const char *text, const char *name) {
    const char *found = strstr(text, name);
    return found == NULL ? 0 : strtoull(found + strlen(name), NULL, 10);
}

/* In all arenas. */
static inline uint64_t heap_in_use(void) {
#if __GLIBC_PREREQ(2, 33)
    const struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
#else
    const struct mallinfo heap = mallinfo(); /* 32 bits are enough for what is held here */
    return (uint64_t)(unsigned)heap.uordblks + (unsigned)heap.hblkhd;
#endif
}

static inline struct figures measure(void) {
    struct figures figures = {0};
    static char text[4096];
    const int file = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    figures.rss = kib_of(text, "\nRss:");
    figures.pss = kib_of(text, "\nPss:");
    figures.heap = heap_in_use();
    figures.descriptors = count_entries("/proc/self/fd", &figures.sockets);
    figures.threads = count_entries("/proc/self/task", NULL);
    return figures;
}

/* `word` begins the line. */
static inline void tell_figures(const char *word, double since) {
    const struct figures figures = measure();
    tell("%s %.1f %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d %d %" PRIu64 "\n", word,
        now() - since, uploads_done, bytes_done, figures.rss, figures.pss, figures.heap, figures.descriptors,
        figures.sockets, figures.threads, ferry_live_objects());
}

#endif
