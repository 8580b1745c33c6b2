//! A fast way to run unconstrained functions whose run has nothing special about it.
//!
//! Noir's machine makes and fills its memory anew for each call, and the costly circuits make thousands of calls that do
//! little. This one keeps its memory and cleans what a call has touched. It knows no failures: whatever it does not
//! expect (a trap, a value of another type, a division by zero, a function that asks the world outside) makes it
//! [give up](GaveUp), and Noir's machine runs the call from its beginning and says what is wrong. So a result of this one
//! must be that of Noir's, and nothing else has to.

mod memory;
mod translate;
mod value;

#[cfg(test)]
mod tests;

use acvm::acir::brillig::{BinaryFieldOp, BinaryIntOp, MemoryAddress, Opcode};
use acvm::blackbox_solver::{BlackBoxFunctionSolver as _, sha256_compression};
use acvm::{AcirField as _, FieldElement};
use bn254_blackbox_solver::Bn254BlackBoxSolver;

use memory::Memory;
use translate::Op;
use value::Value;

/// Where the machine keeps the first free address of its heap.
const FREE_MEMORY_POINTER: MemoryAddress = MemoryAddress::Direct(1);
/// Bits of an address.
const ADDRESS_BITS: u8 = 32;
/// Most ops of one call. A call that takes longer is left to Noir's machine, which has no limit.
const MAX_OPS: u64 = 1 << 36;
/// Deepest calls within a function.
const MAX_DEPTH: usize = 1 << 16;

/// The call is not one of this machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GaveUp;

type Step<T> = Result<T, GaveUp>;

/// A function that may be run here.
#[derive(Debug)]
pub(super) struct Function(Vec<Op>);

impl Function {
    /// None if the function asks the world outside.
    pub(super) fn new(bytecode: &[Opcode<FieldElement>]) -> Option<Self> {
        translate::translate(bytecode).map(Self)
    }
}

/// The machine. It has no state between calls but its memory, which is clean.
#[derive(Debug, Default)]
pub(super) struct Machine {
    memory: Memory,
    calls: Vec<usize>,
}

impl Machine {
    /// Calls a function and returns its `count` results.
    pub(super) fn call(
        &mut self,
        function: &Function,
        arguments: &[FieldElement],
        count: usize,
    ) -> Step<Vec<FieldElement>> {
        let results = self.run(function, arguments, count);
        self.memory.clean();
        self.calls.clear();
        results
    }

    fn run(
        &mut self,
        function: &Function,
        arguments: &[FieldElement],
        count: usize,
    ) -> Step<Vec<FieldElement>> {
        let mut at = 0;
        for _ in 0..MAX_OPS {
            // The end of the code without a stop returns nothing; compilers write no such code.
            let op = function.0.get(at).ok_or(GaveUp)?;
            at += 1;
            match op {
                Op::Jump(to) => at = *to,
                Op::JumpIf(condition, to) => {
                    if self.memory.read(*condition)?.bit()? {
                        at = *to;
                    }
                }
                Op::Call(to) => {
                    if self.calls.len() >= MAX_DEPTH {
                        return Err(GaveUp);
                    }
                    self.calls.push(at);
                    at = *to;
                }
                Op::Return => at = self.calls.pop().ok_or(GaveUp)?,
                Op::Stop { pointer, size } => return self.results(*pointer, *size, count),
                Op::GiveUp => return Err(GaveUp),
                Op::Calldata { to, size, offset } => {
                    let (size, offset) =
                        (self.memory.read(*size)?.address()?, self.memory.read(*offset)?.address()?);
                    let end = offset.checked_add(size).ok_or(GaveUp)?;
                    let values = arguments.get(offset as usize..end as usize).ok_or(GaveUp)?;
                    self.memory.write_slice(
                        *to,
                        values.iter().map(|value| Value::Field(*value)),
                        values.len(),
                    )?;
                }
                op => self.compute(op)?,
            }
        }
        Err(GaveUp)
    }

