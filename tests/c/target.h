/* A folder to download into, and whether anything was left there. */
#ifndef FERRY_TEST_TARGET_H
#define FERRY_TEST_TARGET_H

#include <sys/stat.h>

#include "chain.h"

/* An empty folder of the test's own. */
static inline const char *target_folder(void) {
    static char folder[4096];
    snprintf(folder, sizeof folder, "%s/target", env("FERRY_TEST_FOLDER"));
    mkdir(folder, 0777);
    return folder;
}

/* The path of a file in there; good until the next call. */
static inline const char *target(const char *name) {
    static char path[8192];
    snprintf(path, sizeof path, "%s/%s", target_folder(), name);
    return path;
}

/* How many files are in there. */
static inline int target_count(void) {
    return check_entries(target_folder()) - 2;
}

static inline void target_clear(void) {
    DIR *directory = opendir(target_folder());
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        unlink(target(entry->d_name));
    }
    closedir(directory);
}

static inline void target_write(const char *name, const char *text) {
    FILE *file = fopen(target(name), "wb");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

#endif
