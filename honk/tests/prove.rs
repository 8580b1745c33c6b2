//! Proofs equal to those of Barretenberg 4.1.2, byte for byte, or where they are random, accepted by it.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is its purpose")]

#[path = "prove/t1.rs"]
mod t1;

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use chinampa_honk::prove::{
    Phase, ProveError, Proved, Prover, Randomness, least_memory_bytes, peak_memory_bytes,
};
use chinampa_honk::srs::{ProverSrs, SrsError};
use chinampa_honk::trace::{Column, Trace};
use chinampa_honk::{Flavor, VerificationKey};
use chinampa_kernels::Backend;
use chinampa_kernels::Fr;
use chinampa_testkit::{peers, vectors};

fn srs(count: usize) -> ProverSrs {
    ProverSrs::development(vectors::text("srs/dev-tau.txt").trim().parse().unwrap(), count)
}

fn golden(program: &str, flavor: Flavor, file: &str) -> Vec<u8> {
    vectors::bytes(&format!("honk/{program}.{}/{file}", flavor.target()))
}

fn key(trace: &Trace) -> VerificationKey {
    VerificationKey::from_trace(trace, srs(trace.size()).points()).unwrap()
}

fn prove(flavor: Flavor, trace: Trace) -> Proved {
    let srs = srs(trace.size().max(512));
    let key = key(&trace);
    Prover::new(srs.points())
        .with_randomness(Randomness::from_seed([3; 32]))
        .prove(flavor, trace, &key)
        .unwrap()
}

#[test]
fn tables_do_not_change_a_byte() {
    let srs = srs(512).with_tables(1 << 20);
    assert_eq!(srs.tables().points(), 512);
    for flavor in [Flavor::Ultra, Flavor::UltraZK] {
        let prover = Prover::new(&srs).with_randomness(Randomness::from_seed([3; 32]));
        let key = VerificationKey::from_trace(&t1::trace(), &srs).unwrap();
        assert_eq!(key, self::key(&t1::trace()));
        let proved = prover.prove(flavor, t1::trace(), &key).unwrap();
        assert_eq!(proved.proof, prove(flavor, t1::trace()).proof);
    }
}

fn check_golden(flavor: Flavor) {
    let proved = prove(flavor, t1::trace());
    assert_eq!(proved.proof.public_inputs_bytes(), golden("t1", flavor, "public_inputs"));
    assert_eq!(proved.proof.proof_bytes(), golden("t1", flavor, "proof"));
    let phases: Vec<_> = proved.phases.iter().map(|time| time.phase).collect();
    assert_eq!(phases, Phase::ALL[..8]);
}

#[test]
fn proofs_over_poseidon2_are_barretenbergs() {
    check_golden(Flavor::Ultra);
}

#[test]
fn proofs_over_keccak_are_barretenbergs() {
    check_golden(Flavor::UltraKeccak);
}

#[test]
fn keys_are_barretenbergs() {
    let key = key(&t1::trace());
    for flavor in [Flavor::Ultra, Flavor::UltraKeccak] {
        assert_eq!(key.to_bytes(flavor.oracle_hash()), golden("t1", flavor, "vk"));
    }
    let too_few = VerificationKey::from_trace(&t1::trace(), srs(63).points());
    assert!(matches!(too_few, Err(SrsError::TooFew { expected: 64, actual: 63 })));
}

#[test]
fn a_proof_is_given_up_before_any_phase() {
    let trace = t1::trace();
    let (srs, key) = (srs(trace.size()), key(&trace));
    for last in &Phase::ALL[..8] {
        let seen = Mutex::new(Vec::new());
        let progress = |phase| {
            seen.lock().unwrap().push(phase);
            if phase == *last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let prover = Prover::new(srs.points()).with_progress(&progress);
        let stopped = prover.prove(Flavor::Ultra, trace.clone(), &key);
        assert_eq!(stopped, Err(ProveError::Stopped { phase: *last }));
        assert_eq!(seen.into_inner().unwrap().last(), Some(last), "and nothing after it");
    }
}

#[test]
fn every_number_of_threads_gives_the_same_proof() {
    for flavor in [Flavor::Ultra, Flavor::UltraKeccakZK] {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| prove(flavor, t1::trace())).proof
        };
        let expected = on(1);
        assert!([2, 16, 64].into_iter().all(|threads| on(threads) == expected));
    }
}

#[test]
fn every_amount_of_memory_gives_the_same_proof() {
    // Three, four, five and all six rounds without tables.
    let amounts = [u64::MAX, peak_memory_bytes(6) - 1, least_memory_bytes(6) + 2_000, 0];
    let (srs, key) = (srs(512), key(&t1::trace()));
    for flavor in [Flavor::Ultra, Flavor::UltraKeccakZK] {
        let with = |bytes| {
            let random = Randomness::from_seed([3; 32]);
            let prover = Prover::new(srs.points()).with_randomness(random).with_memory(bytes);
            prover.prove(flavor, t1::trace(), &key).unwrap().proof
        };
        let expected = prove(flavor, t1::trace()).proof;
        assert!(amounts.into_iter().all(|bytes| with(bytes) == expected));
    }
}

