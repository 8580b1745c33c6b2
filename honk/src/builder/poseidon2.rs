//! Gates of the Poseidon2 permutation.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::constants::{FIRST_FULL, INTERNAL_DIAGONAL, LAST_FULL, PARTIAL};

use super::arithmetic::{Equals, Sum};
use super::block::BlockKind;
use super::circuit::Builder;
use super::variables::Var;

impl Builder {
    /// The Poseidon2 permutation of four variables.
    ///
    /// Every round has a row with the state before it; a block's last row has the state after its rounds.
    pub fn add_poseidon2(&mut self, state: [Var; 4]) -> [Var; 4] {
        let mut state = self.add_first_matrix(state);
        for constants in &FIRST_FULL {
            state = self.add_full_round(state, constants);
        }
        self.add_unconstrained(BlockKind::Poseidon2External, state);
        for constant in &PARTIAL {
            state = self.add_partial_round(state, *constant);
        }
        self.add_unconstrained(BlockKind::Poseidon2Internal, state);
        for constants in &LAST_FULL {
            state = self.add_full_round(state, constants);
        }
        self.add_unconstrained(BlockKind::Poseidon2External, state);
        state
    }

    fn add_full_round(&mut self, state: [Var; 4], constants: &[Fr; 4]) -> [Var; 4] {
        let [a, b, c, d] = *constants;
        let selectors = self.shades([Fr::ZERO, Fr::ZERO, a, b, c, d]);
        self.block(BlockKind::Poseidon2External).push(state, selectors, 1);
        let mut values = std::array::from_fn(|lane| fifth_power(self.value(state[lane]) + constants[lane]));
        external_matrix(&mut values);
        values.map(|value| self.add_variable(value))
    }

    fn add_partial_round(&mut self, state: [Var; 4], constant: Fr) -> [Var; 4] {
        let selectors = self.shades([Fr::ZERO, Fr::ZERO, constant, Fr::ZERO, Fr::ZERO, Fr::ZERO]);
        self.block(BlockKind::Poseidon2Internal).push(state, selectors, 1);
        let mut values = state.map(|var| self.value(var));
        values[0] = fifth_power(values[0] + constant);
        let sum: Fr = values.iter().sum();
        let values: [Fr; 4] = std::array::from_fn(|lane| values[lane] * INTERNAL_DIAGONAL[lane] + sum);
        values.map(|value| self.add_variable(value))
    }

    /// The external matrix before the first round, in six arithmetic rows.
    fn add_first_matrix(&mut self, [a, b, c, d]: [Var; 4]) -> [Var; 4] {
        let t3 = self.add_small_sum([a, b, d], [1, 1, 2]);
        let t2 = self.add_small_sum([c, b, d], [1, 2, 1]);
        let t5 = self.add_small_sum([t2, a, b], [1, 4, 4]);
        let t6 = self.add_pair(t5, t3);
        let t4 = self.add_small_sum([t3, c, d], [1, 4, 4]);
        let t7 = self.add_pair(t4, t2);
        [t6, t5, t7, t4]
    }

    fn add_small_sum(&mut self, vars: [Var; 3], factors: [u64; 3]) -> Var {
        let [x, y, z] = factors.map(Fr::from);
        let value = self.value(vars[0]) * x + self.value(vars[1]) * y + self.value(vars[2]) * z;
        let sum = self.add_variable(value);
        let gate = Sum::linear([x, y, z, -Fr::ONE]);
        self.add_arithmetic([vars[0], vars[1], vars[2], sum], gate, Equals::Zero);
        sum
    }

    fn add_pair(&mut self, left: Var, right: Var) -> Var {
        let sum = self.add_variable(self.value(left) + self.value(right));
        self.add_linear([left, right, sum], [Fr::ONE, Fr::ONE, -Fr::ONE], Fr::ZERO);
        sum
    }
}

fn fifth_power(x: Fr) -> Fr {
    x.square().square() * x
}

/// Multiplies by `[[5,7,1,3], [4,6,1,1], [1,3,5,7], [1,1,4,6]]`.
fn external_matrix(state: &mut [Fr; 4]) {
    let [a, b, c, d] = *state;
    let (ab, cd) = (a + b, c + d);
    let (first, second) = (b.double() + cd, d.double() + ab);
    let (fourth, third) = (cd.double().double() + second, ab.double().double() + first);
    *state = [second + third, third, first + fourth, fourth];
}
