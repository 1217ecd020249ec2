//! What the library takes from the C library and nothing makes fail.

/// Cannot fail, for their arguments are right: they compute, or give back what was taken.
const CANNOT_FAIL: &[&str] = &[
    "abort",
    "bcmp",
    "closedir",
    "dirfd",
    "free",
    "freeaddrinfo",
    "gai_strerror",
    "getauxval",
    "getenv",
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
    "sigaltstack",
];

/// Of threads, locks and the loader, which std asks and whose failures it takes for a bug of the program.
const OF_STD: &[&str] =
    &["pthread_", "_Unwind_", "_ITM_", "__cxa_", "__gmon_start__", "__tls_get_addr", "dl"];

/// std alone calls them: `syscall` for locks, which wait again, the others for backtraces and the stack's
/// end.
const ON_BEHALF_OF_STD: &[&str] = &["syscall", "mmap64", "listen"];

pub fn unknown<'a>(imported: &'a [String], shim: &str) -> Vec<&'a str> {
    let is_shimmed = |name: &str| {
        [format!(", {name}, ("), format!(" {name}("), format!("*{name}(")].iter().any(|it| shim.contains(it))
    };
    let is_known = |name: &&str| {
        CANNOT_FAIL.contains(name)
            || ON_BEHALF_OF_STD.contains(name)
            || OF_STD.iter().any(|start| name.starts_with(start))
            || is_shimmed(name)
    };
    imported.iter().map(String::as_str).filter(|name| !is_known(name)).collect()
}
