//! What the contracts say; cli/tests/cli/solidity.rs compiles and runs them.

use chinampa_kernels::pairing::G2Affine;
use chinampa_testkit::vectors;

use super::*;
use crate::{Flavor, VerificationKey};

fn key() -> VerificationKey {
    let flavor = Flavor::UltraKeccak;
    VerificationKey::from_bytes(flavor.oracle_hash(), &vectors::bytes("honk/t1.evm-no-zk/vk")).unwrap()
}

#[test]
fn only_keccak_has_contracts() {
    for flavor in Flavor::ALL {
        let contract = solidity_verifier(flavor, &key(), &G2Affine::GENERATOR);
        match flavor {
            Flavor::UltraKeccak | Flavor::UltraKeccakZK => {
                let zk = format!("bool constant ZK = {};", flavor.has_zk());
                assert!(contract.unwrap().contains(&zk), "{flavor:?}");
            }
            _ => assert_eq!(contract, Err(SolidityError::Flavor { flavor })),
        }
    }
}

#[test]
fn every_number_of_the_key_is_in_the_contract() {
    let (flavor, key) = (Flavor::UltraKeccakZK, key());
    let contract = solidity_verifier(flavor, &key, &G2Affine::GENERATOR).unwrap();
    let words = key.to_words(flavor.oracle_hash());
    for word in &words[3..] {
        let digits: String = word.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(contract.contains(&format!("= 0x{digits};")), "{digits}");
    }
    assert!(contract.contains("LOG_ROWS = 6;") && contract.contains("PUBLIC_INPUTS = 9;"));
}

/// Contracts are checked for their sizes where they are compiled, but a line that no editor shows whole is seen here.
#[test]
fn lines_are_short() {
    let contract = solidity_verifier(Flavor::UltraKeccak, &key(), &G2Affine::GENERATOR).unwrap();
    for line in contract.lines() {
        assert!(line.len() <= 125 && !line.ends_with(' '), "{line}");
    }
}
