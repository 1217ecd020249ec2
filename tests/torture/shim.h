/* Makes the n-th allocation, system call or thread of the library fail. Calls of anybody else pass. */
#ifndef FERRY_TORTURE_SHIM_H
#define FERRY_TORTURE_SHIM_H

#include <stddef.h>

enum shim_kind { SHIM_ALLOCATION, SHIM_CALL, SHIM_THREAD, SHIM_LIMIT, SHIM_KINDS };

/* What is made to fail. */
struct shim_plan {
    enum shim_kind kind;
    long first;  /* the number of the call, from 1; 0: none */
    int all;     /* all that follow, too */
    int variant; /* which of the errors that a system call can give */
};

enum { SHIM_FRAMES = 32, SHIM_LOGGED = 1 << 16 };

/* What came of it; in memory that the parent shares, for the process may have ended. */
struct shim_report {
    long counts[SHIM_KINDS];
    long failed;             /* how many were made to fail */
    long size;               /* of the first of them, if it was an allocation */
    long last_size;          /* of the last of them */
    int code;                /* the errno of the first */
    char name[32];           /* the function */
    size_t frames[SHIM_FRAMES]; /* where the library ended the process: places in it */
    int depth;
    unsigned char variants[SHIM_LOGGED]; /* of each system call, how many errors it can give */
};

/* Once, before threads and children: finds the library. */
void shim_begin(void);

void shim_arm(const struct shim_plan *plan, struct shim_report *report);
void shim_disarm(void);

#endif
