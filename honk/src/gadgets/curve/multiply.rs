//! Multi-scalar multiplication.

use chinampa_kernels::curve::grumpkin::{Affine, Projective};
use chinampa_kernels::hash::pedersen::derive_generators;

use super::straus::{self, Table, WINDOW_BITS};
use super::{CurvePoint, CurveScalar};
use crate::builder::{Builder, FixedBase, MultiTableId};
use crate::gadgets::Field;
use crate::gadgets::lookup::read;

/// Domain of the generators that tables are offset by.
const OFFSET_DOMAIN: &[u8] = b"cycle_group_offset_generator";

/// Summands by the way in which they are computed.
#[derive(Default)]
struct Parts {
    constant: Projective,
    fixed: Vec<(Affine, CurveScalar)>,
    variable: Vec<(CurvePoint, CurveScalar)>,
    /// Whether all points are constants, which never meet.
    is_incomplete_safe: bool,
}

/// The sum of `scalar * point`.
pub fn multiply(builder: &mut Builder, terms: &[(CurvePoint, CurveScalar)]) -> CurvePoint {
    let parts = sort(builder, terms);
    if parts.fixed.is_empty() && parts.variable.is_empty() {
        return CurvePoint::constant(parts.constant.to_affine());
    }
    let mut offset = -parts.constant;
    let mut result = None;
    if !parts.fixed.is_empty() {
        let (sum, added) = multiply_fixed(builder, &parts.fixed);
        offset += added;
        result = Some(sum);
    }
    if !parts.variable.is_empty() {
        let (sum, added) = multiply_variable(builder, &parts.variable, parts.is_incomplete_safe);
        offset += added;
        result = Some(match result {
            None => sum,
            Some(fixed) if parts.is_incomplete_safe => fixed.add_incomplete(builder, sum),
            Some(fixed) => fixed.add_checked(builder, sum),
        });
    }
    let sum = result.expect("there is a summand that is not constant");
    if !parts.constant.is_identity() && parts.is_incomplete_safe {
        sum.add_incomplete(builder, CurvePoint::constant((-offset).to_affine()))
    } else {
        sum.sub(builder, CurvePoint::constant(offset.to_affine()))
    }
}

fn sort(builder: &Builder, terms: &[(CurvePoint, CurveScalar)]) -> Parts {
    let mut parts = Parts { constant: Projective::IDENTITY, is_incomplete_safe: true, ..Parts::default() };
    for (point, scalar) in terms {
        match (point.is_constant(), scalar.is_constant()) {
            (true, true) => {
                let scalar = scalar.value(builder).unwrap_or_default();
                parts.constant += point.value(builder) * scalar;
            }
            (true, false) => {
                let value = point.value(builder);
                if value.is_identity() {
                    continue;
                }
                if FixedBase::of(&value).is_some() {
                    parts.fixed.push((value, *scalar));
                } else {
                    parts.variable.push((*point, *scalar));
                }
            }
            (false, _) => {
                parts.variable.push((*point, *scalar));
                parts.is_incomplete_safe = false;
            }
        }
    }
    parts
}

/// Products with points that have lookup tables, and what the tables add.
fn multiply_fixed(builder: &mut Builder, terms: &[(Affine, CurveScalar)]) -> (CurvePoint, Projective) {
    let mut offset = Projective::IDENTITY;
    let mut points = Vec::new();
    for (point, scalar) in terms {
        let bases = FixedBase::of(point).expect("only points with tables come here");
        for (base, part) in bases.into_iter().zip([scalar.low, scalar.high]) {
            let columns = read(builder, MultiTableId::FixedBase(base), part);
            points.extend(columns.iter().map(|columns| CurvePoint::finite(columns[1], columns[2])));
            offset += base.offset();
        }
    }
    let mut sums = points.into_iter();
    let first = sums.next().unwrap_or_else(|| CurvePoint::constant(Affine::IDENTITY));
    (sums.fold(first, |sum, point| sum.add_incomplete(builder, point)), offset)
}

/// Products by Straus' method, and what offsets add.
fn multiply_variable(
    builder: &mut Builder,
    terms: &[(CurvePoint, CurveScalar)],
    is_incomplete_safe: bool,
) -> (CurvePoint, Projective) {
    let offsets: Vec<Affine> = derive_generators(OFFSET_DOMAIN, 0, terms.len() + 1).collect();
    let windows: Vec<Vec<Field>> =
        terms.iter().map(|(_, scalar)| straus::windows(builder, *scalar)).collect();
    let tables: Vec<Table> = terms
        .iter()
        .zip(&offsets[1..])
        .map(|((point, _), offset)| Table::new(builder, *point, *offset))
        .collect();
    let mut sum = CurvePoint::constant(offsets[0]);
    let mut added = Projective::from(offsets[0]);
    let mut differences = Field::ONE;
    let rounds = windows[0].len();
    for round in 0..rounds {
        if round > 0 {
            for _ in 0..WINDOW_BITS {
                sum = sum.double(builder);
                added = added.double();
            }
        }
        for (index, table) in tables.iter().enumerate() {
            let point = table.read(builder, windows[index][rounds - round - 1]);
            if !is_incomplete_safe {
                let difference = point.x.sub(builder, sum.x);
                differences = differences.mul(builder, difference);
            }
            sum = sum.add_incomplete(builder, point);
            added += offsets[index + 1];
        }
    }
    if !is_incomplete_safe {
        differences.assert_not_zero(builder);
    }
    (sum, added)
}
