//! Blocks: the rows of one kind of gate.

use super::palette::{Palette, Shade};
use super::variables::Var;

/// Kinds of gates in the order in which their blocks lie in the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlockKind {
    /// Rows that name the public inputs.
    PublicInputs,
    /// Reads of lookup tables.
    Lookup,
    /// Products and sums.
    Arithmetic,
    /// Sorted lists with steps of at most three.
    DeltaRange,
    /// Additions and doublings on the embedded curve.
    Elliptic,
    /// Records of ROM and RAM.
    Memory,
    /// Limbs of elements of other fields.
    NonNativeField,
    /// Full rounds of Poseidon2.
    Poseidon2External,
    /// Partial rounds of Poseidon2.
    Poseidon2Internal,
}

impl BlockKind {
    /// All of them in the order of the trace.
    pub const ALL: [Self; 9] = [
        Self::PublicInputs,
        Self::Lookup,
        Self::Arithmetic,
        Self::DeltaRange,
        Self::Elliptic,
        Self::Memory,
        Self::NonNativeField,
        Self::Poseidon2External,
        Self::Poseidon2Internal,
    ];
}

/// Selectors that all kinds of gates share, in the order of the precomputed columns.
pub(crate) const SHARED_SELECTORS: usize = 6;

/// Position of the selector that multiplies the product of the first two wires.
pub(crate) const PRODUCT: usize = 0;
/// Position of the selector of the first wire.
pub(crate) const LEFT: usize = 2;

/// The rows of one kind of gate.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) wires: Vec<[Var; 4]>,
    pub(crate) shared: Vec<[Shade; SHARED_SELECTORS]>,
    /// The selector that switches this kind of gate: a small number.
    pub(crate) gate: Vec<u8>,
}

impl Block {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.wires.len()
    }

    /// Makes room for this many rows more, and no others.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.wires.reserve_exact(rows);
        self.shared.reserve_exact(rows);
        self.gate.reserve_exact(rows);
    }

    /// Adds a row and gives its position.
    pub(crate) fn push(&mut self, wires: [Var; 4], shared: [Shade; SHARED_SELECTORS], gate: u8) -> usize {
        self.wires.push(wires);
        self.shared.push(shared);
        self.gate.push(gate);
        self.wires.len() - 1
    }

    /// Adds a row that constrains nothing: the gate before it reads its wires, or it only names variables.
    pub(crate) fn push_unconstrained(&mut self, wires: [Var; 4]) -> usize {
        self.push(wires, [Palette::ZERO; SHARED_SELECTORS], 0)
    }
}
