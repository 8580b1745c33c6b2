//! Real proofs by bb 4.1.2, on a development reference string.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chinampa_agent::srs::write_development;
use chinampa_agent::{Backend as _, BbBackend, BbConfig, ProveError, Work, write_development_bb};
use chinampa_circuits::{ArtifactFolder, Circuits};
use chinampa_jobs::{JobInputs, JobResult, RequestType};
use chinampa_testkit::{peers, vectors};

fn config(folder: &Path, log2: u32) -> BbConfig {
    let (crs, program) = (folder.join("crs"), folder.join("bb-dev"));
    write_development(&crs, log2).expect("a reference string");
    write_development_bb(&peers::path("bin/bb"), &program).expect("bb 4.1.2");
    BbConfig {
        program,
        working_directory: folder.join("work"),
        crs_path: Some(crs),
        threads: 0,
        time_limit: Duration::from_secs(280),
        skip_cleanup: false,
        verify: true,
        is_development: true,
    }
}

fn backend(config: BbConfig) -> BbBackend {
    let circuits = ArtifactFolder::open(&peers::circuits()).expect("the package");
    BbBackend::new(config, Arc::new(Circuits::new(circuits)))
}

/// Proves, verifies and checks against the recorded simulation: same public inputs, a proof of the right form.
fn proves(request_type: RequestType, log2: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), log2);
    let work_folder = config.working_directory.clone();
    let backend = backend(config);
    assert!(backend.request_types().contains(&request_type));
    let buffer = vectors::bytes(&format!("broker/simulated/{request_type}.inputs.bin.gz"));
    let inputs = JobInputs::from_buffer(request_type, buffer).expect("inputs");
    let result = backend.prove(&inputs, &Work::default()).expect("a proof that verifies");

    let recorded = vectors::text(&format!("broker/simulated/{request_type}.result.json.gz"));
    let recorded = JobResult::from_json(recorded.as_bytes()).expect("a result");
    let (ours, theirs) = (result.outputs().expect("outputs"), recorded.outputs().expect("outputs"));
    assert!(ours.public_inputs == theirs.public_inputs);
    assert_ne!(ours.verification_key, theirs.verification_key, "another reference string, another key");
    assert_eq!(ours.verification_key.fields().len(), theirs.verification_key.fields().len());
    let proof = result.proof();
    assert!(proof.fields_valid() && !proof.binary().is_empty());
    let own_len = proof.binary().public_input_count() as usize * 32;
    assert!(proof.binary().bytes()[own_len..] == *proof.fields().as_flattened());
    let left = fs::read_dir(&work_folder).expect("the folder").count();
    assert_eq!(left, 0, "files of a finished proof are removed");
}

#[test]
fn a_checkpoint_padding_is_proved_and_verified() {
    proves(RequestType::CheckpointPaddingRollup, 12);
}

#[test]
#[ignore = "a minute of all processors: it makes a reference string of 2^22 points"]
fn a_parity_base_is_proved_and_verified() {
    proves(RequestType::ParityBase, 22);
}

#[test]
fn a_program_that_refuses_hangs_or_is_missing_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("bb");
    let mut config = BbConfig {
        program: script.clone(),
        working_directory: folder.path().join("work"),
        crs_path: None,
        threads: 2,
        time_limit: Duration::from_millis(300),
        skip_cleanup: true,
        verify: true,
        is_development: false,
    };
    let inputs = JobInputs::from_buffer(RequestType::CheckpointPaddingRollup, Vec::new()).expect("inputs");
    let prove = |config: &BbConfig, text: &str| {
        fs::write(&script, format!("#!/bin/sh\n{text}\n")).expect("a script");
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&script, permissions).expect("a script");
        backend(config.clone()).prove(&inputs, &Work::default())
    };
    let refused = prove(&config, "echo not satisfied; exit 1");
    assert!(
        matches!(&refused, Err(ProveError::Job { message, retry: false }) if message.contains("not satisfied")),
        "{refused:?}"
    );
    assert!(matches!(prove(&config, "exec sleep 60"), Err(ProveError::Timeout { .. })));
    assert!(matches!(prove(&config, "kill -KILL $$"), Err(ProveError::OutOfMemory { .. })));
    // A program that says yes and writes nothing.
    assert!(matches!(prove(&config, "exit 0"), Err(ProveError::Machine { .. })));
    // What it was given is there to look at.
    let kept = fs::read_dir(&config.working_directory).expect("the folder").count();
    assert_eq!(kept, 4);
    config.program = "/no/bb".into();
    assert!(matches!(prove(&config, ""), Err(ProveError::Machine { .. })));
}

