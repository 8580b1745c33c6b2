//! Which instructions field arithmetic is done with: found once, or forced for the process.
//!
//! Every backend gives the same results, bit for bit.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};

/// A set of instructions that many field elements are computed with at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// One element after the other, with four limbs of 64 bits. Runs everywhere.
    Portable,
    /// Eight elements at a time, with AVX2 and FMA: five limbs of 51 bits, as doubles.
    Avx2,
    /// Eight elements at a time, with AVX-512 IFMA: five limbs of 52 bits.
    Avx512Ifma,
}

/// Why a backend cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// No backend has this name.
    #[error("no backend is called {name:?}; there are portable, avx2 and avx512ifma")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The processor lacks the instructions.
    #[error("this processor cannot run the backend {backend}")]
    Unsupported {
        /// The backend.
        backend: Backend,
    },
}

/// [`CURRENT`] before anybody has asked.
const UNDECIDED: u8 = 0;
/// The backend in use: its position in [`Backend::ALL`] and one, or [`UNDECIDED`].
static CURRENT: AtomicU8 = AtomicU8::new(UNDECIDED);

impl Backend {
    /// All backends, the best last.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512Ifma];

    /// Name in options and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512Ifma => "avx512ifma",
        }
    }

    /// Whether this processor has the instructions.
    pub fn is_supported(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Ifma => is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512Ifma => false,
        }
    }

    /// The best backend that this processor has.
    pub fn detect() -> Self {
        let best = Self::ALL.into_iter().rev().find(|backend| backend.is_supported());
        best.expect("the portable backend is always supported")
    }

    /// The backend in use: the one forced last, or the best.
    #[inline]
    pub fn current() -> Self {
        // A position that is read was supported when it was written, and nothing else is published with it.
        match Self::ALL.get(usize::from(CURRENT.load(Ordering::Relaxed)).wrapping_sub(1)) {
            Some(backend) => *backend,
            None => Self::decide(),
        }
    }

    #[cold]
    fn decide() -> Self {
        let best = Self::detect();
        // A backend forced meanwhile stays.
        let decided =
            CURRENT.compare_exchange(UNDECIDED, best as u8 + 1, Ordering::Relaxed, Ordering::Relaxed);
        decided.err().and_then(|position| Self::ALL.get(usize::from(position) - 1).copied()).unwrap_or(best)
    }

    /// Uses this backend from now on, in the whole process. Work under way may end on another.
    ///
    /// # Errors
    /// [`BackendError::Unsupported`]
    pub fn force(self) -> Result<(), BackendError> {
        if !self.is_supported() {
            return Err(BackendError::Unsupported { backend: self });
        }
        CURRENT.store(self as u8 + 1, Ordering::Relaxed);
        Ok(())
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Backend {
    type Err = BackendError;

    fn from_str(name: &str) -> Result<Self, BackendError> {
        let found = Self::ALL.into_iter().find(|backend| backend.name() == name);
        found.ok_or_else(|| BackendError::Unknown { name: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_used_until_another_is_forced() {
        assert_eq!(Backend::current(), Backend::detect());
        for backend in Backend::ALL {
            if backend.is_supported() {
                backend.force().unwrap();
                assert_eq!(Backend::current(), backend);
            } else {
                assert_eq!(backend.force(), Err(BackendError::Unsupported { backend }));
            }
        }
        Backend::detect().force().unwrap();
    }

    #[test]
    fn backends_have_names() {
        for backend in Backend::ALL {
            assert_eq!(backend.to_string().parse(), Ok(backend));
        }
        assert!(matches!("sse".parse::<Backend>(), Err(BackendError::Unknown { name }) if name == "sse"));
    }
}
