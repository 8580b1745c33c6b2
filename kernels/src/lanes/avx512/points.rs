//! Coordinates of points: elements.

use super::super::interface::LANES;
use super::super::points::{PointLanes, Row, Work};
use super::memory::{load_rows, store_rows};
use super::vector::Vector;
use crate::backend::Backend;
use crate::field::FieldParams;

impl<P: FieldParams> PointLanes<P> for Vector<P> {
    #[inline]
    fn run<W: Work>(work: W) -> W::Output {
        debug_assert!(Backend::Avx512Ifma.is_supported());
        // SAFETY: this is called where the backend is used only, which is supported.
        unsafe { run_here(work) }
    }

    #[inline(always)]
    fn load_rows(rows: [&Row; LANES]) -> (Self, Self) {
        load_rows(rows)
    }

    #[inline(always)]
    fn store_rows(x: Self, y: Self) -> [Row; LANES] {
        store_rows(x, y)
    }

    #[inline(always)]
    fn integer_zeros(self) -> u8 {
        self.integer_zeros()
    }

    #[inline(always)]
    fn difference(self, other: Self) -> Self {
        self.sub(other)
    }

    #[inline(always)]
    fn third(slope: Self, x1: Self, x2: Self) -> Self {
        slope.square().sub(x1).sub(x2)
    }

    #[inline(always)]
    fn last(slope: Self, x1: Self, x3: Self, y1: Self) -> Self {
        slope.mul(x1.sub(x3)).sub(y1)
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn run_here<W: Work>(work: W) -> W::Output {
    work.run()
}
