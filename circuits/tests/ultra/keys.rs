//! Keys of recorded programs.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_circuits::{BackendInputs, NoOracle, UltraProgram};
use chinampa_honk::trace::Trace;
use chinampa_testkit::vectors;

use crate::acir::Program;
use crate::generate;
use crate::key::{Key, compare};
use crate::rows::{self, Barretenberg};
use crate::witnesses::checked_trace;

/// The bytecode of a recorded program.
pub(crate) fn bytecode(name: &str) -> Vec<u8> {
    bytecode_of(&vectors::json(&format!("acir/programs/{name}.json")))
}

fn bytecode_of(artifact: &serde_json::Value) -> Vec<u8> {
    STANDARD.decode(artifact["bytecode"].as_str().unwrap()).unwrap()
}

/// The names of a folder's files that end in a suffix, without it.
pub(crate) fn names(folder: &str, suffix: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(vectors::path(folder))
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(suffix)?.to_owned()))
        .collect();
    names.sort();
    names
}

#[test]
fn keys_equal_those_of_barretenberg() {
    let only = std::env::var("CHINAMPA_ULTRA_ONLY").ok();
    let (mut count, mut wrong) = (0, Vec::new());
    for name in names("acir/keys", ".vk") {
        if only.as_ref().is_some_and(|only| !name.starts_with(only)) {
            continue;
        }
        let program = UltraProgram::from_gzip(&bytecode(&name)).unwrap();
        let circuit = match program.key_circuit(BackendInputs::PairingPoints) {
            Ok(circuit) => circuit,
            Err(error) => panic!("{name}: {error}"),
        };
        let key = Key::from_bytes(&vectors::bytes(&format!("acir/keys/{name}.vk")));
        let trace = circuit.into_trace();
        if let Err(difference) = compare(&trace, &key) {
            let rows = rows_that_differ(&trace, &key, &bytecode(&name));
            wrong.push(format!("{name}: {difference}; {rows}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(only.is_some() || count == 73, "{count} keys");
}

/// Where a trace differs from the circuit that bb builds now. Circuits of different sizes differ from some row on, and there
/// is no such search among them.
fn rows_that_differ(trace: &Trace, key: &Key, gzip: &[u8]) -> String {
    if u64::from(trace.log_size) != key.log_size {
        return "their sizes differ".to_owned();
    }
    rows::explain(trace, &Barretenberg::of_bytecode(gzip))
}

/// Compares a program's key with the recorded one, and solves it: the circuit with the witness has the same key, and
/// satisfies all relations.
fn check_generated(program: &Program) -> Result<(), String> {
    let bytecode = UltraProgram::from_gzip(&program.gzip()).unwrap();
    let circuit = bytecode.key_circuit(BackendInputs::PairingPoints).map_err(|error| error.to_string())?;
    let key = Key::from_bytes(&vectors::bytes(&format!("acir/generated/{}.vk", program.name)));
    let trace = circuit.into_trace();
    compare(&trace, &key)
        .map_err(|difference| format!("{difference}; {}", rows_that_differ(&trace, &key, &program.gzip())))?;
    let witness =
        program.artifact().solve(&program.inputs, &mut NoOracle).map_err(|error| error.to_string())?;
    checked_trace(&bytecode, &witness);
    Ok(())
}

#[test]
fn keys_of_generated_programs_equal_those_of_barretenberg() {
    let only = std::env::var("CHINAMPA_ULTRA_ONLY").ok();
    let mut wrong = Vec::new();
    for program in generate::programs() {
        if only.as_ref().is_none_or(|only| program.name.starts_with(only))
            && let Err(difference) = check_generated(&program)
        {
            wrong.push(format!("{}: {difference}", program.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Writes the generated programs as artifacts into the folder that `CHINAMPA_ULTRA_OUT` names, for `bb write_vk`.
#[test]
#[ignore = "writes files for scripts/record-keys"]
fn write_generated_programs() {
    let out = std::path::PathBuf::from(std::env::var_os("CHINAMPA_ULTRA_OUT").unwrap());
    for program in generate::programs() {
        fs::write(out.join(format!("{}.json", program.name)), program.json()).unwrap();
    }
}

/// Writes the number of rows of every supported program, or of its tables where they are longer, into `rows.txt` of
/// the same folder: what `bb gates` counts.
#[test]
#[ignore = "writes files for scripts/record-keys"]
fn write_row_counts() {
    let recorded = names("acir/keys", ".vk").into_iter().map(|name| (name.clone(), bytecode(&name)));
    let generated = generate::programs().into_iter().map(|program| (program.name.clone(), program.gzip()));
    let mut lines = String::new();
    for (name, gzip) in recorded.chain(generated) {
        let program = UltraProgram::from_gzip(&gzip).unwrap();
        if let Ok(circuit) = program.key_circuit(BackendInputs::PairingPoints) {
            lines += &format!("{name} {}\n", circuit.rows().max(circuit.table_rows()));
        }
    }
    let out = std::path::PathBuf::from(std::env::var_os("CHINAMPA_ULTRA_OUT").unwrap());
    fs::write(out.join("rows.txt"), lines).unwrap();
}

/// Compares the circuit of the program that `CHINAMPA_ULTRA_ROWS` names, an artifact, row by row with the one that bb builds;
/// prints the rows `CHINAMPA_ULTRA_RANGE` of both, where that is set.
#[test]
#[ignore = "compares a file for scripts/record-keys --rows"]
fn compare_rows() {
    let path = std::path::PathBuf::from(std::env::var_os("CHINAMPA_ULTRA_ROWS").unwrap());
    let gzip = bytecode_of(&serde_json::from_slice(&fs::read(&path).unwrap()).unwrap());
    let program = UltraProgram::from_gzip(&gzip).unwrap();
    let trace = program.key_circuit(BackendInputs::PairingPoints).unwrap().into_trace();
    println!("2^{} rows, {} in use", trace.log_size, trace.last_active_row + 1);
    let bb = Barretenberg::of_bytecode(&gzip);
    if let Ok(range) = std::env::var("CHINAMPA_ULTRA_RANGE") {
        let (from, to) = range.split_once("..").unwrap();
        let lines = rows::selectors(&trace, &bb, from.parse().unwrap()..to.parse().unwrap()).unwrap();
        lines.iter().for_each(|line| println!("{line}"));
        return;
    }
    match rows::differences(&trace, &bb).unwrap().as_slice() {
        [] => println!("all rows are equal"),
        differences => differences.iter().for_each(|difference| println!("{difference}")),
    }
}
