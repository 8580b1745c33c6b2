//! Programs of Noir developers, proven by the farm.

use std::fs;
use std::path::Path;

use chinampa_testkit::vectors;
use serde_json::Value;

use crate::agents::Agents;
use crate::start::Running;
use crate::support::{Run, chinampa};

/// A submission of a recorded program.
fn submit(folder: &Path, broker: &str, program: &str, witness: &str, more: &[&str]) -> Run {
    let circuit = vectors::path(&format!("honk/{program}.acir.gz"));
    let witness = vectors::path(&format!("honk/{witness}.wtns.gz"));
    let files =
        ["--circuit", circuit.to_str().expect("UTF-8"), "--witness", witness.to_str().expect("UTF-8")];
    chinampa(folder, &[&["jobs", "submit", "--broker", broker][..], &files, more].concat(), &[])
}

#[test]
fn the_farm_proves_programs() {
    let broker = Running::start("memory");
    let url = format!("http://{}", broker.address);
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let run = chinampa(folder, &["srs", "dev", "--log2", "14", "--output", "crs"], &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);

    // What no prover takes does not reach the broker.
    let refused = submit(folder, &url, "rec1", "rec1", &[]);
    assert!(refused.code == 1 && refused.stderr.contains("opcode"), "{}", refused.stderr);
    let refused = submit(folder, &url, "t1", "t1", &["-t", "evm", "--disable_zk"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);

    let submitted = submit(folder, &url, "mix", "mix", &["-t", "evm", "--json"]);
    assert_eq!(submitted.code, 0, "{}", submitted.stderr);
    let reply: Value = serde_json::from_str(&submitted.stdout).expect("JSON");
    let id = reply["id"].as_str().expect("an id");
    assert!(id.contains(":NOIR_PROGRAM:"), "{id}");
    let fetch = |more: &[&str]| {
        chinampa(folder, &[&["jobs", "fetch", id, "--broker", &url, "-o", "mix"][..], more].concat(), &[])
    };
    let early = fetch(&[]);
    assert!(early.code == 1 && early.stderr.contains("waiting; --wait"), "{}", early.stderr);

    let crs = folder.join("crs");
    let crs = crs.to_str().expect("UTF-8");
    let real = ["--proofs", "real", "--backend", "native", "--bb-crs-path", crs, "--dev"];
    let _agents = Agents::start(&url, &real);
    let fetched = fetch(&["--wait"]);
    assert_eq!(fetched.code, 0, "{}", fetched.stderr);
    let verify = "verify -p mix/proof -k mix/vk -i mix/public_inputs -t evm -c crs --dev";
    let verified = chinampa(folder, &verify.split(' ').collect::<Vec<_>>(), &[]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);

    // Without zero-knowledge a proof is the same wherever it is made.
    let target = ["-t", "noir-recursive-no-zk", "--wait", "-o", "t1"];
    for _ in 0..2 {
        let proven = submit(folder, &url, "t1", "t1", &target);
        assert_eq!(proven.code, 0, "{}", proven.stderr);
        for name in ["proof", "public_inputs", "vk"] {
            let golden = vectors::bytes(&format!("honk/t1.noir-recursive-no-zk/{name}"));
            assert!(fs::read(folder.join("t1").join(name)).expect("a file") == golden, "{name}");
        }
    }

    let of_other = submit(folder, &url, "t1", "mix", &target);
    assert!(of_other.code == 1 && of_other.stderr.contains("mix.wtns.gz"), "{}", of_other.stderr);
    // Values are missing, which the agent notices.
    let unsolved = submit(folder, &url, "mix", "t1", &target);
    assert!(unsolved.code == 1 && unsolved.stderr.contains("chinampa jobs show"), "{}", unsolved.stderr);
    let unknown = chinampa(folder, &["jobs", "fetch", "1:a:b", "--broker", &url], &[]);
    assert!(unknown.code == 1 && unknown.stderr.contains("no such job"), "{}", unknown.stderr);
}
