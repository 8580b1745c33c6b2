//! Gates for elements of other fields: four limbs of 68 bits each, and the element modulo the native field.
//!
//! # Sources
//! Barretenberg 4.1.2, `ultra_circuit_builder.cpp` (`*_non_native_field_*`, `range_constrain_two_limbs`).

use std::collections::HashMap;

use chinampa_kernels::Fr;

use super::arithmetic::{Equals, Sum, power_of_two};
use super::block::{BlockKind, SHARED_SELECTORS};
use super::circuit::Builder;
use super::palette::Palette;
use super::range::{LIMB_BITS, bit_length, bits_at};
use super::variables::Var;

/// Bits of a limb of an element of another field.
pub const NON_NATIVE_LIMB_BITS: u32 = 68;

/// Widest value that [`Builder::constrain_two_limbs`] takes: five limbs of 14 bits.
pub const MAX_TWO_LIMB_BITS: u32 = 5 * LIMB_BITS;

/// A product of limbs whose gates are written when the circuit is finished, once for each pair of factors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartialProduct {
    left: [Var; 4],
    right: [Var; 4],
    low: Var,
    middle: Var,
    high: Var,
}

/// Limbs that satisfy `left * right + quotient * negated_modulus - remainder = 0` modulo `2^272` up to carries.
#[derive(Clone, Copy, Debug)]
pub struct NonNativeProduct {
    /// Limbs of a factor.
    pub left: [Var; 4],
    /// Limbs of the other factor.
    pub right: [Var; 4],
    /// Limbs of the quotient.
    pub quotient: [Var; 4],
    /// Limbs of the remainder.
    pub remainder: [Var; 4],
    /// Limbs of `2^272` minus the modulus.
    pub negated_modulus: [Fr; 4],
}

/// One limb of a sum: `x * x_factor + y * y_factor + constant`.
#[derive(Clone, Copy, Debug)]
pub struct LimbSum {
    /// The limb of the first operand.
    pub x: Var,
    /// Its factor.
    pub x_factor: Fr,
    /// The limb of the second operand.
    pub y: Var,
    /// Its factor.
    pub y_factor: Fr,
    /// What is added.
    pub constant: Fr,
}

/// The kinds of rows of the block, by the selectors that they set.
#[derive(Clone, Copy)]
enum Kind {
    LimbAccumulate1,
    LimbAccumulate2,
    Product1,
    Product2,
    Product3,
    None,
}

/// The limbs of a row `limb` of a value below `2^bits`, and the width of each.
fn widths(bits: u32) -> [u32; 5] {
    std::array::from_fn(|limb| bits.saturating_sub(LIMB_BITS * limb as u32).min(LIMB_BITS))
}

impl Builder {
    fn add_non_native(&mut self, wires: [Var; 4], kind: Kind) {
        let (zero, one) = (Palette::ZERO, Palette::ONE);
        // q_m, q_c, q_l, q_r, q_o, q_4.
        let selectors: [u32; SHARED_SELECTORS] = match kind {
            Kind::LimbAccumulate1 => [zero, zero, zero, zero, one, one],
            Kind::LimbAccumulate2 => [one, zero, zero, zero, one, zero],
            Kind::Product1 => [zero, zero, zero, one, one, zero],
            Kind::Product2 => [zero, zero, zero, one, zero, one],
            Kind::Product3 => [one, zero, zero, one, zero, zero],
            Kind::None => [zero; SHARED_SELECTORS],
        };
        let gate = u8::from(!matches!(kind, Kind::None));
        self.block(BlockKind::NonNativeField).push(wires, selectors, gate);
    }

