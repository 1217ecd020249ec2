//! Moments: those that signatures carry (2.5), and those that objects have (3.3).

use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// Milliseconds since the epoch, from any form that one of the vendor's clients writes: with or without
/// fraction, `Z`, `+00:00`, `+0000` or no zone at all.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let zone = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone);
    let mut date = date.splitn(3, '-');
    let (year, month, day) = (digits(date.next()?, 4)?, digits(date.next()?, 2)?, digits(date.next()?, 2)?);
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let milli: u16 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let mut clock = clock.splitn(3, ':');
    let mut next = || u8::try_from(digits(clock.next()?, 2)?).ok();
    let clock = Time::from_hms_milli(next()?, next()?, next()?, milli).ok()?;
    let moment = OffsetDateTime::new_in_offset(date, clock, offset(zone)?);
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn offset(zone: &str) -> Option<UtcOffset> {
    if zone.is_empty() || zone == "Z" {
        return Some(UtcOffset::UTC);
    }
    let (sign, rest) = zone.split_at(1);
    let plain = rest.replace(':', "");
    let (hours, minutes) = (digits(plain.get(..2)?, 2)?, digits(plain.get(2..)?, 2)?);
    let sign = if sign == "-" { -1 } else { 1 };
    UtcOffset::from_hms(sign * i8::try_from(hours).ok()?, sign * i8::try_from(minutes).ok()?, 0).ok()
}

/// Now, as `created_at` has it: `2016/01/31 12:00:00 +0000`.
pub(crate) fn now() -> String {
    let format = time::macros::format_description!("[year]/[month]/[day] [hour]:[minute]:[second] +0000");
    OffsetDateTime::now_utc().format(format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_s_form_is_read() {
        let moment = 1_451_905_851_042;
        for text in [
            "2016-01-04T11:10:51.042000+00:00",
            "2016-01-04T11:10:51.042Z",
            "2016-01-04T11:10:51.042000000Z",
            "2016-01-04T12:10:51.042+0100",
            "2016-01-04T11:10:51.042",
        ] {
            assert_eq!(parse(text), Some(moment), "{text}");
        }
        assert_eq!(parse("2016-01-04T11:10:51+00:00"), Some(moment - 42));
        for text in
            ["", "now", "2016-01-04", "2016-13-04T11:10:51Z", "2016-01-04T11:10Z", "2016-01-04T11:10:51.Z"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
