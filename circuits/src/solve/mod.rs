//! Solving: computes every witness of a program from its inputs, opcode by opcode.
//!
//! The order of opcodes is such that each finds its operands solved; what an opcode leaves unknown, it computes. The
//! rules are those of Noir's own solver, which later releases publish as `acvm`; unconstrained functions run in its
//! virtual machine, or in a faster one of our own as long as nothing about them is special.

mod black_box;
mod brillig;
mod expression;
mod interpreter;

use acvm::{AcirField as _, FieldElement};

use crate::acir::{
    AssertionPayload, Input, MemoryAccess, Opcode, OpcodeLocation as Location, Opcodes, Program,
};
use crate::oracle::{Oracle, OracleError};

/// Opcodes between two questions whether to stop: about a millisecond.
const STOP_INTERVAL: usize = 4096;

/// Why an opcode cannot be solved; the caller knows where it is.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A constraint does not hold.
    Unsatisfied,
    /// An unconstrained function failed: at this opcode of its own, with this selector or text.
    Call { brillig: Option<usize>, selector: Option<u64>, message: Option<String>, values: Vec<FieldElement> },
    /// A message of our own that says what is broken.
    Refused(String),
    /// Something that the opcode needs is unknown.
    Unknown(String),
    /// Somebody wants it to end.
    Stopped,
    /// The oracle has no answer.
    Oracle { name: String, source: OracleError },
}

/// A failure and the opcode it happened at.
#[derive(Debug)]
pub(crate) struct FailureAt {
    pub(crate) opcode: usize,
    pub(crate) failure: Failure,
}

/// The state of solving one program.
struct Solver<'a> {
    program: &'a Program,
    opcodes: &'a Opcodes,
    values: Vec<Option<FieldElement>>,
    blocks: Vec<Option<Vec<FieldElement>>>,
    calls: brillig::Calls,
}

/// Solves `program` for `inputs`, one for each of its input witnesses.
pub(crate) fn solve(
    program: &Program,
    inputs: impl Iterator<Item = FieldElement>,
    oracle: &mut dyn Oracle,
) -> Result<Vec<Option<FieldElement>>, FailureAt> {
    let mut values = vec![None; program.witness_count as usize];
    for (witness, value) in program.inputs.iter().zip(inputs) {
        values[*witness as usize] = Some(value);
    }
    let calls = brillig::Calls::new(program.functions.len());
    let mut solver = Solver { program, opcodes: &program.opcodes, values, blocks: Vec::new(), calls };
    for (index, opcode) in program.opcodes.list().iter().enumerate() {
        if index % STOP_INTERVAL == 0 && oracle.should_stop() {
            return Err(FailureAt { opcode: index, failure: Failure::Stopped });
        }
        solver.step(opcode, oracle).map_err(|failure| FailureAt { opcode: index, failure })?;
    }
    Ok(solver.values)
}

/// What the artifact says about a failing constraint at `opcode`.
pub(crate) fn payload_at(program: &Program, opcode: usize) -> Option<&AssertionPayload> {
    let at = program.messages.binary_search_by(|(location, _)| location.cmp(&Location::Acir(opcode))).ok()?;
    Some(&program.messages[at].1)
}

impl Solver<'_> {
    fn step(&mut self, opcode: &Opcode, oracle: &mut dyn Oracle) -> Result<(), Failure> {
        match opcode {
            Opcode::AssertZero(expression) => self.assert_zero(expression),
            Opcode::Range { input, bits } => {
                if self.input(*input)?.num_bits() > *bits {
                    Err(Failure::Unsatisfied)
                } else {
                    Ok(())
                }
            }
            Opcode::Memory(access) => self.access(access),
            Opcode::MemoryInit { block, values, .. } => self.initialise(*block, values),
            Opcode::Call(call) => self.call(call, oracle),
            Opcode::BlackBox(black_box) => self.black_box(black_box),
            Opcode::Recursion { .. } => Ok(()),
        }
    }

    /// The value of a witness that an earlier opcode must have solved.
    fn known(&self, witness: u32) -> Result<FieldElement, Failure> {
        self.values[witness as usize]
            .ok_or_else(|| Failure::Unknown(format!("witness {witness} is not assigned")))
    }

    /// The value of an operand.
    fn input(&self, input: Input) -> Result<FieldElement, Failure> {
        match input {
            Input::Constant(id) => Ok(self.opcodes.constants().get(id)),
            Input::Witness(witness) => self.known(witness),
        }
    }

    /// Gives a witness its value, or checks that it has it.
    fn assign(&mut self, witness: u32, value: FieldElement) -> Result<(), Failure> {
        let slot = &mut self.values[witness as usize];
        match slot {
            None => {
                *slot = Some(value);
                Ok(())
            }
            Some(known) if *known == value => Ok(()),
            Some(_) => Err(Failure::Unsatisfied),
        }
    }

    fn initialise(&mut self, block: u32, witnesses: &[u32]) -> Result<(), Failure> {
        let values = witnesses.iter().map(|witness| self.known(*witness)).collect::<Result<_, _>>()?;
        let index = block as usize;
        // Blocks are numbered one after another, so a block's number is about the count of those before it.
        if index > self.opcodes.list().len() {
            return Err(Failure::Unknown(format!("memory block {block} is out of range")));
        }
        if index >= self.blocks.len() {
            self.blocks.resize(index + 1, None);
        }
        if self.blocks[index].replace(values).is_some() {
            return Err(Failure::Unsatisfied);
        }
        Ok(())
    }

    fn block(&self, block: u32) -> Result<&Vec<FieldElement>, Failure> {
        let found = self.blocks.get(block as usize).and_then(Option::as_ref);
        found.ok_or_else(|| Failure::Unknown(format!("memory block {block} is not initialised")))
    }

    fn access(&mut self, access: &MemoryAccess) -> Result<(), Failure> {
        let index = self.evaluate(&access.index)?;
        let len = self.block(access.block)?.len();
        let position =
            index.try_to_u32().map(|position| position as usize).filter(|position| *position < len);
        let Some(position) = position else {
            let index = crate::witness::to_kernel(index);
            return Err(Failure::Refused(format!("index {index} is out of bounds of an array of {len}")));
        };
        if access.is_write {
            let value = self.evaluate(&access.value)?;
            let block = self.blocks[access.block as usize].as_mut().expect("found above");
            block[position] = value;
            return Ok(());
        }
        let value = self.block(access.block)?[position];
        let witness = self.bare_witness(&access.value)?;
        self.assign(witness, value)
    }
}
