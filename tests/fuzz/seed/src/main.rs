//! Writes the first corpus of every fuzz target, `corpus/<target>/seed-*`, from the golden data in `tests/vectors`.
//!
//! A target without seeds here starts from nothing. Seeds over [`MAX_SEED_LEN`] are left out: libFuzzer would cut them.

use std::fs;
use std::io;
use std::path::Path;

use chinampa_testkit::vectors;
use serde_json::Value;

/// Longest input that scripts/fuzz lets libFuzzer make, in bytes.
const MAX_SEED_LEN: usize = 262_144;

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
    jobs().iter().chain(&protocol()).chain(&honk()).try_for_each(Corpus::write)
}

/// Text of a string member of a JSON vector.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Corpora of the decoders of `honk`, in the order of its flavors.
fn honk() -> Vec<Corpus> {
    let mut keys = Corpus::new("honk_key");
    let mut proofs = Corpus::new("honk_proof");
    let targets = ["noir-recursive-no-zk", "noir-recursive", "evm-no-zk", "evm", "noir-rollup"];
    for circuit in ["t1", "mix"] {
        for (flavor, target) in targets.into_iter().enumerate() {
            let file = |name| vectors::bytes(&format!("honk/{circuit}.{target}/{name}"));
            let hash = u8::from(target.starts_with("evm"));
            keys.add([vec![hash], file("vk")].concat());
            proofs.add([vec![flavor as u8], file("vk"), file("public_inputs"), file("proof")].concat());
        }
    }
    vec![keys, proofs]
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

/// Corpora of the decoders of `protocol`.
fn protocol() -> Vec<Corpus> {
    let mut circuits = Corpus::new("circuit_data");
    for kind in TYPES {
        let facts: Value = vectors::json(&format!("broker/golden/{kind}.json"));
        let number = u8::try_from(facts["typeNumber"].as_u64().unwrap_or_default()).unwrap_or_default();
        let result: Value = vectors::json(&format!("broker/golden/{kind}.result.json.gz"));
        for buffer in [text(&facts, "/inputs/bufferBase64"), text(&result, "/result/inputs")] {
            circuits.add([vec![number], base64(buffer)].concat());
        }
    }
    let (mut txs, mut txs_json) = (Corpus::new("tx"), Corpus::new("tx_json"));
    for name in files("localnet/txs") {
        txs.add(vectors::bytes(&name));
    }
    for name in files("localnet/rpc/txs") {
        let answer: Value = vectors::json(&name);
        txs_json.add(answer["response"]["result"].to_string());
    }
    let (mut blocks, mut blocks_json) = (Corpus::new("block"), Corpus::new("block_json"));
    for name in ["blocks", "checkpoints"] {
        let recorded: Vec<Value> = vectors::json(&format!("localnet/{name}.json.gz"));
        for entry in &recorded {
            blocks.add(base64(text(entry, "/l2block")));
            blocks.add(base64(text(entry, "/checkpoint")));
        }
    }
    let headers: Vec<Value> = vectors::json("localnet/rpc/headers.json.gz");
    blocks_json.seeds.extend(headers.iter().map(|header| header.to_string().into_bytes()));
    let calls: Vec<Value> = vectors::json("localnet/rpc/getCheckpoints.json.gz");
    for entry in calls.iter().flat_map(|call| call["response"]["result"].as_array().into_iter().flatten()) {
        blocks_json.add(entry["checkpoint"].to_string());
    }
    let mut trees = Corpus::new("indexed_tree");
    trees.add([200, 201, 0, 255, 130, 0, 0, 140, 150, 200]);
    vec![circuits, txs, txs_json, blocks, blocks_json, blob_streams(), trees]
}

/// The words of every recorded blob, cut behind the last one in use.
fn blob_streams() -> Corpus {
    let mut corpus = Corpus::new("blob_stream");
    let blobs: serde_json::Map<String, Value> = vectors::json("localnet/blobs.json.gz");
    for blob in blobs.values() {
        let digits = text(blob, "/blob").trim_start_matches("0x").trim_end_matches('0');
        let bytes: Vec<u8> = digits.as_bytes().chunks(2).map(hex_byte).collect();
        let words = bytes.len().div_ceil(32);
        let mut padded = bytes;
        padded.resize(words * 32, 0);
        corpus.add(padded);
    }
    corpus
}

fn hex_byte(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |byte, digit| byte << 4 | char::from(*digit).to_digit(16).unwrap_or_default() as u8)
        << (4 * (2 - digits.len()))
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default()
}

/// Names of the vectors in a folder.
fn files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(vectors::path(folder)).into_iter().flatten().flatten();
    entries.map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy())).collect()
}
