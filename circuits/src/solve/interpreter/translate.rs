//! Noir's opcodes in the machine's own form: constants converted, lengths as they are used.

use acvm::FieldElement;
use acvm::acir::brillig::{
    BinaryFieldOp, BinaryIntOp, BitSize, BlackBoxOp, HeapArray, IntegerBitSize, MemoryAddress, Opcode,
};

use super::value::Value;

type Address = MemoryAddress;
/// Where an array's address is held, and its length.
type Array = (Address, usize);

/// One op.
#[derive(Debug)]
pub(super) enum Op {
    Field { op: BinaryFieldOp, lhs: Address, rhs: Address, to: Address },
    Int { op: BinaryIntOp, bits: u8, lhs: Address, rhs: Address, to: Address },
    Not { from: Address, to: Address, bits: u8 },
    Cast { from: Address, to: Address, bits: Option<u8> },
    Jump(usize),
    JumpIf(Address, usize),
    Calldata { to: Address, size: Address, offset: Address },
    Call(usize),
    Return,
    Const { to: Address, value: Value },
    ConstAt { pointer: Address, value: Value },
    Move { from: Address, to: Address },
    Select { condition: Address, left: Address, right: Address, to: Address },
    Load { pointer: Address, to: Address },
    Store { pointer: Address, from: Address },
    Poseidon2 { input: Array, output: Array },
    Sha256 { input: Array, state: Array, output: Array },
    Radix { input: Address, radix: Address, output: Address, count: Address, is_bits: Address },
    Stop { pointer: Address, size: Address },
    GiveUp,
}

/// None if the function asks the world outside: what was asked once must not be asked again.
pub(super) fn translate(bytecode: &[Opcode<FieldElement>]) -> Option<Vec<Op>> {
    bytecode.iter().map(op).collect()
}

fn op(opcode: &Opcode<FieldElement>) -> Option<Op> {
    Some(match opcode {
        Opcode::BinaryFieldOp { destination, op, lhs, rhs } => {
            Op::Field { op: *op, lhs: *lhs, rhs: *rhs, to: *destination }
        }
        Opcode::BinaryIntOp { destination, op, bit_size, lhs, rhs } => {
            Op::Int { op: *op, bits: bits(*bit_size), lhs: *lhs, rhs: *rhs, to: *destination }
        }
        Opcode::Not { destination, source, bit_size } => {
            Op::Not { from: *source, to: *destination, bits: bits(*bit_size) }
        }
        Opcode::Cast { destination, source, bit_size } => {
            Op::Cast { from: *source, to: *destination, bits: integer(*bit_size) }
        }
        Opcode::Jump { location } => Op::Jump(*location),
        Opcode::JumpIf { condition, location } => Op::JumpIf(*condition, *location),
        Opcode::CalldataCopy { destination_address, size_address, offset_address } => {
            Op::Calldata { to: *destination_address, size: *size_address, offset: *offset_address }
        }
        Opcode::Call { location } => Op::Call(*location),
        Opcode::Return => Op::Return,
        Opcode::Const { destination, bit_size, value } => {
            Op::Const { to: *destination, value: Value::Field(*value).cast(integer(*bit_size)) }
        }
        Opcode::IndirectConst { destination_pointer, bit_size, value } => Op::ConstAt {
            pointer: *destination_pointer,
            value: Value::Field(*value).cast(integer(*bit_size)),
        },
        Opcode::Mov { destination, source } => Op::Move { from: *source, to: *destination },
        Opcode::ConditionalMov { destination, source_a, source_b, condition } => {
            Op::Select { condition: *condition, left: *source_a, right: *source_b, to: *destination }
        }
        Opcode::Load { destination, source_pointer } => {
            Op::Load { pointer: *source_pointer, to: *destination }
        }
        Opcode::Store { destination_pointer, source } => {
            Op::Store { pointer: *destination_pointer, from: *source }
        }
        Opcode::BlackBox(black_box_op) => black_box(black_box_op),
        Opcode::Stop { return_data } => Op::Stop { pointer: return_data.pointer, size: return_data.size },
        Opcode::Trap { .. } => Op::GiveUp,
        Opcode::ForeignCall { .. } => return None,
    })
}

fn black_box(op: &BlackBoxOp) -> Op {
    match op {
        BlackBoxOp::Poseidon2Permutation { message, output } => {
            Op::Poseidon2 { input: array(message), output: array(output) }
        }
        BlackBoxOp::Sha256Compression { input, hash_values, output } => {
            Op::Sha256 { input: array(input), state: array(hash_values), output: array(output) }
        }
        BlackBoxOp::ToRadix { input, radix, output_pointer, num_limbs, output_bits } => Op::Radix {
            input: *input,
            radix: *radix,
            output: *output_pointer,
            count: *num_limbs,
            is_bits: *output_bits,
        },
        // The circuits of the rollup have none of the others in unconstrained functions that are called often.
        _ => Op::GiveUp,
    }
}

fn array(array: &HeapArray) -> Array {
    (array.pointer, array.size.0 as usize)
}

fn integer(size: BitSize) -> Option<u8> {
    match size {
        BitSize::Field => None,
        BitSize::Integer(size) => Some(bits(size)),
    }
}

fn bits(size: IntegerBitSize) -> u8 {
    match size {
        IntegerBitSize::U1 => 1,
        IntegerBitSize::U8 => 8,
        IntegerBitSize::U16 => 16,
        IntegerBitSize::U32 => 32,
        IntegerBitSize::U64 => 64,
        IntegerBitSize::U128 => 128,
    }
}
