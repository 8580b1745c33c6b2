//! The identity that every operation with a product comes down to.

use chinampa_kernels::Fr;

use super::{BigField, Bounds, ForeignField, LIMB_BITS, Limb, Wide, shift};
use crate::builder::{Builder, MAX_TWO_LIMB_BITS, NonNativeProduct};
use crate::gadgets::Field;

impl<M: ForeignField> BigField<M> {
    /// The same element with limbs that are fixed variables, if it is a constant.
    fn into_fixed(self, builder: &mut Builder) -> Self {
        if !self.is_constant() {
            return self;
        }
        let prime = self.prime.into_fixed(builder);
        let limbs = self.limbs.map(|limb| Limb { element: limb.element.into_fixed(builder), ..limb });
        Self::from_limbs(limbs, prime)
    }

    /// Constrains the sum of `products` and `summands` to be `quotient` times the modulus plus `remainders`.
    ///
    /// Bounds must be such that neither side reaches the product of `2^272` and the native modulus.
    pub(super) fn evaluate(
        builder: &mut Builder,
        products: &[(Self, Self)],
        summands: &[Self],
        quotient: Self,
        remainders: &[Self],
    ) {
        let bounds = CarryBounds::new(products, summands, &quotient, remainders);
        let mut sums = Sums::default();
        let mut first = None;
        // A single product fixes its operands, then the quotient, then the remainder.
        for (index, (left, right)) in products.iter().enumerate() {
            let (left, right) = (left.into_fixed(builder), right.into_fixed(builder));
            if index == 0 {
                first = Some((left, right));
                continue;
            }
            let vars = (left.limb_vars(builder), right.limb_vars(builder));
            let [low, high] = builder.queue_partial_product(vars.0, vars.1).map(Field::of);
            sums.low.push(low.negate());
            sums.high.push(high.negate());
            sums.prime.push(left.prime.mul(builder, right.prime).negate());
        }
        let (left, right) = first.expect("an identity has a product");
        let quotient = quotient.into_fixed(builder);
        let mut remainders = remainders.to_vec();
        if let (Some(remainder), [_]) = (remainders.first_mut(), products) {
            *remainder = remainder.into_fixed(builder);
        }
        let odd = sums.add_all(builder, &remainders, summands, products.len() == 1);
        let even = [Part::Low, Part::High].map(|part| sums.accumulate(builder, part));
        let [r0, r2, r1, r3] = [even[0], even[1], odd[0], odd[1]].map(|limb| limb.into_fixed(builder));
        let remainder = [r0, r1, r2, r3];
        let prime = Field::accumulate(builder, &sums.prime);
        Self::check(builder, [left, right, quotient], remainder, prime, &bounds);
    }

    /// The gates of an identity with all but one product in the remainder.
    fn check(
        builder: &mut Builder,
        [left, right, quotient]: [Self; 3],
        remainder: [Field; 4],
        prime: Field,
        bounds: &CarryBounds,
    ) {
        let product = NonNativeProduct {
            left: left.limb_vars(builder),
            right: right.limb_vars(builder),
            quotient: quotient.limb_vars(builder),
            remainder: remainder.map(|limb| limb.into_var(builder)),
            negated_modulus: Bounds::negated_modulus::<M>().map(Wide::to_native),
        };
        let [low, high] = builder.add_non_native_product(&product).map(Field::of);
        let times_modulus = quotient.prime.times(-Bounds::modulus::<M>().to_native());
        Field::assert_product_identity(builder, left.prime, right.prime, times_modulus, prime.negate());
        let low = low.plus(bounds.borrow);
        if bounds.low_bits <= MAX_TWO_LIMB_BITS && bounds.high_bits <= MAX_TWO_LIMB_BITS {
            let (high, low) = (high.into_var(builder), low.into_var(builder));
            builder.constrain_two_limbs(high, low, bounds.high_bits, bounds.low_bits);
        } else {
            high.constrain_bits(builder, bounds.high_bits);
            low.constrain_bits(builder, bounds.low_bits);
        }
    }
}

/// Widths of the two carries of an identity, and what makes the lower one nonnegative.
struct CarryBounds {
    low_bits: u32,
    high_bits: u32,
    borrow: Fr,
}

