//! The verifier against proofs of bb 4.1.2 (`tests/vectors/honk`).

use std::sync::LazyLock;

use chinampa_honk::{Flavor, Proof, VerificationKey, VerifierSrs, VerifyError, verify_proof};
use chinampa_testkit::vectors;

static SRS: LazyLock<VerifierSrs> = LazyLock::new(|| {
    let bytes = vectors::bytes("srs/dev-bn254_g2.dat").try_into().expect("128 bytes");
    VerifierSrs::from_bytes(&bytes).expect("a point of the second group")
});

/// The circuits of which there are proofs of a flavor.
fn circuits(flavor: Flavor) -> &'static [&'static str] {
    match flavor {
        Flavor::Ultra => &["t1", "mix", "rec1"],
        Flavor::UltraZK | Flavor::UltraKeccak => &["t1", "mix"],
        Flavor::UltraKeccakZK => &["t1", "mix", "rec1"],
        Flavor::UltraRollup => &["t1", "mix", "recr2"],
    }
}

fn file(circuit: &str, flavor: Flavor, name: &str) -> Vec<u8> {
    vectors::bytes(&format!("honk/{circuit}.{}/{name}", flavor.target()))
}

fn key(circuit: &str, flavor: Flavor) -> VerificationKey {
    VerificationKey::from_bytes(flavor.oracle_hash(), &file(circuit, flavor, "vk")).expect("a key")
}

fn check(circuit: &str, flavor: Flavor) -> Result<(), VerifyError> {
    let key = key(circuit, flavor);
    let (public_inputs, proof) = (file(circuit, flavor, "public_inputs"), file(circuit, flavor, "proof"));
    verify_proof(&key, &Proof::from_files(flavor, &key, &public_inputs, &proof)?, &SRS)
}

#[test]
fn proofs_of_the_released_program_verify() {
    for flavor in Flavor::ALL {
        for circuit in circuits(flavor) {
            assert_eq!(check(circuit, flavor), Ok(()), "{circuit} {flavor:?}");
        }
    }
}
