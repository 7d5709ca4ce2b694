use model::{Moment, Precision, Zone};

const MICROS: i64 = 1_000_000;

/// What a packed time field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DosTime {
    /// All zero: no time was recorded.
    Unset,
    Valid(Moment),
    /// A month of 13, a second of 62 and the like.
    Invalid,
}

/// A DOS date and time packed as `date << 16 | time`, and units of 10 ms on top (0 to 199).
/// With an offset in minutes east the result is UTC and says so; without one it is the local
/// clock of an unknown zone. Source: [fatgen103] "Date and Time Formats", [exFAT] 7.4.8 to 7.4.10.
pub fn dos_time(raw: u32, centis: u8, precision: Precision, offset: Option<i16>) -> DosTime {
    if raw == 0 {
        return DosTime::Unset;
    }
    let field = |shift: u32, bits: u32| i64::from((raw >> shift.min(31)) & bits);
    let (year, month, day) = (field(25, 0x7F).saturating_add(1980), field(21, 0xF), field(16, 0x1F));
    let (hour, minute, second) = (field(11, 0x1F), field(5, 0x3F), field(0, 0x1F).saturating_mul(2));
    let sound = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && centis < 200;
    if !sound {
        return DosTime::Invalid;
    }
    let seconds = days_since_1970(year, month, day)
        .saturating_mul(86_400)
        .saturating_add(hour.saturating_mul(3600))
        .saturating_add(minute.saturating_mul(60))
        .saturating_add(second)
        .saturating_sub(i64::from(offset.unwrap_or(0)).saturating_mul(60));
    let micros = seconds.saturating_mul(MICROS).saturating_add(i64::from(centis).saturating_mul(10_000));
    let zone = offset.map_or(Zone::Unknown, Zone::Stated);
    DosTime::Valid(Moment { micros, until: None, precision, zone })
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days of the proleptic Gregorian calendar, counted in years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (y, m) = if month > 2 { (year, month.saturating_sub(3)) } else { (year.saturating_sub(1), month.saturating_add(9)) };
    let leaps = (y / 4).saturating_sub(y / 100).saturating_add(y / 400);
    let in_year = (m.saturating_mul(153).saturating_add(2) / 5).saturating_add(day).saturating_sub(1);
    y.saturating_mul(365).saturating_add(leaps).saturating_add(in_year).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        let at = |raw, centis, offset| match dos_time(raw, centis, Precision::Centi, offset) {
            DosTime::Valid(m) => m.micros,
            other => panic!("{other:?}"),
        };
        assert_eq!(at(0x0021_0000, 0, None), 315_532_800 * MICROS); // 1980-01-01
        assert_eq!(at(0x5864_28C3, 150, None), 1_709_528_767_500_000); // 2024-03-04 05:06:06 + 1.5 s
        assert_eq!(at(0x5864_28C3, 0, Some(540)), (1_709_528_766 - 540 * 60) * MICROS);
        assert_eq!(dos_time(0x0020_0000, 0, Precision::Day, None), DosTime::Invalid); // day 0
        assert_eq!(dos_time(0x565D_0000, 0, Precision::Day, None), DosTime::Invalid); // 29 February 2023
        assert_eq!(dos_time(0x0021_001E, 0, Precision::Day, None), DosTime::Invalid); // second 60
        assert_eq!(dos_time(0, 0, Precision::Day, None), DosTime::Unset);
    }
}
