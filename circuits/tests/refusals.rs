//! What is not an artifact of the release, or not an input that a circuit accepts, is refused with a typed error.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_circuits::{
    Artifact, ArtifactError, ArtifactFolder, Circuit, Circuits, MAX_ARTIFACT_LEN_BYTES, NoOracle, SolveError,
    Variant,
};
use chinampa_kernels::Fr;
use chinampa_protocol::circuits::CircuitInputs;
use chinampa_testkit::{peers, vectors};
use serde_json::{Value, json};

fn folder() -> ArtifactFolder {
    ArtifactFolder::open(&peers::circuits()).expect("the package")
}

/// Fields of a recorded tx merge.
fn tx_merge_inputs() -> Vec<Fr> {
    let files = vectors::archive("epoch/circuits.tar.zst");
    let is_input = |path: &str| path.contains("/TX_MERGE_ROLLUP/") && path.ends_with(".in.json");
    let (_, contents) = files.iter().find(|(path, _)| is_input(path)).expect("a recorded tx merge");
    let job: Value = serde_json::from_slice(contents).expect("JSON");
    let bytes = STANDARD.decode(job["inputs"].as_str().expect("base64")).expect("base64");
    CircuitInputs::decode(4, &bytes).expect("inputs").fields()
}

#[test]
fn a_broken_assertion_names_circuit_opcode_and_message() {
    let artifact = Circuits::new(folder()).get(Circuit::TxMerge, Variant::Proven).expect("the artifact");
    let mut inputs = tx_merge_inputs();
    assert!(artifact.solve(&inputs, &mut NoOracle).is_ok());

    // The second child starts where the first one ends; field 1 is the root of the last archive, which both share.
    inputs[1] += Fr::ONE;
    match artifact.solve(&inputs, &mut NoOracle) {
        Err(SolveError::Assertion { circuit, location: Some(location), message, .. }) => {
            assert_eq!(circuit, "rollup_tx_merge");
            assert!(location.acir < artifact.opcode_count());
            assert_eq!(message, "Mismatched constants in tx rollups");
        }
        other => panic!("expected an assertion, got {other:?}"),
    }
}

#[test]
fn inputs_have_as_many_fields_as_the_abi() {
    let artifact = Circuits::new(folder()).get(Circuit::TxMerge, Variant::Proven).expect("the artifact");
    let mut inputs = tx_merge_inputs();
    inputs.push(Fr::ZERO);
    let error = artifact.solve(&inputs, &mut NoOracle).expect_err("one too many");
    assert!(matches!(error, SolveError::InputCount { expected: 1390, actual: 1391, .. }), "{error}");
    inputs.truncate(1389);
    let error = artifact.solve(&inputs, &mut NoOracle).expect_err("one too few");
    assert!(matches!(error, SolveError::InputCount { expected: 1390, actual: 1389, .. }), "{error}");
}

#[test]
fn simulated_circuits_without_an_oracle_say_what_they_asked() {
    let artifact = Circuits::new(folder());
    let artifact =
        artifact.get(Circuit::CheckpointRootSingleBlock, Variant::Simulated).expect("the artifact");
    assert!(artifact.verification_key().is_none());
    let files = vectors::archive("epoch/circuits.tar.zst");
    let is_input =
        |path: &str| path.contains("/CHECKPOINT_ROOT_SINGLE_BLOCK_ROLLUP/") && path.ends_with(".in.json");
    let (_, contents) = files.iter().find(|(path, _)| is_input(path)).expect("a recorded checkpoint root");
    let job: Value = serde_json::from_slice(contents).expect("JSON");
    let bytes = STANDARD.decode(job["inputs"].as_str().expect("base64")).expect("base64");
    let inputs = CircuitInputs::decode(12, &bytes).expect("inputs").fields();
    let error = artifact.solve(&inputs, &mut NoOracle).expect_err("nobody answers");
    assert!(matches!(&error, SolveError::Oracle { name, .. } if name == "evaluateBlobs"), "{error}");
}

#[test]
fn a_folder_without_artifacts_is_refused() {
    let empty = tempfile::tempdir().expect("a folder");
    assert!(matches!(ArtifactFolder::open(empty.path()), Err(ArtifactError::NoArtifacts { .. })));
    assert!(matches!(ArtifactFolder::open(Path::new("/nowhere")), Err(ArtifactError::NoArtifacts { .. })));
    // The package is found from where it is installed, as the package, and as its folder of files.
    let package = peers::circuits();
    for place in [peers::path("aztec"), package.clone(), package.join("artifacts")] {
        assert!(ArtifactFolder::open(&place).is_ok(), "{}", place.display());
    }
}

