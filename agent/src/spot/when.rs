//! The two ways in which metadata services write times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Time from `now` to `at`; none left if it has passed.
pub(super) fn left(at: SystemTime, now: SystemTime) -> Duration {
    at.duration_since(now).unwrap_or_default()
}

/// `2017-09-18T08:22:00Z`.
pub(super) fn rfc3339(text: &str) -> Option<SystemTime> {
    let (date, time) = text.trim().strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    // Fractions of a second do not matter.
    at(year, month, day, time.split('.').next()?)
}

/// `Mon, 19 Sep 2016 18:29:47 GMT`.
pub(super) fn http_date(text: &str) -> Option<SystemTime> {
    let (_, rest) = text.trim().strip_suffix(" GMT")?.split_once(", ")?;
    let mut parts = rest.splitn(4, ' ');
    let day = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year = parts.next()?.parse().ok()?;
    at(year, month, day, parts.next()?)
}

fn at(year: u64, month: u64, day: u64, time: &str) -> Option<SystemTime> {
    let mut time = time.splitn(3, ':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let is_date = (1970..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Years are counted from March, so that a leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1;
    // Days from March of the year 0 to 1970.
    let days = days - 719_468;
    Some(UNIX_EPOCH + Duration::from_secs(((days * 24 + hour) * 60 + minute) * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(time: Option<SystemTime>) -> Option<u64> {
        time.map(|time| time.duration_since(UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn times_are_those_of_the_documents() {
        assert_eq!(seconds(rfc3339("2017-09-18T08:22:00Z")), Some(1_505_722_920));
        assert_eq!(seconds(rfc3339("2024-02-29T23:59:59.123Z")), Some(1_709_251_199));
        assert_eq!(seconds(rfc3339("1970-01-01T00:00:00Z")), Some(0));
        assert_eq!(seconds(http_date("Mon, 19 Sep 2016 18:29:47 GMT")), Some(1_474_309_787));
        assert_eq!(seconds(http_date("Wed, 01 Mar 2000 00:00:00 GMT")), Some(951_868_800));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in
            ["", "soon", "2017-09-18", "2017-13-18T08:22:00Z", "2017-09-18T24:22:00Z", "0000-01-01T00:00:00Z"]
        {
            assert_eq!(rfc3339(text), None, "{text}");
        }
        for text in
            ["", "Mon, 19 Sep 2016 18:29:47", "Mon, 19 Sept 2016 18:29:47 GMT", "19 Sep 2016 18:29:47 GMT"]
        {
            assert_eq!(http_date(text), None, "{text}");
        }
    }
}
