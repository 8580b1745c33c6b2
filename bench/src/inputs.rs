//! Inputs: the same for every contender and in every run.

/// Canonical encodings below either modulus of BN254: 32 big-endian bytes, the first byte below `0x20`.
pub(crate) fn elements(count: usize, seed: u64) -> Vec<[u8; 32]> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            let mut bytes = [0; 32];
            for chunk in bytes.chunks_exact_mut(8) {
                chunk.copy_from_slice(&next(&mut state).to_be_bytes());
            }
            bytes[0] &= 0x1f;
            bytes
        })
        .collect()
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}
