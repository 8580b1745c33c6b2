//! Sums, differences and selections.

use super::{BigField, Bounds, ForeignField, LIMB_BITS, Limb, Wide, limbs};
use crate::builder::{Builder, LimbSum};
use crate::gadgets::{Bool, Field};

impl<M: ForeignField> BigField<M> {
    /// `self + other`.
    pub fn add(&mut self, builder: &mut Builder, other: &mut Self) -> Self {
        self.reduce_if_large(builder);
        other.reduce_if_large(builder);
        if self.is_constant() && other.is_constant() {
            let sum = self.value(builder).plus(other.value(builder));
            return Self::constant_of(sum.modulo(Bounds::modulus::<M>()));
        }
        let maxima: [Wide; 4] =
            std::array::from_fn(|limb| self.limbs[limb].maximum.plus(other.limbs[limb].maximum));
        let (elements, prime) = self.add_limbs(builder, other, false, [Wide::ZERO; 4], Wide::ZERO);
        Self::with_maxima(elements, maxima, prime)
    }

    fn with_maxima(elements: [Field; 4], maxima: [Wide; 4], prime: Field) -> Self {
        let limbs = std::array::from_fn(|limb| Limb { element: elements[limb], maximum: maxima[limb] });
        Self::from_limbs(limbs, prime)
    }

    /// Sums or differences of limbs after `added` is added to the first operand's: four rows where the elements modulo the
    /// native field are different plain variables, else limb by limb.
    fn add_limbs(
        &self,
        builder: &mut Builder,
        other: &Self,
        is_subtraction: bool,
        added: [Wide; 4],
        added_prime: Wide,
    ) -> ([Field; 4], Field) {
        let left: [Field; 4] =
            std::array::from_fn(|limb| self.limbs[limb].element.plus(added[limb].to_native()));
        let right = other.limbs();
        let added_prime = added_prime.to_native();
        let has_unit_factors = self.prime.factor() == chinampa_kernels::Fr::ONE
            && other.prime.factor() == chinampa_kernels::Fr::ONE;
        if let (Some(x_prime), Some(y_prime)) = (self.prime.variable(), other.prime.variable())
            && has_unit_factors
            && x_prime != y_prime
        {
            let offset = |x: Field, y: Field| {
                if is_subtraction { x.offset() - y.offset() } else { x.offset() + y.offset() }
            };
            let sums = std::array::from_fn(|limb| LimbSum {
                x: left[limb].variable().expect("the limbs of a variable are variables"),
                x_factor: left[limb].factor(),
                y: right[limb].variable().expect("the limbs of a variable are variables"),
                y_factor: right[limb].factor(),
                constant: offset(left[limb], right[limb]),
            });
            let constant = offset(self.prime, other.prime) + added_prime;
            let prime = (x_prime, y_prime, constant);
            let [z0, z1, z2, z3, zp] = builder.add_non_native_sum(sums, prime, is_subtraction).map(Field::of);
            return ([z0, z1, z2, z3], zp);
        }
        let mut combine =
            |x: Field, y: Field| if is_subtraction { x.sub(builder, y) } else { x.add(builder, y) };
        let elements = std::array::from_fn(|limb| combine(left[limb], right[limb]));
        let prime = combine(self.prime.plus(added_prime), other.prime);
        (elements, prime)
    }

    /// `self + second + third`.
    pub fn add_two(&mut self, builder: &mut Builder, second: &mut Self, third: &mut Self) -> Self {
        for operand in [&mut *self, second, third] {
            operand.reduce_if_large(builder);
        }
        if self.is_constant() && second.is_constant() && third.is_constant() {
            let sum = self.value(builder).plus(second.value(builder)).plus(third.value(builder));
            return Self::constant_of(sum.modulo(Bounds::modulus::<M>()));
        }
        let maxima: [Wide; 4] = std::array::from_fn(|limb| {
            let two = self.limbs[limb].maximum.plus(second.limbs[limb].maximum);
            two.plus(third.limbs[limb].maximum)
        });
        let elements = std::array::from_fn(|limb| {
            let (second, third) = (second.limbs[limb].element, third.limbs[limb].element);
            self.limbs[limb].element.add_two(builder, second, third)
        });
        let prime = self.prime.add_two(builder, second.prime, third.prime);
        Self::with_maxima(elements, maxima, prime)
    }

    /// The sum of elements, three at a time.
    pub(super) fn sum(builder: &mut Builder, terms: Vec<Self>) -> Self {
        let mut terms = terms.into_iter();
        let mut total = terms.next().expect("a sum has a term");
        while let Some(mut second) = terms.next() {
            total = match terms.next() {
                Some(mut third) => total.add_two(builder, &mut second, &mut third),
                None => total.add(builder, &mut second),
            };
        }
        total
    }