    fn results(&self, pointer: MemoryAddress, size: MemoryAddress, count: usize) -> Step<Vec<FieldElement>> {
        let len = self.memory.read(size)?.address()? as usize;
        if len != count {
            return Err(GaveUp);
        }
        if len == 0 {
            return Ok(Vec::new());
        }
        let values = self.memory.slice(self.memory.pointer(pointer)?, len)?;
        Ok(values.iter().copied().map(Value::to_field).collect())
    }

    /// An op that goes on with the next.
    fn compute(&mut self, op: &Op) -> Step<()> {
        let memory = &mut self.memory;
        match op {
            Op::Field { op, lhs, rhs, to } => {
                let (lhs, rhs) = (memory.read(*lhs)?.field()?, memory.read(*rhs)?.field()?);
                memory.write(*to, field_op(*op, lhs, rhs)?)
            }
            Op::Int { op, bits, lhs, rhs, to } => {
                let (lhs, rhs) = (memory.read(*lhs)?.int(*bits)?, memory.read(*rhs)?.int(*bits)?);
                let value = int_op(*op, *bits, lhs, rhs)?;
                // Memory does not begin again at zero.
                let is_allocation =
                    *to == FREE_MEMORY_POINTER && *op == BinaryIntOp::Add && *bits == ADDRESS_BITS;
                if is_allocation && lhs + rhs > u128::from(u32::MAX) {
                    return Err(GaveUp);
                }
                memory.write(*to, value)
            }
            Op::Not { from, to, bits } => {
                let value = memory.read(*from)?.int(*bits)?;
                memory.write(*to, Value::new_int(*bits, !value))
            }
            Op::Cast { from, to, bits } => {
                let value = memory.read(*from)?.cast(*bits);
                memory.write(*to, value)
            }
            Op::Const { to, value } => memory.write(*to, *value),
            Op::ConstAt { pointer, value } => memory.write(memory.pointer(*pointer)?, *value),
            Op::Move { from, to } => memory.write(*to, memory.read(*from)?),
            Op::Select { condition, left, right, to } => {
                let from = if memory.read(*condition)?.bit()? { left } else { right };
                memory.write(*to, memory.read(*from)?)
            }
            Op::Load { pointer, to } => memory.write(*to, memory.read(memory.pointer(*pointer)?)?),
            Op::Store { pointer, from } => memory.write(memory.pointer(*pointer)?, memory.read(*from)?),
            Op::Poseidon2 { input, output } => poseidon2(memory, *input, *output),
            Op::Sha256 { input, state, output } => sha256(memory, *input, *state, *output),
            Op::Radix { input, radix, output, count, is_bits } => {
                let (radix, count) =
                    (memory.read(*radix)?.address()?, memory.read(*count)?.address()? as usize);
                let is_bits = memory.read(*is_bits)?.bit()?;
                let digits = digits(memory.read(*input)?.field()?, radix, count, is_bits)?;
                let to = memory.pointer(*output)?;
                memory.write_slice(to, digits.iter().copied(), count)
            }
            _ => Err(GaveUp),
        }
    }
}

fn field_op(op: BinaryFieldOp, lhs: FieldElement, rhs: FieldElement) -> Step<Value> {
    Ok(match op {
        BinaryFieldOp::Add => Value::Field(lhs + rhs),
        BinaryFieldOp::Sub => Value::Field(lhs - rhs),
        BinaryFieldOp::Mul => Value::Field(lhs * rhs),
        BinaryFieldOp::Div if rhs.is_zero() => return Err(GaveUp),
        BinaryFieldOp::Div if rhs.is_one() => Value::Field(lhs),
        BinaryFieldOp::Div => Value::Field(lhs / rhs),
        BinaryFieldOp::IntegerDiv => {
            // Of numbers that processors divide; larger ones are rare.
            let (Some(lhs), Some(rhs)) = (lhs.try_into_u128(), rhs.try_into_u128()) else {
                return Err(GaveUp);
            };
            Value::Field(FieldElement::from(lhs.checked_div(rhs).ok_or(GaveUp)?))
        }
        BinaryFieldOp::Equals => Value::new_bit(lhs == rhs),
        BinaryFieldOp::LessThan => Value::new_bit(lhs < rhs),
        BinaryFieldOp::LessThanEquals => Value::new_bit(lhs <= rhs),
    })
}

