//! The check that Libra's claimed evaluation is the inner product of the committed coefficients with the powers of the
//! sumcheck point: a running sum over a subgroup of 256 elements.
//!
//! Source: Barretenberg 4.1.2 `commitment_schemes/small_subgroup_ipa`.

use chinampa_kernels::Fr;
use chinampa_kernels::field::batch_inverse;

/// Elements of the subgroup, a power of two.
pub(crate) const SUBGROUP_SIZE: usize = 256;

/// Coefficients of one of Libra's univariates.
pub(crate) const LIBRA_UNIVARIATES_LENGTH: usize = 9;

const fn fr(limbs: [u64; 4]) -> Fr {
    Fr::from_canonical_limbs(limbs).expect("a constant below the modulus")
}

/// A generator of the subgroup.
pub(crate) const SUBGROUP_GENERATOR: Fr =
    fr([0xc893619174a57a76, 0x617942546750f230, 0xf086204a9f36ffb0, 0x07b0c561a6148404]);

/// What the prover claims about four polynomials.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evaluations {
    /// The coefficients' polynomial at `r`.
    pub(super) concatenation: Fr,
    /// The running sum at `g r`.
    pub(super) shifted_grand_sum: Fr,
    /// The running sum at `r`.
    pub(super) grand_sum: Fr,
    /// The quotient at `r`.
    pub(super) quotient: Fr,
}

/// Whether, at `r`, the running sum starts at zero, grows by the products, and ends at `claimed`. `None` if `r` is in the
/// subgroup.
pub(super) fn is_consistent(evaluations: &Evaluations, r: Fr, point: &[Fr], claimed: Fr) -> Option<bool> {
    let generator_inverse = SUBGROUP_GENERATOR.inverse()?;
    let vanishing = r.pow(&[SUBGROUP_SIZE as u64, 0, 0, 0]) - Fr::ONE;
    if vanishing.is_zero() {
        return None;
    }
    // Barycentric weights of all Lagrange polynomials at r: vanishing / (256 (r g^-i - 1)).
    let mut power = r;
    let mut weights: Vec<Fr> = std::iter::repeat_with(|| {
        let denominator = power - Fr::ONE;
        power *= generator_inverse;
        denominator
    })
    .take(SUBGROUP_SIZE)
    .collect();
    batch_inverse(&mut weights);
    let scale = vanishing * Fr::from(SUBGROUP_SIZE as u64).inverse()?;

    let challenge = challenge_polynomial(point);
    let challenge: Fr = challenge.zip(&weights).map(|(value, &weight)| value * weight).sum::<Fr>() * scale;
    let (first, last) = (weights[0] * scale, weights[SUBGROUP_SIZE - 1] * scale);
    let Evaluations { concatenation, shifted_grand_sum, grand_sum, quotient } = *evaluations;
    let growth = shifted_grand_sum - grand_sum - concatenation * challenge;
    let identity = first * grand_sum + (r - generator_inverse) * growth + last * (grand_sum - claimed);
    Some(identity == vanishing * quotient)
}

/// What the coefficients are multiplied by: one for the constant, then the powers of each coordinate.
fn challenge_polynomial(point: &[Fr]) -> impl Iterator<Item = Fr> {
    let powers = |&coordinate: &Fr| {
        std::iter::successors(Some(Fr::ONE), move |&power| Some(power * coordinate))
            .take(LIBRA_UNIVARIATES_LENGTH)
    };
    std::iter::once(Fr::ONE).chain(point.iter().flat_map(powers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_has_the_order_of_the_subgroup() {
        let power = |exponent: usize| SUBGROUP_GENERATOR.pow(&[exponent as u64, 0, 0, 0]);
        assert_eq!(power(SUBGROUP_SIZE), Fr::ONE);
        assert_ne!(power(SUBGROUP_SIZE / 2), Fr::ONE);
        let text = "0x07b0c561a6148404f086204a9f36ffb0617942546750f230c893619174a57a76";
        assert_eq!(SUBGROUP_GENERATOR.to_string(), text);
    }
}
