//! Random identifiers in the forms the service uses.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `length` letters and digits.
pub(crate) fn token(length: usize) -> String {
    (0..length).map(|_| fastrand::choice(ALPHABET).map_or('0', |byte| char::from(*byte))).collect()
}

/// A handle: 20 characters (0.2).
pub(crate) fn handle() -> String {
    token(20)
}

/// A version 4 UUID.
pub(crate) fn uuid() -> String {
    let bits = (fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let groups = [hex.get(..8), hex.get(8..12), hex.get(12..16), hex.get(16..20), hex.get(20..)];
    groups.map(Option::unwrap_or_default).join("-")
}

/// Milliseconds since the epoch, as `uploaded` and `t` carry them.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX))
}

/// How long ago a moment was, in milliseconds since the epoch.
pub(crate) fn since(moment: u64) -> Duration {
    Duration::from_millis(now_ms().saturating_sub(moment))
}

/// Seconds since the epoch, as a policy's `expiry` carries them.
pub(crate) fn now_seconds() -> u64 {
    now_ms() / 1000
}

/// A number that grows with each call, also from one process to the next.
pub(crate) fn serial() -> u64 {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(now_ms()));
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A moment as text, as workflows carry it: `2026-01-31T12:00:00Z`.
pub(crate) fn now_text() -> String {
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let now =
        i64::try_from(now_seconds()).ok().and_then(|now| time::OffsetDateTime::from_unix_timestamp(now).ok());
    now.and_then(|now| now.format(format).ok()).unwrap_or_default()
}

/// A moment so many seconds from now as HTTP writes dates: `Sat, 31 Jan 2026 12:00:00 GMT`.
pub(crate) fn http_date(seconds: i64) -> String {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let moment = i64::try_from(now_seconds()).ok().and_then(|now| now.checked_add(seconds));
    let moment = moment.and_then(|moment| time::OffsetDateTime::from_unix_timestamp(moment).ok());
    moment.and_then(|moment| moment.format(format).ok()).unwrap_or_default()
}
