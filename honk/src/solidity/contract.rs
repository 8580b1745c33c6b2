//! Puts the contract together.

use std::fmt::{Display, Write as _};

use chinampa_kernels::Fr;
use chinampa_kernels::field::batch_inverse;
use chinampa_kernels::hash::poseidon2::constants::INTERNAL_DIAGONAL;
use chinampa_kernels::pairing::{G2_BYTES, G2Affine};

use crate::entity::{Entity, PRECOMPUTED};
use crate::flavor::{Flavor, OracleHash};
use crate::key::VerificationKey;
use crate::transcript::{WORD_BYTES, encode_point};

/// What all contracts have in common.
const VERIFIER: &str = include_str!("verifier.sol");

/// Versions of the compiler that know operators of types.
const VERSION: &str = "^0.8.19";

/// Why there is no contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SolidityError {
    /// Contracts verify proofs over Keccak only.
    #[error("contracts verify proofs for evm and evm-no-zk, not for {}", .flavor.target())]
    Flavor {
        /// The flavor.
        flavor: Flavor,
    },
}

/// The source of a contract `HonkVerifier` with `verify(bytes proof, bytes32[] publicInputs)`, which takes the contents of the
/// files `proof` and `public_inputs`. It returns true, or reverts. `tau` is the secret of the reference string times the generator
/// of the second group.
///
/// # Errors
/// [`SolidityError::Flavor`]
pub fn solidity_verifier(
    flavor: Flavor,
    key: &VerificationKey,
    tau: &G2Affine,
) -> Result<String, SolidityError> {
    if flavor.oracle_hash() != OracleHash::Keccak {
        return Err(SolidityError::Flavor { flavor });
    }
    let mut text = Text(String::with_capacity(2 * VERIFIER.len()));
    text.line("// SPDX-License-Identifier: MIT OR Apache-2.0");
    text.line(format_args!("pragma solidity {VERSION};"));
    text.line("");
    text.line("// The circuit's verification key; rows are counted by their logarithm, public inputs with eight of the prover.");
    text.line(format_args!("bool constant ZK = {};", flavor.has_zk()));
    text.line(format_args!("uint256 constant LOG_ROWS = {};", key.log_circuit_size));
    text.line(format_args!("uint256 constant PUBLIC_INPUTS = {};", key.num_public_inputs));
    let hash = key.hash(OracleHash::Keccak).to_be_bytes();
    text.line(format_args!("uint256 constant KEY_HASH = {};", hex(&hash)));
    text.line("// Values by which a univariate is sent: at 0, 1, and so on.");
    text.line(format_args!("uint256 constant UNIVARIATE = {};", flavor.univariate_length()));
    text.line("");
    text.line("// The secret of the reference string times the generator of the second group.");
    let bytes: [u8; G2_BYTES] = tau.to_be_bytes();
    for (name, word) in ["X_0", "X_1", "Y_0", "Y_1"].into_iter().zip(bytes.chunks_exact(WORD_BYTES)) {
        text.line(format_args!("uint256 constant TAU_{name} = {};", hex(word)));
    }
    text.key(key);
    text.scalars("barycentricWeights", &barycentric_weights(flavor.univariate_length()));
    text.scalars("poseidon2Diagonal", &INTERNAL_DIAGONAL);
    text.line("");
    text.0.push_str(VERIFIER);
    Ok(text.0)
}

/// Source text that grows.
struct Text(String);

impl Text {
    fn line(&mut self, line: impl Display) {
        writeln!(self.0, "{line}").expect("strings can be written to");
    }

    /// A function that returns the commitments.
    fn key(&mut self, key: &VerificationKey) {
        self.line("");
        let len = 2 * PRECOMPUTED;
        self.line(format_args!("function verificationKey() pure returns (uint256[{len}] memory key) {{"));
        for (commitment, entity) in key.commitments.iter().zip(Entity::PRECOMPUTED) {
            self.line(format_args!("    // {}", entity.name()));
            for (coordinate, word) in encode_point(OracleHash::Keccak, commitment).enumerate() {
                let place = 2 * entity.index() + coordinate;
                self.line(format_args!("    key[{place}] = {};", hex(&word)));
            }
        }
        self.line("}");
    }

    /// A function that returns scalars.
    fn scalars(&mut self, name: &str, values: &[Fr]) {
        self.line("");
        let len = values.len();
        self.line(format_args!("function {name}() pure returns (Fr[{len}] memory values) {{"));
        for (place, value) in values.iter().enumerate() {
            self.line(format_args!("    values[{place}] = Fr.wrap({});", hex(&value.to_be_bytes())));
        }
        self.line("}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("strings can be written to");
        text
    })
}

/// `1 / prod_{j != i} (i - j)` for `i < len`: what the values of a univariate are weighted with.
fn barycentric_weights(len: usize) -> Vec<Fr> {
    let number = |index: usize| Fr::from(index as u64);
    let weight = |i: usize| (0..len).filter(|&j| j != i).map(|j| number(i) - number(j)).product();
    let mut weights: Vec<Fr> = (0..len).map(weight).collect();
    batch_inverse(&mut weights);
    weights
}
