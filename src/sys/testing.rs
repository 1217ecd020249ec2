//! What the tests of other modules need of the system.

use std::fs::File;
use std::path::Path;

/// Names a device.
#[cfg(unix)]
pub const DEVICE: &str = "/dev/null";
#[cfg(windows)]
pub const DEVICE: &str = "NUL";

/// Whether an open file can be replaced by another one: Windows cannot on every file system.
pub const REPLACES_OPEN_FILES: bool = cfg!(unix);

/// Whether a file without a name is one that has none anywhere: that of Windows has, until it is closed.
pub const HAS_FILES_WITHOUT_A_NAME: bool = cfg!(unix);

/// Makes a symbolic link to a file. False where there are none: a Windows that does not permit it, Wine.
#[must_use]
pub fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> bool {
    #[cfg(unix)]
    std::os::unix::fs::symlink(original, &link).expect("a link");
    #[cfg(windows)]
    let _ = std::os::windows::fs::symlink_file(original, &link);
    link.as_ref().is_symlink()
}

/// A file that takes no byte, for its disk is full; None where there is none.
pub fn full_device() -> Option<File> {
    match File::options().write(true).open("/dev/full") {
        Err(error) if cfg!(target_os = "linux") => panic!("/dev/full: {error}"),
        other => other.ok(),
    }
}

/// Bytes that a file takes on the disk; None where the system gives no space back.
pub fn on_disk(file: &File) -> Option<u64> {
    #[cfg(target_os = "linux")]
    return Some(std::os::unix::fs::MetadataExt::blocks(&file.metadata().expect("metadata")) * 512);
    #[cfg(not(target_os = "linux"))]
    return Option::zip(None, Some(file)).map(|(none, _)| none);
}

/// How often this thread has slept; None where the system does not count it.
pub fn times_slept() -> Option<usize> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let status = std::fs::read_to_string("/proc/thread-self/status").expect("the status");
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    Some(line.expect("the line").trim().parse().expect("a number"))
}
