//! What the library takes from the C library and nothing makes fail.

use std::collections::BTreeSet;

/// Cannot fail, for their arguments are right: they compute, or give back what was taken.
const CANNOT_FAIL: &[&str] = &[
    "abort",
    "bcmp",
    "closedir",
    "dirfd",
    "free",
    "freeaddrinfo",
    "gai_strerror",
    "getenv",
    "getpid",
    "getrlimit64",
    "geteuid",
    "gettid",
    "memcmp",
    "memcpy",
    "memmove",
    "memset",
    "munmap",
    "pause",
    "sched_getaffinity",
    "sched_yield",
    "strlen",
    "sysconf",
    "clock_gettime",
    "__errno_location",
    "__xpg_strerror_r",
];

/// Of threads, locks and the loader, which std asks and whose failures it takes for a bug of the program; not
/// every build has them all.
const OF_STD: &[&str] = &[
    "pthread_",
    "_Unwind_",
    "_ITM_",
    "__cxa_",
    "__gmon_start__",
    "__tls_get_addr",
    "dl",
    "getauxval",
    "sigaltstack",
];

/// std alone calls them: `syscall` for locks, which wait again, and `mmap64` for backtraces.
const ON_BEHALF_OF_STD: &[&str] = &["syscall", "mmap64"];

/// What is imported and in no list, and what is in a list and not imported.
pub fn compare<'a>(
    imported: &'a BTreeSet<String>,
    shimmed: &BTreeSet<String>,
) -> (Vec<&'a str>, Vec<&'static str>) {
    let named = || [CANNOT_FAIL, ON_BEHALF_OF_STD].into_iter().flatten();
    let is_known = |name: &str| {
        shimmed.contains(name)
            || named().any(|known| *known == name)
            || OF_STD.iter().any(|start| name.starts_with(start))
    };
    let unknown = imported.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
    let idle = named().filter(|name| !imported.contains(**name)).copied().collect();
    (unknown, idle)
}