#[test]
fn a_changed_file_is_refused() {
    let copy = tempfile::tempdir().expect("a folder");
    let file = Circuit::CheckpointPadding.file_name(Variant::Proven);
    let mut bytes =
        fs::read(folder().file(Circuit::CheckpointPadding, Variant::Proven)).expect("the artifact");
    fs::write(copy.path().join(&file), &bytes).expect("a copy");
    let folder = ArtifactFolder::open(copy.path()).expect("artifacts");
    let circuits = Circuits::new(folder);
    let first = circuits.get(Circuit::CheckpointPadding, Variant::Proven).expect("the release's file");

    bytes.push(b'\n');
    fs::write(copy.path().join(&file), &bytes).expect("a copy");
    // Kept, whatever happens to the file, until it is forgotten.
    assert!(circuits.get(Circuit::CheckpointPadding, Variant::Simulated).is_ok());
    circuits.forget(Circuit::CheckpointPadding, Variant::Proven);
    let error = circuits.get(Circuit::CheckpointPadding, Variant::Proven).expect_err("a changed file");
    assert!(matches!(&error, ArtifactError::Checksum { file: other, .. } if *other == file), "{error}");
    assert_eq!(first.name(), "rollup_checkpoint_padding");

    let error = circuits.get(Circuit::Root, Variant::Proven).expect_err("a missing file");
    assert!(matches!(error, ArtifactError::Read { .. }), "{error}");
}

#[test]
fn a_file_above_the_limit_is_not_read() {
    let copy = tempfile::tempdir().expect("a folder");
    let path = copy.path().join(Circuit::CheckpointPadding.file_name(Variant::Proven));
    let file = fs::File::create(&path).expect("a file");
    let folder = ArtifactFolder::open(copy.path()).expect("artifacts");
    file.set_len(MAX_ARTIFACT_LEN_BYTES as u64).expect("a sparse file");
    let error = folder.read(Circuit::CheckpointPadding, Variant::Proven).expect_err("zeros");
    assert!(matches!(error, ArtifactError::Checksum { .. }), "{error}");
    file.set_len(MAX_ARTIFACT_LEN_BYTES as u64 + 1).expect("a sparse file");
    let error = folder.read(Circuit::CheckpointPadding, Variant::Proven).expect_err("one more");
    assert!(matches!(error, ArtifactError::TooLong { limit: MAX_ARTIFACT_LEN_BYTES, .. }), "{error}");
}

/// An artifact without parameters whose bytecode is gzip of `raw`.
fn artifact_of(raw: &[u8]) -> Result<Artifact, ArtifactError> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(raw).expect("memory");
    let bytecode = STANDARD.encode(gzip.finish().expect("memory"));
    let abi = json!({ "parameters": [], "return_type": null, "error_types": {} });
    let json = json!({ "noir_version": "1.0.0-beta.18", "abi": abi, "bytecode": bytecode });
    Artifact::from_json("test", json.to_string().as_bytes())
}

/// A program: one function with these opcodes (msgpack), whose largest witness is 1.
fn program(opcodes: &[&[u8]]) -> Vec<u8> {
    let mut raw = vec![3, 0x92, 0x91, 0x97, 0xa0, 1];
    raw.push(0x90 | u8::try_from(opcodes.len()).expect("few"));
    raw.extend(opcodes.concat());
    raw.extend([0x90, 0x90, 0x90, 0x90, 0x90]);
    raw
}

/// `RANGE` of a witness, 8 bits.
fn range(witness: u8) -> Vec<u8> {
    let text = |text: &str| [&[0xa0 | u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    let parts: [&[u8]; 7] = [
        &[0x81],
        &text("BlackBoxFuncCall"),
        &[0x81],
        &text("RANGE"),
        &[0x92, 0x81],
        &text("Witness"),
        &[witness, 8],
    ];
    parts.concat()
}

#[test]
fn bytecode_that_does_not_follow_the_layout_is_refused() {
    let good = program(&[&range(1)]);
    assert_eq!(artifact_of(&good).expect("well-formed").opcode_count(), 1);

    let mut other_format = good.clone();
    other_format[0] = 4;
    let error = artifact_of(&other_format).expect_err("another format");
    assert!(matches!(error, ArtifactError::Format { expected: 3, actual: 4 }), "{error}");
    for len in 1..good.len() {
        assert!(matches!(artifact_of(&good[..len]), Err(ArtifactError::Layout { .. })), "cut at {len}");
    }
    // A witness beyond the program's last one.
    assert!(matches!(artifact_of(&program(&[&range(2)])), Err(ArtifactError::Layout { .. })));
    let error = artifact_of(&[3, 0x92, 0x90, 0x90]).expect_err("no function");
    assert!(matches!(error, ArtifactError::FunctionCount { actual: 0 }), "{error}");
    assert!(matches!(Artifact::from_json("test", b"{}"), Err(ArtifactError::Json(_))));
}

#[test]
fn a_witness_that_nobody_solved_is_named() {
    let artifact = artifact_of(&program(&[&range(1)])).expect("well-formed");
    let error = artifact.solve(&[], &mut NoOracle).expect_err("witness 1 has no value");
    assert!(matches!(&error, SolveError::Unsolvable { location: Some(at), .. } if at.acir == 0), "{error}");
}
