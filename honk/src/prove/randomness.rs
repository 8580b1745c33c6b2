//! Random field elements for zero-knowledge.

use chinampa_kernels::Fr;
use rayon::prelude::*;
use sha3::Shake256;
use sha3::digest::{ExtendableOutput as _, Update as _, XofReader as _};

/// Elements that one task draws.
const CHUNK: usize = 1 << 12;

/// Random field elements from a seed: SHAKE256 of the seed and a counter.
///
/// With the same seed a proof is the same, byte for byte. Whoever knows the seed of a proof can undo what hides its witness: a
/// seed is 32 fresh bytes of the operating system's generator, used for one proof.
#[derive(Clone)]
pub struct Randomness {
    seed: [u8; 32],
    counter: u64,
}

/// Without the seed.
impl std::fmt::Debug for Randomness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Randomness").finish_non_exhaustive()
    }
}

impl Randomness {
    /// From a seed.
    pub const fn from_seed(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    /// Elements that no earlier call has given, uniform to within `2^-256`.
    pub(super) fn elements(&mut self, count: usize) -> Vec<Fr> {
        let first = self.counter;
        let chunks = count.div_ceil(CHUNK);
        self.counter += chunks as u64;
        (0..chunks)
            .into_par_iter()
            .flat_map_iter(|chunk| {
                let mut hash = Shake256::default();
                hash.update(&self.seed);
                hash.update(&(first + chunk as u64).to_le_bytes());
                let mut reader = hash.finalize_xof();
                (0..CHUNK.min(count - chunk * CHUNK)).map(move |_| {
                    let mut bytes = [0; 64];
                    reader.read(&mut bytes);
                    Fr::from_be_bytes_wide(&bytes)
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_never_repeat_and_depend_on_the_seed_alone() {
        let mut randomness = Randomness::from_seed([7; 32]);
        let mut elements = randomness.elements(CHUNK + 3);
        elements.extend(randomness.elements(2));
        assert_eq!(elements.len(), CHUNK + 5);
        assert_eq!(Randomness::from_seed([7; 32]).elements(CHUNK + 3), elements[..CHUNK + 3]);
        assert_ne!(Randomness::from_seed([8; 32]).elements(1)[0], elements[0]);
        elements.sort_unstable();
        elements.dedup();
        assert_eq!(elements.len(), CHUNK + 5);
    }
}
