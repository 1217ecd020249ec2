/* What the scenarios share. A scenario prepares, acts while one of its calls is made to fail, and judges. */
#ifndef FERRY_TORTURE_H
#define FERRY_TORTURE_H

#include "../c/telestream.h"

struct scenario {
    const char *name;
    /* Makes what the calls need. Nothing fails yet. */
    void (*prepare)(void);
    /* Every call by TRY or GET. What fails ends it; what it made it frees. */
    void (*act)(void);
    /* Nothing fails any more: frees what `prepare` has made. */
    void (*end)(void);
    /* After each act, looks at what it has left at the service; NULL: nothing but what `torture_stored` has. */
    void (*compare)(void);
};

extern const struct scenario filestack_scenarios[], upload_scenarios[], telestream_scenarios[],
    local_scenarios[];

/* A call that can fail: true if it has not. Its error is looked at, and freed. The last argument is added. */
#define TRY(function, ...) TRY_FAILS(FERRY_OK, function, __VA_ARGS__)

/* The same for one with an output, which is NULL or 0 after a failure, whatever it was before. */
#define MAKE(made, function, ...)                                                                            \
    (memset(&(made), 0x5a, sizeof(made)),                                                                    \
        TRY(function, __VA_ARGS__, &(made)) || (torture_nothing(#function, &(made), sizeof(made)), 0))

/* The same for one that has to fail so; what is acceptable beside that is what is acceptable anyhow. */
#define TRY_FAILS(wanted, function, ...)                                                                     \
    (torture_trouble = NULL, torture_status = function(__VA_ARGS__, &torture_trouble),                       \
        torture_tried(#function, torture_status, wanted, torture_trouble))

/* The same, of a call in TRY or MAKE that may also be refused so: for what the system cannot do, or for what
 * was done already, and only the answer lost. */
#define UNLESS(refused, tried) (torture_refused = (refused), torture_over(tried))

/* The same call after it has failed: where only one call is made to fail, it has to succeed now. */
#define AGAIN(tried) (torture_again(), torture_over(tried))

/* A call that cannot fail. */
#define GET(function, ...) (torture_called(#function), function(__VA_ARGS__))
#define GET_NOTHING(function) (torture_called(#function), function())

extern ferry_error *torture_trouble;
extern ferry_status torture_status, torture_refused;
int torture_tried(const char *function, ferry_status status, ferry_status wanted, ferry_error *error);
int torture_over(int succeeded);
void torture_again(void);
void torture_nothing(const char *function, const void *made, size_t length);
void torture_called(const char *function);

/* An upload has succeeded: `end` of the run compares what is stored, and frees the link. */
void torture_stored(ferry_filelink *link, const void *bytes, size_t length);

/* A file that is there for all runs: its path. */
const char *torture_source(const char *name, const void *bytes, size_t length);

/* A reader of bytes in memory: what is left of them. */
struct torture_rest {
    const unsigned char *bytes;
    size_t length;
};
int64_t torture_give(void *buffer, size_t capacity, void *rest);

/* A client that gives up soon; by https if `torture_has_tls`. */
extern int torture_has_tls;
ferry_filestack *torture_client(void);
ferry_telestream *torture_telestream(void);

/* Whether nothing fails on purpose any more: then all has to succeed. */
int torture_is_calm(void);

#endif
