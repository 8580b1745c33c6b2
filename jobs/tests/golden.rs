//! Inputs and results of all 18 request types, as Aztec's packages encode them: `broker/golden`.

#![expect(clippy::unwrap_used, reason = "what does not decode here fails the test, as it should")]

use chinampa_jobs::{
    EpochNumber, JobId, JobInputs, JobResult, ObjectKind, ProofLocation, ProofUri, PublicInputsClass,
    RequestType, object_path,
};
use chinampa_testkit::vectors;
use serde_json::Value;

/// The types that Aztec has.
fn aztecs() -> impl Iterator<Item = RequestType> {
    RequestType::ALL.into_iter().filter(|request_type| request_type.is_aztecs())
}

fn golden(request_type: RequestType, suffix: &str) -> String {
    format!("broker/golden/{request_type}{suffix}")
}

fn facts(request_type: RequestType) -> Value {
    vectors::json(&golden(request_type, ".json"))
}

fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

fn inputs(request_type: RequestType) -> JobInputs {
    let buffer = vectors::bytes(&golden(request_type, ".inputs.bin.gz"));
    JobInputs::from_buffer(request_type, buffer).unwrap()
}

#[test]
fn names_and_numbers_are_aztecs() {
    for request_type in aztecs() {
        let facts = facts(request_type);
        assert_eq!(facts["type"], request_type.name());
        assert_eq!(facts["typeNumber"], request_type.number());
        assert_eq!(request_type.name().parse(), Ok(request_type));
        assert_eq!(RequestType::from_number(request_type.number().into()), Some(request_type));
    }
    assert_eq!(aztecs().count(), RequestType::AZTEC_COUNT);
    assert_eq!(RequestType::from_number(18), Some(RequestType::NoirProgram));
    assert_eq!(RequestType::from_number(19), None);
}

#[test]
fn ids_are_aztecs() {
    for request_type in aztecs() {
        let facts = facts(request_type);
        let inputs = inputs(request_type);
        let epoch = EpochNumber::new(facts["epochNumber"].as_u64().unwrap()).unwrap();
        let id = inputs.job_id(epoch);
        assert_eq!(facts["jobId"], id.as_str());

        let parsed: JobId = id.as_str().parse().unwrap();
        let parts = parsed.parts().unwrap();
        assert_eq!((parts.epoch, parts.request_type), (epoch, request_type));
        assert_eq!(facts["inputs"]["bufferSha256"], hex::encode(parts.inputs_sha256));
        let path = object_path(ObjectKind::Inputs, request_type, &id).unwrap();
        assert_eq!(facts["inputs"]["fileStorePath"], path.as_str());
    }
}

#[test]
fn inputs_keep_every_byte_in_all_three_forms() {
    for request_type in aztecs() {
        let facts = &facts(request_type)["inputs"];
        let inputs = inputs(request_type);
        assert_eq!(facts["bufferBytes"], inputs.buffer().len());
        assert_eq!(facts["bufferSha256"], sha256_hex(inputs.buffer()));

        let json = inputs.to_json();
        assert_eq!(facts["jsonChars"], json.len(), "{request_type}");
        assert!(json.starts_with(facts["jsonHead"].as_str().unwrap()));
        assert_eq!(JobInputs::from_json(json.as_bytes()).as_ref(), Ok(&inputs));

        let uri = inputs.to_inline_uri().unwrap();
        assert_eq!(uri.as_str(), vectors::text(&golden(request_type, ".inputs.uri.gz")), "{request_type}");
        assert_eq!(facts["inlineUriSha256"], sha256_hex(uri.as_str().as_bytes()));
        assert_eq!(JobInputs::from_inline_uri(&uri).as_ref(), Ok(&inputs));
        assert!(
            matches!(uri.location(), Ok(ProofLocation::Inline(payload)) if payload.decode().unwrap() == json)
        );
    }
}

#[test]
fn results_keep_every_byte() {
    for request_type in aztecs() {
        let facts = &facts(request_type)["result"];
        let json = vectors::text(&golden(request_type, ".result.json.gz"));
        assert_eq!(facts["jsonSha256"], sha256_hex(json.as_bytes()));
        let result = JobResult::from_json(json.as_bytes()).unwrap();
        assert_eq!(result.to_json(), json, "{request_type}");
        assert_eq!(result.request_type(), request_type);
        assert_eq!(result.proof().fields().len(), request_type.proof_field_count());
        assert_eq!(result.outputs().is_none(), request_type == RequestType::PublicVm);

        let uri = result.to_inline_uri().unwrap();
        assert_eq!(facts["inlineUriChars"], uri.as_str().len(), "{request_type}");
        assert_eq!(JobResult::from_inline_uri(&uri), Ok(result));
    }
}

#[test]
fn sizes_are_those_of_the_summary() {
    let summary: Vec<Value> = vectors::json("broker/golden/summary.json");
    assert_eq!(summary.len(), RequestType::AZTEC_COUNT);
    for (row, request_type) in summary.iter().zip(aztecs()) {
        assert_eq!(row["name"], request_type.name());
        assert_eq!(row["inputsBytes"], inputs(request_type).buffer().len());
        let uri: ProofUri = vectors::text(&golden(request_type, ".inputs.uri.gz")).parse().unwrap();
        assert_eq!(row["inlineUri"], uri.as_str().len());
    }
}

#[test]
fn every_class_of_public_inputs_occurs() {
    let mut classes: Vec<PublicInputsClass> = Vec::new();
    for request_type in aztecs() {
        if let Some(class) = request_type.public_inputs_class() {
            let json = vectors::text(&golden(request_type, ".result.json.gz"));
            let result = JobResult::from_json(json.as_bytes()).unwrap();
            assert_eq!(Some(result.outputs().unwrap().public_inputs.len()), class.len_bytes());
            classes.push(class);
        }
    }
    classes.dedup();
    assert_eq!(classes.len(), 6);
}

#[test]
fn priority_is_a_permutation_in_rank_order() {
    let mut sorted = RequestType::BY_PRIORITY;
    for (index, request_type) in sorted.iter().enumerate() {
        assert_eq!(usize::from(request_type.priority_rank()), index + 1);
    }
    sorted.sort();
    assert_eq!(sorted, RequestType::ALL);
}