fn int_op(op: BinaryIntOp, bits: u8, lhs: u128, rhs: u128) -> Step<Value> {
    let value = match op {
        BinaryIntOp::Add => lhs.wrapping_add(rhs),
        BinaryIntOp::Sub => lhs.wrapping_sub(rhs),
        BinaryIntOp::Mul => lhs.wrapping_mul(rhs),
        BinaryIntOp::Div => divide(lhs, rhs)?,
        BinaryIntOp::And => lhs & rhs,
        BinaryIntOp::Or => lhs | rhs,
        BinaryIntOp::Xor => lhs ^ rhs,
        BinaryIntOp::Shl | BinaryIntOp::Shr if rhs >= u128::from(bits) => 0,
        BinaryIntOp::Shl => lhs << rhs,
        BinaryIntOp::Shr => lhs >> rhs,
        BinaryIntOp::Equals => return Ok(Value::new_bit(lhs == rhs)),
        BinaryIntOp::LessThan => return Ok(Value::new_bit(lhs < rhs)),
        BinaryIntOp::LessThanEquals => return Ok(Value::new_bit(lhs <= rhs)),
    };
    Ok(Value::new_int(bits, value))
}

fn divide(lhs: u128, rhs: u128) -> Step<u128> {
    match (u64::try_from(lhs), u64::try_from(rhs)) {
        (Ok(lhs), Ok(rhs)) => lhs.checked_div(rhs).map(u128::from).ok_or(GaveUp),
        _ => lhs.checked_div(rhs).ok_or(GaveUp),
    }
}

fn poseidon2(
    memory: &mut Memory,
    (input, len): (MemoryAddress, usize),
    (output, count): (MemoryAddress, usize),
) -> Step<()> {
    let state = memory.slice(memory.pointer(input)?, len)?;
    let state = state.iter().map(|value| value.field()).collect::<Step<Vec<_>>>()?;
    let state = Bn254BlackBoxSolver.poseidon2_permutation(&state).map_err(|_| GaveUp)?;
    if state.len() != count {
        return Err(GaveUp);
    }
    let to = memory.pointer(output)?;
    memory.write_slice(to, state.into_iter().map(Value::Field), count)
}

fn sha256(
    memory: &mut Memory,
    input: (MemoryAddress, usize),
    state: (MemoryAddress, usize),
    (output, count): (MemoryAddress, usize),
) -> Step<()> {
    let words = |(pointer, len): (MemoryAddress, usize)| -> Step<Vec<u32>> {
        let values = memory.slice(memory.pointer(pointer)?, len)?;
        values.iter().map(Value::address).collect()
    };
    let message: [u32; 16] = words(input)?.try_into().map_err(|_| GaveUp)?;
    let mut state: [u32; 8] = words(state)?.try_into().map_err(|_| GaveUp)?;
    if count != state.len() {
        return Err(GaveUp);
    }
    sha256_compression(&mut state, &message);
    let to = memory.pointer(output)?;
    memory.write_slice(to, state.into_iter().map(|word| Value::new_int(32, word.into())), count)
}

/// `count` digits of a number, most significant first.
fn digits(number: FieldElement, radix: u32, count: usize, is_bits: bool) -> Step<Vec<Value>> {
    if !(2..=256).contains(&radix) || (is_bits && radix != 2) {
        return Err(GaveUp);
    }
    let mut bytes = number.to_be_bytes();
    let mut digits = vec![Value::new_bit(false); count];
    for digit in digits.iter_mut().rev() {
        // A long division by hand, byte by byte.
        let mut rest = 0;
        for byte in &mut bytes {
            let part = (rest << 8) | u32::from(*byte);
            *byte = u8::try_from(part / radix).expect("the rest is below the radix");
            rest = part % radix;
        }
        *digit = if is_bits { Value::new_bit(rest == 1) } else { Value::new_int(8, rest.into()) };
    }
    if bytes.iter().any(|byte| *byte != 0) {
        return Err(GaveUp);
    }
    Ok(digits)
}
