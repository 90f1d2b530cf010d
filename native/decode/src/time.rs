//! Times as text: the twin of `src/feed/decode/time.ts`. Every number is a whole one, and what leaves is a double of ns
//! from the event base, made by the same operations as in TypeScript.

use crate::decimal::INCREMENTS_MAX;

const MONTH_DAYS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_TO_1970: i64 = 719_528;
const NANOS_PLACES: usize = 9;
const MS_PLACES: usize = 6;

/// Exactly `N` digits at `at` as a number.
fn digits<const N: usize>(text: &[u8], at: usize) -> Option<i64> {
    number(text.get(at..at + N)?)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, c| c.is_ascii_digit().then(|| value * 10 + i64::from(c - b'0')))
}

/// One to `places` digits of a fraction as a whole number of its smallest unit.
fn fraction(digits: &[u8], places: usize) -> Option<i64> {
    let scale = places.checked_sub(digits.len()).filter(|_| !digits.is_empty())?;
    Some(number(digits)? * 10i64.pow(scale as u32))
}

/// Whole days from 1970-01-01 to a date that there is.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_index = usize::try_from(month - 1).ok()?;
    let month_days = MONTH_DAYS.get(month_index)? + i64::from(leap && month == 2);
    if day < 1 || day > month_days {
        return None;
    }
    let before = year - 1;
    let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) + 1;
    let months: i64 = MONTH_DAYS[..month_index].iter().sum();
    Some(year * 365 + leap_days + months + i64::from(leap && month > 2) + day - 1 - DAYS_TO_1970)
}

/// "2014.05.01" or "2013-10-09" at `at`, its parts apart by `separator`.
fn date_days(text: &[u8], at: usize, separator: u8) -> Option<i64> {
    if text.get(at + 4) != Some(&separator) || text.get(at + 7) != Some(&separator) {
        return None;
    }
    days_since_1970(digits::<4>(text, at)?, digits::<2>(text, at + 5)?, digits::<2>(text, at + 8)?)
}

/// "08:00:00" at `at`.
fn clock_seconds(text: &[u8], at: usize) -> Option<i64> {
    if text.get(at + 2) != Some(&b':') || text.get(at + 5) != Some(&b':') {
        return None;
    }
    let (hours, minutes, seconds) = (digits::<2>(text, at)?, digits::<2>(text, at + 3)?, digits::<2>(text, at + 6)?);
    (hours <= 23 && minutes <= 59 && seconds <= 59).then_some(hours * 3600 + minutes * 60 + seconds)
}

/// "Z" or "+hh:mm", as seconds east.
fn zone_seconds(text: &[u8]) -> Option<i64> {
    match text {
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (digits::<2>(text, 1)?, digits::<2>(text, 4)?);
            let seconds = hours * 3600 + minutes * 60;
            let east = if *sign == b'-' { -seconds } else { seconds };
            (hours <= 23 && minutes <= 59).then_some(east)
        }
        _ => None,
    }
}

fn from_base(seconds: i64, nanos: i64, base_ms: f64) -> Option<f64> {
    in_range((seconds as f64 * 1e3 - base_ms) * 1e6 + nanos as f64)
}

fn in_range(ns: f64) -> Option<f64> {
    (ns.abs() <= INCREMENTS_MAX as f64).then_some(ns)
}

/// RFC 3339 (`2013-10-09T08:00:00.546Z`, at most nine digits of fraction, `Z` or an offset) as ns from the base.
pub fn rfc3339_ns(text: &[u8], base_ms: f64) -> Option<f64> {
    if text.len() < 20 || text[10] != b'T' {
        return None;
    }
    on_day(date_days(text, 0, b'-')?, text, base_ms)
}

/// The part of an RFC 3339 time from its T on.
#[inline]
fn on_day(days: i64, text: &[u8], base_ms: f64) -> Option<f64> {
    let clock = clock_seconds(text, 11)?;
    let mut zone_at = 19;
    let mut nanos = 0;
    if text[19] == b'.' {
        let places = text[20..].iter().take_while(|c| c.is_ascii_digit()).count();
        nanos = fraction(&text[20..20 + places], NANOS_PLACES)?;
        zone_at = 20 + places;
    }
    from_base(days * 86_400 + clock - zone_seconds(&text[zone_at..])?, nanos, base_ms)
}

/// `rfc3339_ns` that remembers the last date, since a stream's messages are of one day.
#[derive(Default)]
pub struct DayCache {
    date: [u8; 10],
    days: Option<i64>,
}

impl DayCache {
    #[inline]
    pub fn rfc3339_ns(&mut self, text: &[u8], base_ms: f64) -> Option<f64> {
        let date = text.first_chunk::<10>()?;
        if text.len() < 20 || text[10] != b'T' {
            return None;
        }
        if *date != self.date {
            self.date = *date;
            self.days = date_days(text, 0, b'-');
        }
        on_day(self.days?, text, base_ms)
    }
}

/// "2014.05.01<tab>00:00:00.292", at most nine digits of fraction, as ns from the base.
pub fn csv_ns(text: &[u8], base_ms: f64) -> Option<f64> {
    if text.len() < 19 || text[10] != b'\t' {
        return None;
    }
    let nanos = match &text[19..] {
        [] => 0,
        [b'.', places @ ..] => fraction(places, NANOS_PLACES)?,
        _ => return None,
    };
    from_base(date_days(text, 0, b'.')? * 86_400 + clock_seconds(text, 11)?, nanos, base_ms)
}

/// "1399240800613.0668" (at most 15 digits, then at most six of fraction) as ns from the base.
pub fn millisecond_ns(text: &[u8], base_ms: f64) -> Option<f64> {
    let length = text.iter().take_while(|c| c.is_ascii_digit()).count();
    if length == 0 || length > 15 {
        return None;
    }
    let nanos = match &text[length..] {
        [] => 0,
        [b'.', places @ ..] => fraction(places, MS_PLACES)?,
        _ => return None,
    };
    in_range((number(&text[..length])? as f64 - base_ms) * 1e6 + nanos as f64)
}