    /// Constrains two variables of at most [`MAX_TWO_LIMB_BITS`] bits each.
    pub fn constrain_two_limbs(&mut self, low: Var, high: Var, low_bits: u32, high_bits: u32) {
        debug_assert!(low_bits.max(high_bits) <= MAX_TWO_LIMB_BITS, "five limbs hold 70 bits");
        let parts = [(low, low_bits), (high, high_bits)].map(|(var, bits)| {
            let (value, widths) = (self.value(var), widths(bits));
            if bit_length(value) > bits {
                self.fail("a limb is out of its range");
            }
            let words = value.to_canonical_limbs();
            let mut limbs = [self.zero; 5];
            for (index, width) in widths.into_iter().enumerate() {
                if width > 0 {
                    limbs[index] =
                        self.add_variable(Fr::from(bits_at(&words, LIMB_BITS * index as u32, LIMB_BITS)));
                }
            }
            (limbs, widths)
        });
        let [(l, low_widths), (h, high_widths)] = parts;
        self.add_non_native([l[0], l[1], l[2], low], Kind::LimbAccumulate1);
        self.add_non_native([l[3], l[4], h[0], h[1]], Kind::LimbAccumulate2);
        self.add_non_native([h[2], h[3], h[4], high], Kind::None);
        for index in 0..5 {
            for (limb, width) in [(l[index], low_widths[index]), (h[index], high_widths[index])] {
                if width > 0 {
                    self.constrain_bound(limb, (1 << width) - 1);
                }
            }
        }
    }

    /// Checks a product up to its carries, which are returned: the carry out of the two low limbs and that out of all.
    pub fn add_non_native_product(&mut self, product: &NonNativeProduct) -> [Var; 2] {
        let NonNativeProduct { left: a, right: b, quotient: q, remainder: r, negated_modulus: p } = *product;
        let shift = power_of_two(NON_NATIVE_LIMB_BITS);
        let back = shift.inverse().expect("a power of two is not zero");
        let back_two = back.square();
        let [low_0, low_1, high_0, high_1, high_2, high_3] =
            self.product_values(product).map(|value| self.add_variable(value));
        let zero = self.zero;
        let factors = [p[0] + p[1] * shift, p[0] * shift, -shift, -shift.square()];
        self.add_arithmetic([q[0], q[1], r[1], low_1], Sum::linear(factors), Equals::MinusNextFourth);
        self.add_unconstrained(BlockKind::Arithmetic, [zero, zero, zero, low_0]);
        self.add_non_native([a[1], b[1], r[0], low_0], Kind::Product1);
        self.add_non_native([a[0], b[0], a[3], b[3]], Kind::Product2);
        self.add_non_native([a[2], b[2], r[3], high_0], Kind::Product3);
        self.add_non_native([a[1], b[1], r[2], high_1], Kind::None);
        let factors = [-p[1] * shift - p[0], -p[0] * shift, -Fr::ONE, -Fr::ONE];
        self.add_arithmetic([q[2], q[3], low_1, high_1], Sum::linear(factors), Equals::MinusNextFourth);
        let factors = [-Fr::ONE, p[3] * back + p[2] * back_two, p[2] * back + p[1] * back_two, back_two];
        self.add_arithmetic([high_3, q[0], q[1], high_2], Sum::linear(factors), Equals::Zero);
        [low_1, high_3]
    }

    /// The sums of products of limbs that a product's gates link: two of the low limbs, four of the high ones.
    fn product_values(&self, product: &NonNativeProduct) -> [Fr; 6] {
        let values = |vars: [Var; 4]| vars.map(|var| self.value(var));
        let (a, b) = (values(product.left), values(product.right));
        let (q, r) = (values(product.quotient), values(product.remainder));
        let p = product.negated_modulus;
        let shift = power_of_two(NON_NATIVE_LIMB_BITS);
        let back_two = shift.square().inverse().expect("a power of two is not zero");
        let low_0 = a[0] * b[0] - r[0] + (a[1] * b[0] + a[0] * b[1]) * shift;
        let low_1 = (low_0 + q[0] * p[0] + (q[1] * p[0] + q[0] * p[1] - r[1]) * shift) * back_two;
        let high_0 = a[2] * b[0] + a[0] * b[2] + (a[0] * b[3] + a[3] * b[0] - r[3]) * shift;
        let high_1 = high_0 + a[1] * b[1] - r[2] + (a[1] * b[2] + a[2] * b[1]) * shift;
        let high_2 = high_1 + low_1 + q[2] * p[0] + (q[3] * p[0] + q[2] * p[1]) * shift;
        let high_3 = (high_2 + (q[0] * p[3] + q[1] * p[2]) * shift + (q[0] * p[2] + q[1] * p[1])) * back_two;
        [low_0, low_1, high_0, high_1, high_2, high_3]
    }

