//! Multiples of the first two Pedersen generators, in windows of nine bits.
//!
//! Every window adds a generator of its own, so that no entry is infinity and no two sums collide.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::grumpkin::{Affine, Projective};
use chinampa_kernels::hash::pedersen::derive_generators;

use super::{Keys, MultiTable, Table, TableId};

/// Bits of a window.
const WINDOW_BITS: u32 = 9;
/// Bits of the low part of a scalar; the high part has the rest of 254.
const LOW_BITS: u32 = 128;
const HIGH_BITS: u32 = 126;

const GENERATOR_DOMAIN: &[u8] = b"DEFAULT_DOMAIN_SEPARATOR";

/// A point with tables: a generator, for the low or for the high part of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FixedBase {
    generator: usize,
    is_high: bool,
}

impl FixedBase {
    /// The two points that stand for a generator, if it has tables.
    pub fn of(point: &Affine) -> Option<[Self; 2]> {
        let generator =
            derive_generators(GENERATOR_DOMAIN, 0, 2).position(|generator| generator == *point)?;
        Some([false, true].map(|is_high| Self { generator, is_high }))
    }

    /// What all windows together add to the multiple.
    pub fn offset(self) -> Projective {
        self.offsets().into_iter().map(Projective::from).sum()
    }

    const fn bits(self) -> u32 {
        if self.is_high { HIGH_BITS } else { LOW_BITS }
    }

    const fn windows(self) -> usize {
        self.bits().div_ceil(WINDOW_BITS) as usize
    }

    fn point(self) -> Projective {
        let generator = derive_generators(GENERATOR_DOMAIN, 0, 2).nth(self.generator);
        let generator = Projective::from(generator.expect("there are two generators"));
        if self.is_high { shifted(generator, LOW_BITS) } else { generator }
    }

    /// The generators of the windows, derived from the point.
    fn offsets(self) -> Vec<Affine> {
        let point = self.point().to_affine();
        derive_generators(&point.to_be_bytes(), 0, self.windows()).collect()
    }
}

fn shifted(point: Projective, bits: u32) -> Projective {
    (0..bits).fold(point, |point, _| point.double())
}

/// The multiples of one window.
pub(super) fn table(base: FixedBase, window: usize) -> Table {
    let step = shifted(base.point(), WINDOW_BITS * window as u32).to_affine();
    let offset = base.offsets()[window];
    let bits = WINDOW_BITS.min(base.bits() - WINDOW_BITS * window as u32);
    let mut points = vec![Projective::from(offset)];
    for index in 1..1 << bits {
        points.push(points[index - 1] + step);
    }
    let points = Projective::batch_to_affine(&points);
    let rows = points.iter().enumerate().map(|(key, point)| [Fr::from(key as u64), point.x(), point.y()]);
    Table::new(rows, Keys::Row)
}

/// The windows of a scalar; points are not accumulated.
pub(super) fn slices(base: FixedBase) -> MultiTable {
    let size = 1_u64 << WINDOW_BITS;
    let steps = [Fr::from(size), Fr::ZERO, Fr::ZERO];
    MultiTable::new((0..base.windows()).map(|window| (TableId::FixedBase { base, window }, size, steps)))
}
