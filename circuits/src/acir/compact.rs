//! Opcodes for solving: terms lie in two long lists, factors are numbers of a table of distinct constants.
//! The costliest circuit has 1.3 million opcodes and four million terms; as separate lists they would take twice as
//! much memory, and following them would be slower.

use std::collections::HashMap;
use std::fmt;

use acvm::{AcirField as _, FieldElement};
use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

use super::layout;

/// Number of a constant.
pub(crate) type ConstantId = u32;

/// Distinct constants of a program. The first three are always 0, 1 and -1.
#[derive(Debug)]
pub(crate) struct Constants(Vec<FieldElement>);

impl Constants {
    pub(crate) const ZERO: ConstantId = 0;
    pub(crate) const ONE: ConstantId = 1;
    pub(crate) const MINUS_ONE: ConstantId = 2;

    /// The constant.
    pub(crate) fn get(&self, id: ConstantId) -> FieldElement {
        self.0[id as usize]
    }
}

/// A sum of terms: ranges of [`Opcodes::mul`] and [`Opcodes::linear`], and a constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expression {
    mul: (u32, u32),
    linear: (u32, u32),
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
    },
    Call(Box<BrilligCall>),
    BlackBox(Box<BlackBox>),
    /// A recursive verification: nothing to solve. It keeps its place, so that locations stay those of the artifact.
    Nothing,
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
    list: Vec<Opcode>,
    mul: Vec<(ConstantId, u32, u32)>,
    linear: Vec<(ConstantId, u32)>,
    constants: Constants,
    largest_witness: u32,
    largest_function: Option<u32>,
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

    /// Largest witness that any opcode names.
    pub(super) fn largest_witness(&self) -> u32 {
        self.largest_witness
    }

    /// Largest id of a function that any opcode calls.
    pub(super) fn largest_function(&self) -> Option<u32> {
        self.largest_function
    }
}

impl<'de> Deserialize<'de> for Opcodes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(OpcodesVisitor)
    }
}

struct OpcodesVisitor;

impl<'de> Visitor<'de> for OpcodesVisitor {
    type Value = Opcodes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of opcodes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Opcodes, A::Error> {
        let mut builder = Builder::new();
        while let Some(opcode) = seq.next_element::<layout::Opcode>()? {
            let opcode = builder.opcode(opcode).map_err(A::Error::custom)?;
            builder.opcodes.list.push(opcode);
        }
        let mut opcodes = builder.opcodes;
        opcodes.list.shrink_to_fit();
        opcodes.mul.shrink_to_fit();
        opcodes.linear.shrink_to_fit();
        Ok(opcodes)
    }
}

/// Turns serialised opcodes into compact ones, one at a time.
struct Builder {
    opcodes: Opcodes,
    ids: HashMap<FieldElement, ConstantId>,
}

impl Builder {
    fn new() -> Self {
        let constants = vec![FieldElement::zero(), FieldElement::one(), -FieldElement::one()];
        let ids = (0..).zip(&constants).map(|(id, constant)| (*constant, id)).collect();
        let opcodes = Opcodes {
            list: Vec::new(),
            mul: Vec::new(),
            linear: Vec::new(),
            constants: Constants(constants),
            largest_witness: 0,
            largest_function: None,
        };
        Self { opcodes, ids }
    }

    fn constant(&mut self, value: FieldElement) -> ConstantId {
        let constants = &mut self.opcodes.constants.0;
        *self.ids.entry(value).or_insert_with(|| {
            constants.push(value);
            u32::try_from(constants.len() - 1).expect("a program has fewer than four billion constants")
        })
    }

    fn witness(&mut self, witness: u32) -> u32 {
        self.opcodes.largest_witness = self.opcodes.largest_witness.max(witness);
        witness
    }

    fn witnesses(&mut self, witnesses: Vec<u32>) -> Vec<u32> {
        witnesses.into_iter().map(|witness| self.witness(witness)).collect()
    }

