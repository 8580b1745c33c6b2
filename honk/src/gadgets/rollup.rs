//! Public inputs that a circuit of the rollup gets from the backend.

use super::bigfield::{BigField, Bn254Base};
use super::{CurvePoint, Field};
use crate::builder::{Builder, NON_NATIVE_LIMB_BITS, power_of_two};
use crate::ipa::IpaClaim;

/// Adds the public inputs of a rollup circuit that verifies no proof: two points at infinity, and a claim about an
/// inner product, which is to be accumulated further up. A key is built with any claim.
pub fn add_rollup_backend_inputs(builder: &mut Builder, claim: &IpaClaim) {
    let [x, y] =
        [claim.commitment.x(), claim.commitment.y()].map(|coordinate| Field::witness(builder, coordinate));
    let commitment = CurvePoint::new(builder, x, y, true);
    let scalars = [claim.challenge, claim.evaluation];
    let mut scalars =
        scalars.map(|scalar| BigField::<Bn254Base>::witness(builder, scalar.to_canonical_limbs()));
    builder.add_default_backend_inputs();
    for scalar in &mut scalars {
        scalar.reduce(builder);
        let [l0, l1, l2, l3] = scalar.limbs();
        for [low, high] in [[l0, l1], [l2, l3]] {
            let half = low.add(builder, high.times(power_of_two(NON_NATIVE_LIMB_BITS)));
            add_public(builder, half);
        }
    }
    for coordinate in commitment.standardize(builder).coordinates() {
        add_public(builder, coordinate);
    }
}

fn add_public(builder: &mut Builder, field: Field) {
    let var = field.into_var(builder);
    builder.add_public_input(var);
}
