//! Products, squares and quotients.

use super::{BigField, Bounds, ForeignField, LIMB_BITS, Wide};
use crate::builder::Builder;

/// Bits of a quotient such that `quotient * modulus` plus the remainders stays below the product of the moduli.
pub(super) fn quotient_bits<M: ForeignField>(remainders: &[Wide]) -> u32 {
    let left = remainders.iter().fold(Bounds::crt_product(), |left, remainder| left.minus(*remainder));
    left.divide(Bounds::modulus::<M>()).0.bits() - 2
}

/// Bits of the quotient of an identity; `None` if an operand has to be reduced first.
fn quotient_bits_of<M: ForeignField>(
    products: &[(Wide, Wide)],
    summands: &[BigField<M>],
    remainders: &[Wide],
) -> Option<u32> {
    let summands = summands.iter().fold(Wide::ZERO, |sum, element| sum.plus(element.maximum()));
    let total = products.iter().fold(summands, |sum, (left, right)| sum.plus(left.times(*right)));
    if total >= Bounds::crt_product() {
        return None;
    }
    let bits = quotient_bits::<M>(remainders);
    let largest = total.divide(Bounds::modulus::<M>()).0;
    (largest < Wide::power_of_two(bits)).then_some(bits)
}

fn values<M: ForeignField>(builder: &Builder, elements: &[BigField<M>]) -> Wide {
    elements.iter().fold(Wide::ZERO, |sum, element| sum.plus(element.value(builder)))
}

fn are_constant<M: ForeignField>(elements: &[BigField<M>]) -> bool {
    elements.iter().all(BigField::is_constant)
}

impl<M: ForeignField> BigField<M> {
    /// A quotient of `bits` bits.
    fn quotient(builder: &mut Builder, value: Wide, bits: u32) -> Self {
        Self::witness_of(builder, value, Some(bits - 3 * LIMB_BITS))
    }

    /// `self * other`.
    pub fn mul(&mut self, builder: &mut Builder, other: &mut Self) -> Self {
        self.mul_add(builder, other, Vec::new())
    }

    /// `self * factor` plus summands.
    pub fn mul_add(&mut self, builder: &mut Builder, factor: &mut Self, mut summands: Vec<Self>) -> Self {
        self.reduce_if_large(builder);
        factor.reduce_if_large(builder);
        for summand in &mut summands {
            summand.reduce_if_large(builder);
        }
        let modulus = Bounds::modulus::<M>();
        let product = self.value(builder).times(factor.value(builder));
        if self.is_constant() && factor.is_constant() {
            return Self::add_constant(builder, product.modulo(modulus), summands);
        }
        let bits = loop {
            let maxima = [(self.maximum(), factor.maximum())];
            match quotient_bits_of::<M>(&maxima, &summands, &[Bounds::remainder::<M>()]) {
                Some(bits) => break bits,
                None if self.maximum() > factor.maximum() => self.reduce(builder),
                None => factor.reduce(builder),
            }
        };
        let product = self.value(builder).times(factor.value(builder));
        let (quotient, remainder) = product.plus(values(builder, &summands)).divide(modulus);
        let quotient = Self::quotient(builder, quotient, bits);
        let remainder = Self::witness_of(builder, remainder, None);
        Self::evaluate(builder, &[(*self, *factor)], &summands, quotient, &[remainder]);
        remainder
    }

    /// The sum of a constant, reduced, and of summands.
    fn add_constant(builder: &mut Builder, constant: Wide, mut summands: Vec<Self>) -> Self {
        if are_constant(&summands) {
            let sum = constant.plus(values(builder, &summands));
            return Self::constant_of(sum.modulo(Bounds::modulus::<M>()));
        }
        summands.push(Self::constant_of(constant));
        Self::sum(builder, summands)
    }

    /// The square.
    pub fn square(&mut self, builder: &mut Builder) -> Self {
        self.square_add(builder, Vec::new())
    }