    /// `self - other`: a multiple of the modulus is added that keeps every limb from becoming negative.
    pub fn sub(&mut self, builder: &mut Builder, other: &mut Self) -> Self {
        self.reduce_if_large(builder);
        other.reduce_if_large(builder);
        let modulus = Bounds::modulus::<M>();
        if other.is_constant() {
            let negated = modulus.minus(other.reduced_value(builder)).modulo(modulus);
            if self.is_constant() {
                return Self::constant_of(self.value(builder).plus(negated).modulo(modulus));
            }
            return self.add(builder, &mut Self::constant_of(negated));
        }
        let borrows = Borrows::new(&other.maxima(), modulus);
        let maxima: [Wide; 4] =
            std::array::from_fn(|limb| self.limbs[limb].maximum.plus(borrows.added[limb]));
        let (elements, prime) = self.add_limbs(builder, other, true, borrows.added, borrows.total);
        Self::with_maxima(elements, maxima, prime)
    }

    /// `-self`.
    pub fn negate(&mut self, builder: &mut Builder) -> Self {
        Self::zero().sub(builder, self)
    }

    /// `self + self`, which costs nothing.
    pub(crate) fn double(&mut self, builder: &mut Builder) -> Self {
        self.reduce_if_large(builder);
        let mut same = *self;
        self.add(builder, &mut same)
    }

    /// Adds a bit to the lowest limb.
    pub(crate) fn add_bit(&mut self, builder: &mut Builder, bit: Bool) -> Self {
        self.reduce_if_large(builder);
        let bit = Field::from(bit);
        if self.is_constant() && bit.is_constant() {
            let sum = self.value(builder).plus(Wide::of(bit.offset()));
            return Self::constant_of(sum.modulo(Bounds::modulus::<M>()));
        }
        let mut sum = *self;
        if self.is_constant() {
            for limb in &mut sum.limbs[1..] {
                limb.element = limb.element.into_own_variable(builder);
            }
        }
        sum.limbs[0].maximum = sum.limbs[0].maximum.plus(Wide::small(1));
        sum.limbs[0].element = sum.limbs[0].element.add(builder, bit);
        sum.prime = sum.prime.add(builder, bit);
        sum
    }

    /// `other` where `predicate` holds, else `self`.
    pub fn select(&self, builder: &mut Builder, other: &Self, predicate: Bool) -> Self {
        if predicate.is_constant() {
            return if predicate.constant_value() { *other } else { *self };
        }
        if self.limbs() == other.limbs() && self.prime == other.prime {
            return *self;
        }
        let predicate = Field::from(predicate);
        let mut choose = |no: Field, yes: Field| {
            let difference = yes.sub(builder, no);
            predicate.mul_add(builder, difference, no)
        };
        let limbs = std::array::from_fn(|limb| {
            let (no, yes) = (self.limbs[limb], other.limbs[limb]);
            Limb::new(choose(no.element, yes.element), no.maximum.max(yes.maximum))
        });
        let prime = choose(self.prime, other.prime);
        Self::from_limbs(limbs, prime)
    }

    /// `-self` where `predicate` holds, else `self`.
    pub fn conditional_negate(&mut self, builder: &mut Builder, predicate: Bool) -> Self {
        if self.is_constant() && predicate.is_constant() {
            if !predicate.constant_value() {
                return *self;
            }
            let modulus = Bounds::modulus::<M>();
            return Self::constant_of(modulus.minus(self.reduced_value(builder)).modulo(modulus));
        }
        self.reduce_if_large(builder);
        let negated = Self::zero().sub(builder, self);
        self.select(builder, &negated, predicate)
    }
}

/// What is added to the limbs of a minuend: a multiple of the modulus, and what limbs borrow from each other.
struct Borrows {
    added: [Wide; 4],
    total: Wide,
}

impl Borrows {
    fn new(maxima: &[Wide; 4], modulus: Wide) -> Self {
        let mut shifts = [0; 3];
        let mut lent = Wide::ZERO;
        for (limb, shift) in shifts.iter_mut().enumerate() {
            *shift = maxima[limb].plus(lent).bits().max(LIMB_BITS);
            lent = Wide::power_of_two(*shift - LIMB_BITS);
        }
        let top = maxima[3].plus(lent);
        let times = top.shifted_left(3 * LIMB_BITS).divide(modulus).0.plus(Wide::small(1));
        let total = times.times(modulus);
        let mut added = limbs(total);
        for limb in 0..3 {
            added[limb] = added[limb].plus(Wide::power_of_two(shifts[limb]));
        }
        for limb in 1..4 {
            added[limb] = added[limb].minus(Wide::power_of_two(shifts[limb - 1] - LIMB_BITS));
        }
        Self { added, total }
    }
}