/// No bb with the AVM is in a package registry, so that a program stands in for it: it compares what it is given with what
/// Aztec's agent gives, and copies a proof.
#[test]
fn public_txs_are_proved_by_a_bb_with_the_avm() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    for name in ["avm_inputs", "avm_public_inputs"] {
        let golden = vectors::bytes(&format!("broker/golden/PUBLIC_VM.{name}.msgpack.gz"));
        fs::write(file(name), golden).expect("a file");
    }
    let script = r#"#!/bin/sh
cd_of=$(dirname "$0")
case "$1" in
avm_prove) [ "$2 $4 $5" = "--avm-inputs -o ." ] && cmp "$3" "$cd_of/avm_inputs" && cp "$cd_of/proof" proof ;;
avm_verify)
  [ "$2 $3 $4" = "-p proof --avm-public-inputs" ] && cmp "$5" "$cd_of/avm_public_inputs" && [ ! -e "$cd_of/invalid" ] ;;
*) exit 1 ;;
esac
"#;
    let config = BbConfig {
        program: file("bb"),
        working_directory: file("work"),
        crs_path: None,
        threads: 2,
        time_limit: Duration::from_secs(60),
        skip_cleanup: false,
        verify: true,
        is_development: false,
    };
    fs::write(&config.program, script).expect("a script");
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&config.program, permissions).expect("a script");
    let avm = backend(config.clone());
    assert!(avm.request_types().contains(&RequestType::PublicVm));
    let buffer = vectors::bytes("broker/golden/PUBLIC_VM.inputs.bin.gz");
    let inputs = JobInputs::from_buffer(RequestType::PublicVm, buffer).expect("inputs");
    let prove = |words: usize| {
        let proof: Vec<u8> =
            (0..words * 32).map(|byte| if byte % 32 == 0 { 0 } else { byte as u8 }).collect();
        fs::write(file("proof"), &proof).expect("a proof");
        (avm.prove(&inputs, &Work::default()), proof)
    };

    let limit = RequestType::PublicVm.proof_field_count();
    for words in [1_000, limit] {
        let (result, written) = prove(words);
        let result = result.expect("a result");
        let proof = result.proof();
        assert_eq!((proof.fields().len(), proof.fields_valid()), (16_400, true));
        assert!(proof.fields()[..words].as_flattened() == written);
        assert!(proof.fields()[words..].iter().all(|field| *field == [0; 32]));
        assert!(proof.binary().bytes() == written && proof.binary().public_input_count() == 0);
    }
    assert!(matches!(prove(limit + 1).0, Err(ProveError::Machine { .. })), "it does not fit");
    fs::write(file("invalid"), "").expect("a file");
    assert!(matches!(prove(1_000).0, Err(ProveError::Job { retry: false, .. })), "it does not verify");
    let broken = JobInputs::from_buffer(RequestType::PublicVm, b"{}".to_vec()).expect("inputs");
    assert!(matches!(avm.prove(&broken, &Work::default()), Err(ProveError::Job { retry: false, .. })));

    // The bb of the npm package has the commands, and says that they do nothing.
    let published = backend(BbConfig { program: peers::path("bin/bb"), ..config });
    assert!(!published.request_types().contains(&RequestType::PublicVm));
    assert!(matches!(published.prove(&inputs, &Work::default()), Err(ProveError::Machine { .. })));
}