    /// The square plus summands.
    pub fn square_add(&mut self, builder: &mut Builder, mut summands: Vec<Self>) -> Self {
        self.reduce_if_large(builder);
        for summand in &mut summands {
            summand.reduce_if_large(builder);
        }
        let modulus = Bounds::modulus::<M>();
        if self.is_constant() {
            let square = self.value(builder).times(self.value(builder));
            return Self::add_constant(builder, square.modulo(modulus), summands);
        }
        let bits = loop {
            let maxima = [(self.maximum(), self.maximum())];
            match quotient_bits_of::<M>(&maxima, &summands, &[Bounds::remainder::<M>()]) {
                Some(bits) => break bits,
                None => self.reduce(builder),
            }
        };
        let square = self.value(builder).times(self.value(builder));
        let (quotient, remainder) = square.plus(values(builder, &summands)).divide(modulus);
        let quotient = Self::quotient(builder, quotient, bits);
        let remainder = Self::witness_of(builder, remainder, None);
        Self::evaluate(builder, &[(*self, *self)], &summands, quotient, &[remainder]);
        remainder
    }

    /// `self / denominator`; anything where both are zero.
    pub fn divide_unchecked(self, builder: &mut Builder, denominator: &mut Self) -> Self {
        Self::divide_sum(builder, vec![self], denominator)
    }

    /// A sum divided by `denominator`; anything where both are zero.
    pub(crate) fn divide_sum(
        builder: &mut Builder,
        mut numerators: Vec<Self>,
        denominator: &mut Self,
    ) -> Self {
        denominator.reduce_if_large(builder);
        for numerator in &mut numerators {
            numerator.reduce_if_large(builder);
        }
        let modulus = Bounds::modulus::<M>();
        let inverse = denominator.value(builder).inverse_modulo(modulus);
        let result = values(builder, &numerators).modulo(modulus).times(inverse).modulo(modulus);
        if are_constant(&numerators) && denominator.is_constant() {
            return Self::constant_of(result);
        }
        let maxima: Vec<Wide> = numerators.iter().map(Self::maximum).collect();
        let zero = Self::unreduced_zero();
        let bits = loop {
            let product = [(Bounds::remainder::<M>(), denominator.maximum())];
            match quotient_bits_of::<M>(&product, &[zero], &maxima) {
                Some(bits) => break bits,
                None => denominator.reduce(builder),
            }
        };
        let left = result.times(denominator.value(builder)).plus(zero.value(builder));
        let quotient = left.minus(values(builder, &numerators)).divide(modulus).0;
        let quotient = Self::quotient(builder, quotient, bits);
        let result = Self::witness_of(builder, result, None);
        Self::evaluate(builder, &[(*denominator, result)], &[zero], quotient, &numerators);
        result
    }

    /// The sum of products and summands; with `is_zero` it is constrained to be zero.
    pub fn sum_of_products(
        builder: &mut Builder,
        products: Vec<(Self, Self)>,
        summands: Vec<Self>,
        is_zero: bool,
    ) -> Self {
        let modulus = Bounds::modulus::<M>();
        let mut constant = Wide::ZERO;
        let mut parts = Vec::with_capacity(summands.len() + 1);
        for mut summand in summands {
            summand.reduce_if_large(builder);
            if summand.is_constant() {
                constant = constant.plus(summand.value(builder));
            } else {
                parts.push(summand);
            }
        }
        let mut factors = Vec::with_capacity(products.len());
        for (left, right) in products {
            if left.is_constant() && right.is_constant() {
                constant = constant.plus(left.value(builder).times(right.value(builder)));
            } else {
                factors.push((left, right));
            }
        }
        let constant = constant.modulo(modulus);
        if factors.is_empty() {
            return Self::sum_of_summands(builder, constant, parts, is_zero);
        }
        if !constant.is_zero() {
            parts.push(Self::constant_of(constant));
        }
        for part in &mut parts {
            part.reduce_if_large(builder);
        }
        reduce_for_products(builder, &mut factors, &parts);
        let total = factors.iter().fold(values(builder, &parts), |sum, (left, right)| {
            sum.plus(left.value(builder).times(right.value(builder)))
        });
        let (quotient, remainder) = total.divide(modulus);
        let bits = quotient_bits::<M>(&[Bounds::remainder::<M>()]);
        let quotient = Self::quotient(builder, quotient, bits);
        let remainder = if is_zero {
            if !remainder.is_zero() {
                builder.fail("a sum of products that must be zero is not");
            }
            Self::zero().into_own_variables(builder)
        } else {
            Self::witness_of(builder, remainder, None)
        };
        Self::evaluate(builder, &factors, &parts, quotient, &[remainder]);
        remainder
    }

