//! Equality and bounds.

use chinampa_kernels::Fr;

use super::{BigField, Bounds, ForeignField, LIMB_BITS, Wide, limbs, quotient_bits, shift};
use crate::builder::Builder;
use crate::gadgets::{Bool, Field};

impl<M: ForeignField> BigField<M> {
    /// Constrains the element to be below the modulus.
    pub fn assert_in_field(&self, builder: &mut Builder) {
        self.assert_less_than(builder, M::MODULUS);
    }

    /// Constrains the element to be below a limit, least significant limb first.
    pub fn assert_less_than(&self, builder: &mut Builder, limit: [u64; 4]) {
        if !self.is_constant() {
            let [l0, l1, l2, l3] = self.limb_vars(builder);
            builder.constrain_two_limbs(l0, l1, LIMB_BITS, LIMB_BITS);
            builder.constrain_two_limbs(l2, l3, LIMB_BITS, Bounds::last_limb_bits::<M>());
        }
        self.assert_limbs_less_than(builder, Wide::from_limbs(limit));
    }

    /// Makes the element the one below the modulus.
    pub fn canonicalize(&mut self, builder: &mut Builder) {
        self.reduce(builder);
        self.assert_limbs_less_than(builder, Bounds::modulus::<M>());
    }

    /// Compares limbs that are known to be in their ranges, with borrows.
    fn assert_limbs_less_than(&self, builder: &mut Builder, limit: Wide) {
        let value = self.value(builder);
        if value >= limit {
            builder.fail("an element of another field is too large");
        }
        if self.is_constant() {
            return;
        }
        let bounds = limbs(limit.minus(Wide::small(1)));
        let digits = limbs(value);
        let mut borrow = false;
        let borrows: [bool; 3] = std::array::from_fn(|limb| {
            borrow = digits[limb].plus(Wide::small(u64::from(borrow))) > bounds[limb];
            borrow
        });
        let borrows = borrows.map(|borrow| Field::from(Bool::witness(builder, borrow)));
        let rests: [Field; 4] = std::array::from_fn(|limb| {
            let mut rest = self.limbs[limb].element.negate().plus(bounds[limb].to_native());
            if limb < 3 {
                rest = rest.add(builder, borrows[limb].times(shift(1)));
            }
            if limb > 0 { rest.sub(builder, borrows[limb - 1]) } else { rest }
        });
        for pair in rests.chunks_exact(2) {
            let (low, high) = (pair[0].into_var(builder), pair[1].into_var(builder));
            builder.constrain_two_limbs(low, high, LIMB_BITS, LIMB_BITS);
        }
    }

    /// Constrains two elements to be equal.
    pub fn assert_equal(&mut self, builder: &mut Builder, other: &mut Self) {
        if self.reduced_value(builder) != other.reduced_value(builder) {
            builder.fail("two elements of another field that must be equal differ");
        }
        match (self.is_constant(), other.is_constant()) {
            (true, true) => {}
            (false, true) => self.assert_equal_constant(builder, other),
            (true, false) => other.assert_equal_constant(builder, self),
            (false, false) => {
                let difference = self.sub(builder, other);
                let quotient = difference.value(builder).divide(Bounds::modulus::<M>()).0;
                let bits = quotient_bits::<M>(&[]);
                let quotient = Self::witness_of_halves(builder, quotient, Some(bits));
                Self::evaluate(builder, &[(difference, Self::one())], &[], quotient, &[Self::zero()]);
            }
        }
    }

    fn assert_equal_constant(&self, builder: &mut Builder, constant: &Self) {
        let left = self.limbs().into_iter().chain([self.prime]);
        let right = constant.limbs().into_iter().chain([constant.prime]);
        let differences: Vec<Field> = left.zip(right).map(|(left, right)| left.sub(builder, right)).collect();
        for difference in differences {
            difference.assert_zero(builder);
        }
    }

    /// Constrains all limbs to be zero where `predicate` holds.
    pub(crate) fn assert_zero_if(&self, builder: &mut Builder, predicate: Bool) {
        for part in self.limbs().into_iter().chain([self.prime]) {
            part.mul(builder, predicate.into()).assert_zero(builder);
        }
    }

    /// Constrains two elements to differ: modulo the native field, by every multiple of the modulus that they may have.
    pub fn assert_not_equal(&self, builder: &mut Builder, other: &Self) {
        let modulus = Bounds::modulus::<M>();
        let excess = |element: &Self| {
            let mut count = 0_u64;
            let mut multiple = modulus;
            while multiple <= element.maximum() {
                count += 1;
                multiple = multiple.plus(modulus);
            }
            count
        };
        let base = self.prime.sub(builder, other.prime);
        let native = modulus.to_native();
        let mut product = base;
        for (count, sign) in [(excess(self), -Fr::ONE), (excess(other), Fr::ONE)] {
            for times in 1..=count {
                let factor = base.plus(native * Fr::from(times) * sign);
                product = product.mul(builder, factor);
            }
        }
        product.assert_not_zero(builder);
    }

    /// Whether two elements are equal.
    pub fn equals(&mut self, builder: &mut Builder, other: &mut Self) -> Bool {
        let modulus = Bounds::modulus::<M>();
        let is_equal = self.reduced_value(builder) == other.reduced_value(builder);
        if self.is_constant() && other.is_constant() {
            return Bool::constant(is_equal);
        }
        let bit = Bool::witness(builder, is_equal);
        let mut difference = self.sub(builder, other);
        let inverse = difference.value(builder).inverse_modulo(modulus);
        let inverse = Self::witness(builder, inverse.low());
        // Either the difference times one is zero, or times its inverse one.
        let mut factor = inverse.select(builder, &Self::one(), bit);
        let product = difference.mul(builder, &mut factor);
        let expected = Field::ZERO.sub(builder, Field::ONE).mul_add(builder, bit.into(), Field::ONE);
        product.prime.assert_equal(builder, expected);
        product.limbs[0].element.assert_equal(builder, expected);
        for limb in &product.limbs[1..] {
            limb.element.assert_equal(builder, Field::ZERO);
        }
        bit
    }
}
