//! What additions of points need of vectors, besides arithmetic.

use super::interface::{LANES, Lanes};
use crate::field::FieldParams;

/// Above the second coordinate of a row: says that its opposite is meant.
pub(crate) const SIGN: u64 = 1 << 63;

/// Both coordinates of a point in Montgomery form with factor `2^256`, four limbs each, as integers below `2^255` and below `2 p`. The backend
/// that writes them reads them, and it reads reduced ones.
pub(crate) type Row = [u64; 8];

/// Work on vectors of one kind.
pub(crate) trait Work {
    /// What it computes.
    type Output;

    /// Does the work. To be inlined into [`PointLanes::run`], as is said of [`Kernel`](super::Kernel).
    fn run(self) -> Self::Output;
}

/// Coordinates of eight points.
///
/// A coordinate is what [`load_rows`](Self::load_rows), [`third`](Self::third) and [`last`](Self::last) give. It need not be an element as
/// [`Lanes`] has them: only the operations below take coordinates. Slopes and differences are multiplied as elements are.
pub(crate) trait PointLanes<P: FieldParams>: Lanes<P> {
    /// Does work with the instructions of these vectors. The caller has made sure that the processor has them.
    fn run<W: Work>(work: W) -> W::Output;

    /// The first and the second coordinates of rows, the second negated where there is a [`SIGN`].
    fn load_rows(rows: [&Row; LANES]) -> (Self, Self);

    /// Rows of coordinates that are not negated.
    fn store_rows(x: Self, y: Self) -> [Row; LANES];

    /// The lanes with first coordinates that were loaded as the integer zero.
    fn integer_zeros(self) -> u8;

    /// The difference of two coordinates that were loaded, a number to be multiplied by a product or an element.
    fn difference(self, other: Self) -> Self;

    /// The first coordinate of a sum, `slope^2 - x1 - x2`, of a slope that is a product.
    fn third(slope: Self, x1: Self, x2: Self) -> Self;

    /// The second coordinate of a sum, `slope (x1 - x3) - y1`.
    fn last(slope: Self, x1: Self, x3: Self, y1: Self) -> Self;
}
