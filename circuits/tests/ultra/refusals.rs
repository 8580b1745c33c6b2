//! Programs and witnesses that are refused, each beside its neighbour that is not.

use chinampa_circuits::{BackendInputs, CircuitError, MAX_WITNESSES, NoOracle, UltraProgram};
use chinampa_kernels::Fr;

use crate::acir::{BlackBox, BlockType, Expression, F, Input, Opcode, Program};
use crate::keys::{bytecode, names};

fn program_of(opcodes: impl IntoIterator<Item = BlackBox>, inputs: &[u64]) -> Program {
    let mut program = Program::new("refusal");
    for input in inputs {
        program.input(Fr::from(*input));
    }
    opcodes.into_iter().for_each(|opcode| program.push(opcode));
    program
}

fn built(program: &Program) -> Result<(), CircuitError> {
    let program = UltraProgram::from_gzip(&program.gzip()).unwrap();
    program.key_circuit(BackendInputs::PairingPoints).map(drop)
}

fn is_malformed_at(program: &Program, opcode: usize) -> bool {
    matches!(built(program), Err(CircuitError::Malformed { location, .. }) if location.acir == opcode)
}

#[test]
fn recursion_is_refused_with_its_location() {
    let recursive: Vec<String> =
        names("acir/programs", ".json").into_iter().filter(|name| name.starts_with("rec_")).collect();
    assert_eq!(recursive.len(), 6, "{recursive:?}");
    for name in recursive {
        let program = UltraProgram::from_gzip(&bytecode(&name)).unwrap();
        let error = program.check().unwrap_err();
        let CircuitError::Unsupported { location, opcode } = error else { panic!("{name}: {error}") };
        assert!(location.acir < program.opcode_count(), "{name}: {location}");
        assert!(opcode.starts_with("verification of proofs"), "{name}: {opcode}");
    }
}

#[test]
fn a_program_of_too_many_witnesses_is_refused() {
    let naming = |witness: usize| {
        let mut program = program_of([], &[]);
        program.assert_zero(Expression::witness(u32::try_from(witness).unwrap()));
        UltraProgram::from_gzip(&program.gzip()).unwrap()
    };
    let limit = MAX_WITNESSES;
    assert_eq!(naming(limit - 1).check(), Ok(()));
    let error = CircuitError::TooManyWitnesses { limit, actual: limit + 1 };
    assert_eq!(naming(limit).check(), Err(error));
}

#[test]
fn a_range_as_wide_as_the_field_is_refused() {
    let range = |num_bits| BlackBox::RANGE { input: Input::Witness(0), num_bits };
    assert_eq!(built(&program_of([range(1), range(253)], &[1])), Ok(()));
    assert!(is_malformed_at(&program_of([range(1), range(254)], &[1]), 1));
    assert!(is_malformed_at(&program_of([range(0)], &[1]), 0));
    let constant = BlackBox::RANGE { input: Input::Constant(F(Fr::ONE)), num_bits: 8 };
    assert!(is_malformed_at(&program_of([constant], &[1]), 0));
}

#[test]
fn a_bitwise_operation_as_wide_as_the_field_is_refused() {
    let (lhs, rhs) = (Input::Witness(0), Input::Witness(1));
    for (num_bits, is_refused) in [(0, true), (1, false), (252, false), (253, true)] {
        let and = program_of([BlackBox::AND { lhs, rhs, num_bits, output: 2 }], &[1, 1]);
        assert_eq!(is_malformed_at(&and, 0), is_refused, "AND of {num_bits} bits");
        let xor = program_of([BlackBox::XOR { lhs, rhs, num_bits, output: 2 }], &[1, 1]);
        assert_eq!(is_malformed_at(&xor, 0), is_refused, "XOR of {num_bits} bits");
    }
}

#[test]
fn blake3_of_two_chunks_is_refused() {
    for (len, is_refused) in [(1024, false), (1025, true)] {
        let blake = BlackBox::Blake3 { inputs: vec![Input::Witness(0); len], outputs: (1..33).collect() };
        assert_eq!(is_malformed_at(&program_of([blake], &[1]), 0), is_refused, "{len} bytes");
    }
}

fn memory(index: Expression) -> Program {
    let mut program = program_of([], &[1, 2]);
    let value = Expression::witness(1);
    program.opcodes.push(Opcode::MemoryInit { block_id: 0, init: vec![0, 1], block_type: BlockType::Memory });
    program.opcodes.push(Opcode::MemoryOp { block_id: 0, op: (Expression::constant(0), index, value) });
    program
}

#[test]
fn an_access_that_is_never_within_its_memory_is_refused() {
    assert_eq!(built(&memory(Expression::constant(1))), Ok(()));
    assert!(is_malformed_at(&memory(Expression::constant(2)), 1));
    let mut sum = Expression::witness(0);
    sum.constant = F(Fr::ONE);
    assert!(is_malformed_at(&memory(sum), 1));
    let mut unknown = memory(Expression::constant(1));
    unknown.opcodes.remove(0);
    assert!(is_malformed_at(&unknown, 0));
}

/// Whether a witness of two values is refused.
fn is_unsatisfied(program: &Program, values: [u64; 2]) -> bool {
    let free = program_of([], &values);
    let witness = free.artifact().solve(&free.inputs, &mut NoOracle).unwrap();
    let program = UltraProgram::from_gzip(&program.gzip()).unwrap();
    match program.proof_circuit(&witness, BackendInputs::PairingPoints) {
        Ok(_) => false,
        Err(CircuitError::Unsatisfied { .. }) => true,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_witness_that_breaks_a_constraint_is_refused() {
    let range = program_of([BlackBox::RANGE { input: Input::Witness(0), num_bits: 8 }], &[0, 0]);
    let mut copy = program_of([], &[0, 0]);
    copy.assert_zero(Expression { linear: vec![(F(Fr::ONE), 0), (F(-Fr::ONE), 1)], ..Expression::default() });
    let mut product = program_of([], &[0, 0]);
    product.assert_zero(Expression { mul: vec![(F(Fr::ONE), 0, 1)], ..Expression::default() });
    let cases = [
        (range, [255, 0], [256, 0]),
        (memory(Expression::witness(0)), [1, 1], [2, 1]),
        (copy, [2, 2], [2, 3]),
        (product, [2, 0], [2, 3]),
    ];
    for (case, (program, good, bad)) in cases.into_iter().enumerate() {
        assert!(!is_unsatisfied(&program, good), "case {case}");
        assert!(is_unsatisfied(&program, bad), "case {case}");
    }
}
