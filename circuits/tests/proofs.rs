//! From program and witness to proof: equal to those of Barretenberg 4.1.2, or where they are random, accepted.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is its purpose")]

use chinampa_circuits::{BackendInputs, UltraProgram, Witness};
use chinampa_honk::prove::{Prover, Randomness};
use chinampa_honk::srs::ProverSrs;
use chinampa_honk::trace::Trace;
use chinampa_honk::{Flavor, Proof, VerificationKey, VerifierSrs, verify_proof};
use chinampa_testkit::vectors;

/// Flavors without an IPA claim, in which there are proofs of the recorded programs.
const FLAVORS: [Flavor; 4] = [Flavor::Ultra, Flavor::UltraZK, Flavor::UltraKeccak, Flavor::UltraKeccakZK];

/// A file as it is, where the loader would unpack it.
fn compressed(name: &str) -> Vec<u8> {
    std::fs::read(vectors::path(name)).unwrap()
}

fn program(name: &str) -> UltraProgram {
    UltraProgram::from_gzip(&compressed(&format!("honk/{name}.acir.gz"))).unwrap()
}

fn witness(name: &str, program: &UltraProgram) -> Witness {
    Witness::from_file(&compressed(&format!("honk/{name}.wtns.gz")), program.witness_count()).unwrap()
}

fn trace(name: &str) -> Trace {
    let program = program(name);
    program.proof_circuit(witness(name, &program), BackendInputs::PairingPoints).unwrap().into_trace()
}

fn golden(name: &str, flavor: Flavor, file: &str) -> Vec<u8> {
    vectors::bytes(&format!("honk/{name}.{}/{file}", flavor.target()))
}

fn srs(count: usize) -> ProverSrs {
    ProverSrs::development(vectors::text("srs/dev-tau.txt").trim().parse().unwrap(), count)
}

fn prove(flavor: Flavor, trace: &Trace, key: &VerificationKey, srs: &ProverSrs) -> Proof {
    let prover = Prover::new(srs.points()).with_randomness(Randomness::from_seed([9; 32]));
    prover.prove(flavor, trace.clone(), key).unwrap().proof
}

fn check(name: &str) {
    let trace = trace(name);
    let srs = srs(trace.size().max(512));
    let key = VerificationKey::from_trace(&trace, srs.points()).unwrap();
    let verifier =
        VerifierSrs::from_bytes(&vectors::bytes("srs/dev-bn254_g2.dat").try_into().unwrap()).unwrap();
    for flavor in FLAVORS {
        assert!(key.to_bytes(flavor.oracle_hash()) == golden(name, flavor, "vk"));
        let proof = prove(flavor, &trace, &key, &srs);
        assert_eq!(verify_proof(&key, &proof, &verifier), Ok(()), "{flavor:?}");
        assert_eq!(proof.public_inputs_bytes(), golden(name, flavor, "public_inputs"));
        let is_equal = proof.proof_bytes() == golden(name, flavor, "proof");
        assert_eq!(is_equal, !flavor.has_zk(), "{flavor:?}");
    }
}

#[test]
fn proofs_of_one_multiplication_are_barretenbergs() {
    check("t1");
}

#[test]
fn proofs_of_a_program_with_every_kind_of_gate_are_barretenbergs() {
    check("mix");
}

#[test]
fn every_number_of_threads_gives_the_same_key_and_proofs() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let trace = trace("mix");
            let srs = srs(trace.size());
            let key = VerificationKey::from_trace(&trace, srs.points()).unwrap();
            let proofs =
                [Flavor::Ultra, Flavor::UltraKeccakZK].map(|flavor| prove(flavor, &trace, &key, &srs));
            (key, proofs)
        })
    };
    let one = on(1);
    for threads in [2, 7, 16, 64] {
        assert!(on(threads) == one, "{threads} threads");
    }
}
