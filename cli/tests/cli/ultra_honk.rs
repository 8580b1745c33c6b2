//! `chinampa verify` with bb's flags, on bb's files.

use std::fs;
use std::path::Path;

use chinampa_testkit::vectors;

use crate::support::{Run, chinampa};

/// Writes the files of a golden proof, as `bb prove` does, and the reference string's point.
fn files(folder: &Path, proof: &str) {
    for name in ["proof", "public_inputs", "vk"] {
        fs::write(folder.join(name), vectors::bytes(&format!("honk/{proof}/{name}"))).expect("a file");
    }
    fs::write(folder.join("bn254_g2.dat"), vectors::bytes("srs/dev-bn254_g2.dat")).expect("a file");
}

/// Runs `verify` as Aztec 4.1.2's agents run bb.
fn verify(folder: &Path, flags: &str) -> Run {
    let paths = "verify -p proof -k vk -i public_inputs -c . ";
    let arguments: Vec<&str> = paths.split_whitespace().chain(flags.split_whitespace()).collect();
    chinampa(folder, &arguments, &[])
}

#[test]
fn golden_proofs_verify_by_target_and_by_flags() {
    for (proof, target, flags) in [
        (
            "t1.noir-recursive-no-zk",
            "noir-recursive-no-zk",
            "--disable_zk --scheme ultra_honk --oracle_hash poseidon2 -v",
        ),
        ("t1.noir-recursive", "noir-recursive", "-s ultra_honk -d"),
        ("t1.evm-no-zk", "evm-no-zk", "--disable_zk --scheme ultra_honk --oracle_hash keccak"),
        ("t1.evm", "evm", "--oracle_hash keccak --verbose"),
        (
            "t1.noir-rollup",
            "noir-rollup-no-zk",
            "--disable_zk --scheme ultra_honk --oracle_hash poseidon2 --ipa_accumulation",
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        files(folder.path(), proof);
        for flags in [format!("-t {target}"), flags.to_owned()] {
            let run = verify(folder.path(), &format!("--dev {flags}"));
            assert_eq!(
                (run.code, run.stderr.as_str()),
                (0, "Proof verified successfully\n"),
                "{proof} {flags}"
            );
            assert_eq!(run.stdout, "");
        }
    }
}

#[test]
fn what_is_wrong_is_said_and_the_code_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let refuses = |flags: &str, text: &str| {
        let run = verify(folder, flags);
        assert!(run.code == 1 && run.stderr.contains(text), "{flags}: {} {}", run.code, run.stderr);
    };
    refuses("--disable_zk", "Unable to open file: public_inputs");
    files(folder, "t1.noir-recursive-no-zk");
    // The ceremony's secret is another one.
    refuses("--disable_zk", "Proof verification failed: the pairings do not cancel");
    refuses("--dev", "Proof verification failed: invalid proof size. Expected 500, got 449");
    refuses("--dev --disable_zk --ipa_accumulation", "Proof verification failed");
    refuses("--dev --disable_zk --oracle_hash keccak", "invalid verification key");
    refuses("--dev --oracle_hash keccak --ipa_accumulation", "not keccak");
    let mut proof = fs::read(folder.join("proof")).expect("a proof");
    proof[32 * 40 + 31] ^= 1;
    fs::write(folder.join("proof"), proof).expect("a file");
    refuses("--dev --disable_zk", "Proof verification failed: sumcheck round 0");
    fs::write(folder.join("bn254_g2.dat"), [0; 127]).expect("a file");
    refuses("--dev --disable_zk", "bn254_g2.dat");
}

#[test]
fn flags_that_do_not_go_together_are_a_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    for flags in ["-t evm --disable_zk", "-t starknet", "-s chonk"] {
        assert_eq!(verify(folder.path(), flags).code, 2, "{flags}");
    }
}
