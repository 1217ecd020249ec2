//! Sizes, rates and times, as people write and read them.

use std::time::Duration;

/// Bytes a second of a text such as `5MB/s`, `800kB/s`, `40Mbit/s`; `/s` may be left out.
pub fn rate(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix("/s").or(text.strip_suffix("ps")).unwrap_or(text);
    let bytes = match number.strip_suffix("bit") {
        Some(bits) => size(bits)? / 8,
        None => size(number)?,
    };
    match bytes {
        0 => Err("a limit is at least 1 byte a second; leave it out for none".to_owned()),
        bytes => Ok(bytes),
    }
}

/// Bytes of a text such as `8MiB`, `5MB`, `4096`.
pub fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit.trim().trim_end_matches(['B', 'b']) {
        "" => 1u64,
        "k" | "K" => 1000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return Err(format!("{text:?} is no size: write 500kB, 5MB or 8MiB")),
    };
    let number: f64 = number.parse().map_err(|_| format!("{text:?} is no size: write 500kB, 5MB or 8MiB"))?;
    Ok((number * factor as f64) as u64)
}

/// A time of a text such as `90s`, `15m`, `2h`, `7d`; a number alone is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let wrong = || format!("{text:?} is no time: write 90s, 15m, 2h or 7d");
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

/// `1.2 GB`.
pub fn bytes(count: u64) -> String {
    indicatif::DecimalBytes(count).to_string()
}

/// `expires in 3 min`, `expired 2 days ago`.
pub fn until(seconds: i64) -> String {
    let (number, unit) = match seconds.unsigned_abs() {
        n @ 0..120 => (n, "s"),
        n @ 120..7200 => (n / 60, "min"),
        n @ 7200..172_800 => (n / 3600, "hours"),
        n => (n / 86_400, "days"),
    };
    if seconds < 0 { format!("expired {number} {unit} ago") } else { format!("expires in {number} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_rates_and_times_are_read_as_they_are_written() {
        assert_eq!(size("8MiB"), Ok(8 << 20));
        assert_eq!(size("1.5 GB"), Ok(1_500_000_000));
        assert_eq!(size("4096"), Ok(4096));
        assert_eq!(rate("5MB/s"), Ok(5_000_000));
        assert_eq!(rate("40Mbit/s"), Ok(5_000_000));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7200)));
        assert!(size("8 Mb of data").is_err() && size("").is_err() && rate("0").is_err());
        assert!(duration("soon").is_err() && duration("3 weeks").is_err());
    }

    #[test]
    fn an_end_is_told_in_a_fitting_unit() {
        assert_eq!([until(190), until(-7200)], ["expires in 3 min", "expired 2 hours ago"]);
    }
}
