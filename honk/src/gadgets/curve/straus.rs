//! Straus' method: a table of sixteen multiples for each point, read by four bits of its scalar.

use chinampa_kernels::curve::grumpkin::Affine;

use super::scalar::{HIGH_BITS, LOW_BITS};
use super::{CurvePoint, CurveScalar};
use crate::builder::{Builder, RomId, bits_at};
use crate::gadgets::Field;

/// Bits of a scalar that one read takes.
pub(super) const WINDOW_BITS: u32 = 4;
const TABLE_LEN: usize = 1 << WINDOW_BITS;

/// The windows of a scalar, least significant first. Splitting it constrains its width.
pub(super) fn windows(builder: &mut Builder, scalar: CurveScalar) -> Vec<Field> {
    let high = windows_of(builder, scalar.high, HIGH_BITS);
    let mut windows = windows_of(builder, scalar.low, LOW_BITS);
    windows.extend(high);
    windows
}

fn windows_of(builder: &mut Builder, part: Field, bits: u32) -> Vec<Field> {
    if let Some(value) = part.as_constant() {
        let words = value.to_canonical_limbs();
        let starts = (0..bits).step_by(WINDOW_BITS as usize);
        return starts.map(|start| Field::small(bits_at(&words, start, WINDOW_BITS))).collect();
    }
    let var = part.into_var(builder);
    builder.constrain_limbs_of(var, bits, WINDOW_BITS).into_iter().map(Field::of).collect()
}

/// Multiples `offset + i * point` in a ROM; all are the offset where the point is infinity.
pub(super) struct Table(RomId);

impl Table {
    pub(super) fn new(builder: &mut Builder, point: CurvePoint, offset: Affine) -> Self {
        let fallback = CurvePoint::constant(Affine::GENERATOR);
        let x = Field::select(builder, point.is_infinity, fallback.x, point.x);
        let y = Field::select(builder, point.is_infinity, fallback.y, point.y);
        let base = CurvePoint::finite(x, y);
        let entries = if point.is_constant() && !point.is_constant_infinity() {
            // One gate for each sum is cheaper than two for each constant.
            let base = CurvePoint::fixed(builder, base.value(builder));
            let first = CurvePoint::fixed(builder, offset);
            let mut entries = vec![first];
            for index in 1..TABLE_LEN {
                let next = entries[index - 1].add_incomplete(builder, base);
                entries.push(next);
            }
            entries
        } else {
            Self::checked_entries(builder, point, base, offset)
        };
        let rom = builder.add_rom(TABLE_LEN);
        for (index, entry) in entries.into_iter().enumerate() {
            let entry =
                if entry.is_constant() { CurvePoint::fixed(builder, entry.value(builder)) } else { entry };
            let values = [entry.x.into_var(builder), entry.y.into_var(builder)];
            builder.set_rom_pair(rom, index, values);
        }
        Self(rom)
    }

    /// Multiples of a point that is only known in the circuit: no two summands have the same x.
    fn checked_entries(
        builder: &mut Builder,
        point: CurvePoint,
        base: CurvePoint,
        offset: Affine,
    ) -> Vec<CurvePoint> {
        let first = CurvePoint::constant(offset);
        let mut differences = Field::ONE;
        let mut entries = vec![first];
        for index in 1..TABLE_LEN {
            let last = entries[index - 1];
            let difference = last.x.sub(builder, base.x);
            differences = differences.mul(builder, difference);
            entries.push(last.add_incomplete(builder, base));
        }
        differences.assert_not_zero(builder);
        for entry in entries.iter_mut().skip(1) {
            *entry = CurvePoint::select(builder, point.is_infinity, first, *entry);
        }
        entries
    }

    /// The multiple of a window.
    pub(super) fn read(&self, builder: &mut Builder, window: Field) -> CurvePoint {
        let index = match window.as_constant() {
            Some(value) => {
                let index = Field::witness(builder, value);
                index.assert_equal(builder, window);
                index
            }
            None => window,
        };
        let index = index.into_var(builder);
        let [x, y] = builder.read_rom_pair(self.0, index).map(Field::of);
        CurvePoint::finite(x, y)
    }
}
