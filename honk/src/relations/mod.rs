//! The nine relations that every row of an Ultra circuit satisfies, 28 subrelations in all.
//!
//! Each relation is one file. It is written once, over any [`Value`]: field elements for the verifier, and for the prover
//! whatever it evaluates many points with. Separators and the power polynomial are the caller's business.
//!
//! Source: Barretenberg 4.1.2 `relations/` and the Solidity verifier that the released program writes; where the two
//! differ in form, the form with fewer products is used.

mod arithmetic;
mod delta_range;
mod elliptic;
mod lookup;
mod memory;
mod non_native_field;
mod parameters;
mod permutation;
mod poseidon2_external;
mod poseidon2_internal;
#[cfg(test)]
mod tests;
mod value;

pub use arithmetic::{Arithmetic, PlainArithmetic};
pub use delta_range::DeltaRange;
pub use elliptic::Elliptic;
pub use lookup::LogDerivLookup;
pub use memory::Memory;
pub use non_native_field::NonNativeField;
pub use parameters::RelationParameters;
pub use permutation::{InnerPermutation, Permutation};
pub use poseidon2_external::Poseidon2External;
pub use poseidon2_internal::Poseidon2Internal;
pub use value::Value;

use chinampa_kernels::Fr;

use crate::entity::{Entity, Row};

/// Subrelations of all nine relations.
pub const NUM_SUBRELATIONS: usize = 28;

/// The one subrelation that holds only when summed over all rows, and so is not weighted by the power polynomial.
pub const LINEARLY_DEPENDENT_SUBRELATION: usize = 5;

/// Most [`Relation::forms`] of a relation.
pub const MAX_FORMS: usize = 8;

/// One relation: some polynomials in the entities of a row that vanish (see [`LINEARLY_DEPENDENT_SUBRELATION`] for the
/// exception) on every row of a satisfied circuit.
pub trait Relation {
    /// Barretenberg's name.
    const NAME: &'static str;
    /// For each subrelation one more than its degree in the entities (challenges are constants), which is how many
    /// evaluations determine it along a line.
    const LENGTHS: &'static [usize];
    /// The same along a line on which [`SELECTOR`](Self::SELECTOR) does not change.
    const CONSTANT_LENGTHS: &'static [usize];
    /// The gate selector that is a factor of every subrelation, if there is one.
    const SELECTOR: Option<Entity>;
    /// The entities that [`accumulate`](Self::accumulate) reads itself.
    const READS: &'static [Entity];
    /// The entities that [`forms`](Self::forms) reads.
    const FORM_READS: &'static [Entity] = &[];
    /// Number of [`forms`](Self::forms), up to [`MAX_FORMS`].
    const FORMS: usize = 0;

    /// Whether every subrelation is certainly zero on a row, judged by a few entities. `false` says nothing.
    #[inline(always)]
    fn is_zero(is_zero: impl Fn(Entity) -> bool) -> bool {
        Self::SELECTOR.is_some_and(is_zero)
    }

    /// Sums of entities with constant factors, which along a line are lines again. Writes the first [`FORMS`](Self::FORMS).
    #[inline(always)]
    fn forms<T: Value>(_: &Row<T>, _: &RelationParameters<T>, _: &mut [T; MAX_FORMS]) {}

    /// Adds the value of each subrelation to `out`, which is as long as [`LENGTHS`](Self::LENGTHS). `scale` is the value of
    /// [`SELECTOR`](Self::SELECTOR), one if there is none; times some weight, and then the relation is weighted, but for the
    /// subrelation that has no weights.
    fn accumulate<T: Value>(
        scale: T,
        row: &Row<T>,
        forms: &[T; MAX_FORMS],
        parameters: &RelationParameters<T>,
        out: &mut [T],
    );

    /// The values of all subrelations; `one` is one.
    #[inline(always)]
    fn values<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>, one: T, out: &mut [T]) {
        out.fill(T::zero());
        let mut forms = [T::zero(); MAX_FORMS];
        Self::forms(row, parameters, &mut forms);
        let scale = Self::SELECTOR.map_or(one, |selector| row[selector]);
        Self::accumulate(scale, row, &forms, parameters, out);
    }
}

/// Something to be done with each relation, in order; see [`visit`].
pub trait Visitor {
    /// `first` is the index of the relation's first subrelation among all 28.
    fn relation<R: Relation>(&mut self, first: usize);
}

/// Shows all relations to `visitor`, in the order of their subrelations.
#[inline(always)]
pub fn visit(visitor: &mut impl Visitor) {
    visitor.relation::<Arithmetic>(0);
    visitor.relation::<Permutation>(2);
    visitor.relation::<LogDerivLookup>(4);
    visitor.relation::<DeltaRange>(7);
    visitor.relation::<Elliptic>(11);
    visitor.relation::<Memory>(13);
    visitor.relation::<NonNativeField>(19);
    visitor.relation::<Poseidon2External>(20);
    visitor.relation::<Poseidon2Internal>(24);
}

/// The values of all 28 subrelations on `row`.
pub fn evaluate(row: &Row<Fr>, parameters: &RelationParameters) -> [Fr; NUM_SUBRELATIONS] {
    struct All<'a> {
        row: &'a Row<Fr>,
        parameters: &'a RelationParameters,
        values: [Fr; NUM_SUBRELATIONS],
    }
    impl Visitor for All<'_> {
        fn relation<R: Relation>(&mut self, first: usize) {
            let values = &mut self.values[first..][..R::LENGTHS.len()];
            R::values(self.row, self.parameters, Fr::ONE, values);
        }
    }
    let mut all = All { row, parameters, values: [Fr::ZERO; NUM_SUBRELATIONS] };
    visit(&mut all);
    all.values
}
