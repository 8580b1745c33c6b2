//! Operations on the embedded curve.

use chinampa_honk::builder::{Builder, Purpose, Var};
use chinampa_honk::gadgets::{Bool, CurvePoint, CurveScalar, Field, curve_multiply};
use chinampa_kernels::Fr;
use chinampa_kernels::curve::grumpkin::Affine;

use super::black_box::field;
use crate::acir::{Constants, Input};

/// Where a key is built, gives an input a value that gadgets can work with.
fn set_placeholder(builder: &mut Builder, input: &Input, value: Fr) {
    if let (Purpose::Key, Input::Witness(witness)) = (builder.purpose(), input) {
        builder.set_placeholder(Var::new(*witness), value);
    }
}

/// The predicate of an operation.
fn predicate_of(builder: &mut Builder, constants: &Constants, predicate: &Input) -> Bool {
    let predicate = field(constants, predicate);
    Bool::of_field(builder, predicate)
}

/// The point that the program computed as the result. Its word for infinity is not looked at.
fn result_point(builder: &mut Builder, outputs: &[u32; 3]) -> CurvePoint {
    let generator = Affine::GENERATOR;
    set_placeholder(builder, &Input::Witness(outputs[0]), generator.x());
    set_placeholder(builder, &Input::Witness(outputs[1]), generator.y());
    let [x, y] = [0, 1].map(|coordinate| Field::of(Var::new(outputs[coordinate])));
    CurvePoint::new(builder, x, y, false)
}

/// A point of three inputs; the generator where the predicate does not hold. The word for infinity must be a bit, and
/// has no other effect: a point is infinity where both coordinates are zero.
fn point(builder: &mut Builder, constants: &Constants, inputs: &[Input], predicate: Bool) -> CurvePoint {
    let mut x = field(constants, &inputs[0]);
    let mut y = field(constants, &inputs[1]);
    let is_infinity = field(constants, &inputs[2]);
    let is_infinity = Bool::of_field(builder, is_infinity);
    let generator = Affine::GENERATOR;
    set_placeholder(builder, &inputs[0], generator.x());
    set_placeholder(builder, &inputs[1], generator.y());
    if !predicate.is_constant() {
        x = Field::select(builder, predicate, x, Field::constant(generator.x()));
        y = Field::select(builder, predicate, y, Field::constant(generator.y()));
        Bool::select(builder, predicate, is_infinity, Bool::constant(false));
    }
    CurvePoint::new(builder, x, y, true)
}

/// A scalar of two inputs; one where the predicate does not hold.
fn scalar(builder: &mut Builder, constants: &Constants, inputs: &[Input], predicate: Bool) -> CurveScalar {
    set_placeholder(builder, &inputs[0], Fr::ONE);
    set_placeholder(builder, &inputs[1], Fr::ZERO);
    let mut low = field(constants, &inputs[0]);
    let mut high = field(constants, &inputs[1]);
    if !predicate.is_constant() {
        low = Field::select(builder, predicate, low, Field::ONE);
        high = Field::select(builder, predicate, high, Field::ZERO);
    }
    CurveScalar::new(builder, low, high)
}

/// Where the predicate holds, the result is what the program says.
fn connect(builder: &mut Builder, predicate: Bool, result: CurvePoint, expected: CurvePoint) {
    let expected = CurvePoint::select(builder, predicate, expected, result);
    result.assert_equal(builder, expected);
}

/// Addition of two points.
pub(super) fn add(
    builder: &mut Builder,
    constants: &Constants,
    points: &[Vec<Input>; 2],
    predicate: &Input,
    outputs: &[u32; 3],
) {
    let predicate = predicate_of(builder, constants, predicate);
    let left = point(builder, constants, &points[0], predicate);
    let right = point(builder, constants, &points[1], predicate);
    let expected = result_point(builder, outputs);
    let sum = left.add(builder, right);
    connect(builder, predicate, sum, expected);
}

/// The sum of products of points and scalars.
pub(super) fn multiply(
    builder: &mut Builder,
    constants: &Constants,
    [points, scalars]: [&[Input]; 2],
    predicate: &Input,
    outputs: &[u32; 3],
) {
    let predicate = predicate_of(builder, constants, predicate);
    let expected = result_point(builder, outputs);
    let mut terms = Vec::with_capacity(scalars.len() / 2);
    for (inputs, parts) in points.chunks_exact(3).zip(scalars.chunks_exact(2)) {
        let base = point(builder, constants, inputs, predicate);
        let scalar = scalar(builder, constants, parts, predicate);
        terms.push((base, scalar));
    }
    let sum = curve_multiply(builder, &terms);
    connect(builder, predicate, sum, expected);
}
