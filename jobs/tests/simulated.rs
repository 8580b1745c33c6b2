//! Inputs that circuits accept and the results of Aztec's simulated prover: `broker/simulated`.

#![expect(clippy::unwrap_used, reason = "what does not decode here fails the test, as it should")]

use chinampa_jobs::{JobInputs, JobResult, Proof, ProofUri, RequestType};
use chinampa_testkit::vectors;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const TYPES: [RequestType; 5] = [
    RequestType::ParityBase,
    RequestType::ParityRoot,
    RequestType::CheckpointPaddingRollup,
    RequestType::PublicChonkVerifier,
    RequestType::PublicVm,
];

fn file(request_type: RequestType, suffix: &str) -> String {
    format!("broker/simulated/{request_type}{suffix}")
}

fn result(request_type: RequestType) -> (String, JobResult) {
    let json = vectors::text(&file(request_type, ".result.json.gz"));
    let result = JobResult::from_json(json.as_bytes()).unwrap();
    (json, result)
}

#[test]
fn results_keep_every_byte() {
    for request_type in TYPES {
        let (json, result) = result(request_type);
        assert_eq!(result.to_json(), json, "{request_type}");
        assert_eq!(result.request_type(), request_type);
    }
}

#[test]
fn inputs_hash_to_what_was_recorded() {
    let mut checked = 0;
    for request_type in TYPES {
        let name = file(request_type, ".json");
        if !vectors::path(&name).exists() {
            continue;
        }
        let facts: Value = vectors::json(&name);
        let Some(hash) = facts["inputsSha256"].as_str() else { continue };
        let buffer = vectors::bytes(&file(request_type, ".inputs.bin.gz"));
        let inputs = JobInputs::from_buffer(request_type, buffer).unwrap();
        assert_eq!(hex::encode(Sha256::digest(inputs.buffer())), hash, "{request_type}");
        assert_eq!(JobInputs::from_json(inputs.to_json().as_bytes()), Ok(inputs));
        checked += 1;
    }
    assert!(checked >= 3, "only {checked} recordings have a hash");
}

#[test]
fn proofs_are_the_simulated_ones() {
    for request_type in TYPES {
        let (_, result) = result(request_type);
        let proof = result.proof();
        assert!(proof.fields_valid() && proof.binary().is_empty());
        assert_eq!(proof.binary().bytes().len(), Proof::EMPTY_LEN);
        let counts = !matches!(request_type, RequestType::PublicVm | RequestType::PublicChonkVerifier);
        for (index, field) in proof.fields().iter().enumerate() {
            let mut expected = [0; 32];
            let number = if counts { u16::try_from(index + 1).unwrap() } else { 0 };
            expected[30..].copy_from_slice(&number.to_be_bytes());
            assert_eq!(field, &expected);
        }
        if let Some(outputs) = result.outputs() {
            let key = &outputs.verification_key;
            assert_eq!(key.fields().len(), 115);
            assert_eq!(key.bytes(), key.fields().as_flattened());
        }
    }
}

#[test]
fn public_inputs_and_key_hash_are_the_recorded_ones() {
    let facts: Value = vectors::json(&file(RequestType::ParityRoot, ".json"));
    let (_, result) = result(RequestType::ParityRoot);
    let outputs = result.outputs().unwrap();
    assert_eq!(facts["publicInputsHex"], hex::encode(&outputs.public_inputs));
    assert_eq!(facts["vkHash"], format!("0x{}", hex::encode(outputs.verification_key.hash())));
}

#[test]
fn the_agents_inline_result_keeps_every_byte() {
    let text = vectors::text("broker/simulated/cli-agent-PARITY_BASE.result.uri.gz");
    let uri: ProofUri = text.trim_end().parse().unwrap();
    let from_agent = JobResult::from_inline_uri(&uri).unwrap();
    assert_eq!(from_agent.to_inline_uri().unwrap(), uri);
    // The agent had other messages to prove, so only the key is the same.
    let (_, other) = result(RequestType::ParityBase);
    assert_eq!(from_agent.request_type(), other.request_type());
    assert_eq!(from_agent.outputs().unwrap().verification_key, other.outputs().unwrap().verification_key);
}
