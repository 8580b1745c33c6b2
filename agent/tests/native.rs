//! Real proofs by our own prover, on a development reference string, beside bb 4.1.2.

use std::sync::Arc;
use std::time::Duration;

use chinampa_agent::srs::write_development;
use chinampa_agent::{
    Backend, BbBackend, BbConfig, NativeBackend, NativeConfig, ProveError, Work, write_development_bb,
};
use chinampa_circuits::{ArtifactFolder, Circuits};
use chinampa_jobs::{JobInputs, RequestType};
use chinampa_testkit::{peers, vectors};

/// Rows of the circuits, as logarithms.
const PARITY_LOG2: u32 = 22;
const PADDING_LOG2: u32 = 12;

fn circuits() -> Arc<Circuits> {
    Arc::new(Circuits::new(ArtifactFolder::open(&peers::circuits()).expect("the package")))
}

fn inputs(request_type: RequestType) -> JobInputs {
    let buffer = vectors::bytes(&format!("broker/simulated/{request_type}.inputs.bin.gz"));
    JobInputs::from_buffer(request_type, buffer).expect("inputs")
}

fn native(folder: &std::path::Path) -> NativeBackend {
    let config =
        NativeConfig { srs_path: folder.join("crs"), is_development: true, threads: 0, verify: true };
    NativeBackend::new(config, circuits()).expect("a backend")
}

fn bb(folder: &std::path::Path) -> BbConfig {
    let program = folder.join("bb-dev");
    write_development_bb(&peers::path("bin/bb"), &program).expect("bb 4.1.2");
    BbConfig {
        program,
        working_directory: folder.join("work"),
        crs_path: Some(folder.join("crs")),
        threads: 0,
        time_limit: Duration::from_secs(1000),
        skip_cleanup: false,
        verify: true,
        is_development: true,
    }
}

/// The proof that our prover makes of a recorded job is bb's, byte for byte: proof, public inputs and key.
#[test]
#[ignore = "2^22 rows take two minutes and 8 GiB: cargo nextest run --release -p chinampa-agent --test native --run-ignored all"]
fn a_parity_base_result_is_that_of_bb() {
    let folder = tempfile::tempdir().expect("a folder");
    write_development(&folder.path().join("crs"), PARITY_LOG2).expect("a reference string");
    let bb = bb(folder.path());
    let native = native(folder.path());
    let prove = |backend: &dyn Backend| {
        let work = Work::default();
        let result = backend.prove(&inputs(RequestType::ParityBase), &work).expect("a proof that verifies");
        println!("{}: {:?}", backend.name(), work.started().elapsed());
        result
    };
    let ours = prove(&native);
    let theirs = prove(&BbBackend::new(bb, circuits()));
    assert!(ours.proof() == theirs.proof());
    let (ours, theirs) = (ours.outputs().expect("outputs"), theirs.outputs().expect("outputs"));
    assert!(ours.public_inputs == theirs.public_inputs && ours.verification_key == theirs.verification_key);
}

/// The smallest circuit of an epoch. Its claim is random, so bb and we agree on the key only, and bb verifies our proof.
#[test]
fn a_checkpoint_padding_is_one_that_bb_verifies() {
    let folder = tempfile::tempdir().expect("a folder");
    write_development(&folder.path().join("crs"), PADDING_LOG2).expect("a reference string");
    let bb = bb(folder.path());
    let inputs = JobInputs::from_buffer(RequestType::CheckpointPaddingRollup, Vec::new()).expect("no inputs");
    let prove =
        |backend: &dyn Backend| backend.prove(&inputs, &Work::default()).expect("a proof that verifies");
    let native = native(folder.path());
    let ours = prove(&native);
    let theirs = prove(&BbBackend::new(bb.clone(), circuits()));
    assert!(ours.outputs().expect("outputs") == theirs.outputs().expect("outputs"));
    assert_eq!(ours.proof().fields().len(), theirs.proof().fields().len());
    let own_inputs = ours.proof().binary().public_input_count();
    assert_eq!(own_inputs, theirs.proof().binary().public_input_count());

    let (public_inputs, proof) = ours.proof().binary().bytes().split_at(32 * own_inputs as usize);
    let files = [
        ("public_inputs", public_inputs),
        ("proof", proof),
        ("vk", ours.outputs().expect("outputs").verification_key.bytes()),
    ];
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let verify = || {
        let mut verify = std::process::Command::new(&bb.program);
        verify.args(["verify", "-p", "proof", "-k", "vk", "-i", "public_inputs", "-t", "noir-rollup-no-zk"]);
        let output = verify.args(["-c", "crs"]).current_dir(folder.path()).output().expect("bb runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (is_valid, said) = verify();
    assert!(is_valid, "{said}");
    let mut other = proof.to_vec();
    other[32 * 100 + 31] ^= 1;
    std::fs::write(folder.path().join("proof"), other).expect("a file");
    assert!(!verify().0, "of another proof");
}

#[test]
fn only_circuits_without_proofs_in_them_are_claimed() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = native(folder.path());
    let kinds = backend.request_types();
    for kind in [RequestType::ParityBase, RequestType::CheckpointPaddingRollup] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    for kind in [RequestType::ParityRoot, RequestType::RootRollup, RequestType::PublicVm] {
        assert!(!kinds.contains(&kind), "{kinds:?}");
    }
    let refused = backend.prove(&inputs(RequestType::ParityBase), &Work::default());
    assert!(matches!(refused, Err(ProveError::Machine { .. })), "there is no reference string: {refused:?}");
}

#[test]
fn work_that_is_called_off_ends_before_it_proves() {
    let folder = tempfile::tempdir().expect("a folder");
    let work = Work::default();
    work.cancel();
    let ended = native(folder.path()).prove(&inputs(RequestType::ParityBase), &work);
    assert_eq!(ended, Err(ProveError::Cancelled));
}
