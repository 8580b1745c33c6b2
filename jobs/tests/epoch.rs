//! The 129 jobs of seven recorded epochs: ids, inputs and results as they crossed Aztec's own broker.

use std::collections::BTreeSet;

use chinampa_jobs::{EpochNumber, JobInputs, JobResult, RequestType};
use chinampa_testkit::vectors;
use serde_json::Value;

/// Epoch, type and direction of a recorded file: `circuits/<TYPE>/<epoch>-<id>.<in|out>.json`.
fn parse_path(path: &str) -> (u64, RequestType, bool) {
    let mut parts = path.rsplit('/');
    let file = parts.next().expect("a file");
    let request_type = parts.next().expect("a folder").parse().expect("a request type");
    let epoch = file.split('-').next().expect("an epoch").parse().expect("a number");
    (epoch, request_type, file.ends_with(".in.json"))
}

#[test]
fn ids_inputs_and_results_are_aztecs() {
    let index: Value = vectors::json("epoch/index.json");
    let jobs = index["jobs"].as_object().expect("jobs by type");
    let mut expected: BTreeSet<&str> = jobs
        .values()
        .flat_map(|jobs| jobs.as_array().expect("a list"))
        .filter_map(|job| job["id"].as_str())
        .collect();
    assert_eq!(expected.len(), 129);
    let mut results = 0;
    for (path, contents) in vectors::archive("epoch/circuits.tar.zst") {
        let (epoch, request_type, is_input) = parse_path(&path);
        if is_input {
            let inputs = JobInputs::from_json(&contents).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(inputs.request_type(), request_type, "{path}");
            assert!(inputs.to_json().as_bytes() == contents, "{path}: JSON");
            let id = inputs.job_id(EpochNumber::new(epoch).expect("small"));
            assert!(expected.remove(id.as_str()), "{path}: {id} is not a recorded id");
        } else {
            let result = JobResult::from_json(&contents).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(result.request_type(), request_type, "{path}");
            assert!(result.to_json().as_bytes() == contents, "{path}: JSON");
            results += 1;
        }
    }
    assert_eq!((expected.len(), results), (0, 129), "every job has its inputs and its result");
}