impl CarryBounds {
    fn new<M: ForeignField>(
        products: &[(BigField<M>, BigField<M>)],
        summands: &[BigField<M>],
        quotient: &BigField<M>,
        remainders: &[BigField<M>],
    ) -> Self {
        let two_limbs = |limbs: &[Limb]| limbs[0].maximum.plus(limbs[1].maximum.shifted_left(LIMB_BITS));
        let sum = |parts: &mut dyn Iterator<Item = Wide>| parts.fold(Wide::ZERO, Wide::plus);
        let remainders_low = sum(&mut remainders.iter().map(|element| two_limbs(&element.limbs[..2])));
        let (mut low, mut high) = partial_product(Bounds::negated_modulus::<M>(), quotient.maxima());
        low = low.plus(remainders_low);
        for element in summands {
            low = low.plus(two_limbs(&element.limbs[..2]));
            high = high.plus(two_limbs(&element.limbs[2..]));
        }
        for (left, right) in products {
            let (product_low, product_high) = partial_product(left.maxima(), right.maxima());
            low = low.plus(product_low);
            high = high.plus(product_high);
        }
        high = high.plus(low.shifted_right(2 * LIMB_BITS));
        let borrow = remainders_low.plus(Wide::mask(2 * LIMB_BITS)).shifted_right(2 * LIMB_BITS);
        Self {
            low_bits: low.bits().saturating_sub(2 * LIMB_BITS),
            high_bits: high.bits().saturating_sub(2 * LIMB_BITS),
            borrow: borrow.to_native(),
        }
    }
}

/// The two lower limbs of a product modulo `2^272` as one number, and the two upper ones.
fn partial_product(a: [Wide; 4], b: [Wide; 4]) -> (Wide, Wide) {
    let diagonal = |sum: usize| (0..=sum).fold(Wide::ZERO, |total, i| total.plus(a[i].times(b[sum - i])));
    let low = diagonal(0).plus(diagonal(1).shifted_left(LIMB_BITS));
    let high = diagonal(2).plus(diagonal(3).shifted_left(LIMB_BITS));
    (low, high)
}

/// Which half of the limbs.
#[derive(Clone, Copy)]
enum Part {
    Low,
    High,
}

/// What is subtracted from the first product, by halves and modulo the native field.
#[derive(Default)]
struct Sums {
    low: Vec<Field>,
    high: Vec<Field>,
    prime: Vec<Field>,
}

impl Sums {
    /// Adds remainders and subtracts summands. The odd limbs of the first remainder stay by themselves and are returned,
    /// unless they are scaled.
    fn add_all<M: ForeignField>(
        &mut self,
        builder: &Builder,
        remainders: &[BigField<M>],
        summands: &[BigField<M>],
        is_single: bool,
    ) -> [Field; 2] {
        let zero = Field::of(builder.zero());
        let mut odd = [zero; 2];
        let two_limbs = |element: &BigField<M>, first: usize| {
            let limbs = element.limbs();
            [limbs[first], limbs[first + 1].times(shift(1))]
        };
        for (index, remainder) in remainders.iter().enumerate() {
            if index == 0 {
                self.low.push(remainder.limbs[0].element);
                self.high.push(remainder.limbs[2].element);
                odd = [1, 3].map(|limb: usize| remainder.limbs[limb].element);
            } else {
                self.low.extend(two_limbs(remainder, 0));
                self.high.extend(two_limbs(remainder, 2));
            }
            self.prime.push(remainder.prime);
        }
        for summand in summands {
            self.low.extend(two_limbs(summand, 0).map(Field::negate));
            self.high.extend(two_limbs(summand, 2).map(Field::negate));
            self.prime.push(summand.prime.negate());
        }
        if is_single && odd.iter().any(|limb| !limb.is_normalized()) {
            self.low.push(odd[0].times(shift(1)));
            self.high.push(odd[1].times(shift(1)));
            odd = [zero; 2];
        }
        odd
    }

    fn accumulate(&self, builder: &mut Builder, part: Part) -> Field {
        match part {
            Part::Low => Field::accumulate(builder, &self.low),
            Part::High => Field::accumulate(builder, &self.high),
        }
    }
}
