//! The incremental sponge whose parts Aztec's circuits carry from block to block.

use super::constants::{RATE, WIDTH};
use super::permutation::permute;
use crate::field::Fr;

/// Why a sponge refuses to be built or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpongeError {
    /// The number of pending elements is above the rate.
    #[error("sponge cache holds {actual} elements, the most is {maximum}")]
    CacheSize {
        /// The number given.
        actual: u32,
        /// The rate.
        maximum: u32,
    },
    /// The sponge was squeezed; it neither absorbs nor squeezes again.
    #[error("sponge was already squeezed")]
    AlreadySqueezed,
}

/// `Poseidon2Sponge` of Aztec's Noir library.
///
/// Elements wait in the cache; absorbing into a full cache first adds it to the state and permutes. Cache places
/// at and above `cache_size` keep what they last held and are ignored, but they are part of the serialised form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sponge {
    cache: [Fr; RATE],
    state: [Fr; WIDTH],
    cache_size: u32,
    squeeze_mode: bool,
}

impl Sponge {
    /// A sponge that has absorbed nothing, with `iv` in the capacity lane.
    pub fn new(iv: Fr) -> Self {
        Self { state: [Fr::ZERO, Fr::ZERO, Fr::ZERO, iv], ..Self::default() }
    }

    /// Puts a sponge together from its serialised parts.
    ///
    /// # Errors
    /// [`SpongeError::CacheSize`] if `cache_size` is above the rate.
    pub fn from_parts(
        cache: [Fr; RATE],
        state: [Fr; WIDTH],
        cache_size: u32,
        squeeze_mode: bool,
    ) -> Result<Self, SpongeError> {
        if cache_size > RATE as u32 {
            return Err(SpongeError::CacheSize { actual: cache_size, maximum: RATE as u32 });
        }
        Ok(Self { cache, state, cache_size, squeeze_mode })
    }

    /// Pending elements, and stale ones behind them.
    pub fn cache(&self) -> &[Fr; RATE] {
        &self.cache
    }

    /// The permutation's state.
    pub fn state(&self) -> &[Fr; WIDTH] {
        &self.state
    }

    /// How many elements of the cache are pending, at most the rate.
    pub fn cache_size(&self) -> u32 {
        self.cache_size
    }

    /// Whether the sponge was squeezed.
    pub fn squeeze_mode(&self) -> bool {
        self.squeeze_mode
    }

    /// Absorbs elements in order.
    ///
    /// # Errors
    /// [`SpongeError::AlreadySqueezed`] after [`squeeze`](Self::squeeze); the sponge is then unchanged.
    pub fn absorb(&mut self, inputs: impl IntoIterator<Item = Fr>) -> Result<(), SpongeError> {
        self.require_absorbing()?;
        for input in inputs {
            if self.cache_size as usize == RATE {
                self.duplex();
                self.cache_size = 0;
            }
            self.cache[self.cache_size as usize] = input;
            self.cache_size += 1;
        }
        Ok(())
    }

    /// Ends absorption: adds the pending elements, permutes once (also when none are pending), returns lane 0.
    ///
    /// # Errors
    /// [`SpongeError::AlreadySqueezed`] if called before; the sponge is then unchanged.
    pub fn squeeze(&mut self) -> Result<Fr, SpongeError> {
        self.require_absorbing()?;
        self.duplex();
        self.squeeze_mode = true;
        Ok(self.state[0])
    }

    fn require_absorbing(&self) -> Result<(), SpongeError> {
        if self.squeeze_mode { Err(SpongeError::AlreadySqueezed) } else { Ok(()) }
    }

    fn duplex(&mut self) {
        for (lane, pending) in self.state.iter_mut().zip(&self.cache[..self.cache_size as usize]) {
            *lane += *pending;
        }
        permute(&mut self.state);
    }
}
