//! Keys of recorded programs.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_circuits::{BackendInputs, CircuitError, NoOracle, UltraProgram};
use chinampa_testkit::vectors;

use crate::acir::Program;
use crate::generate;
use crate::key::{Key, compare};
use crate::witnesses::checked_trace;

/// The bytecode of a recorded program.
pub(crate) fn bytecode(name: &str) -> Vec<u8> {
    let json: serde_json::Value = vectors::json(&format!("acir/programs/{name}.json"));
    STANDARD.decode(json["bytecode"].as_str().unwrap()).unwrap()
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
    let (mut equal, mut unsupported, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for name in names("acir/keys", ".vk") {
        if only.as_ref().is_some_and(|only| !name.starts_with(only)) {
            continue;
        }
        let program = UltraProgram::from_gzip(&bytecode(&name)).unwrap();
        let circuit = match program.key_circuit(BackendInputs::PairingPoints) {
            Ok(circuit) => circuit,
            Err(CircuitError::Unsupported { opcode, .. }) => {
                unsupported.push(format!("{name}: {opcode}"));
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        let key = Key::from_bytes(&vectors::bytes(&format!("acir/keys/{name}.vk")));
        match compare(&circuit.into_trace(), &key) {
            Ok(()) => equal.push(name),
            Err(difference) => wrong.push(format!("{name}: {difference}")),
        }
    }
    println!("equal: {equal:?}\nunsupported: {unsupported:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Compares a program's key with the recorded one, and solves it: the circuit with the witness has the same key, and
/// satisfies all relations.
fn check_generated(program: &Program) -> Result<(), String> {
    let bytecode = UltraProgram::from_gzip(&program.gzip()).unwrap();
    let circuit = bytecode.key_circuit(BackendInputs::PairingPoints).map_err(|error| error.to_string())?;
    let key = Key::from_bytes(&vectors::bytes(&format!("acir/generated/{}.vk", program.name)));
    compare(&circuit.into_trace(), &key)?;
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
