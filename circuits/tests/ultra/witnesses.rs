//! Circuits with the values of a witness: every relation holds, and the key is that of the circuit without.

use chinampa_circuits::{BackendInputs, CircuitError, UltraProgram, Witness};
use chinampa_honk::trace::Trace;
use chinampa_testkit::vectors;

/// The checked trace of a witness; its key is the program's.
pub(crate) fn checked_trace(program: &UltraProgram, witness: &Witness) -> Trace {
    let circuit = program.proof_circuit(witness, BackendInputs::PairingPoints).unwrap();
    let trace = circuit.into_checked_trace().unwrap();
    let key = program.key_circuit(BackendInputs::PairingPoints).unwrap().into_trace();
    assert_eq!(trace.log_size, key.log_size);
    for (column, (of_witness, of_key)) in trace.precomputed.iter().zip(&key.precomputed).enumerate() {
        assert!(of_witness == of_key, "{} depends on the witness", crate::key::COLUMNS[column]);
    }
    trace
}

fn recorded(name: &str) -> (UltraProgram, Witness) {
    // These files are gzip themselves; reading them by path keeps them so.
    let raw = |suffix: &str| std::fs::read(vectors::path(&format!("honk/{name}.{suffix}"))).unwrap();
    let program = UltraProgram::from_gzip(&raw("acir.gz")).unwrap();
    let witness = Witness::from_file(&raw("wtns.gz"), program.witness_count()).unwrap();
    (program, witness)
}

#[test]
fn recorded_witnesses_satisfy_their_circuits() {
    for name in ["t1", "mix"] {
        let (program, witness) = recorded(name);
        checked_trace(&program, &witness);
    }
}

#[test]
fn a_witness_of_another_circuit_is_refused() {
    let (program, _) = recorded("mix");
    let (_, witness) = recorded("t1");
    let error = program.proof_circuit(&witness, BackendInputs::PairingPoints).unwrap_err();
    assert!(matches!(error, CircuitError::WitnessCount { .. }), "{error}");
}
