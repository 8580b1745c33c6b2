//! The verifier: from a key, public inputs and a proof to yes or no.
//!
//! Every phase reads its messages from the transcript and checks what can be checked at once; what is left are two points
//! whose pairings must cancel, and in the rollup flavor a claim about a polynomial over the other curve.
//!
//! Barretenberg's native verifier takes proofs that this one refuses, none of which an honest prover makes: scalars and
//! coordinates at or above their moduli (over Poseidon2), the point at infinity as a commitment, values other than zero in
//! the rounds that pad a zero-knowledge proof. What this one takes, that one takes too.
//!
//! Source: Barretenberg 4.1.2 `ultra_honk/ultra_verifier.cpp`, and the Solidity verifier that it writes.

mod error;
mod oink;
mod pairing_points;
mod shplemini;
mod small_subgroup_ipa;
mod srs;
mod sumcheck;

pub use error::VerifyError;
pub use pairing_points::{PairingPoints, PairingPointsError};
pub use srs::VerifierSrs;

use chinampa_kernels::Fr;

use crate::flavor::Flavor;
use crate::ipa::{self, IpaClaim};
use crate::key::VerificationKey;
use crate::proof::Proof;
use crate::transcript::{Transcript, Word};

/// Verifies that `proof`, the words of the file of that name, proves the circuit of `key` with these public inputs of the
/// program.
///
/// # Errors
/// The first thing that is wrong, by phase.
///
/// # Cost
/// One sum of about seventy multiples, two pairings that share their squarings, and for the rollup flavor a sum of `2^15`
/// multiples on Grumpkin; on all threads of the current rayon pool.
pub fn verify(
    flavor: Flavor,
    key: &VerificationKey,
    public_inputs: &[Fr],
    proof: &[Word],
    srs: &VerifierSrs,
) -> Result<(), VerifyError> {
    let proof = Proof::new(flavor, key, public_inputs.to_vec(), proof.to_vec())?;
    verify_proof(key, &proof, srs)
}

/// [`verify`] for a proof that was read from files.
///
/// # Errors
/// As [`verify`].
pub fn verify_proof(key: &VerificationKey, proof: &Proof, srs: &VerifierSrs) -> Result<(), VerifyError> {
    let flavor = proof.flavor();
    let mut transcript = Transcript::verifier(flavor.oracle_hash(), proof.sent());

    let instance = oink::receive(flavor, key, &mut transcript)?;
    let claim = sumcheck::verify(&instance, &mut transcript)?;
    let own = shplemini::reduce(&instance, &claim, &mut transcript)?;

    let (backend, ipa_claim) = backend_inputs(&instance)?;
    // Drawn after everything that either pair depends on, so a pair that fails fails in the sum.
    let weight = transcript.challenge();
    transcript.finish()?;
    let points = backend.map_or(own, |backend| own.plus(&backend, weight));
    if !points.cancel(srs) {
        return Err(VerifyError::Pairing);
    }
    if let Some(claim) = ipa_claim {
        ipa::verify(&claim, proof.ipa_words(), srs.grumpkin())?;
    }
    Ok(())
}

/// What the backend's public inputs say: pairing points of proofs that the circuit verifies, none if it verifies none, and in
/// the rollup flavor an IPA claim.
fn backend_inputs(
    instance: &oink::Instance<'_>,
) -> Result<(Option<PairingPoints>, Option<IpaClaim>), VerifyError> {
    let flavor = instance.flavor;
    let own = instance.public_inputs.len() - flavor.backend_public_inputs();
    let (points, claim) = instance.public_inputs[own..]
        .split_first_chunk()
        .expect("every flavor has pairing points among its public inputs");
    let points = PairingPoints::from_public_inputs(points)?;
    let claim = claim.first_chunk().map(IpaClaim::from_public_inputs).transpose()?;
    Ok((points, claim))
}
