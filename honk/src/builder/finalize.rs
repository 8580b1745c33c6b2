//! Finishing a circuit: what every circuit has, and what gates have put off.

use chinampa_kernels::Fr;

use super::arithmetic::{Equals, Sum};
use super::block::{BlockKind, SHARED_SELECTORS};
use super::circuit::Builder;
use super::palette::Palette;
use super::tables::MultiTableId;
use super::variables::Var;

/// Public inputs that a circuit without recursion gets from the backend: the coordinates of two points at infinity.
pub const DEFAULT_BACKEND_INPUTS: usize = 8;

/// A finished circuit.
#[derive(Debug)]
pub struct Circuit {
    pub(crate) builder: Builder,
}

impl Builder {
    /// Adds the public inputs of a circuit that verifies no proof.
    pub fn add_default_backend_inputs(&mut self) {
        for _ in 0..DEFAULT_BACKEND_INPUTS {
            let var = self.add_variable(Fr::ZERO);
            self.fix(var, Fr::ZERO);
            self.add_public_input(var);
        }
    }

    /// Finishes the circuit.
    pub fn finish(mut self) -> Circuit {
        self.add_one_of_each();
        self.finish_partial_products();
        self.finish_roms();
        self.finish_rams();
        self.finish_ranges();
        for input in self.public_inputs.clone() {
            let zero = self.zero;
            self.add_unconstrained(BlockKind::PublicInputs, [input, input, zero, zero]);
        }
        self.variables.flatten();
        Circuit { builder: self }
    }

    /// One gate of each kind, so that no column of a key or of a witness is zero: its commitment would be infinity.
    fn add_one_of_each(&mut self) {
        let zero = self.zero;
        let one = Fr::ONE;
        let all = Sum { product: one, linear: [one; 4], constant: Fr::ZERO };
        self.add_arithmetic_row([zero; 4], all, 0);
        for kind in [
            BlockKind::DeltaRange,
            BlockKind::Elliptic,
            BlockKind::Memory,
            BlockKind::NonNativeField,
            BlockKind::Poseidon2External,
            BlockKind::Poseidon2Internal,
        ] {
            self.block(kind).push([zero; 4], [Palette::ZERO; SHARED_SELECTORS], 1);
            self.add_unconstrained(kind, [zero; 4]);
        }
        let one_var = self.constant(one);
        let sum = Sum::linear([Fr::ZERO, Fr::ZERO, Fr::ZERO, one]).plus(-one);
        self.add_arithmetic([zero, zero, zero, one_var], sum, Equals::Zero);
        let [left, right] = [(); 2].map(|()| self.add_variable(Fr::from(3_u64)));
        self.add_lookup(MultiTableId::Dummy, left, Some(right));
    }
}

impl Circuit {
    /// Rows of all blocks.
    pub fn rows(&self) -> usize {
        self.builder.blocks.iter().map(|block| block.len()).sum()
    }

    /// Rows of all lookup tables.
    pub fn table_rows(&self) -> usize {
        self.builder.tables.iter().map(|used| used.table.len()).sum()
    }

    /// The circuit's size as `bb gates` prints it.
    pub fn size(&self) -> usize {
        self.rows().max(self.table_rows())
    }

    /// Why the witness does not satisfy the circuit, as far as building it has shown.
    pub fn failure(&self) -> Option<&'static str> {
        self.builder.failure()
    }

    /// The public inputs.
    pub fn public_inputs(&self) -> impl ExactSizeIterator<Item = Fr> + '_ {
        self.builder.public_inputs.iter().map(|var| self.builder.value(*var))
    }

    /// Number of rows of a block.
    pub fn block_len(&self, kind: BlockKind) -> usize {
        self.builder.block_len(kind)
    }

    /// The four variables of a row, as classes: equal numbers are one variable.
    pub fn row_classes(&self, kind: BlockKind, row: usize) -> [usize; 4] {
        let wires = self.builder.blocks[kind as usize].wires[row];
        wires.map(|var: Var| self.builder.variables.root_of(var).index())
    }
}
