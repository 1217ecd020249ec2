/* What Rust's std takes random numbers from, and wine 8 does not have. For tests. */
#include <stdbool.h>
#include <stddef.h>
#define RtlGenRandom SystemFunction036
__declspec(dllimport) unsigned char __stdcall RtlGenRandom(void *buffer, unsigned long length);

__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *buffer, size_t length) {
    return RtlGenRandom(buffer, (unsigned long)length);
}
