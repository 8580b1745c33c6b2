//! The trace: every column that a key commits to, and every column of the witness that needs no challenge.
//!
//! A circuit of `n = 2^log_size` rows is laid out block after block from row 1 (row 0 is zero, so that shifted
//! columns stay polynomials). [`Column`]s are zero outside the range that they hold.

mod column;
mod identity;
mod layout;
mod permutation;
mod wires;

pub use column::Column;
pub(crate) use column::NO_COLUMN;
pub use permutation::PERMUTATION_SEPARATOR;

use std::ops::Range;

use chinampa_kernels::Fr;

/// Number of precomputed columns, in the order of the verification key: six selectors that gates share, eight that
/// switch one kind of gate each, four permutations sigma, four identities, four table columns, the Lagrange columns of
/// the first and of the last active row.
pub const PRECOMPUTED_COLUMNS: usize = 28;

/// Rows at the end of the trace where relations do not hold (zero-knowledge masks lie there). They count towards the
/// size of every circuit, masked or not.
pub const DISABLED_ROWS: usize = 4;

/// A circuit and its witness as columns, before any challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Base-2 logarithm of the number of rows.
    pub log_size: u32,
    /// The precomputed columns in the order of the verification key.
    pub precomputed: [Column; PRECOMPUTED_COLUMNS],
    /// `w_l`, `w_r`, `w_o` and `w_4`. The fourth is still without the fingerprints of memory records.
    pub wires: [Column; 4],
    /// How often each table row is looked up.
    pub lookup_read_counts: Column,
    /// One for each table row that is looked up.
    pub lookup_read_tags: Column,
    /// The public inputs: the program's own, then those of the backend.
    pub public_inputs: Vec<Fr>,
    /// Row of the first public input.
    pub public_inputs_offset: usize,
    /// Rows whose `w_4` is the fingerprint of a memory read: `q_c + eta w_l + eta^2 w_r + eta^3 w_o`.
    pub memory_read_rows: Vec<u32>,
    /// Rows whose `w_4` is the fingerprint of a memory write: as for a read, and one more.
    pub memory_write_rows: Vec<u32>,
    /// The last row that a block occupies.
    pub last_active_row: usize,
    /// Rows of the lookup block.
    pub lookup_rows: Range<usize>,
    /// Number of rows of all tables together; they lie at row 0 and after.
    pub tables_len: usize,
}

impl Trace {
    /// Number of rows.
    pub const fn size(&self) -> usize {
        1 << self.log_size
    }
}
