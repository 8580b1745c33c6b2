//! Simulated proofs are those of Aztec's agent, byte for byte: all 129 jobs of seven recorded epochs.

use std::sync::Arc;

use chinampa_agent::{Backend as _, Phase, ProveError, SimulatedBackend, TestDelay, Work};
use chinampa_circuits::{ArtifactFolder, Circuits};
use chinampa_jobs::{JobInputs, RequestType};
use chinampa_testkit::{peers, vectors};

fn backend() -> SimulatedBackend {
    let folder = ArtifactFolder::open(&peers::circuits()).expect("the package");
    SimulatedBackend::new(Arc::new(Circuits::new(folder)), TestDelay::default())
}

#[test]
fn recorded_epochs_are_proved_byte_for_byte() {
    let backend = backend();
    let files = vectors::archive("epoch/circuits.tar.zst");
    let mut seen = 0;
    for (path, contents) in &files {
        let Some(stem) = path.strip_suffix(".in.json") else { continue };
        let inputs = JobInputs::from_json(contents).unwrap_or_else(|error| panic!("{path}: {error}"));
        let result = backend.prove(&inputs, &Work::default());
        let result = result.unwrap_or_else(|error| panic!("{path}: {error}"));
        let expected =
            files.iter().find(|(other, _)| *other == format!("{stem}.out.json")).expect("a result");
        assert!(result.to_json().as_bytes() == expected.1, "{path}");
        seen += 1;
    }
    assert_eq!(seen, 129);
}

#[test]
fn inputs_that_the_circuit_refuses_are_an_error_of_the_job() {
    let buffer = vectors::bytes("broker/simulated/PARITY_ROOT.inputs.bin.gz");
    let good = JobInputs::from_buffer(RequestType::ParityRoot, buffer.clone()).expect("inputs");
    let backend = backend();
    assert!(backend.prove(&good, &Work::default()).is_ok());

    // The first child's public inputs come first; another root of keys is not that of the other children.
    let mut bad = buffer;
    bad[95] ^= 1;
    let bad = JobInputs::from_buffer(RequestType::ParityRoot, bad).expect("inputs");
    match backend.prove(&bad, &Work::default()) {
        Err(ProveError::Job { message, retry: false }) => {
            assert!(message.starts_with("parity_root: ") && message.contains(" at opcode "), "{message}");
        }
        other => panic!("expected an error of the job, got {other:?}"),
    }
    let short = JobInputs::from_buffer(RequestType::ParityRoot, vec![0; 10]).expect("inputs");
    assert!(matches!(backend.prove(&short, &Work::default()), Err(ProveError::Job { retry: false, .. })));
}

#[test]
fn a_delay_ends_when_the_work_is_called_off() {
    let folder = ArtifactFolder::open(&peers::circuits()).expect("the package");
    let delay = TestDelay::Realistic(1.0);
    let backend = SimulatedBackend::new(Arc::new(Circuits::new(folder)), delay);
    let buffer = vectors::bytes("broker/simulated/PARITY_BASE.inputs.bin.gz");
    let inputs = JobInputs::from_buffer(RequestType::ParityBase, buffer).expect("inputs");
    let expected = backend.expected(RequestType::ParityBase);
    assert_eq!(expected, Some(delay.of(RequestType::ParityBase)));
    let work = Work::new(expected);
    std::thread::scope(|scope| {
        let proof = scope.spawn(|| backend.prove(&inputs, &work));
        while work.progress().phase != Phase::Prove {
            std::thread::yield_now();
        }
        assert!(work.progress().eta.is_some_and(|eta| Some(eta) < expected));
        work.cancel();
        assert_eq!(proof.join().expect("no panic"), Err(ProveError::Cancelled));
    });
}