    fn expression(&mut self, expression: layout::Expression) -> Expression {
        let position = |len: usize| u32::try_from(len).expect("bytecode is at most 1 GiB");
        let mul_start = position(self.opcodes.mul.len());
        for (factor, left, right) in expression.mul_terms {
            let term = (self.constant(factor), self.witness(left), self.witness(right));
            self.opcodes.mul.push(term);
        }
        let linear_start = position(self.opcodes.linear.len());
        for (factor, witness) in expression.linear_combinations {
            let term = (self.constant(factor), self.witness(witness));
            self.opcodes.linear.push(term);
        }
        Expression {
            mul: (mul_start, position(self.opcodes.mul.len())),
            linear: (linear_start, position(self.opcodes.linear.len())),
            constant: self.constant(expression.q_c),
        }
    }

    fn input(&mut self, input: &layout::FunctionInput) -> Input {
        match input {
            layout::FunctionInput::Constant(value) => Input::Constant(self.constant(*value)),
            layout::FunctionInput::Witness(witness) => Input::Witness(self.witness(*witness)),
        }
    }

    fn inputs(&mut self, inputs: &[layout::FunctionInput]) -> Vec<Input> {
        inputs.iter().map(|input| self.input(input)).collect()
    }

    /// A list of operands of a black box that takes exactly `len` of them.
    fn exactly(&mut self, inputs: &[layout::FunctionInput], len: usize) -> Result<Vec<Input>, String> {
        if inputs.len() == len {
            Ok(self.inputs(inputs))
        } else {
            Err(format!("a black box has {} operands where it takes {len}", inputs.len()))
        }
    }

    /// The results of a black box that gives exactly `len` of them.
    fn results(&mut self, outputs: Vec<u32>, len: usize) -> Result<Vec<u32>, String> {
        if outputs.len() == len {
            Ok(self.witnesses(outputs))
        } else {
            Err(format!("a black box has {} results where it gives {len}", outputs.len()))
        }
    }

    fn opcode(&mut self, opcode: layout::Opcode) -> Result<Opcode, String> {
        Ok(match opcode {
            layout::Opcode::AssertZero(expression) => Opcode::AssertZero(self.expression(expression)),
            layout::Opcode::BlackBoxFuncCall(layout::BlackBoxFuncCall::RANGE { input, num_bits }) => {
                Opcode::Range { input: self.input(&input), bits: num_bits }
            }
            layout::Opcode::BlackBoxFuncCall(layout::BlackBoxFuncCall::RecursiveAggregation { .. }) => {
                Opcode::Nothing
            }
            layout::Opcode::BlackBoxFuncCall(black_box) => {
                Opcode::BlackBox(Box::new(self.black_box(black_box)?))
            }
            layout::Opcode::MemoryOp { block_id, op } => {
                let operation = self.expression(op.operation);
                let is_write = match operation.constant {
                    Constants::ZERO => false,
                    Constants::ONE => true,
                    _ => return Err("a memory operation is neither a read nor a write".to_owned()),
                };
                let (index, value) = (self.expression(op.index), self.expression(op.value));
                Opcode::Memory(Box::new(MemoryAccess { block: block_id, is_write, index, value }))
            }
            layout::Opcode::MemoryInit { block_id, init, .. } => {
                Opcode::MemoryInit { block: block_id, values: self.witnesses(init).into() }
            }
            layout::Opcode::BrilligCall { id, inputs, outputs, predicate } => {
                Opcode::Call(Box::new(self.call(id, inputs, outputs, predicate)))
            }
            layout::Opcode::Call { .. } => return Err("a call of another ACIR function".to_owned()),
        })
    }

