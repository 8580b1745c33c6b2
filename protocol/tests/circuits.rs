//! Inputs and outputs of every circuit against Aztec's own buffers, JSON and input witnesses.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_jobs::RequestType;
use chinampa_kernels::Fr;
use chinampa_protocol::blob::batch::{BatchAccumulator, CheckpointBlobs, EpochOpenings};
use chinampa_protocol::blob::blobs_hash;
use chinampa_protocol::blob::stream::CheckpointBlobData;
use chinampa_protocol::circuits::{
    AvmCircuitPublicInputs, CheckpointRootRollupHints, CheckpointRootRollupPrivateInputs,
    CheckpointRootSingleBlockRollupPrivateInputs, CircuitDataError, CircuitInputs, CircuitOutputs,
    PublicTxBaseRollupPrivateInputs, RootRollupPublicInputs, UnknownCircuit,
};
use chinampa_protocol::codec::{Array, Decode, DecodeErrorKind, Encode, ToFields};
use chinampa_protocol::proof::{Proof, RecursiveProof, VerificationKeyData};
use chinampa_testkit::vectors;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Number and name of every request with a Noir circuit: all but the AVM's.
fn requests() -> impl Iterator<Item = (u32, &'static str)> {
    let types = RequestType::ALL[1..RequestType::AZTEC_COUNT].iter().copied();
    types.map(|request_type| (u32::from(request_type.number()), request_type.name()))
}

fn golden_inputs(name: &str) -> Vec<u8> {
    vectors::bytes(&format!("broker/golden/{name}.inputs.bin.gz"))
}

fn golden_result(name: &str) -> Value {
    vectors::json(&format!("broker/golden/{name}.result.json.gz"))
}

fn base64(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("base64")).expect("base64")
}

/// Checks that `ours` says the same as the recording's dump of the decoded object. The dump writes buffers as
/// hexadecimal, slot numbers as numbers, and omits nothing that we have.
fn assert_same(ours: &Value, dump: &Value, path: &str) {
    match (ours, dump) {
        (Value::Object(ours), Value::Object(dump)) => {
            for (key, value) in ours {
                let other = dump.get(key).unwrap_or_else(|| panic!("{path}.{key} is not in the dump"));
                assert_same(value, other, &format!("{path}.{key}"));
            }
        }
        (Value::Array(ours), Value::Array(dump)) => {
            assert_eq!(ours.len(), dump.len(), "{path}");
            for (index, (ours, dump)) in ours.iter().zip(dump).enumerate() {
                assert_same(ours, dump, &format!("{path}[{index}]"));
            }
        }
        _ => assert_eq!(scalar(ours), scalar(dump), "{path}"),
    }
}

/// Numbers, decimal text, hexadecimal text and base64 of a buffer in one form.
fn scalar(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => match text.strip_prefix("0x") {
            Some(digits) if digits.len() <= 64 => {
                let digits = digits.trim_start_matches('0');
                match u128::from_str_radix(digits, 16) {
                    _ if digits.is_empty() => "0".to_owned(),
                    Ok(number) => number.to_string(),
                    Err(_) => digits.to_owned(),
                }
            }
            Some(digits) => digits.to_owned(),
            None if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => text.clone(),
            None => {
                scalar(&Value::String(format!("0x{}", hex::encode(STANDARD.decode(text).expect("base64")))))
            }
        },
        other => other.to_string(),
    }
}

/// The lines that Aztec's solver is given: `index=0x…`, joined by line feeds.
fn witness_lines(fields: &[Fr]) -> String {
    let mut lines = String::new();
    for (index, field) in fields.iter().enumerate() {
        let end = if index + 1 == fields.len() { "" } else { "\n" };
        write!(lines, "{index}={field}{end}").expect("writing to a string");
    }
    lines
}

