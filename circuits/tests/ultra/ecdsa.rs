//! Signatures: RFC 6979, appendix A.2.5 (P-256, SHA-256, "sample"), the smaller `s`.

use chinampa_circuits::{BackendInputs, CircuitError, NoOracle, UltraProgram};
use chinampa_kernels::Fr;

use crate::acir::{BlackBox, F, Input, Program};
use crate::witnesses::checked_trace;

const KEY_X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const KEY_Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const R: &str = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
const S: &str = "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";
/// `n - S`.
const LARGE_S: &str = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const HASH: &str = "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";
const OTHER_HASH: &str = "bf2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";

fn witnesses(program: &mut Program, hex: &str) -> Vec<Input> {
    let byte = |index: usize| u64::from_str_radix(&hex[index..index + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(|index| Input::Witness(program.input(Fr::from(byte(index))))).collect()
}

/// A verification with a predicate, for `generate`.
pub(crate) fn with_predicate() -> Program {
    let mut program = verification(S, HASH, Some(true));
    program.name = "ecdsa_r1_predicate".to_owned();
    program
}

/// A program of one verification; a constant predicate where `predicate` is none.
fn verification(s: &str, hash: &str, predicate: Option<bool>) -> Program {
    let mut program = Program::new("ecdsa_r1");
    let [x, y] = [KEY_X, KEY_Y].map(|hex| witnesses(&mut program, hex));
    let signature = witnesses(&mut program, &format!("{R}{s}"));
    let hash = witnesses(&mut program, hash);
    let predicate = match predicate {
        Some(holds) => Input::Witness(program.input(Fr::from(u64::from(holds)))),
        None => Input::Constant(F(Fr::ONE)),
    };
    let output = program.fresh();
    program.push(BlackBox::EcdsaSecp256r1 { x, y, signature, hash, predicate, output });
    program
}

/// Solves a program, and checks all rows of its circuit.
fn check(program: &Program) {
    let witness = program.artifact().solve(&program.inputs, &mut NoOracle).unwrap();
    checked_trace(&UltraProgram::from_gzip(&program.gzip()).unwrap(), &witness);
}

#[test]
fn witnesses_of_signatures_satisfy_their_circuits() {
    check(&verification(S, HASH, None));
    check(&verification(S, OTHER_HASH, None));
    check(&verification(S, HASH, Some(true)));
    check(&verification(LARGE_S, OTHER_HASH, Some(false)));
}

/// Whether a circuit takes an answer, whatever the solver says.
fn accepts(program: &Program, answer: u64) -> bool {
    let mut free = Program::new("free");
    for value in program.inputs.iter().copied().chain([Fr::from(answer)]) {
        free.input(value);
    }
    let witness = free.artifact().solve(&free.inputs, &mut NoOracle).unwrap();
    let program = UltraProgram::from_gzip(&program.gzip()).unwrap();
    match program.proof_circuit(&witness, BackendInputs::PairingPoints) {
        Ok(_) => true,
        Err(CircuitError::Unsatisfied { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_wrong_answer_and_the_larger_s_are_refused() {
    for (s, hash, answer, is_accepted) in [
        (S, HASH, 1, true),
        (S, HASH, 0, false),
        (S, OTHER_HASH, 0, true),
        (S, OTHER_HASH, 1, false),
        (LARGE_S, HASH, 1, false),
        (LARGE_S, HASH, 0, false),
    ] {
        assert_eq!(accepts(&verification(s, hash, None), answer), is_accepted, "{s} {hash} {answer}");
    }
}

#[test]
fn constants_in_signatures_are_refused() {
    let built = |program: &Program| {
        let program = UltraProgram::from_gzip(&program.gzip()).unwrap();
        program.key_circuit(BackendInputs::PairingPoints).map(drop)
    };
    let with = |change: fn(&mut BlackBox)| {
        let mut program = verification(S, HASH, None);
        let crate::acir::Opcode::BlackBoxFuncCall(call) = &mut program.opcodes[0] else { unreachable!() };
        change(call);
        built(&program)
    };
    assert_eq!(with(|_| ()), Ok(()));
    let refused: [fn(&mut BlackBox); 2] = [
        |call| {
            let BlackBox::EcdsaSecp256r1 { hash, .. } = call else { return };
            hash[31] = Input::Constant(F(Fr::ONE));
        },
        |call| {
            let BlackBox::EcdsaSecp256r1 { predicate, .. } = call else { return };
            *predicate = Input::Constant(F(Fr::ZERO));
        },
    ];
    for change in refused {
        assert!(matches!(with(change), Err(CircuitError::Malformed { .. })));
    }
}
