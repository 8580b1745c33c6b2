//! What a proof takes of memory, for who must know it beforehand.

use crate::builder::SHARED_SELECTORS;

/// Bytes of a field element.
const FIELD: u64 = 32;

/// Bytes for each row while sumcheck makes its tables, which is when most is held; of a circuit that fills every column.
const ROW_BYTES: u64 = {
    // Numbers of selector values, mostly of a byte, and the values of those that are many.
    let selectors = 12;
    // Sigma, and the cells whose identity is not computed.
    let permutations = 16 + 10;
    // Four wires at their widest, the grand product, and the inverses of lookups.
    let witness = (4 + 1 + 1) * FIELD;
    // Tables, which are far shorter than the rest, and how often their rows are read.
    let lookups = 12;
    let points = 2 * FIELD;
    // All entities, an eighth of the rows long, and the fold of one of them.
    let tables = (crate::ENTITIES as u64 + 2) * FIELD / 8;
    selectors + permutations + witness + lookups + points + tables
};

/// Bytes beside that: buffers of threads, and sums of a window's buckets.
const BASE_BYTES: u64 = 64 << 20;

/// Bytes for each row of selectors that never have the same value twice: the value, and its number.
const CONSTANT_BYTES: u64 = SHARED_SELECTORS as u64 * (FIELD + 4);

/// Most bytes that a process holds while it builds and proves a circuit of `2^log_size` rows with points of its own, without
/// zero-knowledge; that takes 32 bytes a row more. A bound for circuits that fill all columns, a parity base takes half of
/// it, and whose selectors have few values, as those of the release have.
pub const fn peak_memory_bytes(log_size: u32) -> u64 {
    BASE_BYTES + (ROW_BYTES << log_size)
}

/// The same bound for any circuit, whatever its constants and with zero-knowledge.
pub const fn any_peak_memory_bytes(log_size: u32) -> u64 {
    BASE_BYTES + ((ROW_BYTES + CONSTANT_BYTES + FIELD) << log_size)
}

const _: () = assert!(ROW_BYTES <= 512 && peak_memory_bytes(24) < 8 << 30, "a root rollup fits 8 GiB");
