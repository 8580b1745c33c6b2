//! All benches. A new one is a file here with `definitions()`, chained below.

mod curve;
mod field;
mod msm;
mod node;
mod poseidon2;
mod protocol;
mod sumcheck;

use crate::bench::Definition;

/// Every bench, in the order of a full run.
pub(crate) fn all() -> impl Iterator<Item = Definition> {
    field::definitions()
        .into_iter()
        .chain(poseidon2::definitions())
        .chain(curve::definitions())
        .chain(msm::definitions())
        .chain(sumcheck::definitions())
        .chain(protocol::definitions())
        .chain(node::definitions())
}
