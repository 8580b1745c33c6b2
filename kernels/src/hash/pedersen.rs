//! Pedersen commitment and hash on Grumpkin, as Barretenberg defines them. Aztec keeps them for old artifacts; new
//! hashing is Poseidon2.
//!
//! ```text
//! commit(x_0 .. x_{n-1}; offset) = sum_i x_i G_{offset + i}
//! hash(x_0 .. x_{n-1}; offset)   = x-coordinate of n L + commit(x_0 .. x_{n-1}; offset)
//! ```
//! `G` are the generators of [`DEFAULT_DOMAIN_SEPARATOR`], `L` is the first generator of
//! [`LENGTH_DOMAIN_SEPARATOR`]. Inputs are elements of Grumpkin's base field, taken as integers.
//!
//! # Source
//! Barretenberg 4.1.2 `crypto/{pedersen_commitment,pedersen_hash,generators}`, `ecc/groups/{group,affine_element}.hpp`.

use std::sync::LazyLock;

use crate::curve::grumpkin::{Affine, Projective};
use crate::field::Fr;

/// Domain of the generators that inputs are multiplied with.
pub const DEFAULT_DOMAIN_SEPARATOR: &[u8] = b"DEFAULT_DOMAIN_SEPARATOR";
/// Domain of the generator that the number of inputs is multiplied with.
pub const LENGTH_DOMAIN_SEPARATOR: &[u8] = b"pedersen_hash_length";

/// Generators kept in memory; further ones are derived on each use.
const CACHED_GENERATORS: usize = 32;

static DEFAULT_GENERATORS: LazyLock<Vec<Affine>> =
    LazyLock::new(|| derive_generators(DEFAULT_DOMAIN_SEPARATOR, 0, CACHED_GENERATORS).collect());

static LENGTH_GENERATOR: LazyLock<Affine> = LazyLock::new(|| derive_generator(LENGTH_DOMAIN_SEPARATOR, 0));

/// Commits to `inputs` with the default generators from index `offset` on. No inputs give the identity.
pub fn commit(inputs: &[Fr], offset: u32) -> Affine {
    sum_of_products(inputs, offset).to_affine()
}

/// Hashes `inputs` with the default generators from index `offset` (Aztec's `hashIndex`) on.
///
/// The x-coordinate of the identity is taken as zero; it is the hash of no inputs.
pub fn hash(inputs: &[Fr], offset: u32) -> Fr {
    let length = Projective::from(*LENGTH_GENERATOR).mul_limbs(&[inputs.len() as u64, 0, 0, 0]);
    (length + sum_of_products(inputs, offset)).to_affine().x()
}

/// `count` generators of a domain, from index `start` on. Indices are 32 bits and wrap.
pub fn derive_generators(domain: &[u8], start: u32, count: usize) -> impl Iterator<Item = Affine> {
    let domain_hash = *blake3::hash(domain).as_bytes();
    (0..count).map(move |i| hash_to_curve(&generator_seed(&domain_hash, start.wrapping_add(i as u32))))
}

fn derive_generator(domain: &[u8], index: u32) -> Affine {
    hash_to_curve(&generator_seed(blake3::hash(domain).as_bytes(), index))
}

fn sum_of_products(inputs: &[Fr], offset: u32) -> Projective {
    let product = |(i, input): (usize, &Fr)| {
        let index = offset.wrapping_add(i as u32);
        let cached = usize::try_from(index).ok().and_then(|index| DEFAULT_GENERATORS.get(index));
        let generator = cached.copied().unwrap_or_else(|| derive_generator(DEFAULT_DOMAIN_SEPARATOR, index));
        Projective::from(generator).mul_limbs(&input.to_canonical_limbs())
    };
    inputs.iter().enumerate().map(product).sum()
}

/// The domain's hash, the index in four big-endian bytes, zeros up to 64 bytes.
fn generator_seed(domain_hash: &[u8; 32], index: u32) -> [u8; 64] {
    let mut seed = [0; 64];
    seed[..32].copy_from_slice(domain_hash);
    seed[32..36].copy_from_slice(&index.to_be_bytes());
    seed
}

/// Hashes a seed to a point: the first attempt whose 512-bit hash, modulo the base field, is some point's `x`. The hash's
/// first bit is the parity of `y`.
fn hash_to_curve(seed: &[u8; 64]) -> Affine {
    let attempt = |attempt: u8| {
        let mut wide = [0; 64];
        for (half, number) in wide.chunks_exact_mut(32).zip(0u8..) {
            let hash = blake3::Hasher::new().update(seed).update(&[attempt, number]).finalize();
            half.copy_from_slice(hash.as_bytes());
        }
        Affine::from_x(Fr::from_be_bytes_wide(&wide), wide[0] >> 7 == 1)
    };
    (0..=u8::MAX).find_map(attempt).expect("each attempt succeeds with probability one half")
}
