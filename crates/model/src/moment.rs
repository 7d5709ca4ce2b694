/// How fine the evidence itself records a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Precision {
    /// 100 ns or finer; the raw value is kept in the row's detail.
    SubMicro = 0,
    Micro = 1,
    Milli = 2,
    /// 10 ms (FAT creation times, exFAT).
    Centi = 3,
    Second = 4,
    /// 2 s (FAT modification times).
    TwoSeconds = 5,
    Minute = 6,
    Day = 7,
}

impl Precision {
    pub const ALL: [Precision; 8] =
        [Self::SubMicro, Self::Micro, Self::Milli, Self::Centi, Self::Second, Self::TwoSeconds, Self::Minute, Self::Day];
    pub fn from_u8(v: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|p| *p as u8 == v)
    }
}

/// What ties a recorded time to UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The format records UTC.
    Utc,
    /// The record itself states an offset from UTC, in minutes east.
    Stated(i16),
    /// An offset in minutes east taken from a setting of the import, not from the record.
    Assumed(i16),
    /// Local time of an unknown zone: the value is the local clock, kept as if it were UTC.
    Unknown,
}

impl Zone {
    /// (basis code, offset in minutes east), as hashed.
    pub fn code(self) -> (u8, i16) {
        match self {
            Self::Utc => (0, 0),
            Self::Stated(m) => (1, m),
            Self::Assumed(m) => (2, m),
            Self::Unknown => (3, 0),
        }
    }
    pub fn from_code(basis: u8, minutes: i16) -> Option<Self> {
        match basis {
            0 => Some(Self::Utc),
            1 => Some(Self::Stated(minutes)),
            2 => Some(Self::Assumed(minutes)),
            3 => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// A time, or a range of possible times, as the evidence has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970-01-01T00:00:00 UTC (local clock where `zone` is `Unknown`).
    pub micros: i64,
    /// End of a range: the event lies between `micros` and `until`. None for a point in time.
    pub until: Option<i64>,
    pub precision: Precision,
    pub zone: Zone,
}

impl Moment {
    pub fn utc(micros: i64, precision: Precision) -> Self {
        Self { micros, until: None, precision, zone: Zone::Utc }
    }

    /// A Windows FILETIME: 100 ns since 1601-01-01 UTC. None for 0 (unset) and for values past
    /// the range of i64 microseconds. Source: [MS-DTYP] 2.3.3.
    pub fn from_filetime(raw: u64) -> Option<Self> {
        const EPOCH_MICROS: i64 = 11_644_473_600_000_000;
        if raw == 0 {
            return None;
        }
        let micros = i64::try_from(raw / 10).ok()?.checked_sub(EPOCH_MICROS)?;
        Some(Self::utc(micros, Precision::SubMicro))
    }

    /// Seconds since 1970 and nanoseconds within the second.
    pub fn from_unix(seconds: i64, nanos: u32, precision: Precision) -> Option<Self> {
        let micros = seconds.checked_mul(1_000_000)?.checked_add(i64::from(nanos / 1000))?;
        Some(Self::utc(micros, precision))
    }
}
