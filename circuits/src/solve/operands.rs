//! What an opcode reads and gives, as far as its form tells.

use crate::acir::{BlackBox, BrilligInput, Expression, Input, Opcode, Opcodes};

/// Something that an opcode touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// A witness that must be known.
    Read(u32),
    /// A witness of an expression that is solved for the one witness in it that is unknown, or checked.
    ReadOrSolve(u32),
    /// A witness that gets a value, or is compared with it.
    Give(u32),
    /// A block that is read.
    ReadBlock(u32),
    /// A block that is changed.
    WriteBlock(u32),
}

/// Calls `visit` with every operand of `opcode`: what is read comes before what is given.
pub(super) fn visit(opcodes: &Opcodes, opcode: &Opcode, mut visit: impl FnMut(Operand)) {
    use Operand::{Give, Read, ReadBlock, ReadOrSolve, WriteBlock};
    let visit = &mut visit;
    match opcode {
        Opcode::AssertZero(expression) => {
            terms(opcodes, expression, |witness| visit(ReadOrSolve(witness)));
        }
        Opcode::Range { input, .. } => read(*input, visit),
        Opcode::Memory(access) => {
            terms(opcodes, &access.index, |witness| visit(Read(witness)));
            if access.is_write {
                terms(opcodes, &access.value, |witness| visit(Read(witness)));
                visit(WriteBlock(access.block));
            } else {
                visit(ReadBlock(access.block));
                terms(opcodes, &access.value, |witness| visit(Give(witness)));
            }
        }
        Opcode::MemoryInit { block, values, .. } => {
            values.iter().for_each(|witness| visit(Read(*witness)));
            visit(WriteBlock(*block));
        }
        Opcode::Call(call) => {
            let values = call.inputs.iter().flat_map(|input| match input {
                BrilligInput::Values(values) => values.as_slice(),
                BrilligInput::Memory(_) => &[],
            });
            for expression in values.chain(&call.predicate) {
                terms(opcodes, expression, |witness| visit(Read(witness)));
            }
            for input in &call.inputs {
                if let BrilligInput::Memory(block) = input {
                    visit(ReadBlock(*block));
                }
            }
            call.outputs.iter().for_each(|witness| visit(Give(*witness)));
        }
        Opcode::BlackBox(call) => black_box(call, visit),
        Opcode::Recursion { .. } => {}
    }
}

fn terms(opcodes: &Opcodes, expression: &Expression, mut visit: impl FnMut(u32)) {
    for &(_, left, right) in opcodes.mul(expression) {
        visit(left);
        visit(right);
    }
    opcodes.linear(expression).iter().for_each(|(_, witness)| visit(*witness));
}

fn read(input: Input, visit: &mut impl FnMut(Operand)) {
    if let Input::Witness(witness) = input {
        visit(Operand::Read(witness));
    }
}

fn black_box(call: &BlackBox, visit: &mut impl FnMut(Operand)) {
    let (inputs, outputs): (Vec<&[Input]>, &[u32]) = match call {
        BlackBox::Aes128 { inputs, iv, key, outputs } => (vec![inputs, iv, key], outputs),
        BlackBox::And { operands, output, .. } | BlackBox::Xor { operands, output, .. } => {
            (vec![operands], std::slice::from_ref(output))
        }
        BlackBox::Blake2s { inputs, outputs }
        | BlackBox::Blake3 { inputs, outputs }
        | BlackBox::Keccakf1600 { inputs, outputs }
        | BlackBox::Poseidon2 { inputs, outputs } => (vec![inputs], outputs),
        BlackBox::Ecdsa { key: [x, y], signature, hash, predicate, output, .. } => {
            let predicate = std::slice::from_ref(predicate);
            (vec![x, y, signature, hash, predicate], std::slice::from_ref(output))
        }
        BlackBox::MultiScalarMul { points, scalars, predicate, outputs } => {
            (vec![points, scalars, std::slice::from_ref(predicate)], outputs)
        }
        BlackBox::CurveAdd { points: [left, right], predicate, outputs } => {
            (vec![left, right, std::slice::from_ref(predicate)], outputs)
        }
        BlackBox::Sha256Compression { inputs, state, outputs } => (vec![inputs, state], outputs),
    };
    inputs.into_iter().flatten().for_each(|input| read(*input, visit));
    outputs.iter().for_each(|witness| visit(Operand::Give(*witness)));
}
