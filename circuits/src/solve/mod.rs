//! Solving: computes every witness of a program from its inputs, opcode by opcode.
//!
//! The order of opcodes is such that each finds its operands solved; what an opcode leaves unknown, it computes. The
//! rules are those of Noir's own solver, which later releases publish as `acvm`; unconstrained functions run in its
//! virtual machine, or in a faster one of our own as long as nothing about them is special.
//!
//! Opcodes that need nothing of one another can be solved at the same time. [`parallel`] does that with a [`Plan`], and
//! leaves everything else to the way in order: failures above all, so that the first one in order is reported.

mod black_box;
mod brillig;
mod expression;
mod interpreter;
mod operands;
mod parallel;
mod plan;

use std::sync::{OnceLock, PoisonError, RwLock};

use acvm::{AcirField as _, FieldElement};

use crate::acir::{
    AssertionPayload, Input, MemoryAccess, Opcode, OpcodeLocation as Location, Opcodes, Program,
};
use crate::oracle::{Oracle, OracleError};

pub(crate) use parallel::solve_on;
pub(crate) use plan::Plan;

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

/// A block of memory, once it is initialised.
type Block = RwLock<Option<Vec<FieldElement>>>;

/// What is known so far of a program's values. Threads share it; each value is given once.
struct State<'a> {
    program: &'a Program,
    values: Vec<OnceLock<FieldElement>>,
    blocks: Vec<Block>,
}

/// Solves opcodes, and keeps what it needs for that.
struct Solver<'a> {
    state: &'a State<'a>,
    opcodes: &'a Opcodes,
    calls: brillig::Calls,
    /// Whether an expression with an unknown witness was solved without giving it a value, which depends on the values
    /// of others. What is given by which opcode is then not what the opcodes say.
    is_irregular: bool,
}

/// Solves `program` for `inputs`, one for each of its input witnesses, in order.
pub(crate) fn solve(
    program: &Program,
    inputs: impl Iterator<Item = FieldElement>,
    oracle: &mut dyn Oracle,
) -> Result<Vec<Option<FieldElement>>, FailureAt> {
    let state = State::new(program, inputs);
    let mut solver = Solver::new(&state);
    for (index, opcode) in program.opcodes.list().iter().enumerate() {
        if index % STOP_INTERVAL == 0 && oracle.should_stop() {
            return Err(FailureAt { opcode: index, failure: Failure::Stopped });
        }
        solver.step(opcode, oracle).map_err(|failure| FailureAt { opcode: index, failure })?;
    }
    Ok(state.into_values())
}

impl<'a> State<'a> {
    fn new(program: &'a Program, inputs: impl Iterator<Item = FieldElement>) -> Self {
        let mut values = vec![OnceLock::new(); program.witness_count as usize];
        for (witness, value) in program.inputs.iter().zip(inputs) {
            values[*witness as usize] = OnceLock::from(value);
        }
        let numbers = program.opcodes.list().iter().filter_map(|opcode| match opcode {
            Opcode::MemoryInit { block, .. } => Some(*block as usize + 1),
            _ => None,
        });
        // Blocks are numbered one after another, so a block's number is about the count of those before it.
        let count = numbers.max().unwrap_or(0).min(program.opcodes.list().len() + 1);
        let blocks = (0..count).map(|_| Block::default()).collect();
        Self { program, values, blocks }
    }

    fn into_values(self) -> Vec<Option<FieldElement>> {
        self.values.into_iter().map(OnceLock::into_inner).collect()
    }
}

/// What the artifact says about a failing constraint at `opcode`.
pub(crate) fn payload_at(program: &Program, opcode: usize) -> Option<&AssertionPayload> {
    let at = program.messages.binary_search_by(|(location, _)| location.cmp(&Location::Acir(opcode))).ok()?;
    Some(&program.messages[at].1)
}

impl<'a> Solver<'a> {
    fn new(state: &'a State<'a>) -> Self {
        let calls = brillig::Calls::new(state.program.functions.len());
        Self { state, opcodes: &state.program.opcodes, calls, is_irregular: false }
    }

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

    fn value(&self, witness: u32) -> Option<FieldElement> {
        self.state.values[witness as usize].get().copied()
    }

    /// The value of a witness that an earlier opcode must have solved.
    fn known(&self, witness: u32) -> Result<FieldElement, Failure> {
        self.value(witness).ok_or_else(|| Failure::Unknown(format!("witness {witness} is not assigned")))
    }

    /// The value of an operand.
    fn input(&self, input: Input) -> Result<FieldElement, Failure> {
        match input {
            Input::Constant(id) => Ok(self.opcodes.constants().of_solver(id)),
            Input::Witness(witness) => self.known(witness),
        }
    }

    /// Gives a witness its value, or checks that it has it.
    fn assign(&self, witness: u32, value: FieldElement) -> Result<(), Failure> {
        match self.state.values[witness as usize].set(value) {
            Err(value) if self.value(witness) != Some(value) => Err(Failure::Unsatisfied),
            _ => Ok(()),
        }
    }

    fn initialise(&self, block: u32, witnesses: &[u32]) -> Result<(), Failure> {
        let values = witnesses.iter().map(|witness| self.known(*witness)).collect::<Result<_, _>>()?;
        let Some(place) = self.state.blocks.get(block as usize) else {
            return Err(Failure::Unknown(format!("memory block {block} is out of range")));
        };
        let mut place = place.write().unwrap_or_else(PoisonError::into_inner);
        if place.replace(values).is_some() {
            return Err(Failure::Unsatisfied);
        }
        Ok(())
    }

    /// Reads a block that must be initialised.
    fn read_block<T>(
        &self,
        block: u32,
        read: impl FnOnce(&Vec<FieldElement>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let found = self.state.blocks.get(block as usize);
        let found = found.map(|found| found.read().unwrap_or_else(PoisonError::into_inner));
        match found.as_deref() {
            Some(Some(values)) => read(values),
            _ => Err(Failure::Unknown(format!("memory block {block} is not initialised"))),
        }
    }

    fn access(&self, access: &MemoryAccess) -> Result<(), Failure> {
        let index = self.evaluate(&access.index)?;
        let (position, value) = self.read_block(access.block, |values| {
            let position = index.try_to_u32().map(|position| position as usize);
            let found = position.and_then(|position| Some((position, *values.get(position)?)));
            found.ok_or_else(|| {
                let (index, len) = (crate::witness::to_kernel(index), values.len());
                Failure::Refused(format!("index {index} is out of bounds of an array of {len}"))
            })
        })?;
        if access.is_write {
            let value = self.evaluate(&access.value)?;
            let mut block =
                self.state.blocks[access.block as usize].write().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = block.as_mut().and_then(|values| values.get_mut(position)) {
                *place = value;
            }
            return Ok(());
        }
        let witness = self.bare_witness(&access.value)?;
        self.assign(witness, value)
    }
}
