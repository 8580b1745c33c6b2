use std::ops::{Add, Mul, Sub};

use chinampa_kernels::Fr;
use proptest::prelude::*;

use super::*;
use crate::entity::ENTITIES;

fn power(base: u64, exponent: u64) -> Fr {
    Fr::from(base).pow(&[exponent, 0, 0, 0])
}

fn parameters() -> RelationParameters {
    RelationParameters::new(power(5, 101), power(5, 103), power(5, 107), power(5, 109))
}

/// Values of all subrelations where entity `i` is `3^(7 i + 100)`, under [`parameters`]; computed in Python from the formulas
/// of Barretenberg's Solidity verifier, by a verifier that accepts `bb`'s proofs.
const EXPECTED: [&str; NUM_SUBRELATIONS] = [
    "0x210ca5f0bd2e805ab3f2e57c59737904bd8f45710ee0d919c047d12c0b2de0c7",
    "0x218a5470d345f53b13d0a7dc1d03617788f136c66c15aba86fb595a5ed088aca",
    "0x1508c9f0de69a410c7b576e6a07c215ee6e75eef4e6fd1c5357c7d7c77537368",
    "0x012d4f6431874eb7e1fd738cab92008dca62da67e0363b11ddd84ca664d128fa",
    "0x29152e0078ef0f258772faec98571b1e67c05f20751d890d3b71d918d28f9935",
    "0x0cf70419090b5141a17892d2a8aa682e5be5d9e59ffe9e4b99cfbd9e3a0f20a2",
    "0x26e1374b57a309f2a80737a3e17a8ce0adbaf63ad55858fe849ea69b12aff8eb",
    "0x1a3b45ca91128299ccb90666ac101a3f66e7988fba1c0a7434c68ff26073623d",
    "0x1b5439123f498b5c9f2a971dca89630009045c508bf520d0864c36ab4de3db92",
    "0x1734e45d15fc189459fb66078ba891e3c09a7bf907cca6478aba4b2893f9eb69",
    "0x20b2d50b05cbd5c9c056b93b4cfba937b5b5820097e915da8d4e96fcf61a4e09",
    "0x1034499a58299706509c7bb756efb67c1191bf7158bd073ea3f42e6b035b1853",
    "0x2d8ab1a4d611147155c7e647e67dc2fd88895cb2bfa5c60cb1c507c2c0004b30",
    "0x05105069c3b7242fcc4ab31896ae1e67e6fde19d1d879fd3866ae011919cdcc4",
    "0x27baa8b411927cbd240c1a15dc7934927773aefe229f124d0e9941309875b306",
    "0x0dcaa449bb601d5cc31e53fa04b367e25c88fe1923a04804122f3466c8f5549a",
    "0x1f871fae97da023c5b95c556ab46b882f545b79c03bf64414e84b4b6d8912ef8",
    "0x16e37a99bdae5e861ad1fa6e4a1712a3507f9f6ecc09de715f606d9b35f74122",
    "0x2436e4965168eb281c6af9fbd5155c21750d1e487bf08f37638509aebab2d69c",
    "0x1bda0c40741606a3579e625e5fbf5a07aebd6dc8819bf25a35af41d96e7a8438",
    "0x21567f8fbeb3b8a2668ec8f4726e82805eba7af8baf2d81d58b4d1b4730ce0dc",
    "0x0ee2f6ef209803b8e1e1977562ef2719ea8d980ead4c746616d1760cfa84b301",
    "0x2ba13e5bab554e41f9aa814d65615730ac8ed940a6b417690ec28df406e10abb",
    "0x2bd3ec36a72060e5ef33acd4df35acca64a0db4ed2a964a02ce750e6eb8b26c1",
    "0x1e73f1ac490a70238251d50ea7b42bd33220174db4789bdb9971c0e70101b630",
    "0x0757c012f32427e291954f735b5a9a3e2c4a50b7a2702b87951256e4dea1f4a5",
    "0x153d2c3d5f761215e36ca5cd13ae0d07594e1fbd1ef1a57b53716bf6ca796569",
    "0x10501018f5b1c18f4a0db3dc852d952e894fae409813c4feba7f8a6819f29118",
];

