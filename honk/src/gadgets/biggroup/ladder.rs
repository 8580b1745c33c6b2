//! Double-and-add steps that share their ordinates.

use super::curve::ForeignCurve;
use super::point::Point;
use crate::builder::Builder;
use crate::gadgets::BigField;

/// Two factors.
type Product<C> = (BigField<<C as ForeignCurve>::Base>, BigField<<C as ForeignCurve>::Base>);

/// An ordinate, or its opposite, as a sum of products that is not computed.
struct Ordinate<C: ForeignCurve> {
    products: Vec<Product<C>>,
    summand: BigField<C::Base>,
    is_negative: bool,
}

impl<C: ForeignCurve> Point<C> {
    /// `2 (... 2 (2 self + first) + second ...)`; abscissas that meet must differ.
    pub(super) fn double_and_add(&mut self, builder: &mut Builder, points: &mut [Self]) -> Self {
        let is_even = points.len().is_multiple_of(2);
        let (first, rest) = points.split_first_mut().expect("a ladder has a step");
        self.x.assert_not_equal(builder, &first.x);
        let rise = self.y.sub(builder, &mut first.y);
        let mut run = self.x.sub(builder, &mut first.x);
        let mut slope = rise.divide_unchecked(builder, &mut run);
        let (minus_x1, minus_x) = (first.x.negate(builder), self.x.negate(builder));
        let mut same = slope;
        let mut x3 = slope.mul_add(builder, &mut same, vec![minus_x1, minus_x]);
        self.x.assert_not_equal(builder, &x3);
        let twice = self.y.double(builder);
        let mut run = self.x.sub(builder, &mut x3);
        let mut second = twice.divide_unchecked(builder, &mut run).sub(builder, &mut slope);
        let (minus_x3, minus_x) = (x3.negate(builder), self.x.negate(builder));
        let mut x = second.square_add(builder, vec![minus_x3, minus_x]);
        let summand = if is_even { self.y } else { self.y.negate(builder) };
        let back = if is_even { x.sub(builder, &mut self.x) } else { self.x.sub(builder, &mut x) };
        let mut y = Ordinate { products: vec![(second, back)], summand, is_negative: is_even };
        for point in rest {
            (x, y) = step(builder, x, &y, point);
        }
        let y = BigField::sum_of_products(builder, y.products, vec![y.summand], false);
        Self::new(x, y)
    }
}

fn step<C: ForeignCurve>(
    builder: &mut Builder,
    mut x: BigField<C::Base>,
    y: &Ordinate<C>,
    point: &mut Point<C>,
) -> (BigField<C::Base>, Ordinate<C>) {
    x.assert_not_equal(builder, &point.x);
    let added = if y.is_negative { point.y } else { point.y.negate(builder) };
    let run = if y.is_negative { x.sub(builder, &mut point.x) } else { point.x.sub(builder, &mut x) };
    let mut slope =
        BigField::negated_quotient(builder, y.products.clone(), run, vec![y.summand, added], false);
    let (minus_x1, minus_x) = (point.x.negate(builder), x.negate(builder));
    let mut same = slope;
    let mut x3 = slope.mul_add(builder, &mut same, vec![minus_x1, minus_x]);
    x.assert_not_equal(builder, &x3);
    let run = if y.is_negative { x.sub(builder, &mut x3) } else { x3.sub(builder, &mut x) };
    let mut half = BigField::negated_quotient(builder, y.products.clone(), run, vec![y.summand], false);
    let mut second = half.double(builder).sub(builder, &mut slope);
    let (minus_x3, minus_x) = (x3.negate(builder), x.negate(builder));
    let mut x4 = second.square_add(builder, vec![minus_x3, minus_x]);
    let back = if y.is_negative { x.sub(builder, &mut x4) } else { x4.sub(builder, &mut x) };
    let mut products = vec![(second, back)];
    products.extend(y.products.iter().copied());
    (x4, Ordinate { products, summand: y.summand, is_negative: !y.is_negative })
}
