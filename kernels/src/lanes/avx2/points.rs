//! Coordinates of points.
//!
//! They keep their factor `2^256`, so that what is twice a coordinate stands for it among elements: a slope, a quotient of differences, is
//! the element itself, and of its square two are taken.
//!
//! With p as the unit, coordinates are between 0 and 1.01, or their opposites; their limbs are between 0 and `2^51` when they are loaded,
//! and within `2^50` and a little when they are computed. `Coordinates` checks that, by the bound of a product that [`Vector`] states:
//! - differences of first coordinates are within 1.01, and products of them and of reduced elements within 1.05;
//! - differences of second coordinates are within 2.02, with limbs up to `2^52`. They are multiplied by a product, whose limbs are up to
//!   `2^50`, to a slope within 1.5;
//! - `2 slope^2 - x1 - x2` is within 5, with limbs up to `3 * 2^51`, which are carried before up to five times p is taken away;
//! - `slope (x1 - x3)` is within 1.25, with limbs of the difference below `2^52`; less `y1`, up to three times p are taken away.

use super::super::interface::LANES;
use super::super::points::{PointLanes, Row, SIGN, Work};
use super::constants::Constants;
use super::memory::{load_rows, write_rows};
use super::register::Doubles;
use super::vector::{Half, Vector, carry, each, settle_near};
use crate::backend::Backend;
use crate::field::FieldParams;

/// Largest coordinate.
const COORDINATE: f64 = 1.01;

/// Largest product of elements, which are below p, and of differences of first coordinates.
const RUNNING: f64 = 1.05;

struct Coordinates<P>(std::marker::PhantomData<P>);

impl<P: FieldParams> Coordinates<P> {
    const fn product(a: f64, b: f64) -> f64 {
        Constants::<P>::SHARE * a * b + Constants::<P>::ADDED
    }

    /// What the first limb of an integer is less than that of one in the middle between 0 and p, and a little: so that what remains of any integer
    /// is positive.
    const MIDDLE: f64 = {
        assert!(Self::product(RUNNING, COORDINATE) < RUNNING, "running products stay in their bound");
        let slope = Self::product(2.0 * COORDINATE, Self::product(RUNNING, RUNNING));
        assert!(slope < 1.5, "the bound of slopes");
        assert!(2.0 * Self::product(slope, slope) + 2.0 * COORDINATE < 5.4, "five times p is enough for x");
        assert!(Self::product(slope, COORDINATE) + COORDINATE < 2.4, "three times p is enough for y");
        (0.5 + 1.0 / (1u64 << 30) as f64) / Constants::<P>::RECIPROCAL
    };

    /// Takes away a multiple of p, so that what is left is between 0 and p and a little, and carries.
    #[inline(always)]
    fn settle(s: Half) -> Half {
        settle_near::<P>(s, s[4] - Doubles::splat(Self::MIDDLE))
    }
}

impl<P: FieldParams> PointLanes<P> for Vector<P> {
    #[inline]
    fn run<W: Work>(work: W) -> W::Output {
        debug_assert!(Backend::Avx2.is_supported());
        // SAFETY: this is called where the backend is used only, which is supported.
        unsafe { run_here(work) }
    }

    #[inline(always)]
    fn load_rows(rows: [&Row; LANES]) -> (Self, Self) {
        load_rows(rows, SIGN)
    }

    #[inline(always)]
    fn store_rows(x: Self, y: Self) -> [Row; LANES] {
        write_rows(x, y)
    }

    #[inline(always)]
    fn integer_zeros(self) -> u8 {
        self.integer_zeros()
    }

    #[inline(always)]
    fn difference(self, other: Self) -> Self {
        self.raw_difference(other)
    }

    #[inline(always)]
    fn third(slope: Self, x1: Self, x2: Self) -> Self {
        let [a, b] = slope.square().halves;
        let ([c, d], [e, f]) = (x1.halves, x2.halves);
        Self::new([
            Coordinates::<P>::settle(carry(each!(I => (a[I] + a[I]) - (c[I] + e[I])))),
            Coordinates::<P>::settle(carry(each!(I => (b[I] + b[I]) - (d[I] + f[I])))),
        ])
    }

    #[inline(always)]
    fn last(slope: Self, x1: Self, x3: Self, y1: Self) -> Self {
        let [a, b] = slope.mul(x1.raw_difference(x3)).raw_difference(y1).halves;
        Self::new([Coordinates::<P>::settle(a), Coordinates::<P>::settle(b)])
    }
}

#[target_feature(enable = "avx2,fma")]
fn run_here<W: Work>(work: W) -> W::Output {
    work.run()
}
