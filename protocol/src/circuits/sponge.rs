//! The sponge over a checkpoint's blob fields, which circuits hand from tx to tx and block to block.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::{Sponge, SpongeError};

use crate::codec::{Array, output};
use crate::constants::{BLOBS_PER_CHECKPOINT, FIELDS_PER_BLOB};

output! {
    /// A Poseidon2 sponge between two absorptions. 229 bytes, 9 fields.
    #[derive(Hash)]
    pub struct Poseidon2Sponge {
        /// Fields not absorbed yet; those at and above `cache_size` are stale.
        pub cache: Array<Fr, 3>,
        /// The permutation's state.
        pub state: Array<Fr, 4>,
        /// How many fields of the cache are pending.
        pub cache_size: u32,
        /// Whether it was squeezed.
        pub squeeze_mode: bool,
    }
}

impl From<&Sponge> for Poseidon2Sponge {
    fn from(sponge: &Sponge) -> Self {
        Self {
            cache: Array::from_fn(|index| sponge.cache()[index]),
            state: Array::from_fn(|index| sponge.state()[index]),
            cache_size: sponge.cache_size(),
            squeeze_mode: sponge.squeeze_mode(),
        }
    }
}

impl TryFrom<&Poseidon2Sponge> for Sponge {
    type Error = SpongeError;

    fn try_from(sponge: &Poseidon2Sponge) -> Result<Self, SpongeError> {
        let cache = [sponge.cache[0], sponge.cache[1], sponge.cache[2]];
        let state = [sponge.state[0], sponge.state[1], sponge.state[2], sponge.state[3]];
        Self::from_parts(cache, state, sponge.cache_size, sponge.squeeze_mode)
    }
}

output! {
    /// The sponge over a checkpoint's blob fields. 233 bytes, 10 fields.
    ///
    /// Its initial capacity is the most fields a checkpoint can have times `2^64`, whatever is absorbed later;
    /// nothing is padded.
    #[derive(Hash)]
    pub struct SpongeBlob {
        /// The sponge.
        pub sponge: Poseidon2Sponge,
        /// Fields absorbed so far.
        pub num_absorbed_fields: u32,
    }
}

impl SpongeBlob {
    /// The sponge at the start of a checkpoint.
    pub fn init() -> Self {
        let fields_max = (BLOBS_PER_CHECKPOINT * FIELDS_PER_BLOB) as u128;
        let sponge = Sponge::new(Fr::from(fields_max << 64));
        Self { sponge: Poseidon2Sponge::from(&sponge), num_absorbed_fields: 0 }
    }

    /// Absorbs fields in order.
    ///
    /// # Errors
    /// [`SpongeError`] if the sponge was squeezed or its parts make no sense; it is then unchanged.
    pub fn absorb(&mut self, fields: &[Fr]) -> Result<(), SpongeError> {
        let mut sponge = Sponge::try_from(&self.sponge)?;
        sponge.absorb(fields.iter().copied())?;
        self.sponge = Poseidon2Sponge::from(&sponge);
        self.num_absorbed_fields += u32::try_from(fields.len()).expect("a checkpoint has few fields");
        Ok(())
    }

    /// What the sponge would give now. The sponge itself goes on absorbing: a block header's `sponge_blob_hash`
    /// is squeezed from a copy.
    ///
    /// # Errors
    /// As [`absorb`](Self::absorb).
    pub fn squeezed(&self) -> Result<Fr, SpongeError> {
        Sponge::try_from(&self.sponge)?.squeeze()
    }
}
