//! The circuits of the rollup that verify no proof.

use std::fs;
use std::time::Instant;

use chinampa_circuits::{Artifact, BackendInputs, UltraProgram};
use chinampa_honk::ipa::IpaClaim;
use chinampa_kernels::Fq;
use chinampa_kernels::curve::grumpkin::Affine;
use chinampa_testkit::{peers, vectors};

use crate::key::{Key, compare};

fn check(name: &str, backend: BackendInputs) {
    let path = peers::circuits().join(format!("artifacts/{name}.json"));
    let artifact = Artifact::from_json(name, &fs::read(path).unwrap()).unwrap();
    let program = UltraProgram::of_artifact(&artifact);
    let start = Instant::now();
    let circuit = program.key_circuit(backend).unwrap();
    println!("{name}: {} rows built in {:?}", circuit.rows(), start.elapsed());
    let trace = circuit.into_trace();
    println!("{name}: laid out after {:?}", start.elapsed());
    compare(&trace, &Key::from_bytes(&vectors::bytes(&format!("acir/protocol/{name}.vk")))).unwrap();
}

/// 2^22 rows: about a gigabyte of memory.
#[test]
#[ignore = "large; cargo test -p chinampa-circuits --test ultra -- --ignored parity_base"]
fn the_key_of_parity_base_equals_that_of_barretenberg() {
    check("parity_base", BackendInputs::PairingPoints);
}

/// A claim as good as any for a key.
fn any_claim() -> IpaClaim {
    IpaClaim { commitment: Affine::GENERATOR, challenge: Fq::ONE, evaluation: Fq::ONE }
}

#[test]
#[ignore = "needs the artifacts; cargo test -p chinampa-circuits --test ultra -- --ignored checkpoint_padding"]
fn the_key_of_checkpoint_padding_equals_that_of_barretenberg() {
    check("rollup_checkpoint_padding", BackendInputs::PairingPointsAndIpaClaim(any_claim()));
}
