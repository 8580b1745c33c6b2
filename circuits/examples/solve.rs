//! Measures decoding and solving of one circuit on a recorded job.
//!
//! `solve CIRCUIT [RUNS] [FILE] [INPUTS]` prints one JSON line: milliseconds to read and decode the artifact, of each run of solving,
//! and the largest memory of the process; afterwards the witness is written to FILE. The inputs
//! are those of the first recorded job, or those of the file INPUTS. `THREADS` in the environment is the number of threads, 1 if unset. `solve CIRCUIT inputs` prints the inputs, one hexadecimal field a line, for other
//! solvers. `solve all` lists the circuits. bench/peers/witness runs it beside
//! Aztec's solver.

use std::fs;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_circuits::{ArtifactFolder, Circuit, Circuits, NoOracle, Variant};
use chinampa_kernels::Fr;
use chinampa_protocol::circuits::CircuitInputs;
use chinampa_testkit::{peers, vectors};
use serde_json::{Value, json};

/// The fields of the first recorded job of a circuit.
fn recorded(circuit: Circuit) -> Vec<Fr> {
    let place = Circuit::ALL.iter().position(|other| *other == circuit).expect("one of all");
    let number = u32::try_from(place).expect("17 circuits") + 1;
    let mut files = vectors::archive("epoch/circuits.tar.zst");
    files.sort();
    let inputs = files.iter().filter(|(path, _)| path.ends_with(".in.json"));
    let mut jobs = inputs.map(|(_, contents)| serde_json::from_slice::<Value>(contents).expect("JSON"));
    let job = jobs.find(|job| job["type"] == number).expect("a recorded job");
    let bytes = STANDARD.decode(job["inputs"].as_str().expect("base64")).expect("base64");
    CircuitInputs::decode(number, &bytes).expect("inputs").fields()
}

/// The fields of a file that this program has written. Reading it takes no memory to speak of, unlike the vectors.
fn listed(file: &str) -> Vec<Fr> {
    let text = fs::read_to_string(file).expect("the inputs");
    let field = |line: &str| {
        let bytes = hex::decode(line.trim_start_matches("0x")).expect("hexadecimal");
        Fr::from_be_bytes(&bytes.try_into().expect("32 bytes")).expect("a field element")
    };
    text.lines().map(field).collect()
}

/// A line of `/proc/self/status`, in bytes.
fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches(':').trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Processor time of all threads so far, in milliseconds. The kernel counts it in hundredths of a second.
fn cpu_ms() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let rest = stat.rsplit(')').next().expect("the part behind the name");
    let ticks = rest.split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<f64>().expect("a number") * 10.0).sum()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().expect("a circuit or `all`");
    if name == "all" {
        Circuit::ALL.iter().for_each(|circuit| println!("{circuit}"));
        return;
    }
    let circuit = Circuit::ALL.into_iter().find(|circuit| circuit.name() == name).expect("a circuit's name");
    let runs = arguments.next().unwrap_or_else(|| "1".to_owned());
    let (witness_file, inputs_file) = (arguments.next(), arguments.next());
    let inputs = inputs_file.map_or_else(|| recorded(circuit), |file| listed(&file));
    if runs == "inputs" {
        inputs.iter().for_each(|input| println!("{input}"));
        return;
    }
    // What reading the vectors took is not the solver's.
    let before = memory("VmRSS").unwrap_or(0);
    let begun = Instant::now();
    let circuits = Circuits::new(ArtifactFolder::open(&peers::circuits()).expect("the package"));
    let artifact = circuits.get(circuit, Variant::Proven).expect("the artifact");
    let decode_ms = begun.elapsed().as_secs_f64() * 1e3;
    let decoded = memory("VmRSS").unwrap_or(0);
    let threads = std::env::var("THREADS").map_or(1, |threads| threads.parse().expect("a number"));
    let cpu_before = cpu_ms();
    let solve_ms: Vec<f64> = (0..runs.parse().expect("a number"))
        .map(|_| {
            let begun = Instant::now();
            let witness = artifact.solve_on(threads, &inputs, &mut NoOracle).expect("solvable");
            assert!(!artifact.outputs(&witness).expect("outputs").is_empty());
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let line = json!({
        "circuit": name,
        "opcodes": artifact.opcode_count(),
        "decodeMs": decode_ms,
        "solveMs": solve_ms,
        "solveCpuMs": cpu_ms() - cpu_before,
        "decodedBytes": decoded.saturating_sub(before),
        "peakBytes": memory("VmHWM"),
    });
    println!("{line}");
    // Last, so that it is not in the memory above.
    if let Some(file) = witness_file {
        let witness = artifact.solve_on(threads, &inputs, &mut NoOracle).expect("solvable");
        fs::write(file, witness.to_file()).expect("the witness file");
    }
}
