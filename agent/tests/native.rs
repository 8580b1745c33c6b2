//! Real proofs by our own prover, on a development reference string, beside bb 4.1.2.

use std::sync::Arc;
use std::time::Duration;

use chinampa_agent::srs::write_development;
use chinampa_agent::{
    Backend, BbBackend, BbConfig, NativeBackend, NativeConfig, ProveError, ResultError, ResultVerifier, Work,
    write_development_bb,
};
use chinampa_circuits::{ArtifactFolder, Circuits};
use chinampa_jobs::{
    CircuitOutputs, JobInputs, JobResult, ProgramInputs, Proof, RecursiveProof, RequestType,
    VerificationKeyData,
};
use chinampa_protocol::circuits;
use chinampa_testkit::{peers, vectors};

/// Rows of the circuits, as logarithms.
const PARITY_LOG2: u32 = 22;
const PADDING_LOG2: u32 = 12;
const MIX_LOG2: u32 = 13;

fn noir_circuits() -> Arc<Circuits> {
    Arc::new(Circuits::new(ArtifactFolder::open(&peers::circuits()).expect("the package")))
}

fn inputs(request_type: RequestType) -> JobInputs {
    let buffer = vectors::bytes(&format!("broker/simulated/{request_type}.inputs.bin.gz"));
    JobInputs::from_buffer(request_type, buffer).expect("inputs")
}

fn config(folder: &std::path::Path) -> NativeConfig {
    NativeConfig {
        srs_path: folder.join("crs"),
        is_development: true,
        threads: 0,
        verify: true,
        program_log2: None,
        memory_bytes: u64::MAX,
        msm_table_bytes: 0,
    }
}

fn native(folder: &std::path::Path) -> NativeBackend {
    NativeBackend::new(config(folder), noir_circuits()).expect("a backend")
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
    let theirs = prove(&BbBackend::new(bb, noir_circuits()));
    assert!(ours.proof() == theirs.proof());
    let (ours, theirs) = (ours.outputs().expect("outputs"), theirs.outputs().expect("outputs"));
    assert!(ours.public_inputs == theirs.public_inputs && ours.verification_key == theirs.verification_key);
}

