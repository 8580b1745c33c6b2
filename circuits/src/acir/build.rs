//! Turns serialised opcodes into compact ones while they are read, so that both forms never exist as a whole.

use chinampa_kernels::Fr;
use chinampa_kernels::field::FIELD_BYTES;

use super::compact::{
    BrilligCall, BrilligInput, ConstantId, Constants, Expression, Input, MemoryAccess, Opcode, Opcodes,
};
use super::layout;

/// Turns serialised opcodes into compact ones, one at a time.
pub(super) struct Builder {
    opcodes: Opcodes,
    /// Factors that were looked up lately, and their numbers, each at a place that depends on its lowest bits: most factors
    /// are among the few that are used all the time.
    recent: Vec<(layout::Factor, ConstantId)>,
}

/// Where the terms of a sum begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct SumStart {
    mul: u32,
    linear: u32,
}

fn position(len: usize) -> u32 {
    u32::try_from(len).expect("bytecode is at most 1 GiB")
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
    pub(super) fn new() -> Self {
        let opcodes = Opcodes {
            list: Vec::new(),
            mul: Vec::new(),
            linear: Vec::new(),
            constants: Constants::default(),
            largest_witness: 0,
            largest_function: None,
        };
        let recent = vec![(layout::Factor([0; FIELD_BYTES]), Constants::ZERO); 1 << RECENT_LOG2];
        Self { opcodes, recent }
    }

    fn constant(&mut self, factor: layout::Factor) -> ConstantId {
        let place = place(&factor);
        if self.recent[place].0 == factor {
            return self.recent[place].1;
        }
        // One that is not below the modulus may still be a constant that there is.
        let value = Fr::from_be_bytes(&factor.0).unwrap_or_else(|_| Fr::from_be_bytes_reduced(&factor.0));
        let id = self.opcodes.constants.palette.number(value);
        self.recent[place] = (factor, id);
        id
    }

    pub(super) fn witness(&mut self, witness: u32) -> u32 {
        self.opcodes.largest_witness = self.opcodes.largest_witness.max(witness);
        witness
    }

    pub(super) fn witnesses(&mut self, witnesses: Vec<u32>) -> Vec<u32> {
        witnesses.into_iter().map(|witness| self.witness(witness)).collect()
    }

    /// Adds an opcode.
    pub(super) fn push(&mut self, opcode: Opcode) {
        self.opcodes.list.push(opcode);
    }

    /// All opcodes, without room for more.
    pub(super) fn finish(self) -> Opcodes {
        let mut opcodes = self.opcodes;
        opcodes.list.shrink_to_fit();
        opcodes.mul.shrink_to_fit();
        opcodes.linear.shrink_to_fit();
        opcodes
    }

    /// Where a sum begins whose products, terms and constant come next.
    pub(super) fn start(&self) -> SumStart {
        SumStart { mul: position(self.opcodes.mul.len()), linear: position(self.opcodes.linear.len()) }
    }

    pub(super) fn push_product(&mut self, factor: layout::Factor, left: u32, right: u32) {
        let term = (self.constant(factor), self.witness(left), self.witness(right));
        self.opcodes.mul.push(term);
    }

    pub(super) fn push_term(&mut self, factor: layout::Factor, witness: u32) {
        let term = (self.constant(factor), self.witness(witness));
        self.opcodes.linear.push(term);
    }

    /// The sum of what came since `start`, and a constant.
    pub(super) fn end(&mut self, start: SumStart, constant: layout::Factor) -> Expression {
        Expression {
            mul: (start.mul, position(self.opcodes.mul.len())),
            linear: (start.linear, position(self.opcodes.linear.len())),
            constant: self.constant(constant),
        }
    }

    fn expression(&mut self, expression: layout::Expression) -> Expression {
        let start = self.start();
        for (factor, left, right) in expression.mul_terms {
            self.push_product(factor, left, right);
        }
        for (factor, witness) in expression.linear_combinations {
            self.push_term(factor, witness);
        }
        self.end(start, expression.q_c)
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

    pub(super) fn opcode(&mut self, opcode: layout::Opcode) -> Result<Opcode, String> {
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