#[test]
fn values_are_those_of_the_reference() {
    let row = Row::from_fn(|entity| power(3, 7 * entity.index() as u64 + 100));
    let values = evaluate(&row, &parameters());
    for (index, (value, expected)) in values.iter().zip(EXPECTED).enumerate() {
        assert_eq!(value.to_string(), expected, "subrelation {index}");
    }
}

/// Values at 0, 1, ..., 7: enough to see the degree of any subrelation.
#[derive(Clone, Copy, Debug)]
struct Line([Fr; 8]);

impl Add for Line {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Line {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul for Line {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * other.0[i]))
    }
}

impl Add<Fr> for Line {
    type Output = Self;
    fn add(self, other: Fr) -> Self {
        Self(self.0.map(|value| value + other))
    }
}

impl Sub<Fr> for Line {
    type Output = Self;
    fn sub(self, other: Fr) -> Self {
        Self(self.0.map(|value| value - other))
    }
}

impl Mul<Fr> for Line {
    type Output = Self;
    fn mul(self, other: Fr) -> Self {
        Self(self.0.map(|value| value * other))
    }
}

impl Value for Line {
    fn zero() -> Self {
        Self([Fr::ZERO; 8])
    }
}

fn line(from: Fr, to: Fr) -> Line {
    Line(std::array::from_fn(|i| from + (to - from) * Fr::from(i as u64)))
}

/// One more than the degree of the polynomial with these values, by repeated differences.
fn length(values: Line) -> usize {
    let mut differences = values.0.to_vec();
    let mut length = 0;
    while differences.iter().any(|difference| !difference.is_zero()) {
        differences = differences.windows(2).map(|pair| pair[1] - pair[0]).collect();
        length += 1;
    }
    length
}

fn row() -> impl Strategy<Value = Row<Fr>> {
    any::<[[u8; 32]; ENTITIES]>().prop_map(|bytes| Row(bytes.map(|bytes| Fr::from_be_bytes_reduced(&bytes))))
}

fn values<R: Relation>(row: &Row<Fr>) -> Vec<Fr> {
    let mut values = vec![Fr::ZERO; R::LENGTHS.len()];
    R::values(row, &parameters(), Fr::ONE, &mut values);
    values
}

/// One more than the degrees of a relation's subrelations along a line of rows.
fn lengths<R: Relation>(along: &Row<Line>) -> Vec<usize> {
    let one = line(Fr::ONE, Fr::ONE);
    let mut values = vec![one; R::LENGTHS.len()];
    R::values(along, &parameters().map(|value| line(value, value)), one, &mut values);
    values.into_iter().map(length).collect()
}

/// The declared properties of each relation, on two rows.
struct Laws {
    first: Row<Fr>,
    second: Row<Fr>,
    subrelations: usize,
}

impl Laws {
    /// The first row where `keep` says so, else the second.
    fn mixed(&self, keep: impl Fn(&Entity) -> bool) -> Row<Fr> {
        Row::from_fn(|entity| if keep(&entity) { self.first[entity] } else { self.second[entity] })
    }

    fn lengths<R: Relation>(&self) {
        let mut along = Row::from_fn(|entity| line(self.first[entity], self.second[entity]));
        assert_eq!(lengths::<R>(&along), R::LENGTHS, "{}", R::NAME);
        if let Some(selector) = R::SELECTOR {
            along[selector] = line(self.first[selector], self.first[selector]);
        }
        assert_eq!(lengths::<R>(&along), R::CONSTANT_LENGTHS, "{}", R::NAME);
        let mut forms = [Line::zero(); MAX_FORMS];
        R::forms(&along, &parameters().map(|value| line(value, value)), &mut forms);
        assert!(forms[..R::FORMS].iter().all(|&form| length(form) == 2), "{}", R::NAME);
        assert!(forms[R::FORMS..].iter().all(|&form| length(form) == 0), "{}", R::NAME);
    }