#[test]
fn every_backend_gives_the_same_proof() {
    for flavor in [Flavor::Ultra, Flavor::UltraKeccakZK] {
        let best = prove(flavor, t1::trace()).proof;
        for backend in Backend::ALL {
            if backend.force().is_ok() {
                assert_eq!(prove(flavor, t1::trace()).proof, best);
            }
        }
    }
}

#[test]
fn what_cannot_be_proven_is_refused() {
    let srs = srs(512);
    let refused = |flavor, points: usize, trace| {
        let prover = Prover::new(&srs.points()[..points]);
        prover.prove(flavor, trace, &key(&t1::trace())).unwrap_err()
    };
    let too_few = |expected, actual| ProveError::TooFewPoints { expected, actual };
    assert_eq!(refused(Flavor::Ultra, 63, t1::trace()), too_few(64, 63));
    assert_eq!(refused(Flavor::UltraZK, 511, t1::trace()), too_few(512, 511));
    let flavor = Flavor::UltraZK;
    assert_eq!(refused(flavor, 512, t1::trace()), ProveError::NoRandomness { flavor });
    let mut few = t1::trace();
    few.public_inputs.truncate(7);
    assert_eq!(refused(Flavor::Ultra, 64, few), ProveError::PublicInputs { expected: 8, actual: 7 });
    let mut many = t1::trace();
    many.public_inputs.push(Fr::ONE);
    let other_key = ProveError::Key { field: "num_public_inputs", expected: 10, actual: 9 };
    assert_eq!(refused(Flavor::Ultra, 64, many), other_key);
    let mut rollup = t1::trace();
    rollup.public_inputs.resize(14, Fr::ZERO);
    let key = VerificationKey { num_public_inputs: 14, ..key(&t1::trace()) };
    let no_ipa = Prover::new(srs.points()).prove(Flavor::UltraRollup, rollup, &key).unwrap_err();
    assert_eq!(no_ipa, ProveError::IpaProof { expected: 64, actual: 0 });
    let mut long = t1::trace();
    long.wires[0] = Column::new(1, vec![Fr::ONE; 60]);
    assert_eq!(refused(Flavor::Ultra, 64, long), ProveError::Column { column: "w_l", end: 61, limit: 60 });
    for log_size in [2, 29] {
        let trace = Trace { log_size, ..t1::trace() };
        assert_eq!(refused(Flavor::Ultra, 64, trace), ProveError::Size { actual: log_size });
    }
}

/// The `[tau]_2` of the real ceremony, which is a constant inside the program.
const REAL_G2: &str = "0118c4d5b837bcc2bc89b5b398b5974e9f5944073b32078b7e231fec938883b0";

/// A copy of bb that verifies proofs over the development string.
fn development_bb(folder: &Path) -> PathBuf {
    let mut program = fs::read(peers::path("bin/bb")).unwrap();
    let start = hex::decode(REAL_G2).unwrap();
    let position = memmem(&program, &start);
    let g2 = vectors::bytes("srs/dev-bn254_g2.dat");
    program[position..][..g2.len()].copy_from_slice(&g2);
    let path = folder.join("bb");
    fs::write(&path, program).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn memmem(haystack: &[u8], needle: &[u8]) -> usize {
    haystack.windows(needle.len()).position(|window| window == needle).unwrap()
}

fn bb_verifies(program: &Path, folder: &Path, key: &VerificationKey, proved: &Proved) -> bool {
    let flavor = proved.proof.flavor();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    Command::new(program)
        .args(["verify", "-t", flavor.target(), "-c"])
        .arg(folder)
        .arg("-k")
        .arg(file("vk", &key.to_bytes(flavor.oracle_hash())))
        .arg("-p")
        .arg(file("proof", &proved.proof.proof_bytes()))
        .arg("-i")
        .arg(file("public_inputs", &proved.proof.public_inputs_bytes()))
        .output()
        .unwrap()
        .status
        .success()
}

#[test]
fn bb_accepts_zero_knowledge_proofs() {
    let folder = tempfile::tempdir().unwrap();
    let bb = development_bb(folder.path());
    let first: Vec<u8> = srs(2).points().iter().flat_map(|point| point.to_be_bytes()).collect();
    fs::write(folder.path().join("bn254_g1.dat"), first).unwrap();
    for flavor in [Flavor::UltraZK, Flavor::UltraKeccakZK] {
        let key = key(&t1::trace());
        assert!(bb_verifies(&bb, folder.path(), &key, &prove(flavor, t1::trace())), "{flavor:?}");
        let mut wrong = t1::trace();
        let value = wrong.wires[2].get(12) + Fr::ONE;
        wrong.wires[2].set(12, value);
        assert!(!bb_verifies(&bb, folder.path(), &key, &prove(flavor, wrong)), "{flavor:?}");
    }
}
