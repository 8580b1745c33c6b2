//! A claim with its proof.

use chinampa_kernels::Fq;
use sha3::Shake256;
use sha3::digest::{ExtendableOutput as _, Update as _, XofReader as _};

use super::{GrumpkinSrs, IPA_LEN, IpaClaim, claim, prove};
use crate::transcript::Word;

/// A true claim and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The claim, which goes among the public inputs.
    pub claim: IpaClaim,
    /// Its proof, which goes behind the circuit's.
    pub proof: Vec<Word>,
}

impl Opening {
    /// A claim about a polynomial that the seed chooses. Rollup circuits that verify no proof with a claim carry one: any true
    /// claim will do, and nothing about it is secret, so one may serve many proofs.
    ///
    /// # Source
    /// Barretenberg 4.1.2, `IPA::create_random_valid_ipa_claim_and_proof`, which draws a new one each time.
    pub fn of_seed(srs: &GrumpkinSrs, seed: [u8; 32]) -> Self {
        let mut hash = Shake256::default();
        hash.update(&seed);
        let mut reader = hash.finalize_xof();
        let mut next = || {
            let mut bytes = [0; 64];
            reader.read(&mut bytes);
            Fq::from_be_bytes_wide(&bytes)
        };
        let coefficients: Vec<Fq> = (0..IPA_LEN).map(|_| next()).collect();
        let coefficients = coefficients.as_array().expect("as many as there are points");
        let claim = claim(srs, coefficients, next());
        let proof = prove(srs, coefficients, &claim);
        Self { claim, proof }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipa::verify;

    #[test]
    fn a_seeds_claim_is_true_and_always_the_same() {
        let srs = GrumpkinSrs::derive();
        let opening = Opening::of_seed(&srs, [3; 32]);
        assert_eq!(verify(&opening.claim, &opening.proof, &srs), Ok(()));
        assert_eq!(Opening::of_seed(&srs, [3; 32]), opening);
        let other = Opening::of_seed(&srs, [4; 32]);
        assert_ne!(other.claim, opening.claim);
        assert!(verify(&other.claim, &opening.proof, &srs).is_err());
    }
}
