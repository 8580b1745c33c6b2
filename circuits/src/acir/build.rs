//! Turns serialised opcodes into compact ones while they are read, so that both forms never exist as a whole.

use std::collections::HashMap;
use std::fmt;

use acvm::{AcirField as _, FieldElement};
use chinampa_kernels::Fr;
use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

use super::compact::{
    BrilligCall, BrilligInput, ConstantId, Constants, Expression, Input, MemoryAccess, Opcode, Opcodes,
};
use super::layout;
use crate::witness::to_kernel;

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

/// The one way to write a field element below the modulus.
fn canonical(value: FieldElement) -> layout::Factor {
    layout::Factor(to_kernel(value).to_be_bytes())
}

/// Turns serialised opcodes into compact ones, one at a time.
pub(super) struct Builder {
    opcodes: Opcodes,
    ids: HashMap<layout::Factor, ConstantId>,
    /// Factors that were looked up lately, and their numbers, each at a place that depends on its lowest bits: most factors
    /// are among the few that are used all the time.
    recent: Vec<(layout::Factor, ConstantId)>,
}

/// Places for factors that were looked up lately, as a power of two.
const RECENT_LOG2: u32 = 10;

/// The place of a factor. Small multiples, negative ones and powers of two have places of their own.
fn place(factor: &layout::Factor) -> usize {
    let (high, low) = (factor.0.first_chunk(), factor.0.last_chunk());
    let words = [high, low].map(|chunk| u64::from_be_bytes(*chunk.expect("a factor has 32 bytes")));
    let mixed = (words[0] ^ words[1].rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (u64::BITS - RECENT_LOG2)) as usize
}

impl Builder {
    fn new() -> Self {
        let constants = vec![FieldElement::zero(), FieldElement::one(), -FieldElement::one()];
        let ids = (0..).zip(&constants).map(|(id, constant)| (canonical(*constant), id)).collect();
        let opcodes = Opcodes {
            list: Vec::new(),
            mul: Vec::new(),
            linear: Vec::new(),
            constants: Constants(constants),
            largest_witness: 0,
            largest_function: None,
        };
        let recent = vec![(canonical(FieldElement::zero()), Constants::ZERO); 1 << RECENT_LOG2];
        Self { opcodes, ids, recent }
    }

    fn constant(&mut self, factor: layout::Factor) -> ConstantId {
        let place = place(&factor);
        if self.recent[place].0 == factor {
            return self.recent[place].1;
        }
        let id = match self.ids.get(&factor) {
            Some(id) => *id,
            None => self.add_constant(factor),
        };
        self.recent[place] = (factor, id);
        id
    }

    /// A factor that has no number yet. One that is not below the modulus may still be a constant that there is.
    fn add_constant(&mut self, factor: layout::Factor) -> ConstantId {
        let value = FieldElement::from_be_bytes_reduce(&factor.0);
        if Fr::from_be_bytes(&factor.0).is_err()
            && let Some(id) = self.ids.get(&canonical(value)).copied()
        {
            self.ids.insert(factor, id);
            return id;
        }
        let constants = &mut self.opcodes.constants.0;
        let id = u32::try_from(constants.len()).expect("a program has fewer than four billion constants");
        constants.push(value);
        self.ids.insert(factor, id);
        id
    }

    pub(super) fn witness(&mut self, witness: u32) -> u32 {
        self.opcodes.largest_witness = self.opcodes.largest_witness.max(witness);
        witness
    }

    pub(super) fn witnesses(&mut self, witnesses: Vec<u32>) -> Vec<u32> {
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

    pub(super) fn input(&mut self, input: &layout::FunctionInput) -> Input {
        match input {
            layout::FunctionInput::Constant(value) => Input::Constant(self.constant(*value)),
            layout::FunctionInput::Witness(witness) => Input::Witness(self.witness(*witness)),
        }
    }

    pub(super) fn inputs(&mut self, inputs: &[layout::FunctionInput]) -> Vec<Input> {
        inputs.iter().map(|input| self.input(input)).collect()
    }

    /// A list of operands of a black box that takes exactly `len` of them.
    pub(super) fn exactly(
        &mut self,
        inputs: &[layout::FunctionInput],
        len: usize,
    ) -> Result<Vec<Input>, String> {
        if inputs.len() == len {
            Ok(self.inputs(inputs))
        } else {
            Err(format!("a black box has {} operands where it takes {len}", inputs.len()))
        }
    }

    /// The results of a black box that gives exactly `len` of them.
    pub(super) fn results(&mut self, outputs: Vec<u32>, len: usize) -> Result<Vec<u32>, String> {
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
            layout::Opcode::BlackBoxFuncCall(layout::BlackBoxFuncCall::RecursiveAggregation {
                proof_type,
                predicate,
                ..
            }) => Opcode::Recursion { proof_type, predicate: self.input(&predicate) },
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
            layout::Opcode::MemoryInit { block_id, init, block_type } => Opcode::MemoryInit {
                block: block_id,
                values: self.witnesses(init).into(),
                is_databus: !matches!(block_type, layout::BlockType::Memory),
            },
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
}
