//! What a proof takes of memory, for who must know it beforehand.

use crate::builder::SHARED_SELECTORS;

/// Bytes of a field element.
const FIELD: u64 = 32;

/// Rounds of sumcheck that read the columns themselves and fold what they read. Tables of all folds are made after these, the
/// rows shortened by half as often. Each round more reads the columns once more.
const FOLDED_ROUNDS: u32 = 3;
/// The same where memory is short. More would save next to nothing.
const MAX_FOLDED_ROUNDS: u32 = 6;

/// Bytes for each row while sumcheck makes its tables, which is when most is held; of a circuit that fills every column.
const fn row_bytes(folded_rounds: u32) -> u64 {
    // Numbers of selector values, mostly of a byte, and the values of those that are many.
    let selectors = 12;
    // Sigma, and the cells whose identity is not computed.
    let permutations = 16 + 10;
    // Four wires at their widest, the grand product, and the inverses of lookups.
    let witness = (4 + 1 + 1) * FIELD;
    // Tables, which are far shorter than the rest, and how often their rows are read.
    let lookups = 12;
    let points = 2 * FIELD;
    // All entities, and the fold of one of them.
    let tables = ((crate::ENTITIES as u64 + 2) * FIELD) >> folded_rounds;
    selectors + permutations + witness + lookups + points + tables
}

/// Bytes beside that: buffers of threads, and sums of a window's buckets.
const BASE_BYTES: u64 = 64 << 20;

/// Bytes for each row of selectors that never have the same value twice: the value, and its number.
const CONSTANT_BYTES: u64 = SHARED_SELECTORS as u64 * (FIELD + 4);

/// Most bytes that a process holds while it builds and proves a circuit of `2^log_size` rows with points of its own, without
/// zero-knowledge; that takes 32 bytes a row more. A bound for circuits that fill all columns, a parity base takes half of
/// it, and whose selectors have few values, as those of the release have.
pub const fn peak_memory_bytes(log_size: u32) -> u64 {
    bound(log_size, row_bytes(FOLDED_ROUNDS))
}

/// The same bound for any circuit, whatever its constants and with zero-knowledge.
pub const fn any_peak_memory_bytes(log_size: u32) -> u64 {
    bound(log_size, row_bytes(FOLDED_ROUNDS) + CONSTANT_BYTES + FIELD)
}

/// The bound of [`peak_memory_bytes`] for a prover that is told to keep within it, and so takes a little longer.
pub const fn least_memory_bytes(log_size: u32) -> u64 {
    bound(log_size, row_bytes(MAX_FOLDED_ROUNDS))
}

const fn bound(log_size: u32, row_bytes: u64) -> u64 {
    BASE_BYTES + (row_bytes << log_size)
}

/// The fewest rounds of sumcheck without tables, with which a circuit that fills every column keeps within `bytes`, or the
/// most if none do. No circuit has more rounds than rows' bits.
pub(super) fn folded_rounds(log_size: u32, bytes: u64) -> usize {
    let fits = |rounds: &u32| bound(log_size, row_bytes(*rounds)) <= bytes;
    let rounds = (FOLDED_ROUNDS..MAX_FOLDED_ROUNDS).find(fits).unwrap_or(MAX_FOLDED_ROUNDS);
    rounds.min(log_size) as usize
}

const _: () = assert!(peak_memory_bytes(24) < 8 << 30, "a root rollup fits 8 GiB");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_memory_makes_more_rounds_without_tables() {
        assert_eq!(folded_rounds(20, u64::MAX), 3);
        assert_eq!(folded_rounds(20, peak_memory_bytes(20)), 3);
        assert_eq!(folded_rounds(20, peak_memory_bytes(20) - 1), 4);
        assert_eq!(folded_rounds(20, least_memory_bytes(20)), 6);
        assert_eq!(folded_rounds(20, 0), 6);
        assert_eq!(folded_rounds(4, 0), 4);
        assert!(least_memory_bytes(24) < 11 << 29, "less than five and a half GiB");
    }
}
