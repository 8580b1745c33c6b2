use std::sync::LazyLock;

use chinampa_kernels::curve::grumpkin;
use chinampa_kernels::{Fq, Fr, msm};
use chinampa_testkit::vectors;

use super::*;
use crate::flavor::{Flavor, IPA_CLAIM_SIZE, IPA_PROOF_LENGTH};
use crate::transcript::{TranscriptError, WORD_BYTES, Word};

static SRS: LazyLock<GrumpkinSrs> = LazyLock::new(GrumpkinSrs::derive);

/// The claim and the IPA proof of a golden rollup proof.
fn golden(circuit: &str) -> (IpaClaim, Vec<Word>) {
    let proof = vectors::bytes(&format!("honk/{circuit}.noir-rollup/proof"));
    let (words, _) = proof.as_chunks::<WORD_BYTES>();
    let claim = words[8..][..IPA_CLAIM_SIZE].iter().map(|word| Fr::from_be_bytes(word).unwrap());
    let claim: Vec<Fr> = claim.collect();
    let claim = IpaClaim::from_public_inputs(claim.first_chunk().unwrap()).unwrap();
    (claim, words[words.len() - IPA_PROOF_LENGTH..].to_vec())
}

#[test]
fn proofs_of_the_released_program_verify() {
    for circuit in ["t1", "mix", "recr2"] {
        let (claim, proof) = golden(circuit);
        assert_eq!(verify(&claim, &proof, &SRS), Ok(()), "{circuit}");
    }
}

#[test]
fn folding_two_proofs_gives_the_claim_and_the_proof_of_the_released_program() {
    let ((first, first_proof), (second, second_proof)) = (golden("t1"), golden("mix"));
    let accumulated = accumulate((&first, &first_proof), (&second, &second_proof)).unwrap();
    let (claim, proof) = golden("recr2");
    assert_eq!(accumulated.claim, claim);
    assert_eq!(commit(&SRS, &accumulated.coefficients), claim.commitment);
    assert!(prove(&SRS, &accumulated.coefficients, &claim) == proof);
}

#[test]
fn every_word_of_a_proof_and_a_claim_counts() {
    let (claim, proof) = golden("t1");
    for position in 0..proof.len() {
        let mut mutated = proof.clone();
        let word = &mut mutated[position];
        *word = (Fr::from_be_bytes(word).unwrap() + Fr::ONE).to_be_bytes();
        let error = verify(&claim, &mutated, &SRS).unwrap_err();
        assert!(
            matches!(error, IpaError::Transcript(_) | IpaError::Generator | IpaError::Opening),
            "{error:?}"
        );
    }
    let one = Fq::ONE;
    let other = (claim.commitment + grumpkin::Affine::GENERATOR).to_affine();
    for wrong in [
        IpaClaim { challenge: claim.challenge + one, ..claim },
        IpaClaim { evaluation: claim.evaluation + one, ..claim },
        IpaClaim { commitment: other, ..claim },
    ] {
        assert_eq!(verify(&wrong, &proof, &SRS), Err(IpaError::Generator));
    }
}

#[test]
fn a_proof_under_the_right_challenges_is_checked_to_the_end() {
    // A false claim, proved by the honest algorithm: everything fits but the value.
    let mut coefficients = Box::new([Fq::ZERO; IPA_LEN]);
    for (coefficient, i) in coefficients.iter_mut().zip(0u64..) {
        *coefficient = Fq::from(i * i + 7);
    }
    let claim = claim(&SRS, &coefficients, Fq::from(5u64));
    assert_eq!(verify(&claim, &prove(&SRS, &coefficients, &claim), &SRS), Ok(()));
    let claim = IpaClaim { evaluation: claim.evaluation + Fq::ONE, ..claim };
    assert_eq!(verify(&claim, &prove(&SRS, &coefficients, &claim), &SRS), Err(IpaError::Opening));
}

#[test]
fn a_claim_that_stands_for_nothing_is_true() {
    let (claim, proof) = filler(&SRS);
    assert_eq!(verify(&claim, &proof, &SRS), Ok(()));
    // It can be folded with itself, as two padding circuits in one tree are.
    let twice = accumulate((&claim, &proof), (&claim, &proof)).unwrap();
    assert_eq!(verify(&twice.claim, &prove(&SRS, &twice.coefficients, &twice.claim), &SRS), Ok(()));
}

#[test]
fn proofs_of_other_lengths_are_refused() {
    let (claim, proof) = golden("t1");
    let error = TranscriptError::Missing { name: "IPA:a_0", position: 63, len: 63 };
    assert_eq!(verify(&claim, &proof[..63], &SRS), Err(IpaError::Transcript(error)));
    let longer = [proof.as_slice(), &[[0; 32]]].concat();
    let error = TranscriptError::Trailing { expected: 64, len: 65 };
    assert_eq!(verify(&claim, &longer, &SRS), Err(IpaError::Transcript(error)));
}

#[test]
fn a_claim_is_its_public_inputs() {
    let (claim, _) = golden("mix");
    let inputs = claim.to_public_inputs();
    assert_eq!(IpaClaim::from_public_inputs(&inputs), Ok(claim));
    let with = |position: usize, value: Fr| {
        let mut inputs = inputs;
        inputs[position] = value;
        IpaClaim::from_public_inputs(&inputs).unwrap_err()
    };
    for (position, field) in [(0, "challenge"), (1, "challenge"), (2, "evaluation"), (3, "evaluation")] {
        let error = with(position, -Fr::ONE);
        assert!(matches!(error, IpaError::Scalar { field: found, .. } if found == field), "{error:?}");
    }
    assert!(matches!(with(4, claim.commitment.x() + Fr::ONE), IpaError::Commitment(_)));
    let mut zero = inputs;
    zero[4..].fill(Fr::ZERO);
    assert_eq!(IpaClaim::from_public_inputs(&zero), Err(IpaError::Infinity));
}

#[test]
fn generators_are_read_and_derived() {
    let bytes = SRS.to_bytes();
    assert_eq!(GrumpkinSrs::from_bytes(&bytes).unwrap().points(), SRS.points());
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(GrumpkinSrs::from_bytes(&longer).unwrap().points(), SRS.points());
    let short = &bytes[..bytes.len() - 1];
    let error = GrumpkinSrs::from_bytes(short).unwrap_err();
    assert_eq!(error, IpaError::SrsLength { expected: bytes.len(), actual: short.len() });
    let mut swapped = bytes;
    let (first, second) = swapped.split_at_mut(64);
    first.swap_with_slice(&mut second[..64]);
    assert!(matches!(GrumpkinSrs::from_bytes(&swapped), Err(IpaError::Srs)));
    assert!(msm(SRS.points(), &[Fq::ONE]) == SRS.points()[0]);
    assert_eq!(
        Flavor::UltraRollup.proof_words(6) - Flavor::Ultra.proof_words(6),
        IPA_CLAIM_SIZE + IPA_PROOF_LENGTH
    );
}
