//! The builder itself: what a circuit consists of while it grows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chinampa_kernels::Fr;

use super::block::{Block, BlockKind, SHARED_SELECTORS};
use super::lookup::{PlacedMultiTable, UsedTable};
use super::nnf::PartialProduct;
use super::palette::{Palette, Shade};
use super::ram::Ram;
use super::range::RangeList;
use super::rom::Rom;
use super::tables::{MultiTableId, Table, TableId};
use super::variables::{Tag, Var, Variables};

/// What a circuit is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// For its key: values are placeholders, and gadgets that cannot work with zeros choose others.
    Key,
    /// For a proof: values are those of a witness.
    Proof,
}

/// An Ultra circuit that is being built, with the value of every variable.
///
/// Gates are appended to a block each of their kind. Which gates there are does not depend on values, so that the key
/// of a program can be had without a witness.
#[derive(Debug)]
pub struct Builder {
    pub(crate) variables: Variables,
    pub(crate) palette: Palette,
    pub(crate) blocks: [Block; BlockKind::ALL.len()],
    /// Variables that are fixed to a constant, by the constant.
    pub(super) constants: HashMap<Fr, Var>,
    pub(super) zero: Var,
    pub(crate) public_inputs: Vec<Var>,
    /// Lists of variables in `0..=bound`, by bound.
    pub(super) ranges: BTreeMap<u64, RangeList>,
    /// The bound of the list that each tag belongs to.
    pub(super) range_of_tag: HashMap<Tag, u64>,
    pub(crate) tables: Vec<UsedTable>,
    /// Contents of tables, of the circuit or looked up in by constants.
    pub(super) table_contents: HashMap<TableId, Arc<Table>>,
    pub(super) multi_tables: HashMap<MultiTableId, Arc<PlacedMultiTable>>,
    pub(super) roms: Vec<Rom>,
    pub(super) rams: Vec<Ram>,
    /// Rows of the memory block whose fourth wire is the fingerprint of a read, and of a write.
    pub(crate) read_records: Vec<u32>,
    pub(crate) write_records: Vec<u32>,
    pub(super) partial_products: Vec<PartialProduct>,
    purpose: Purpose,
    failure: Option<&'static str>,
}

impl Builder {
    /// A circuit whose first variables are the witness and whose first public inputs are `public_inputs`.
    ///
    /// It also has the variable that is always zero. The row that fixes it to zero is written before the builder knows
    /// the variable, so its three unused wires name variable 0, not zero; Barretenberg does the same, and every key
    /// has that row.
    pub fn new(witness: Vec<Fr>, public_inputs: Vec<Var>, purpose: Purpose) -> Self {
        Self::with_palette(Palette::new(), witness, public_inputs, purpose)
    }

    /// The same with numbers of selectors that its rows may be given by; there may be more than rows use.
    pub fn with_palette(
        palette: Palette,
        witness: Vec<Fr>,
        public_inputs: Vec<Var>,
        purpose: Purpose,
    ) -> Self {
        let mut builder = Self {
            variables: Variables::new(witness),
            palette,
            blocks: Default::default(),
            constants: HashMap::new(),
            zero: Var::new(0),
            public_inputs,
            ranges: BTreeMap::new(),
            range_of_tag: HashMap::new(),
            tables: Vec::new(),
            table_contents: HashMap::new(),
            multi_tables: HashMap::new(),
            roms: Vec::new(),
            rams: Vec::new(),
            read_records: Vec::new(),
            write_records: Vec::new(),
            partial_products: Vec::new(),
            purpose,
            failure: None,
        };
        builder.zero = builder.constant(Fr::ZERO);
        builder
    }

    /// What the circuit is built for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// A new variable.
    pub fn add_variable(&mut self, value: Fr) -> Var {
        self.variables.add(value)
    }

    /// The value of a variable.
    pub fn value(&self, var: Var) -> Fr {
        self.variables.value(var)
    }

    /// Replaces a placeholder, where a key is built and a gadget cannot work with zero.
    pub fn set_placeholder(&mut self, var: Var, value: Fr) {
        debug_assert_eq!(self.purpose, Purpose::Key, "a witness is never changed");
        self.variables.set_value(var, value);
    }

    /// The variable that is zero.
    pub fn zero(&self) -> Var {
        self.zero
    }

    /// Whether two variables were declared equal.
    pub fn are_equal(&self, left: Var, right: Var) -> bool {
        self.variables.root_of(left) == self.variables.root_of(right)
    }

    /// The variable that is fixed to a constant. The first use of a constant adds the gate that fixes it.
    pub fn constant(&mut self, value: Fr) -> Var {
        if let Some(&var) = self.constants.get(&value) {
            return var;
        }
        let var = self.add_variable(value);
        self.fix(var, value);
        self.constants.insert(value, var);
        var
    }

    /// Makes two variables one.
    pub fn assert_equal(&mut self, left: Var, right: Var) {
        if self.value(left) != self.value(right) {
            self.fail("two values that must be equal differ");
        }
        if self.variables.merge(left, right).is_err() {
            self.fail("two variables of different ranges were declared equal");
        }
    }

    /// Declares a variable a public input, after those that there are.
    pub fn add_public_input(&mut self, var: Var) {
        self.public_inputs.push(var);
    }

    /// Records that the witness does not satisfy the circuit. The first reason is kept.
    pub fn fail(&mut self, reason: &'static str) {
        self.failure.get_or_insert(reason);
    }

    /// Why the witness does not satisfy the circuit, as far as building it has shown. Placeholders of a key never do.
    pub fn failure(&self) -> Option<&'static str> {
        self.failure
    }

    /// Number of rows of a block so far.
    pub fn block_len(&self, kind: BlockKind) -> usize {
        self.blocks[kind as usize].len()
    }

    pub(super) fn block(&mut self, kind: BlockKind) -> &mut Block {
        &mut self.blocks[kind as usize]
    }

    pub(super) fn shades(&mut self, selectors: [Fr; SHARED_SELECTORS]) -> [Shade; SHARED_SELECTORS] {
        selectors.map(|value| self.palette.number(value))
    }

    /// Adds a row that constrains nothing.
    pub fn add_unconstrained(&mut self, kind: BlockKind, wires: [Var; 4]) -> usize {
        self.block(kind).push_unconstrained(wires)
    }
}
