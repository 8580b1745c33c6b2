//! Opcodes for solving: terms lie in two long lists, factors are numbers of a table of distinct constants.
//! The costliest circuit has 1.3 million opcodes and four million terms; as separate lists they would take twice as
//! much memory, and following them would be slower.

use std::sync::OnceLock;

use acvm::FieldElement;
use chinampa_honk::builder::Palette;
use chinampa_kernels::Fr;

use crate::witness::from_kernel;

/// Number of a constant.
pub(crate) type ConstantId = u32;

/// Distinct constants of a program. The first three are always 0, 1 and -1.
#[derive(Debug, Default)]
pub(crate) struct Constants {
    pub(super) palette: Palette,
    /// The same as the solver's fields, once somebody solves: who only builds the circuit has no need of them.
    of_solver: OnceLock<Vec<FieldElement>>,
}

impl Constants {
    pub(crate) const ZERO: ConstantId = Palette::ZERO;
    pub(crate) const ONE: ConstantId = Palette::ONE;
    pub(crate) const MINUS_ONE: ConstantId = Palette::MINUS_ONE;

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.palette.len()
    }

    /// The constants and their numbers, as a circuit begins with them.
    pub(crate) const fn palette(&self) -> &Palette {
        &self.palette
    }

    /// The constant.
    pub(crate) fn get(&self, id: ConstantId) -> Fr {
        self.palette.value(id)
    }

    /// The constant as the solver's field.
    pub(crate) fn of_solver(&self, id: ConstantId) -> FieldElement {
        let all = || (0..self.len() as u32).map(|id| from_kernel(self.get(id))).collect();
        self.of_solver.get_or_init(all)[id as usize]
    }
}

/// A sum of terms: ranges of [`Opcodes::mul`] and [`Opcodes::linear`], and a constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expression {
    pub(super) mul: (u32, u32),
    pub(super) linear: (u32, u32),
    /// The constant of the sum.
    pub(crate) constant: ConstantId,
}

/// An operand of a black box.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input {
    Constant(ConstantId),
    Witness(u32),
}

/// When an unconstrained call happens; otherwise its outputs are zero.
pub(crate) type Predicate = Expression;

/// An argument of an unconstrained call.
#[derive(Clone, Debug)]
pub(crate) enum BrilligInput {
    Values(Vec<Expression>),
    Memory(u32),
}

/// A read or a write of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryAccess {
    pub(crate) block: u32,
    pub(crate) is_write: bool,
    pub(crate) index: Expression,
    pub(crate) value: Expression,
}

/// A black box other than a range check. Recursive verification is not among them: solving does not verify.
#[derive(Clone, Debug)]
pub(crate) enum BlackBox {
    Aes128 {
        inputs: Vec<Input>,
        iv: Vec<Input>,
        key: Vec<Input>,
        outputs: Vec<u32>,
    },
    And {
        operands: [Input; 2],
        bits: u32,
        output: u32,
    },
    Xor {
        operands: [Input; 2],
        bits: u32,
        output: u32,
    },
    Blake2s {
        inputs: Vec<Input>,
        outputs: Vec<u32>,
    },
    Blake3 {
        inputs: Vec<Input>,
        outputs: Vec<u32>,
    },
    Ecdsa {
        curve: EcdsaCurve,
        key: [Vec<Input>; 2],
        signature: Vec<Input>,
        hash: Vec<Input>,
        predicate: Input,
        output: u32,
    },
    MultiScalarMul {
        points: Vec<Input>,
        scalars: Vec<Input>,
        predicate: Input,
        outputs: [u32; 3],
    },
    CurveAdd {
        points: [Vec<Input>; 2],
        predicate: Input,
        outputs: [u32; 3],
    },
    Keccakf1600 {
        inputs: Vec<Input>,
        outputs: Vec<u32>,
    },
    Poseidon2 {
        inputs: Vec<Input>,
        outputs: Vec<u32>,
    },
    Sha256Compression {
        inputs: Vec<Input>,
        state: Vec<Input>,
        outputs: Vec<u32>,
    },
}

/// Curve of a signature.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EcdsaCurve {
    Secp256k1,
    Secp256r1,
}

/// One step of solving.
#[derive(Clone, Debug)]
pub(crate) enum Opcode {
    AssertZero(Expression),
    Range {
        input: Input,
        bits: u32,
    },
    Memory(Box<MemoryAccess>),
    MemoryInit {
        block: u32,
        values: Box<[u32]>,
        /// Whether the block is a column of the databus. Solving treats all blocks alike.
        is_databus: bool,
    },
    Call(Box<BrilligCall>),
    BlackBox(Box<BlackBox>),
    /// A recursive verification: nothing to solve. It keeps its place, so that locations stay those of the artifact.
    Recursion {
        /// Number of the kind of proof.
        proof_type: u32,
        predicate: Input,
    },
}

/// A call of an unconstrained function.
#[derive(Clone, Debug)]
pub(crate) struct BrilligCall {
    pub(crate) function: u32,
    pub(crate) inputs: Vec<BrilligInput>,
    pub(crate) outputs: Vec<u32>,
    pub(crate) predicate: Option<Predicate>,
}

/// The opcodes of a function, and the lists that they refer to.
#[derive(Debug)]
pub(crate) struct Opcodes {
    pub(super) list: Vec<Opcode>,
    pub(super) mul: Vec<(ConstantId, u32, u32)>,
    pub(super) linear: Vec<(ConstantId, u32)>,
    pub(super) constants: Constants,
    /// Largest witness that any opcode names.
    pub(super) largest_witness: u32,
    /// Largest id of a function that any opcode calls.
    pub(super) largest_function: Option<u32>,
}

impl Opcodes {
    /// The opcodes in order.
    pub(crate) fn list(&self) -> &[Opcode] {
        &self.list
    }

    /// The constants that expressions and inputs name.
    pub(crate) fn constants(&self) -> &Constants {
        &self.constants
    }

    /// Products of two witnesses with a factor.
    pub(crate) fn mul(&self, expression: &Expression) -> &[(ConstantId, u32, u32)] {
        &self.mul[expression.mul.0 as usize..expression.mul.1 as usize]
    }

    /// Witnesses with a factor.
    pub(crate) fn linear(&self, expression: &Expression) -> &[(ConstantId, u32)] {
        &self.linear[expression.linear.0 as usize..expression.linear.1 as usize]
    }
}
