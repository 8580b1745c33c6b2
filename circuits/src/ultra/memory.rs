//! Blocks of memory. A block that is never written is a ROM, one that is never accessed is nothing.

use chinampa_honk::builder::{Builder, Var};
use chinampa_kernels::Fr;

use crate::acir::{Constants, Expression, MemoryAccess, Opcodes};

/// A block and its accesses in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) values: &'a [u32],
    pub(super) accesses: Vec<&'a MemoryAccess>,
}

/// What an index or a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Witness(Var),
    Constant(Fr),
}

impl Operand {
    /// A witness or a constant; `None` for any other expression.
    pub(super) fn of(opcodes: &Opcodes, expression: &Expression) -> Option<Self> {
        let constant = expression.constant;
        match (opcodes.mul(expression), opcodes.linear(expression)) {
            ([], []) | ([], [(Constants::ZERO, _)]) => {
                Some(Self::Constant(opcodes.constants().get(constant)))
            }
            ([], [(Constants::ONE, witness)]) if constant == Constants::ZERO => {
                Some(Self::Witness(Var::new(*witness)))
            }
            _ => None,
        }
    }

    /// A variable with the value.
    fn var(self, builder: &mut Builder) -> Var {
        match self {
            Self::Witness(var) => var,
            Self::Constant(value) => builder.constant(value),
        }
    }

    /// A variable with the value; a constant gets one of its own.
    fn own_var(self, builder: &mut Builder) -> Var {
        match self {
            Self::Witness(var) => var,
            Self::Constant(value) => {
                let var = builder.add_variable(value);
                builder.fix(var, value);
                var
            }
        }
    }

    /// Declares a variable equal to the operand.
    fn assert_equal(self, builder: &mut Builder, var: Var) {
        match self {
            Self::Witness(own) => builder.assert_equal(own, var),
            Self::Constant(value) => builder.assert_equal_constant(var, value),
        }
    }
}

/// The operands of an access.
///
/// `expect`: a program is checked before it is built.
fn operands(opcodes: &Opcodes, access: &MemoryAccess) -> (Operand, Operand) {
    let operand = |expression| Operand::of(opcodes, expression).expect("the program was checked");
    (operand(&access.index), operand(&access.value))
}

/// Writes the gates of a block.
pub(super) fn build(builder: &mut Builder, opcodes: &Opcodes, block: &Block<'_>) {
    if block.accesses.is_empty() {
        return;
    }
    if block.accesses.iter().any(|access| access.is_write) {
        build_ram(builder, opcodes, block);
    } else {
        build_rom(builder, opcodes, block);
    }
}

/// Whether an access can be within a memory: an index that is a constant is.
pub(super) fn is_possible(opcodes: &Opcodes, block: &Block<'_>, access: &MemoryAccess) -> bool {
    match Operand::of(opcodes, &access.index) {
        Some(Operand::Constant(index)) => cell(block.values, index).is_some(),
        _ => true,
    }
}

/// `expect`: a program is checked before it is built.
fn build_rom(builder: &mut Builder, opcodes: &Opcodes, block: &Block<'_>) {
    let rom = builder.add_rom(block.values.len());
    for (index, value) in block.values.iter().enumerate() {
        builder.set_rom(rom, index, Var::new(*value));
    }
    for access in &block.accesses {
        let (index, value) = operands(opcodes, access);
        match index {
            Operand::Witness(index) => {
                let read = builder.read_rom(rom, index);
                value.assert_equal(builder, read);
            }
            // A cell that is known needs no gate.
            Operand::Constant(index) => {
                let cell = cell(block.values, index).expect("constant indices were checked");
                value.assert_equal(builder, cell);
            }
        }
    }
}

/// The cell at a constant index.
fn cell(values: &[u32], index: Fr) -> Option<Var> {
    let [index, 0, 0, 0] = index.to_canonical_limbs() else { return None };
    values.get(usize::try_from(index).ok()?).copied().map(Var::new)
}

fn build_ram(builder: &mut Builder, opcodes: &Opcodes, block: &Block<'_>) {
    let ram = builder.add_ram(block.values.len());
    for (index, value) in block.values.iter().enumerate() {
        builder.init_ram(ram, index, Var::new(*value));
    }
    for access in &block.accesses {
        let (index, value) = operands(opcodes, access);
        if access.is_write {
            let index = index.own_var(builder);
            let value = value.var(builder);
            builder.write_ram(ram, index, value);
        } else {
            let index = index.var(builder);
            let read = builder.read_ram(ram, index);
            value.assert_equal(builder, read);
        }
    }
}
