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

pub use arithmetic::Arithmetic;
pub use delta_range::DeltaRange;
pub use elliptic::Elliptic;
pub use lookup::LogDerivLookup;
pub use memory::Memory;
pub use non_native_field::NonNativeField;
pub use parameters::RelationParameters;
pub use permutation::Permutation;
pub use poseidon2_external::Poseidon2External;
pub use poseidon2_internal::Poseidon2Internal;
pub use value::Value;

use crate::entity::{Entity, Row};

/// Subrelations of all nine relations.
pub const NUM_SUBRELATIONS: usize = 28;

/// The one subrelation that holds only when summed over all rows, and so is not weighted by the power polynomial.
pub const LINEARLY_DEPENDENT_SUBRELATION: usize = 5;

/// One relation: some polynomials in the entities of a row that vanish (see [`LINEARLY_DEPENDENT_SUBRELATION`] for the
/// exception) on every row of a satisfied circuit.
pub trait Relation {
    /// Barretenberg's name.
    const NAME: &'static str;
    /// For each subrelation one more than its degree in the entities (challenges are constants), which is how many
    /// evaluations determine it along a line.
    const LENGTHS: &'static [usize];
    /// The gate selector that is a factor of every subrelation, if there is one.
    const SELECTOR: Option<Entity>;
    /// Whether every subrelation is linear in [`SELECTOR`](Self::SELECTOR), so that scaling the selector scales the relation.
    const SELECTOR_IS_LINEAR: bool;

    /// Whether every subrelation is certainly zero on `row`, judged by a few entities. `false` says nothing.
    #[inline(always)]
    fn is_zero<T: Value>(row: &Row<T>) -> bool {
        Self::SELECTOR.is_some_and(|selector| row[selector].is_zero())
    }

    /// Adds the value of each subrelation to `out`, which is as long as [`LENGTHS`](Self::LENGTHS).
    fn accumulate<T: Value>(row: &Row<T>, parameters: &RelationParameters, out: &mut [T]);
}

/// Something to be done with each relation, in order; see [`visit`].
pub trait Visitor {
    /// `first` is the index of the relation's first subrelation among all 28.
    fn relation<R: Relation>(&mut self, first: usize);
}

/// Shows all relations to `visitor`, in the order of their subrelations.
#[inline]
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

/// The values of all 28 subrelations on `row`, starting from `zero`.
pub fn evaluate<T: Value>(row: &Row<T>, parameters: &RelationParameters, zero: T) -> [T; NUM_SUBRELATIONS] {
    struct All<'a, T> {
        row: &'a Row<T>,
        parameters: &'a RelationParameters,
        values: [T; NUM_SUBRELATIONS],
    }
    impl<T: Value> Visitor for All<'_, T> {
        fn relation<R: Relation>(&mut self, first: usize) {
            let values = &mut self.values[first..][..R::LENGTHS.len()];
            R::accumulate(self.row, self.parameters, values);
        }
    }
    let mut all = All { row, parameters, values: [zero; NUM_SUBRELATIONS] };
    visit(&mut all);
    all.values
}