#[test]
fn a_circuit_takes_less_memory_where_there_is_less() {
    let folder = tempfile::tempdir().expect("a folder");
    write_development(&folder.path().join("crs"), PADDING_LOG2).expect("a reference string");
    let of = |memory_bytes| {
        NativeBackend::new(NativeConfig { memory_bytes, ..config(folder.path()) }, noir_circuits())
            .expect("a backend")
            .ram_bytes(RequestType::ParityBase)
    };
    let fastest = of(u64::MAX);
    assert_eq!(of(fastest), fastest);
    let least = of(fastest - 1);
    assert!(least < fastest / 5 * 4, "{least} of {fastest} bytes");
    assert_eq!(of(0), least);
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
    let theirs = prove(&BbBackend::new(bb.clone(), noir_circuits()));
    assert!(ours.outputs().expect("outputs") == theirs.outputs().expect("outputs"));
    assert_eq!(ours.proof().fields().len(), theirs.proof().fields().len());
    let own_inputs = ours.proof().binary().public_input_count();
    assert_eq!(own_inputs, theirs.proof().binary().public_input_count());
    check_verifier(&ours);
    check_verifier(&theirs);

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

/// Changes one byte of a result's binary form of proof, public inputs or key, and puts the result together again.
fn altered(result: &JobResult, part: &str) -> JobResult {
    let proof = result.proof();
    let outputs = result.outputs().expect("outputs").clone();
    let key = &outputs.verification_key;
    let (mut fields, mut binary) = (proof.fields().to_vec(), proof.binary().bytes().to_vec());
    let mut count = proof.binary().public_input_count();
    let (mut public_inputs, mut key_fields) = (outputs.public_inputs.clone(), key.fields().to_vec());
    let mut key_bytes = key.bytes().to_vec();
    let last = binary.len() - 1;
    match part {
        "proof" => {
            binary[last] ^= 1;
            fields.last_mut().expect("fields")[31] ^= 1;
        }
        "binary proof" => binary[last] ^= 1,
        "field" => fields[100][31] ^= 1,
        "count" => count += 1,
        "public input" => *public_inputs.last_mut().expect("inputs") ^= 1,
        "both public inputs" => {
            *public_inputs.last_mut().expect("inputs") ^= 1;
            let number = u32::from(result.request_type().number());
            let fields = circuits::CircuitOutputs::decode(number, &public_inputs).expect("inputs").fields();
            let bytes: Vec<u8> = fields.iter().flat_map(|field| field.to_be_bytes()).collect();
            binary[..bytes.len()].copy_from_slice(&bytes);
        }
        "key field" => key_fields[20][31] ^= 1,
        "key" => key_bytes[40] ^= 1,
        "length" => {
            binary.pop();
        }
        part => panic!("{part}"),
    }
    let binary = Proof::new(binary, count).expect("a proof");
    let proof = RecursiveProof::new(fields, binary, true).expect("a proof");
    let verification_key = VerificationKeyData::new(key_fields, *key.hash(), key_bytes).expect("a key");
    let outputs = CircuitOutputs { public_inputs, verification_key };
    JobResult::circuit(result.request_type(), proof, outputs).expect("a result")
}

fn check_verifier(result: &JobResult) {
    let verifier = ResultVerifier::new(true);
    verifier.verify(result).expect("a valid result");
    let refused = |part: &str| verifier.verify(&altered(result, part)).expect_err(part);
    assert!(matches!(refused("proof"), ResultError::Verify(_)));
    assert!(matches!(refused("binary proof"), ResultError::OtherFields));
    assert!(matches!(refused("field"), ResultError::OtherFields));
    assert!(matches!(refused("length"), ResultError::OtherFields));
    assert!(matches!(refused("count"), ResultError::OtherPublicInputs));
    assert!(matches!(refused("public input"), ResultError::OtherPublicInputs));
    assert!(matches!(refused("both public inputs"), ResultError::Verify(_)));
    assert!(matches!(refused("key field"), ResultError::OtherKey(_)));
    assert!(matches!(refused("key"), ResultError::OtherKey(_) | ResultError::KeyParts(_)));
    // The key is that of a development string, which the release does not have.
    let of_release = ResultVerifier::new(false).verify(result);
    assert!(matches!(of_release, Err(ResultError::OtherKey(_))), "{of_release:?}");
}

#[test]
fn programs_are_proven_up_to_a_size() {
    let folder = tempfile::tempdir().expect("a folder");
    write_development(&folder.path().join("crs"), PADDING_LOG2).expect("a reference string");
    let program = |target: &str| ProgramInputs {
        target: target.to_owned(),
        bytecode: std::fs::read(vectors::path("honk/t1.acir.gz")).expect("a program"),
        witness: std::fs::read(vectors::path("honk/t1.wtns.gz")).expect("a witness"),
    };
    let prove = |inputs: &ProgramInputs, program_log2| {
        let inputs = inputs.encode().expect("small files");
        let inputs = JobInputs::from_buffer(RequestType::NoirProgram, inputs).expect("inputs");
        let backend =
            NativeBackend::new(NativeConfig { program_log2, ..config(folder.path()) }, noir_circuits());
        let backend = backend.expect("a backend");
        let is_claimed = backend.request_types().contains(&RequestType::NoirProgram);
        assert_eq!(is_claimed, program_log2.is_some());
        backend.prove(&inputs, &Work::default())
    };
    for target in ["noir-recursive", "noir-rollup", "evm"] {
        let result = prove(&program(target), Some(PADDING_LOG2)).expect("a proof that verifies");
        assert!(result.proof().fields().is_empty() && !result.proof().binary().is_empty(), "{target}");
    }
    let result = prove(&program("noir-recursive-no-zk"), Some(PADDING_LOG2)).expect("a proof");
    let golden = |name: &str| vectors::bytes(&format!("honk/t1.noir-recursive-no-zk/{name}"));
    assert!(result.proof().binary().bytes() == [golden("public_inputs"), golden("proof")].concat());
    let outputs = result.outputs().expect("outputs");
    assert!(
        outputs.verification_key.bytes() == golden("vk") && outputs.public_inputs == golden("public_inputs")
    );

    let too_large = prove(&program("evm"), Some(3));
    assert!(matches!(too_large, Err(ProveError::OutOfMemory { .. })), "{too_large:?}");
    let wrong = [program("starknet"), ProgramInputs { witness: vec![1], ..program("evm") }];
    for inputs in wrong {
        let refused = prove(&inputs, Some(PADDING_LOG2));
        assert!(matches!(refused, Err(ProveError::Job { retry: false, .. })), "{refused:?}");
    }
    prove(&program("evm"), None).expect_err("none are taken");
}

/// The key of the first job serves the others, of the same circuit alone.
#[test]
fn programs_that_come_again_have_the_same_key_and_proof() {
    let folder = tempfile::tempdir().expect("a folder");
    write_development(&folder.path().join("crs"), MIX_LOG2).expect("a reference string");
    let config = NativeConfig { program_log2: Some(MIX_LOG2), ..config(folder.path()) };
    let backend = NativeBackend::new(config, noir_circuits()).expect("a backend");
    let prove = |program: &str, target: &str| {
        let inputs = ProgramInputs {
            target: target.to_owned(),
            bytecode: std::fs::read(vectors::path(&format!("honk/{program}.acir.gz"))).expect("a program"),
            witness: std::fs::read(vectors::path(&format!("honk/{program}.wtns.gz"))).expect("a witness"),
        };
        let inputs = JobInputs::from_buffer(RequestType::NoirProgram, inputs.encode().expect("small files"));
        backend.prove(&inputs.expect("inputs"), &Work::default()).expect("a proof that verifies")
    };
    for _ in 0..2 {
        for (program, target) in
            [("t1", "noir-recursive-no-zk"), ("t1", "evm-no-zk"), ("t1", "noir-rollup"), ("mix", "evm-no-zk")]
        {
            let result = prove(program, target);
            if target != "noir-rollup" {
                let golden = |name: &str| vectors::bytes(&format!("honk/{program}.{target}/{name}"));
                let key = result.outputs().expect("outputs").verification_key.bytes();
                assert!(key == golden("vk"), "{program} {target}");
                let proof = [golden("public_inputs"), golden("proof")].concat();
                assert!(result.proof().binary().bytes() == proof, "{program} {target}");
            }
        }
    }
}

#[test]
fn results_of_the_avm_are_not_covered() {
    let fields = vec![[0; 32]; RequestType::PublicVm.proof_field_count()];
    let proof = RecursiveProof::new(fields, Proof::new(vec![1; 64], 0).expect("a proof"), true);
    let result = JobResult::public_vm(proof.expect("a proof")).expect("a result");
    let refused = ResultVerifier::new(false).verify(&result);
    assert!(matches!(refused, Err(ResultError::NotCovered(RequestType::PublicVm))), "{refused:?}");
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
