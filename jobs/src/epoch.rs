//! Epoch numbers.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::Error;
use crate::unix_ms::UnixMs;

/// Largest epoch number: 2^53 - 1, the largest integer that Aztec's broker accepts in a job id.
pub const MAX_EPOCH_NUMBER: u64 = (1 << 53) - 1;

/// The first number that stands for a day, not for an epoch.
const FIRST_DAY: u64 = 1 << 52;
const DAY_MS: i64 = 86_400_000;

/// Number of an epoch, 0 to [`MAX_EPOCH_NUMBER`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochNumber(u64);

impl EpochNumber {
    /// The epoch with this number.
    ///
    /// # Errors
    /// [`Error::EpochTooLarge`]
    pub const fn new(number: u64) -> Result<Self, Error> {
        if number > MAX_EPOCH_NUMBER {
            Err(Error::EpochTooLarge { limit: MAX_EPOCH_NUMBER, actual: number })
        } else {
            Ok(Self(number))
        }
    }

    /// What takes the place of an epoch for jobs that belong to none: the day of this time. Days are never before or after
    /// epochs; jobs are kept for some days.
    pub fn of_day(time: UnixMs) -> Self {
        let day = u64::try_from(time.0.div_euclid(DAY_MS)).unwrap_or(0);
        Self((FIRST_DAY + day).min(MAX_EPOCH_NUMBER))
    }

    /// Whether this is a day in the place of an epoch.
    pub const fn is_day(self) -> bool {
        self.0 >= FIRST_DAY
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<u32> for EpochNumber {
    fn from(number: u32) -> Self {
        Self(u64::from(number))
    }
}

impl fmt::Display for EpochNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for EpochNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for EpochNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u64::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_no_epochs() {
        let last = EpochNumber::new(FIRST_DAY - 1).unwrap();
        assert!(!last.is_day());
        let first = EpochNumber::of_day(UnixMs(0));
        assert!(first.is_day() && first > last);
        assert_eq!(EpochNumber::of_day(UnixMs(-1)), first);
        assert_eq!(EpochNumber::of_day(UnixMs(DAY_MS - 1)), first);
        assert_eq!(EpochNumber::of_day(UnixMs(DAY_MS)).get(), first.get() + 1);
        assert!(EpochNumber::of_day(UnixMs(i64::MAX)).get() <= MAX_EPOCH_NUMBER);
    }
}
