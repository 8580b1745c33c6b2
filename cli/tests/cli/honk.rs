//! `chinampa verify` with bb's flags, on bb's files.

use std::fs;
use std::path::Path;
use std::process::Command;

use chinampa_testkit::{peers, vectors};

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
        ("t1.noir-recursive", "noir-recursive", "-s ultra_honk -v -v -d --threads 1"),
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
            assert_eq!(run.code, 0, "{proof} {flags}: {}", run.stderr);
            assert_eq!(run.stderr.lines().last(), Some("Proof verified successfully"));
            let is_verbose = flags.contains("-v") || flags.contains("-d ");
            assert_eq!(run.stderr.lines().count() > 1, is_verbose, "{flags}");
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

/// Calls `verifyProof` of @aztec/bb-prover 4.1.2 with the program in place of bb; prints the status.
const AZTEC: &str = r"
const [module, program, folder, flavor] = process.argv.slice(1);
const { verifyProof } = await import(module);
const quiet = () => {};
const logger = { level: 'verbose', debug: quiet, verbose: quiet, info: quiet, warn: quiet, error: quiet };
console.log((await verifyProof(program, `${folder}/proof`, `${folder}/vk`, flavor, logger)).status);
";

#[test]
fn aztecs_own_code_takes_the_program_for_bb() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("bn254_g1.dat"), vectors::bytes("srs/bn254_g1_1025.dat")).expect("a file");
    let module = peers::path("aztec/node_modules/@aztec/bb-prover/dest/bb/execute.js");
    let status = |flavor: &str| {
        let output = Command::new(peers::path("bin/node"))
            .args(["--input-type=module", "-e", AZTEC])
            .arg(&module)
            .arg(env!("CARGO_BIN_EXE_chinampa"))
            .arg(folder.path())
            .arg(flavor)
            .output()
            .expect("node runs");
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    };
    for (target, flavor) in [("noir-recursive-no-zk", "ultra_honk"), ("evm-no-zk", "ultra_keccak_honk")] {
        let bb = Command::new(peers::path("bin/bb"))
            .args(["prove", "-b"])
            .arg(vectors::path("honk/t1.acir.gz"))
            .arg("-w")
            .arg(vectors::path("honk/t1.wtns.gz"))
            .args(["-c", ".", "-o", ".", "--write_vk", "-t", target])
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .output()
            .expect("bb runs");
        assert!(bb.status.success(), "{}", String::from_utf8_lossy(&bb.stderr));
        assert_eq!(status(flavor), "0", "{target}");
        let mut proof = fs::read(path("proof")).expect("a proof");
        let last = proof.len() - 1;
        proof[last] ^= 1;
        fs::write(path("proof"), proof).expect("a file");
        assert_eq!(status(flavor), "1", "{target}");
    }
}

/// Runs a command with words of `line`, and requires that it succeeds.
fn succeeds(folder: &Path, line: &str) -> Run {
    let run = chinampa(folder, &line.split_whitespace().collect::<Vec<_>>(), &[]);
    assert_eq!(run.code, 0, "{line}: {}", run.stderr);
    run
}

/// What `-v` names of a proof that is no rollup's, where there is no terminal.
const STEPS: [&str; 14] = [
    "read",
    "ipa",
    "circuit",
    "trace",
    "srs",
    "key",
    "wires",
    "records",
    "lookup_inverses",
    "grand_product",
    "sumcheck",
    "gemini",
    "shplonk",
    "kzg",
];

#[test]
fn what_is_proved_is_verified_and_is_what_bb_proves() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    succeeds(folder, "srs dev --log2 12 --output crs");
    let bb = folder.join("bb");
    chinampa_agent::write_development_bb(&peers::path("bin/bb"), &bb).expect("bb 4.1.2");
    for name in ["t1.acir.gz", "t1.wtns.gz"] {
        fs::copy(vectors::path(&format!("honk/{name}")), folder.join(name)).expect("a file");
    }
    // Flags as Aztec's agents give them.
    let aztec = [
        ("noir-recursive-no-zk", "--scheme ultra_honk --oracle_hash poseidon2 --disable_zk"),
        ("evm-no-zk", "--scheme ultra_honk --oracle_hash keccak --disable_zk"),
    ];
    for (target, flags) in aztec {
        let golden = |name| vectors::bytes(&format!("honk/t1.{target}/{name}"));
        succeeds(folder, &format!("write_vk {flags} -b t1.acir.gz -o key -c crs -v"));
        assert!(fs::read(folder.join("key/vk")).expect("a key") == golden("vk"));
        let line = format!("prove {flags} -o out -b t1.acir.gz -k key/vk -w t1.wtns.gz -c crs -v -d");
        let refused = chinampa(folder, &line.split_whitespace().collect::<Vec<_>>(), &[]);
        assert!(refused.code == 1 && refused.stderr.contains("--dev"), "{}", refused.stderr);
        let steps = succeeds(folder, &format!("{line} --dev")).stderr;
        let steps: Vec<&str> = steps.lines().filter_map(|line| line.split_whitespace().last()).collect();
        assert_eq!(steps, STEPS);
        for name in ["proof", "public_inputs"] {
            assert!(
                fs::read(folder.join("out").join(name)).expect("a file") == golden(name),
                "{target} {name}"
            );
        }
        let files = "-p out/proof -k key/vk -i out/public_inputs -c crs --dev";
        succeeds(folder, &format!("verify {files} {flags}"));
    }
    for target in ["noir-recursive", "evm", "noir-rollup", "noir-rollup-no-zk"] {
        succeeds(
            folder,
            &format!("prove -t {target} -o out -b t1.acir.gz -w t1.wtns.gz -c crs --dev --write_vk"),
        );
        let golden = vectors::bytes(&format!("honk/t1.{}/vk", target.trim_end_matches("-no-zk")));
        assert!(fs::read(folder.join("out/vk")).expect("a key") == golden, "{target}");
        let files = format!("verify -p out/proof -k out/vk -i out/public_inputs -c crs -t {target}");
        succeeds(folder, &format!("{files} --dev"));
        let theirs = Command::new(&bb).args(files.split_whitespace()).current_dir(folder).status();
        assert!(theirs.expect("bb runs").success(), "{target}");
    }
    // Aztec's agents look for this in what `gates` prints.
    let gates = succeeds(folder, "gates --scheme ultra_honk -b t1.acir.gz -v");
    assert!(gates.stdout.contains("circuit_size\": 36"), "{}", gates.stdout);
}