    /// The product of limbs, checked when the circuit is finished: its two low limbs and the two above, each as one
    /// variable.
    pub fn queue_partial_product(&mut self, left: [Var; 4], right: [Var; 4]) -> [Var; 2] {
        let (a, b) = (left.map(|var| self.value(var)), right.map(|var| self.value(var)));
        let shift = power_of_two(NON_NATIVE_LIMB_BITS);
        let low = a[0] * b[0] + (a[1] * b[0] + a[0] * b[1]) * shift;
        let middle = a[2] * b[0] + a[0] * b[2] + (a[0] * b[3] + a[3] * b[0]) * shift;
        let high = middle + a[1] * b[1] + (a[1] * b[2] + a[2] * b[1]) * shift;
        let [low, middle, high] = [low, middle, high].map(|value| self.add_variable(value));
        self.partial_products.push(PartialProduct { left, right, low, middle, high });
        [low, high]
    }

    /// Writes the gates of queued products. Products of the same factors share them.
    pub(super) fn finish_partial_products(&mut self) {
        let mut seen: HashMap<[[Var; 4]; 2], PartialProduct> = HashMap::new();
        let zero = self.zero;
        // Factors are compared as they are before any result is merged.
        let mut products = std::mem::take(&mut self.partial_products);
        for product in &mut products {
            product.left = product.left.map(|var| self.variables.root(var));
            product.right = product.right.map(|var| self.variables.root(var));
        }
        let mut distinct = Vec::with_capacity(products.len());
        for product in products {
            let first = *seen.entry([product.left, product.right]).or_insert_with(|| {
                distinct.push(product);
                product
            });
            self.assert_equal(product.low, first.low);
            self.assert_equal(product.middle, first.middle);
            self.assert_equal(product.high, first.high);
        }
        for PartialProduct { left: a, right: b, low, middle, high } in distinct {
            self.add_non_native([a[1], b[1], zero, low], Kind::Product1);
            self.add_non_native([a[0], b[0], a[3], b[3]], Kind::Product2);
            self.add_non_native([a[2], b[2], zero, middle], Kind::Product3);
            self.add_non_native([a[1], b[1], zero, high], Kind::None);
        }
    }

    /// The sum (or with `is_subtraction` the difference) of two elements, limb by limb, and modulo the native field,
    /// where the factors are one: `[z_0, z_1, z_2, z_3, z_p]`.
    pub fn add_non_native_sum(
        &mut self,
        limbs: [LimbSum; 4],
        prime: (Var, Var, Fr),
        is_subtraction: bool,
    ) -> [Var; 5] {
        let sign = if is_subtraction { -Fr::ONE } else { Fr::ONE };
        let (x_p, y_p, constant_p) = prime;
        let z = limbs.map(|limb| {
            let y = self.value(limb.y) * limb.y_factor * sign;
            self.value(limb.x) * limb.x_factor + y + limb.constant
        });
        let z = z.map(|value| self.add_variable(value));
        let z_p = self.add_variable(self.value(x_p) + self.value(y_p) * sign + constant_p);
        let zero = self.zero;
        let two = Fr::from(2_u64);
        // The first row checks the element modulo the native field as well: w_l + w_4 + q_m is the next row's w_l.
        let (fourth, next_left) = if is_subtraction { (z_p, x_p) } else { (x_p, z_p) };
        let inputs = |limb: &LimbSum| (-limb.x_factor, -limb.y_factor * sign, -limb.constant);
        let (x, y, constant) = inputs(&limbs[0]);
        let sum = Sum::linear([Fr::ZERO, x * two, y * two, Fr::ZERO]).plus(constant * two);
        let wires = [y_p, limbs[0].x, limbs[0].y, fourth];
        self.add_arithmetic_row(wires, sum.with_product(constant_p * sign), 3);
        let (x, y, constant) = inputs(&limbs[1]);
        let sum = Sum::linear([Fr::ZERO, x, y, Fr::ZERO]).plus(constant);
        self.add_arithmetic_row([next_left, limbs[1].x, limbs[1].y, z[0]], sum, 2);
        for (index, last) in [(2, z[1]), (3, zero)] {
            let (x, y, constant) = inputs(&limbs[index]);
            let sum = Sum::linear([x, y, Fr::ONE, Fr::ZERO]).plus(constant);
            self.add_arithmetic_row([limbs[index].x, limbs[index].y, z[index], last], sum, 1);
        }
        [z[0], z[1], z[2], z[3], z_p]
    }
}
