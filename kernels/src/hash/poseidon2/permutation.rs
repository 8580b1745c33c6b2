//! The permutation: external layer, 4 full rounds, 56 partial rounds, 4 full rounds.
//!
//! The state is kept half reduced throughout and reduced once at the end.

use super::constants::{FIRST_FULL, INTERNAL_DIAGONAL, LAST_FULL, PARTIAL, WIDTH};
use crate::field::{Fr, FrParams, Loose};

type Lane = Loose<FrParams>;

/// Applies the Poseidon2 permutation in place.
///
/// A full round adds a constant to each lane, raises each lane to the fifth power and applies the external
/// matrix; a partial round does the first two on lane 0 only and applies the internal matrix.
///
/// # Cost
/// `8 * 4 + 56` S-boxes of two squarings and one multiplication, and `56 * 4` multiplications by constants.
pub fn permute(state: &mut [Fr; WIDTH]) {
    let mut lanes = state.map(Lane::from);
    external_layer(&mut lanes);
    for constants in &FIRST_FULL {
        full_round(&mut lanes, constants);
    }
    for constant in &PARTIAL {
        partial_round(&mut lanes, constant);
    }
    for constants in &LAST_FULL {
        full_round(&mut lanes, constants);
    }
    *state = lanes.map(Lane::reduce);
}

#[inline(always)]
fn full_round(lanes: &mut [Lane; WIDTH], constants: &[Fr; WIDTH]) {
    for (lane, constant) in lanes.iter_mut().zip(constants) {
        *lane = fifth_power(*lane + constant);
    }
    external_layer(lanes);
}

/// The internal matrix is the all-ones matrix plus a diagonal.
#[inline(always)]
fn partial_round(lanes: &mut [Lane; WIDTH], constant: &Fr) {
    lanes[0] = fifth_power(lanes[0] + constant);
    let sum = lanes[1].add_two(lanes[2], lanes[3]) + lanes[0];
    for (lane, diagonal) in lanes.iter_mut().zip(&INTERNAL_DIAGONAL) {
        *lane = *lane * diagonal + sum;
    }
}

#[inline(always)]
fn fifth_power(x: Lane) -> Lane {
    x.square().square() * x
}

/// Multiplies by `[[5,7,1,3], [4,6,1,1], [1,3,5,7], [1,1,4,6]]` with additions alone (eprint 2023/323, appendix B).
#[inline(always)]
fn external_layer(lanes: &mut [Lane; WIDTH]) {
    let [a, b, c, d] = *lanes;
    let ab = a + b;
    let cd = c + d;
    let b2_cd = b.add_two(cd, b);
    let d2_ab = d.add_two(ab, d);
    let ab2 = ab + ab;
    let cd2 = cd + cd;
    let row_1 = ab2.add_two(b2_cd, ab2);
    let row_3 = cd2.add_two(d2_ab, cd2);
    *lanes = [d2_ab + row_1, row_1, b2_cd + row_3, row_3];
}
