//! Arithmetic gates.

use chinampa_kernels::Fr;

use super::block::BlockKind;
use super::circuit::Builder;
use super::variables::Var;

/// `2^exponent`.
///
/// # Panics
/// At 254 and above, which no circuit of this crate asks for.
pub const fn power_of_two(exponent: u32) -> Fr {
    let mut limbs = [0; 4];
    limbs[exponent as usize / 64] = 1 << (exponent % 64);
    Fr::from_canonical_limbs(limbs).expect("a power of two below the modulus")
}

/// `product * a * b + linear . (a, b, c, d) + constant`, over the four wires `a, b, c, d` of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Factor of the product of the first two wires.
    pub product: Fr,
    /// Factors of the wires.
    pub linear: [Fr; 4],
    /// The constant.
    pub constant: Fr,
}

impl Sum {
    /// A sum without product and constant.
    pub const fn linear(linear: [Fr; 4]) -> Self {
        Self { product: Fr::ZERO, linear, constant: Fr::ZERO }
    }

    /// The same sum with another constant.
    pub const fn plus(self, constant: Fr) -> Self {
        Self { constant, ..self }
    }

    /// The same sum with a product.
    pub const fn with_product(self, product: Fr) -> Self {
        Self { product, ..self }
    }
}

/// A [`Sum`] whose factors are given by their numbers in the builder's palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedSum {
    /// Factor of the product of the first two wires.
    pub product: u32,
    /// Factors of the wires.
    pub linear: [u32; 4],
    /// The constant.
    pub constant: u32,
}

/// What a row's sum must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equals {
    /// Zero.
    Zero,
    /// Minus the fourth wire of the next row.
    MinusNextFourth,
}

impl Builder {
    /// Constrains a sum over four wires.
    ///
    /// With [`Equals::MinusNextFourth`] the gate selector is 2; then the relation counts half of the product, so the
    /// stored factor is twice what was asked for.
    pub fn add_arithmetic(&mut self, wires: [Var; 4], sum: Sum, equals: Equals) {
        let (product, gate) = match equals {
            Equals::Zero => (sum.product, 1),
            Equals::MinusNextFourth => (sum.product.double(), 2),
        };
        self.add_arithmetic_row(wires, Sum { product, ..sum }, gate);
    }

    /// The number of a selector's value in the builder's palette.
    pub fn number(&mut self, value: Fr) -> u32 {
        self.palette.number(value)
    }

    /// Makes room for arithmetic rows.
    pub fn reserve_arithmetic(&mut self, rows: usize) {
        self.block(BlockKind::Arithmetic).reserve(rows);
    }

    /// Constrains a sum over four wires to be zero, as [`add_arithmetic`](Self::add_arithmetic) does.
    ///
    /// # Panics
    /// If the palette has no such numbers.
    pub fn add_numbered(&mut self, wires: [Var; 4], sum: &NumberedSum) {
        let [left, right, output, fourth] = sum.linear;
        let shades = [sum.product, sum.constant, left, right, output, fourth];
        let values = self.palette.len();
        assert!(shades.iter().all(|shade| (*shade as usize) < values), "numbers are of the palette");
        self.block(BlockKind::Arithmetic).push(wires, shades, 1);
    }

    /// Adds a row of the arithmetic block with selectors as they are stored.
    pub(crate) fn add_arithmetic_row(&mut self, wires: [Var; 4], stored: Sum, gate: u8) {
        let [left, right, output, fourth] = stored.linear;
        let shades = self.shades([stored.product, stored.constant, left, right, output, fourth]);
        self.block(BlockKind::Arithmetic).push(wires, shades, gate);
    }

    /// Constrains `linear . (a, b, c) + constant = 0`.
    pub fn add_linear(&mut self, [a, b, c]: [Var; 3], [x, y, z]: [Fr; 3], constant: Fr) {
        let sum = Sum::linear([x, y, z, Fr::ZERO]).plus(constant);
        self.add_arithmetic([a, b, c, self.zero], sum, Equals::Zero);
    }

    /// Constrains `a + b = c` with factors: `product * a * b + x a + y b + z c + constant = 0`.
    pub fn add_product(&mut self, wires: [Var; 3], product: Fr, [x, y, z]: [Fr; 3], constant: Fr) {
        let [a, b, c] = wires;
        let sum = Sum { product, linear: [x, y, z, Fr::ZERO], constant };
        self.add_arithmetic([a, b, c, self.zero], sum, Equals::Zero);
    }

    /// Constrains a variable to be 0 or 1.
    pub fn add_bool(&mut self, var: Var) {
        let zero = self.zero;
        let sum = Sum::linear([-Fr::ONE, Fr::ZERO, Fr::ZERO, Fr::ZERO]).with_product(Fr::ONE);
        self.add_arithmetic([var, var, zero, zero], sum, Equals::Zero);
        let value = self.value(var);
        if value != Fr::ZERO && value != Fr::ONE {
            self.fail("a value that must be a bit is none");
        }
    }

    /// Fixes a variable to a constant.
    pub fn fix(&mut self, var: Var, value: Fr) {
        let zero = self.zero;
        let sum = Sum::linear([Fr::ONE, Fr::ZERO, Fr::ZERO, Fr::ZERO]).plus(-value);
        self.add_arithmetic([var, zero, zero, zero], sum, Equals::Zero);
        if self.value(var) != value {
            self.fail("a value differs from the constant that it must be");
        }
    }

    /// Declares a variable equal to the variable of a constant.
    pub fn assert_equal_constant(&mut self, var: Var, value: Fr) {
        let constant = self.constant(value);
        self.assert_equal(var, constant);
    }

    /// Names variables in unconstrained rows of four.
    pub(super) fn add_unconstrained_list(&mut self, vars: &[Var]) {
        let zero = self.zero;
        for chunk in vars.chunks(4) {
            let mut wires = [zero; 4];
            wires[..chunk.len()].copy_from_slice(chunk);
            self.add_unconstrained(BlockKind::Arithmetic, wires);
        }
    }
}
