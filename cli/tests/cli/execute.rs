//! `chinampa execute` writes the witness files that Aztec's own solver writes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chinampa_testkit::{peers, vectors};
use sha2::{Digest as _, Sha256};

use crate::support::{Run, chinampa};

fn execute(folder: &Path, circuit: &str, inputs: Option<&str>) -> Run {
    let artifact = peers::circuits().join(format!("artifacts/{circuit}.json"));
    let artifact = artifact.to_str().expect("UTF-8").to_owned();
    let mut arguments = vec!["execute", &artifact, "--output", "witness.gz"];
    if let Some(inputs) = inputs {
        fs::write(folder.join("Prover.toml"), inputs).expect("a file");
        arguments.extend(["--inputs", "Prover.toml"]);
    }
    chinampa(folder, &arguments, &[])
}

/// SHA-256 of the file of `executeProgram` and `compressWitnessStack` of @aztec/noir-acvm_js 4.1.2 on the same inputs.
fn is_aztecs(folder: &Path, digest: &str) {
    let witness = fs::read(folder.join("witness.gz")).expect("a witness");
    assert_eq!(hex::encode(Sha256::digest(witness)), digest);
}

#[test]
fn a_program_without_inputs() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = execute(folder.path(), "rollup_checkpoint_padding", Some(&checkpoint_padding_inputs()));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 149, "one line a returned field");
    is_aztecs(folder.path(), "87680aab1e86bb07602652efb1802a4b277892807a4f4bffe9d0820f6395b459");
}

/// Its one parameter is a struct without members.
fn checkpoint_padding_inputs() -> String {
    "[inputs]\n".to_owned()
}

/// The messages and the root of keys of the recorded job, as a person would write them.
fn parity_base_inputs() -> String {
    let buffer = vectors::bytes("broker/simulated/PARITY_BASE.inputs.bin.gz");
    let (words, rest) = buffer.as_chunks::<32>();
    assert!(words.len() == 257 && rest.is_empty());
    let mut text = "return = \"what it returns may be noted here\"\n[inputs]\nmsgs = [".to_owned();
    for word in &words[..256] {
        write!(text, "\"0x{}\", ", hex::encode(word)).expect("a string");
    }
    write!(text, "]\nvk_tree_root = \"0x{}\"\n", hex::encode(words[256])).expect("a string");
    text
}

#[test]
fn a_parity_base() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = execute(folder.path(), "parity_base", Some(&parity_base_inputs()));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 3);
    is_aztecs(folder.path(), "70322eb36c227255b2251479b91c8b1908c5127cbe98d6fc80a55c510eae3f56");
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = parity_base_inputs();
    let run = execute(folder.path(), "parity_base", Some(&inputs.replace("vk_tree_root", "vk_root")));
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("inputs.vk_tree_root: expected a field element"), "{}", run.stderr);
    assert!(!folder.path().join("witness.gz").exists());
    let run = execute(folder.path(), "parity_base", None);
    assert!(run.stderr.contains("inputs: expected a table"), "{}", run.stderr);
}