    fn reads<R: Relation>(&self) {
        let forms = |row: &Row<Fr>| {
            let mut forms = [Fr::ZERO; MAX_FORMS];
            R::forms(row, &parameters(), &mut forms);
            forms
        };
        let read = forms(&self.first);
        assert_eq!(forms(&self.mixed(|entity| R::FORM_READS.contains(entity))), read, "{}", R::NAME);
        let accumulated = |scale: Fr, row: &Row<Fr>| {
            let mut values = vec![Fr::ZERO; R::LENGTHS.len()];
            R::accumulate(scale, row, &read, &parameters(), &mut values);
            values
        };
        let all = accumulated(Fr::ONE, &self.first);
        assert_eq!(accumulated(Fr::ONE, &self.mixed(|entity| R::READS.contains(entity))), all, "{}", R::NAME);
        let weight = self.second[Entity::QM];
        for (j, (weighted, value)) in accumulated(weight, &self.first).into_iter().zip(all).enumerate() {
            let is_weighted = self.subrelations + j != LINEARLY_DEPENDENT_SUBRELATION;
            assert_eq!(weighted, if is_weighted { value * weight } else { value }, "{} {j}", R::NAME);
        }
    }
}

impl Visitor for Laws {
    fn relation<R: Relation>(&mut self, first: usize) {
        assert_eq!(first, self.subrelations, "{} comes next", R::NAME);
        self.lengths::<R>();
        self.reads::<R>();
        self.subrelations += R::LENGTHS.len();
        let Some(selector) = R::SELECTOR else { return };
        let off = Row::from_fn(|entity| if entity == selector { Fr::ZERO } else { self.first[entity] });
        assert!(R::is_zero(|entity| off[entity].is_zero()), "{}", R::NAME);
        assert!(values::<R>(&off).iter().all(Fr::is_zero), "{}", R::NAME);
    }
}

proptest! {
    #[test]
    fn relations_have_the_declared_properties(first in row(), second in row()) {
        let mut laws = Laws { first, second, subrelations: 0 };
        visit(&mut laws);
        prop_assert_eq!(laws.subrelations, NUM_SUBRELATIONS);
        laws.subrelations = 0;
        laws.lengths::<PlainArithmetic>();
        laws.reads::<PlainArithmetic>();
        laws.lengths::<InnerPermutation>();
        laws.reads::<InnerPermutation>();
    }

    #[test]
    fn shorter_forms_have_the_same_values(row in row()) {
        let mut plain = row;
        plain[Entity::QArith] = Fr::ONE;
        prop_assert_eq!(values::<Arithmetic>(&plain), [values::<PlainArithmetic>(&plain)[0], Fr::ZERO]);
        let mut inner = row;
        inner[Entity::LagrangeFirst] = Fr::ZERO;
        inner[Entity::LagrangeLast] = Fr::ZERO;
        prop_assert_eq!(values::<Permutation>(&inner), [values::<InnerPermutation>(&inner)[0], Fr::ZERO]);
    }

    #[test]
    fn relations_that_say_so_are_zero(row in row()) {
        struct Zero<'a>(&'a Row<Fr>);
        impl Visitor for Zero<'_> {
            fn relation<R: Relation>(&mut self, _: usize) {
                let is_zero = values::<R>(self.0).iter().all(Fr::is_zero);
                assert_eq!(R::is_zero(|entity| self.0[entity].is_zero()), is_zero, "{}", R::NAME);
            }
        }
        visit(&mut Zero(&row));
        let mut off = row;
        for entity in Entity::GATE_SELECTORS {
            off[entity] = Fr::ZERO;
        }
        for entity in [Entity::ZPerm, Entity::ZPermShift, Entity::LagrangeFirst, Entity::LagrangeLast] {
            off[entity] = Fr::ZERO;
        }
        for entity in [Entity::LookupInverses, Entity::LookupReadTags] {
            off[entity] = Fr::ZERO;
        }
        visit(&mut Zero(&off));
        prop_assert!(evaluate(&off, &parameters()).iter().all(Fr::is_zero));
    }
}
