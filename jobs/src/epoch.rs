//! Epoch numbers.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::Error;

/// Largest epoch number: 2^53 - 1, the largest integer that Aztec's broker accepts in a job id.
pub const MAX_EPOCH_NUMBER: u64 = (1 << 53) - 1;

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
