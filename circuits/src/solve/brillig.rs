//! Calls of unconstrained functions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use acvm::acir::brillig::{ForeignCallParam, ForeignCallResult, Opcode};
use acvm::brillig_vm::{FailureReason, MemoryValue, VM, VMStatus};
use acvm::{AcirField as _, FieldElement};
use bn254_blackbox_solver::Bn254BlackBoxSolver;

use super::{Failure, Solver, interpreter};
use crate::acir::{BrilligCall, BrilligInput};
use crate::oracle::Oracle;
use crate::witness::{from_kernel, to_kernel};

type Machine<'a> = VM<'a, FieldElement, Bn254BlackBoxSolver>;

/// Our own machine, and the functions of the program that it runs.
#[derive(Debug)]
pub(super) struct Calls {
    machine: interpreter::Machine,
    functions: Vec<Known>,
}

/// A function, once it was called.
#[derive(Debug)]
enum Known {
    NotYet,
    /// It is run here.
    Own(interpreter::Function),
    /// It is one for Noir's machine.
    Foreign,
}

impl Calls {
    /// For a program of `count` functions.
    pub(super) fn new(count: usize) -> Self {
        let functions = (0..count).map(|_| Known::NotYet).collect();
        Self { machine: interpreter::Machine::default(), functions }
    }

    fn call(
        &mut self,
        index: usize,
        bytecode: &[Opcode<FieldElement>],
        arguments: &[FieldElement],
        count: usize,
    ) -> Result<Vec<FieldElement>, interpreter::GaveUp> {
        let known = &mut self.functions[index];
        if matches!(known, Known::NotYet) {
            *known = interpreter::Function::new(bytecode).map_or(Known::Foreign, Known::Own);
        }
        let Known::Own(function) = known else { return Err(interpreter::GaveUp) };
        let results = self.machine.call(function, arguments, count);
        if results.is_err() {
            // A function that has something special once has it again.
            *known = Known::Foreign;
        }
        results
    }
}

impl Solver<'_> {
    pub(super) fn call(&mut self, call: &BrilligCall, oracle: &mut dyn Oracle) -> Result<(), Failure> {
        if let Some(predicate) = &call.predicate
            && self.evaluate(predicate)?.is_zero()
        {
            return call.outputs.iter().try_for_each(|output| self.assign(*output, FieldElement::zero()));
        }
        let mut arguments = Vec::new();
        for input in &call.inputs {
            match input {
                BrilligInput::Values(values) => {
                    for value in values {
                        arguments.push(self.evaluate(value)?);
                    }
                }
                BrilligInput::Memory(block) => self.read_block(*block, |values| {
                    arguments.extend_from_slice(values);
                    Ok(())
                })?,
            }
        }
        let function = &self.state.program.functions[call.function as usize].bytecode;
        if let Ok(results) = self.calls.call(call.function as usize, function, &arguments, call.outputs.len())
        {
            return call
                .outputs
                .iter()
                .zip(results)
                .try_for_each(|(output, value)| self.assign(*output, value));
        }
        // Bytecode that a compiler did not write can make the machine panic (an operand of the wrong type, say).
        let run = AssertUnwindSafe(|| {
            let machine = Machine::new(arguments, function, &Bn254BlackBoxSolver, false, None);
            run(machine, call.outputs.len(), oracle)
        });
        let results = catch_unwind(run)
            .map_err(|_| Failure::Unknown("an unconstrained function is malformed".to_owned()))??;
        call.outputs.iter().zip(results).try_for_each(|(output, value)| self.assign(*output, value))
    }
}

/// Runs a call to its end and returns its `count` results.
fn run(
    mut machine: Machine<'_>,
    count: usize,
    oracle: &mut dyn Oracle,
) -> Result<Vec<FieldElement>, Failure> {
    loop {
        match machine.process_opcodes() {
            VMStatus::Finished { return_data_offset, return_data_size } => {
                let (start, len) = (return_data_offset as usize, return_data_size as usize);
                let memory = machine.get_memory();
                let results = start.checked_add(len).and_then(|end| memory.get(start..end));
                return match results {
                    Some(results) if len == count => Ok(results.iter().map(MemoryValue::to_field).collect()),
                    _ => {
                        let text = format!("an unconstrained function returned {len} values, not {count}");
                        Err(Failure::Unknown(text))
                    }
                };
            }
            VMStatus::InProgress => {}
            VMStatus::Failure { reason, call_stack } => {
                return Err(failure(&machine, reason, call_stack.last().copied()));
            }
            VMStatus::ForeignCallWait { function, inputs } => {
                let arguments: Vec<Vec<_>> =
                    inputs.iter().map(|input| input.fields().into_iter().map(to_kernel).collect()).collect();
                let answer = oracle
                    .call(&function, &arguments)
                    .map_err(|source| Failure::Oracle { name: function, source })?;
                let values = answer.into_iter().map(|value| {
                    let mut fields: Vec<_> = value.into_iter().map(from_kernel).collect();
                    if fields.len() == 1 {
                        ForeignCallParam::Single(fields.remove(0))
                    } else {
                        ForeignCallParam::Array(fields)
                    }
                });
                machine.resolve_foreign_call(ForeignCallResult { values: values.collect() });
            }
        }
    }
}

/// What a failed call left: a text of the machine, or a message's selector and values in its memory.
fn failure(machine: &Machine<'_>, reason: FailureReason, brillig: Option<usize>) -> Failure {
    let (offset, len) = match reason {
        FailureReason::RuntimeError { message } => {
            return Failure::Call { brillig, selector: None, message: Some(message), values: Vec::new() };
        }
        FailureReason::Trap { revert_data_offset, revert_data_size } => {
            (revert_data_offset as usize, revert_data_size as usize)
        }
    };
    let data = offset.checked_add(len).and_then(|end| machine.get_memory().get(offset..end));
    let (selector, values) = match data {
        Some([selector, values @ ..]) => {
            let selector = selector.to_field().try_to_u64();
            (selector, values.iter().map(MemoryValue::to_field).collect())
        }
        _ => (None, Vec::new()),
    };
    Failure::Call { brillig, selector, message: None, values }
}