    fn sum_of_summands(builder: &mut Builder, constant: Wide, mut parts: Vec<Self>, is_zero: bool) -> Self {
        if parts.is_empty() {
            return Self::constant_of(constant);
        }
        if !constant.is_zero() {
            parts.push(Self::constant_of(constant));
        }
        let mut result = Self::sum(builder, parts);
        if is_zero {
            result.reduce(builder);
            result.assert_equal(builder, &mut Self::zero());
        }
        result
    }

    /// `(-sum of products - subtrahends) / divisor`. The divisor must not be zero.
    pub fn negated_quotient(
        builder: &mut Builder,
        products: Vec<(Self, Self)>,
        divisor: Self,
        subtrahends: Vec<Self>,
        check_divisor: bool,
    ) -> Self {
        let modulus = Bounds::modulus::<M>();
        if check_divisor {
            divisor.assert_not_equal(builder, &Self::zero());
        }
        let total = products.iter().fold(values(builder, &subtrahends), |sum, (left, right)| {
            sum.plus(left.reduced_value(builder).times(right.reduced_value(builder)))
        });
        let negated = modulus.minus(total.modulo(modulus));
        let inverse = divisor.value(builder).inverse_modulo(modulus);
        let result = negated.times(inverse).modulo(modulus);
        let are_products_constant =
            products.iter().all(|(left, right)| left.is_constant() && right.is_constant());
        if are_constant(&subtrahends) && are_products_constant && divisor.is_constant() {
            return Self::constant_of(result);
        }
        let result = Self::witness_of(builder, result, None);
        let mut all = vec![(result, divisor)];
        all.extend(products);
        Self::sum_of_products(builder, all, subtrahends, true);
        result
    }

    /// The limbs of a constant as variables of their own.
    fn into_own_variables(self, builder: &mut Builder) -> Self {
        let mut element = self;
        for limb in &mut element.limbs {
            limb.element = limb.element.into_own_variable(builder);
        }
        element.prime = element.prime.into_own_variable(builder);
        element
    }
}

/// Reduces factors, the one that helps most first, until a sum of products has a quotient.
fn reduce_for_products<M: ForeignField>(
    builder: &mut Builder,
    factors: &mut [(BigField<M>, BigField<M>)],
    summands: &[BigField<M>],
) {
    for (left, _) in &mut *factors {
        left.reduce_if_large(builder);
    }
    for (_, right) in &mut *factors {
        right.reduce_if_large(builder);
    }
    let remainder = Bounds::remainder::<M>();
    loop {
        let maxima: Vec<(Wide, Wide)> =
            factors.iter().map(|(left, right)| (left.maximum(), right.maximum())).collect();
        if quotient_bits_of::<M>(&maxima, summands, &[remainder]).is_some() {
            return;
        }
        let saving = |element: &BigField<M>, other: Wide| match element.is_constant() {
            true => Wide::ZERO,
            false => element.maximum().minus(remainder).times(other),
        };
        let savings = factors.iter().enumerate().flat_map(|(index, (left, right))| {
            [(saving(left, right.maximum()), index, false), (saving(right, left.maximum()), index, true)]
        });
        let mut best: Option<(Wide, usize, bool)> = None;
        for candidate in savings {
            if best.as_ref().is_none_or(|best| candidate.0 > best.0) {
                best = Some(candidate);
            }
        }
        let Some((_, index, is_right)) = best else { return };
        let (left, right) = &mut factors[index];
        if is_right { right.reduce(builder) } else { left.reduce(builder) }
    }
}