    fn call(
        &mut self,
        id: u32,
        inputs: Vec<layout::BrilligInputs>,
        outputs: Vec<layout::BrilligOutputs>,
        predicate: Option<layout::Expression>,
    ) -> BrilligCall {
        self.opcodes.largest_function = self.opcodes.largest_function.max(Some(id));
        let inputs = inputs.into_iter().map(|input| match input {
            layout::BrilligInputs::Single(value) => BrilligInput::Values(vec![self.expression(value)]),
            layout::BrilligInputs::Array(values) => {
                BrilligInput::Values(values.into_iter().map(|value| self.expression(value)).collect())
            }
            layout::BrilligInputs::MemoryArray(block) => BrilligInput::Memory(block),
        });
        let inputs = inputs.collect();
        let outputs = outputs.into_iter().flat_map(|output| match output {
            layout::BrilligOutputs::Simple(witness) => vec![witness],
            layout::BrilligOutputs::Array(witnesses) => witnesses,
        });
        let outputs = outputs.collect();
        BrilligCall {
            function: id,
            inputs,
            outputs: self.witnesses(outputs),
            predicate: predicate.map(|predicate| self.expression(predicate)),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each black box of the format")]
    fn black_box(&mut self, call: layout::BlackBoxFuncCall) -> Result<BlackBox, String> {
        use layout::BlackBoxFuncCall as Call;
        Ok(match call {
            Call::AES128Encrypt { inputs, iv, key, outputs } => BlackBox::Aes128 {
                inputs: self.inputs(&inputs),
                iv: self.exactly(&iv, 16)?,
                key: self.exactly(&key, 16)?,
                outputs: self.witnesses(outputs),
            },
            Call::AND { lhs, rhs, num_bits, output } => BlackBox::And {
                operands: [self.input(&lhs), self.input(&rhs)],
                bits: num_bits,
                output: self.witness(output),
            },
            Call::XOR { lhs, rhs, num_bits, output } => BlackBox::Xor {
                operands: [self.input(&lhs), self.input(&rhs)],
                bits: num_bits,
                output: self.witness(output),
            },
            Call::Blake2s { inputs, outputs } => {
                BlackBox::Blake2s { inputs: self.inputs(&inputs), outputs: self.results(outputs, 32)? }
            }
            Call::Blake3 { inputs, outputs } => {
                BlackBox::Blake3 { inputs: self.inputs(&inputs), outputs: self.results(outputs, 32)? }
            }
            Call::EcdsaSecp256k1 {
                public_key_x,
                public_key_y,
                signature,
                hashed_message,
                predicate,
                output,
            } => BlackBox::Ecdsa {
                curve: EcdsaCurve::Secp256k1,
                key: [self.exactly(&public_key_x, 32)?, self.exactly(&public_key_y, 32)?],
                signature: self.exactly(&signature, 64)?,
                hash: self.exactly(&hashed_message, 32)?,
                predicate: self.input(&predicate),
                output: self.witness(output),
            },
            Call::EcdsaSecp256r1 {
                public_key_x,
                public_key_y,
                signature,
                hashed_message,
                predicate,
                output,
            } => BlackBox::Ecdsa {
                curve: EcdsaCurve::Secp256r1,
                key: [self.exactly(&public_key_x, 32)?, self.exactly(&public_key_y, 32)?],
                signature: self.exactly(&signature, 64)?,
                hash: self.exactly(&hashed_message, 32)?,
                predicate: self.input(&predicate),
                output: self.witness(output),
            },
            Call::MultiScalarMul { points, scalars, predicate, outputs: (x, y, infinite) } => {
                let count = points.len() / 3;
                BlackBox::MultiScalarMul {
                    points: self.exactly(&points, count * 3)?,
                    scalars: self.exactly(&scalars, count * 2)?,
                    predicate: self.input(&predicate),
                    outputs: [self.witness(x), self.witness(y), self.witness(infinite)],
                }
            }
            Call::EmbeddedCurveAdd { input1, input2, predicate, outputs: (x, y, infinite) } => {
                BlackBox::CurveAdd {
                    points: [self.exactly(&input1, 3)?, self.exactly(&input2, 3)?],
                    predicate: self.input(&predicate),
                    outputs: [self.witness(x), self.witness(y), self.witness(infinite)],
                }
            }
            Call::Keccakf1600 { inputs, outputs } => BlackBox::Keccakf1600 {
                inputs: self.exactly(&inputs, 25)?,
                outputs: self.results(outputs, 25)?,
            },
            Call::Poseidon2Permutation { inputs, outputs } => {
                BlackBox::Poseidon2 { inputs: self.exactly(&inputs, 4)?, outputs: self.results(outputs, 4)? }
            }
            Call::Sha256Compression { inputs, hash_values, outputs } => BlackBox::Sha256Compression {
                inputs: self.exactly(&inputs, 16)?,
                state: self.exactly(&hash_values, 8)?,
                outputs: self.results(outputs, 8)?,
            },
            Call::RANGE { .. } | Call::RecursiveAggregation { .. } => {
                return Err("a black box with an opcode of its own".to_owned());
            }
        })
    }
}
