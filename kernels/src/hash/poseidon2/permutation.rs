//! The permutation: external layer, 4 full rounds, 56 partial rounds, 4 full rounds.

use super::constants::{FIRST_FULL, INTERNAL_DIAGONAL, LAST_FULL, PARTIAL, WIDTH};
use crate::field::Fr;

/// Applies the Poseidon2 permutation in place.
///
/// A full round adds a constant to each lane, raises each lane to the fifth power and applies the external
/// matrix; a partial round does the first two on lane 0 only and applies the internal matrix.
///
/// # Cost
/// `8 * 4 + 56` S-boxes of two squarings and one multiplication, and `56 * 4` multiplications by constants.
pub fn permute(state: &mut [Fr; WIDTH]) {
    external_layer(state);
    for constants in &FIRST_FULL {
        full_round(state, constants);
    }
    for constant in &PARTIAL {
        state[0] = fifth_power(state[0] + *constant);
        internal_layer(state);
    }
    for constants in &LAST_FULL {
        full_round(state, constants);
    }
}

#[inline]
fn full_round(state: &mut [Fr; WIDTH], constants: &[Fr; WIDTH]) {
    for (lane, constant) in state.iter_mut().zip(constants) {
        *lane = fifth_power(*lane + *constant);
    }
    external_layer(state);
}

#[inline]
fn fifth_power(x: Fr) -> Fr {
    x.square().square() * x
}

/// Multiplies by `[[5,7,1,3], [4,6,1,1], [1,3,5,7], [1,1,4,6]]` with additions alone (eprint 2023/323, appendix B).
#[inline]
fn external_layer(state: &mut [Fr; WIDTH]) {
    let [a, b, c, d] = *state;
    let ab = a + b;
    let cd = c + d;
    let b2_cd = b.double() + cd;
    let d2_ab = d.double() + ab;
    let row_3 = cd.double().double() + d2_ab;
    let row_1 = ab.double().double() + b2_cd;
    *state = [d2_ab + row_1, row_1, b2_cd + row_3, row_3];
}

/// Multiplies by the all-ones matrix plus the diagonal.
#[inline]
fn internal_layer(state: &mut [Fr; WIDTH]) {
    let sum = (state[0] + state[1]) + (state[2] + state[3]);
    for (lane, diagonal) in state.iter_mut().zip(&INTERNAL_DIAGONAL) {
        *lane = *lane * *diagonal + sum;
    }
}