#[test]
fn inputs_equal_aztecs_buffers_json_and_witnesses() {
    let circuits: Value = vectors::json("broker/golden/circuits.json");
    for (number, name) in requests() {
        let bytes = golden_inputs(name);
        let inputs = CircuitInputs::decode(number, &bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(inputs.to_bytes() == bytes, "{name}: buffer");

        let dump: Value = vectors::json(&format!("broker/golden/{name}.decoded.json.gz"));
        assert_same(&serde_json::to_value(&inputs).expect("JSON"), &dump["inputs"], name);

        let witness = &circuits[name]["witness"]["real"];
        let fields = inputs.fields();
        assert_eq!(fields.len() as u64, witness["entries"].as_u64().unwrap_or(0), "{name}: witness entries");
        let digest = hex::encode(Sha256::digest(witness_lines(&fields)));
        assert_eq!(digest, witness["sha256OfLines"].as_str().expect("a digest"), "{name}: witness");
    }
}

#[test]
fn outputs_equal_aztecs_buffers_and_json() {
    for (number, name) in requests() {
        let result = golden_result(name);
        let bytes = base64(&result["result"]["inputs"]);
        let outputs =
            CircuitOutputs::decode(number, &bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(outputs.to_bytes() == bytes, "{name}: buffer");
        let dump: Value = vectors::json(&format!("broker/golden/{name}.decoded.json.gz"));
        let ours = serde_json::to_value(&outputs).expect("JSON");
        assert_same(&ours, &dump["result"]["inputs"], name);

        let bytes = base64(&result["result"]["verificationKey"]);
        let key = VerificationKeyData::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(key.to_bytes() == bytes, "{name}: key");
        let bytes = base64(&result["result"]["proof"]);
        let again = match number {
            15..=17 => RecursiveProof::<449>::from_bytes(&bytes).map(|proof| proof.to_bytes()),
            _ => RecursiveProof::<519>::from_bytes(&bytes).map(|proof| proof.to_bytes()),
        };
        assert!(again.unwrap_or_else(|error| panic!("{name}: {error}")) == bytes, "{name}: proof");
    }
}

/// Every input and output of seven recorded epochs, 118 of them with a Noir circuit.
#[test]
fn a_recorded_chains_jobs_round_trip() {
    let mut seen = 0;
    for (path, contents) in vectors::archive("epoch/circuits.tar.zst") {
        let job: Value = serde_json::from_slice(&contents).expect("JSON");
        let number = u32::try_from(job["type"].as_u64().expect("a number")).expect("small");
        if number == 0 {
            continue;
        }
        if path.ends_with(".in.json") {
            let bytes = base64(&job["inputs"]);
            let inputs =
                CircuitInputs::decode(number, &bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert!(inputs.to_bytes() == bytes, "{path}");
        } else {
            let bytes = base64(&job["result"]["inputs"]);
            let outputs =
                CircuitOutputs::decode(number, &bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert!(outputs.to_bytes() == bytes, "{path}");
            let fields = outputs.fields();
            let again = CircuitOutputs::from_fields(number, &fields);
            assert_eq!(again.unwrap_or_else(|error| panic!("{path}: {error}")), outputs, "{path}: fields");
        }
        seen += 1;
    }
    assert_eq!(seen, 2 * 118);
}

#[test]
fn avm_public_inputs_have_one_meaning_in_json_and_in_bytes() {
    let avm: Value = serde_json::from_slice(&golden_inputs("PUBLIC_VM")).expect("JSON");
    let parsed: AvmCircuitPublicInputs =
        serde_json::from_value(avm["publicInputs"].clone()).expect("AVM inputs");
    assert_eq!(serde_json::to_value(&parsed).expect("JSON"), avm["publicInputs"]);
    assert_eq!(AvmCircuitPublicInputs::from_bytes(&parsed.to_bytes()).expect("bytes"), parsed);

    let base =
        PublicTxBaseRollupPrivateInputs::from_bytes(&golden_inputs("PUBLIC_TX_BASE_ROLLUP")).expect("bytes");
    let inputs = &base.avm_proof_data.public_inputs;
    assert_eq!(inputs.fields().len(), 5_008);
    let again =
        <AvmCircuitPublicInputs as chinampa_protocol::codec::FromFields>::from_all_fields(&inputs.fields());
    assert_eq!(&again.expect("fields"), inputs);
    let json = serde_json::to_string(inputs).expect("JSON");
    assert_eq!(&serde_json::from_str::<AvmCircuitPublicInputs>(&json).expect("JSON"), inputs);
}

#[test]
fn errors_name_member_and_offset() {
    assert_eq!(CircuitInputs::decode(0, &[]), Err(UnknownCircuit { actual: 0 }.into()));
    assert_eq!(CircuitInputs::decode(18, &[]), Err(UnknownCircuit { actual: 18 }.into()));

    let decode = |bytes: &[u8]| match CircuitInputs::decode(4, bytes) {
        Err(CircuitDataError::Decode(error)) => error,
        other => panic!("expected a decoding error, got {other:?}"),
    };
    let good = golden_inputs("TX_MERGE_ROLLUP");
    assert!(CircuitInputs::decode(4, &good).is_ok());

    let mut trailing = good.clone();
    trailing.push(0);
    assert_eq!(decode(&trailing).kind(), &DecodeErrorKind::Trailing { count: 1 });

    let short = decode(&good[..good.len() - 1]);
    assert!(matches!(short.kind(), DecodeErrorKind::Truncated { .. }), "{short}");

    // 1,114 bytes of public inputs, then the count of the proof's fields.
    let mut wrong_count = good.clone();
    wrong_count[1_117] ^= 1;
    let error = decode(&wrong_count);
    assert_eq!((error.path().as_str(), error.offset()), ("previous_rollups[0].proof.proof", 1_114));
    assert_eq!(error.kind(), &DecodeErrorKind::Count { expected: 519, actual: 518 });

    let mut not_canonical = good;
    not_canonical[4..36].fill(0xff);
    let error = decode(&not_canonical);
    let path = "previous_rollups[0].public_inputs.constants.last_archive.root";
    assert_eq!((error.path().as_str(), error.offset()), (path, 4));
    assert!(matches!(error.kind(), DecodeErrorKind::Field(_)));

    // A count that promises 4 GiB must not be believed.
    let mut huge = Proof::empty().to_bytes();
    huge[..4].fill(0xff);
    let error = Proof::from_bytes(&huge).expect_err("four billion bytes are not there");
    assert!(matches!(error.kind(), DecodeErrorKind::TooMany { .. }));
}

/// The blobs of each recorded epoch, taken from the inputs of its checkpoint roots: challenges, every accumulator
/// between checkpoints, and what the root says, recomputed from the blob fields alone.
#[test]
fn an_epochs_blobs_lead_to_its_root() {
    let mut epochs: BTreeMap<u32, Epoch> = BTreeMap::new();
    for (path, contents) in vectors::archive("epoch/circuits.tar.zst") {
        let (folder, file) = path.rsplit_once('/').expect("folder/file");
        let number: u32 = file.split_once('-').expect("epoch-id").0.parse().expect("an epoch");
        let job: Value = serde_json::from_slice(&contents).expect("JSON");
        let epoch = epochs.entry(number).or_default();
        match (folder.rsplit('/').next().expect("a type"), file.ends_with(".in.json")) {
            ("CHECKPOINT_ROOT_ROLLUP", true) => {
                let inputs = CheckpointRootRollupPrivateInputs::from_bytes(&base64(&job["inputs"]));
                epoch.hints.push(inputs.expect("inputs").hints);
            }
            ("CHECKPOINT_ROOT_SINGLE_BLOCK_ROLLUP", true) => {
                let inputs =
                    CheckpointRootSingleBlockRollupPrivateInputs::from_bytes(&base64(&job["inputs"]));
                epoch.hints.push(inputs.expect("inputs").hints);
            }
            ("ROOT_ROLLUP", false) => {
                let root = RootRollupPublicInputs::from_bytes(&base64(&job["result"]["inputs"]));
                epoch.root = Some(root.expect("outputs"));
            }
            _ => {}
        }
    }
    assert_eq!(epochs.len(), 7);
    for (number, mut epoch) in epochs {
        epoch.hints.sort_by_key(|hints| hints.previous_block_header.global_variables.block_number);
        epoch.check(number);
    }
}

#[derive(Default)]
struct Epoch {
    hints: Vec<CheckpointRootRollupHints>,
    root: Option<RootRollupPublicInputs>,
}

impl Epoch {
    fn check(&self, number: u32) {
        let laid: Vec<_> = self
            .hints
            .iter()
            .map(|hints| {
                let data = CheckpointBlobData::from_fields(&hints.blob_fields).expect("readable");
                CheckpointBlobs::new(&data.to_fields()).expect("few fields")
            })
            .collect();
        let EpochOpenings { challenges, evaluations } = EpochOpenings::compute(&laid).expect("canonical");
        let mut evaluations = evaluations.iter();
        let mut accumulator = BatchAccumulator::default();
        for (hints, laid) in self.hints.iter().zip(&laid) {
            assert_eq!(hints.final_blob_challenges, challenges, "epoch {number}: challenges");
            assert_eq!(hints.start_blob_accumulator, accumulator.public, "epoch {number}: accumulator");
            let commitments: Vec<_> =
                laid.blobs.iter().map(|blob| blob.commitment().expect("canonical")).collect();
            assert_eq!(hints.blobs_hash, blobs_hash(&commitments), "epoch {number}: blobs hash");
            let points = commitments.iter().map(|commitment| commitment.to_point().expect("on the curve"));
            assert_eq!(
                Some(&hints.blob_commitments),
                Array::padded(points).as_ref(),
                "epoch {number}: commitments"
            );
            for commitment in &commitments {
                let evaluation = evaluations.next().expect("one a blob");
                accumulator = accumulator
                    .accumulate(laid.blob_fields_hash, commitment, evaluation, &challenges)
                    .expect("points");
            }
        }
        let batch = accumulator.finalize(&challenges).expect("the batch verifies");
        let root = self.root.as_ref().expect("every recorded epoch has a root");
        assert_eq!(batch.accumulator, root.blob_public_inputs, "epoch {number}: root");
        // L1's view of the same: versioned hash, point, value, commitment, proof.
        let input = batch.l1_input();
        assert_eq!(input[32..64], root.blob_public_inputs.z.to_be_bytes());
        assert_eq!(input[96..144], root.blob_public_inputs.c.to_compressed());
    }
}
