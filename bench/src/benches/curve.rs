//! BN254 G1 and Grumpkin.

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger as _, PrimeField};
use chinampa_kernels::curve::{Affine, CurveParams, Projective};
use chinampa_kernels::curve::{bn254::G1Params, grumpkin::GrumpkinParams};
use chinampa_kernels::field::Fp;
use halo2curves::CurveAffine;
use halo2curves::ff::PrimeField as _;
use halo2curves::group::Curve as _;

use crate::bench::{Bench, Contender, Definition, Scale};
use crate::inputs;

pub(crate) fn definitions() -> Vec<Definition> {
    let bench = |name, operation, build| Definition { name, operation, build };
    vec![
        bench("g1/mixed-add", "affine point added to a running sum", |scale| {
            let count = scale.pick(1024, 4);
            contest(
                count,
                additions::<G1Params>(count),
                ark_additions::<ark_bn254::G1Affine>("ark-bn254", count),
                halo2_additions::<halo2curves::bn256::G1Affine>(count),
            )
        }),
        bench("g1/scalar-mul", "full-size scalar times a point", |scale| {
            let count = multiplications(scale);
            contest(
                count,
                products::<G1Params>(count),
                ark_products::<ark_bn254::G1Affine>("ark-bn254", count),
                halo2_products::<halo2curves::bn256::G1Affine>(count),
            )
        }),
        bench("grumpkin/scalar-mul", "full-size scalar times a point", |scale| {
            let count = multiplications(scale);
            contest(
                count,
                products::<GrumpkinParams>(count),
                ark_products::<ark_grumpkin::Affine>("ark-grumpkin", count),
                halo2_products::<halo2curves::grumpkin::G1Affine>(count),
            )
        }),
    ]
}

fn multiplications(scale: Scale) -> usize {
    scale.pick(16, 2)
}

fn contest(operations: usize, ours: Contender, arkworks: Contender, halo2: Contender) -> Bench {
    Bench { operations, contenders: vec![ours, arkworks, halo2] }
}

fn scalars<C: CurveParams>(count: usize) -> Vec<Fp<C::Scalar>> {
    inputs::elements(count, 3)
        .iter()
        .map(|bytes| Fp::from_be_bytes(bytes).expect("inputs are canonical"))
        .collect()
}

/// Pseudo-random multiples of the generator.
fn points<C: CurveParams>(count: usize) -> Vec<Affine<C>> {
    let points: Vec<_> =
        scalars::<C>(count).into_iter().map(|scalar| Projective::GENERATOR * scalar).collect();
    Projective::batch_to_affine(&points)
}

fn additions<C: CurveParams>(count: usize) -> Contender {
    let points = points::<C>(count);
    Contender::new(
        "chinampa-kernels",
        move || points.iter().copied().sum::<Projective<C>>(),
        |sum| sum.to_affine().to_be_bytes().to_vec(),
    )
}

fn products<C: CurveParams>(count: usize) -> Contender {
    let scalars = scalars::<C>(count);
    Contender::new(
        "chinampa-kernels",
        move || scalars.iter().map(|scalar| Affine::<C>::GENERATOR * *scalar).sum::<Projective<C>>(),
        |sum| sum.to_affine().to_be_bytes().to_vec(),
    )
}

fn ark_scalars<A: AffineRepr>(count: usize) -> Vec<A::ScalarField> {
    inputs::elements(count, 3).iter().map(|bytes| A::ScalarField::from_be_bytes_mod_order(bytes)).collect()
}

fn ark_additions<A: AffineRepr<BaseField: PrimeField>>(package: &'static str, count: usize) -> Contender {
    let points: Vec<A::Group> =
        ark_scalars::<A>(count).into_iter().map(|scalar| A::generator() * scalar).collect();
    let points = A::Group::normalize_batch(&points);
    Contender::new(package, move || points.iter().copied().sum::<A::Group>(), ark_encode::<A>)
}

fn ark_products<A: AffineRepr<BaseField: PrimeField>>(package: &'static str, count: usize) -> Contender {
    let scalars = ark_scalars::<A>(count);
    Contender::new(
        package,
        move || scalars.iter().map(|scalar| A::generator() * *scalar).sum::<A::Group>(),
        ark_encode::<A>,
    )
}

fn ark_encode<A: AffineRepr<BaseField: PrimeField>>(point: A::Group) -> Vec<u8> {
    let (x, y) = point.into_affine().xy().expect("the answer is not the identity");
    [x.into_bigint().to_bytes_be(), y.into_bigint().to_bytes_be()].concat()
}

fn halo2_scalars<A: CurveAffine>(count: usize) -> Vec<A::ScalarExt> {
    let decode = |bytes: [u8; 32]| {
        let mut repr = <A::ScalarExt as halo2curves::ff::PrimeField>::Repr::default();
        repr.as_mut().iter_mut().zip(bytes.iter().rev()).for_each(|(to, from)| *to = *from);
        A::ScalarExt::from_repr(repr).expect("inputs are canonical")
    };
    inputs::elements(count, 3).into_iter().map(decode).collect()
}

fn halo2_additions<A: CurveAffine>(count: usize) -> Contender {
    let points: Vec<A> =
        halo2_scalars::<A>(count).into_iter().map(|scalar| (A::generator() * scalar).to_affine()).collect();
    let sum = move || points.iter().fold(A::identity().to_curve(), |sum, point| sum + point);
    Contender::new("halo2curves", sum, |sum| halo2_encode(&sum.to_affine()))
}

fn halo2_products<A: CurveAffine>(count: usize) -> Contender {
    let scalars = halo2_scalars::<A>(count);
    let sum =
        move || scalars.iter().fold(A::identity().to_curve(), |sum, scalar| sum + A::generator() * scalar);
    Contender::new("halo2curves", sum, |sum| halo2_encode(&sum.to_affine()))
}

fn halo2_encode<A: CurveAffine>(point: &A) -> Vec<u8> {
    let coordinates = point.coordinates().expect("the answer is not the identity");
    let encode = |element: &A::Base| element.to_repr().as_ref().iter().rev().copied().collect::<Vec<u8>>();
    [encode(coordinates.x()), encode(coordinates.y())].concat()
}
