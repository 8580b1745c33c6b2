//! Writes the first corpus of every fuzz target, `corpus/<target>/seed-*`, from the golden data in `tests/vectors`.
//!
//! A target without seeds here starts from nothing. Seeds over [`MAX_SEED_LEN`] are left out: libFuzzer would cut them.

use std::fs;
use std::io;
use std::path::Path;

use chinampa_testkit::vectors;
use serde_json::Value;

/// Longest input that scripts/fuzz lets libFuzzer make, in bytes.
const MAX_SEED_LEN: usize = 65_536;

const TYPES: [&str; 5] = [
    "PARITY_BASE",
    "CHECKPOINT_PADDING_ROLLUP",
    "TX_MERGE_ROLLUP",
    "BLOCK_ROOT_EMPTY_TX_FIRST_ROLLUP",
    "ROOT_ROLLUP",
];

/// One target's corpus.
struct Corpus {
    target: &'static str,
    seeds: Vec<Vec<u8>>,
}

impl Corpus {
    fn new(target: &'static str) -> Self {
        Self { target, seeds: Vec::new() }
    }

    fn add(&mut self, seed: impl Into<Vec<u8>>) {
        self.seeds.push(seed.into());
    }

    fn write(&self) -> io::Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(self.target);
        fs::create_dir_all(&folder)?;
        let small = self.seeds.iter().filter(|seed| seed.len() <= MAX_SEED_LEN);
        for (number, seed) in small.clone().enumerate() {
            fs::write(folder.join(format!("seed-{number:04}")), seed)?;
        }
        println!("{}: {} seeds", self.target, small.count());
        Ok(())
    }
}

fn main() -> io::Result<()> {
    jobs().iter().try_for_each(Corpus::write)
}

/// Text of a string member of a JSON vector.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Corpora of the decoders of `jobs`.
fn jobs() -> Vec<Corpus> {
    let mut ids = Corpus::new("job_id");
    let mut uris = Corpus::new("proof_uri");
    let mut inputs = Corpus::new("inputs_json");
    let mut results = Corpus::new("result_json");
    for kind in TYPES {
        let facts: Value = vectors::json(&format!("broker/golden/{kind}.json"));
        ids.add(text(&facts, "/jobId"));
        for store in ["file:///var/proofs/", "gs://bucket/prefix/", "s3://bucket/"] {
            uris.add(format!("{store}{}", text(&facts, "/inputs/fileStorePath")));
        }
        uris.add(vectors::text(&format!("broker/golden/{kind}.inputs.uri.gz")));
        let buffer = text(&facts, "/inputs/bufferBase64");
        inputs.add(format!("{{\"type\":{},\"inputs\":\"{buffer}\"}}", facts["typeNumber"]));
        results.add(vectors::bytes(&format!("broker/golden/{kind}.result.json.gz")));
    }
    ids.add("no-epoch");
    inputs.add("{\"type\":0,\"inputs\":{\"hints\":{\"tx\":[1,null]},\"publicInputs\":{}}}");
    inputs.add("{\"type\":13,\"inputs\":\"\"}");
    inputs.add("{\"type\":13,\"inputs\":{\"type\":\"Buffer\",\"data\":[1,255]}}");
    results.add("{\"type\":0,\"result\":\"AABAEA==\"}");
    vec![ids, uris, inputs, results, framing(), rpc_bodies(), rpc_replies()]
}

/// A proof of two fields and a key of one, each with the expected count in front.
fn framing() -> Corpus {
    let mut corpus = Corpus::new("recursive_proof");
    let count = |number: u32| number.to_be_bytes().to_vec();
    let binary = [count(42), vec![0; 42], count(0)].concat();
    corpus.add([vec![2], count(2), vec![7; 64], binary.clone(), vec![1]].concat());
    corpus.add([vec![u8::MAX], count(449), vec![7; 449 * 32], binary, vec![1]].concat());
    corpus.add([vec![9], count(1), vec![7; 64], count(3), vec![1, 2, 3]].concat());
    corpus
}

fn rpc_bodies() -> Corpus {
    let mut corpus = Corpus::new("rpc_body");
    let cases: Vec<Value> = vectors::json("broker/rpc-validation/cases.json.gz");
    for case in &cases {
        corpus.add(text(case, "/request"));
    }
    for file in captures() {
        for exchange in file["exchanges"].as_array().into_iter().flatten() {
            corpus.add(text(exchange, "/request/bodyText"));
        }
    }
    corpus
}

fn rpc_replies() -> Corpus {
    let mut corpus = Corpus::new("rpc_reply");
    let methods = [
        "enqueue",
        "getProvingJobStatus",
        "cancel",
        "getCompletedJobs",
        "getProvingJob\"",
        "Error",
        "Progress",
    ];
    for file in captures() {
        for exchange in file["exchanges"].as_array().into_iter().flatten() {
            let request = text(exchange, "/request/bodyText");
            let method = methods.iter().position(|name| request.contains(name)).unwrap_or(7);
            let method = u8::try_from(method).unwrap_or_default();
            corpus.add([&[method], text(exchange, "/response/bodyText").as_bytes()].concat());
        }
    }
    corpus
}

fn captures() -> Vec<Value> {
    let index: Vec<Value> = vectors::json("broker/rpc/index.json");
    index.iter().map(|row| vectors::json(&format!("broker/rpc/{}", text(row, "/file")))).collect()
}
