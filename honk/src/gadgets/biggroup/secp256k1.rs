//! A multiple of the generator of secp256k1 plus a multiple of any point.
//!
//! Both scalars are split by the curve's endomorphism. The forms of the four parts are shifted by one bit each, so that
//! every doubling has one point to add.

use super::curve::{ForeignCurve, Secp256k1};
use super::point::Point;
use super::table::PointTable;
use super::wnaf::{Window, Wnaf, forms};
use crate::builder::{Builder, MultiTableId, SECP256K1_BETA, Secp256k1Part};
use crate::gadgets::{BigField, Bool, Field, lookup};

type Base = <Secp256k1 as ForeignCurve>::Base;
type Scalar = <Secp256k1 as ForeignCurve>::Scalar;

/// Rounds of the loop: bytes of a short scalar.
const ROUNDS: usize = 16;

/// Index of a point itself among its odd multiples from -15 to 15.
const SELF: usize = 8;

/// Index of the generator among its odd multiples from -255 to 255.
const GENERATOR: u64 = 128;

/// An odd multiple of the generator, or of its image under the endomorphism negated.
fn fixed(builder: &mut Builder, index: Field, has_endomorphism: bool) -> Point<Secp256k1> {
    let mut read = |part: Secp256k1Part| {
        let id = MultiTableId::Secp256k1 { part, has_endomorphism };
        let columns = lookup::read(builder, id, index);
        columns.first().map_or([Field::ZERO; 2], |row| [row[1], row[2]])
    };
    let [x0, x1] = read(Secp256k1Part::XLow);
    let [x2, x3] = read(Secp256k1Part::XHigh);
    let [y0, y1] = read(Secp256k1Part::YLow);
    let [y2, y3] = read(Secp256k1Part::YHigh);
    let [x, y] = read(Secp256k1Part::Prime);
    let x = BigField::from_checked_parts([x0, x1, x2, x3], x);
    let mut y = BigField::from_checked_parts([y0, y1, y2, y3], y);
    if has_endomorphism {
        y = y.negate(builder);
    }
    Point::new(x, y)
}

/// The odd multiples of a point from -15 to 15, and of its image under the endomorphism negated.
fn tables(builder: &mut Builder, point: &Point<Secp256k1>) -> [PointTable<Secp256k1>; 2] {
    let mut double = { *point }.double(builder);
    let mut positive = vec![*point];
    for index in 1..SELF {
        let next = positive[index - 1].add(builder, &mut double);
        positive.push(next);
    }
    let mut multiples: Vec<Point<Secp256k1>> =
        positive.iter().rev().map(|point| { *point }.negate(builder)).collect();
    multiples.extend(positive);
    let mut beta = BigField::<Base>::constant(SECP256K1_BETA);
    let abscissas: Vec<BigField<Base>> =
        multiples[..SELF].iter_mut().map(|point| point.x.mul(builder, &mut beta)).collect();
    let images = (0..2 * SELF).map(|index| {
        let abscissa = abscissas[index.min(2 * SELF - 1 - index)];
        Point::new(abscissa, multiples[2 * SELF - 1 - index].y)
    });
    let images = images.collect();
    [PointTable::new(multiples), PointTable::new(images)]
}

/// Adds or subtracts a point where a form has a skew.
fn add_skew(
    builder: &mut Builder,
    sum: &mut Point<Secp256k1>,
    point: &Point<Secp256k1>,
    form: &Wnaf,
) -> Point<Secp256k1> {
    let mut point = *point;
    point.y = point.y.conditional_negate(builder, form.subtracts_one);
    let added = sum.add(builder, &mut point);
    let has_skew: Bool = form.adds_one.xor(builder, form.subtracts_one);
    sum.select(builder, &added, has_skew)
}

/// `scalars[0]` times the generator plus `scalars[1]` times a point.
pub(super) fn multiply(
    builder: &mut Builder,
    mut point: Point<Secp256k1>,
    scalars: &mut [BigField<Scalar>; 2],
) -> Point<Secp256k1> {
    let window = |bits, stagger| Window { bits, stagger };
    let fixed_forms = forms(builder, &mut scalars[0], [window(8, 2), window(8, 3)]);
    let free_forms = forms(builder, &mut scalars[1], [window(4, 0), window(4, 1)]);
    let [mut table, mut images] = tables(builder, &point);
    let mut sum = table.read(builder, free_forms[0].digits[0]);
    for round in 0..ROUNDS {
        sum = sum.double(builder).double(builder);
        let mut first = [
            images.read(builder, free_forms[1].digits[2 * round]),
            table.read(builder, free_forms[0].digits[2 * round + 1]),
            fixed(builder, fixed_forms[1].digits[round], true),
        ];
        let mut second = [
            fixed(builder, fixed_forms[0].digits[round], false),
            images.read(builder, free_forms[1].digits[2 * round + 1]),
            table.read(builder, free_forms[0].digits[2 * round + 2]),
        ];
        sum = sum.double_and_add(builder, &mut first);
        sum = sum.double_and_add(builder, &mut second);
    }
    let lowest = [
        fixed(builder, fixed_forms[1].lowest, true),
        images.read(builder, free_forms[1].lowest),
        fixed(builder, fixed_forms[0].lowest, false),
    ];
    for mut point in lowest {
        sum = sum.add(builder, &mut point);
    }
    let generator = Point::constant(Secp256k1::GENERATOR);
    sum = add_skew(builder, &mut sum, &generator, &fixed_forms[0]);
    let generator_image = fixed(builder, Field::small(GENERATOR), true);
    sum = add_skew(builder, &mut sum, &generator_image, &fixed_forms[1]);
    sum = add_skew(builder, &mut sum, &point, &free_forms[0]);
    point = images.at(SELF);
    add_skew(builder, &mut sum, &point, &free_forms[1])
}
