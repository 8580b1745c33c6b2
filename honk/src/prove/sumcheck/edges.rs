//! One relation on eight edges at a time.

use std::marker::PhantomData;
use std::ops::{Add, Mul, Sub};

use chinampa_kernels::Fr;
use chinampa_kernels::field::FrParams;
use chinampa_kernels::lanes::{Kernel, LANES, Lanes, Products as _};

use super::block::Lines;
use crate::entity::{ENTITIES, Entity, Row};
use crate::flavor::MAX_PARTIAL_RELATION_LENGTH;
use crate::relations::{MAX_FORMS, Relation, RelationParameters, Value};

/// Most subrelations of one relation.
pub(super) const MAX_SUBRELATIONS: usize = 6;

/// A relation's sums at each point, over edges on which its selector changes, and over those on which it does not.
pub(super) type RelationSums<T = Fr> = [[[T; MAX_SUBRELATIONS]; MAX_PARTIAL_RELATION_LENGTH]; 2];

/// Sums of nothing.
const ZERO_SUMS: RelationSums = [[[Fr::ZERO; MAX_SUBRELATIONS]; MAX_PARTIAL_RELATION_LENGTH]; 2];

/// Eight edges, or rows.
#[derive(Clone, Copy)]
pub(in crate::prove) struct Packed<L>(pub(in crate::prove) L);

impl<L: Lanes<FrParams>> Value for Packed<L> {
    #[inline(always)]
    fn zero() -> Self {
        Self(L::zero())
    }

    #[inline(always)]
    fn square(self) -> Self {
        Self(self.0.square())
    }

    #[inline(always)]
    fn sum_of_products<const N: usize>(pairs: [(Self, Self); N]) -> Self {
        let mut products = L::Products::new();
        for (left, right) in pairs {
            products.add(left.0, right.0);
        }
        Self(products.sum())
    }

    #[inline(always)]
    fn difference_of_products((a, b): (Self, Self), (c, d): (Self, Self)) -> Self {
        Self::sum_of_products([(a, b), (Self(-c.0), d)])
    }
}

impl<L: Lanes<FrParams>> Add for Packed<L> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl<L: Lanes<FrParams>> Sub for Packed<L> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl<L: Lanes<FrParams>> Mul for Packed<L> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl<L: Lanes<FrParams>> Add<Fr> for Packed<L> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Fr) -> Self {
        Self(self.0 + other)
    }
}

impl<L: Lanes<FrParams>> Sub<Fr> for Packed<L> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Fr) -> Self {
        Self(self.0 - other)
    }
}

impl<L: Lanes<FrParams>> Mul<Fr> for Packed<L> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Fr) -> Self {
        Self(self.0 * other)
    }
}

/// Which groups of eight edges count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Groups {
    All,
    /// Those whose selector is one at all ends.
    SelectorIsOne,
    /// The others.
    SelectorIsNotOne,
}

/// A relation on neighbouring edges.
pub(super) struct Edges<'a, R> {
    pub(super) lines: &'a Lines<'a>,
    /// One for each edge.
    pub(super) weights: &'a [Fr],
    pub(super) parameters: &'a RelationParameters,
    /// The relation is known to be zero at the ends of edges.
    pub(super) vanishes: bool,
    pub(super) groups: Groups,
    pub(super) relation: PhantomData<R>,
}

/// The lines of a relation in eight edges: a value of each, and what is added to come to the next.
struct State<T> {
    row: Row<T>,
    row_step: Row<T>,
    forms: [T; MAX_FORMS],
    form_steps: [T; MAX_FORMS],
    scale: T,
    scale_step: T,
}

impl<R: Relation> Kernel<FrParams> for Edges<'_, R> {
    type Output = RelationSums;

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) -> RelationSums {
        let zero = Packed(L::zero());
        let parameters = splat::<L>(self.parameters);
        let mut sums = [[[zero; MAX_SUBRELATIONS]; MAX_PARTIAL_RELATION_LENGTH]; 2];
        let mut state = State {
            row: Row([zero; ENTITIES]),
            row_step: Row([zero; ENTITIES]),
            forms: [zero; MAX_FORMS],
            form_steps: [zero; MAX_FORMS],
            scale: zero,
            scale_step: zero,
        };
        let mut used = [false; 2];
        let mut first = 0;
        while first < self.weights.len() {
            if self.counts(first) {
                let is_constant = self.is_constant(first);
                used[usize::from(is_constant)] = true;
                self.start::<L>(first, is_constant, &parameters, &mut state);
                self.add::<L>(is_constant, &parameters, &mut state, &mut sums[usize::from(is_constant)]);
            }
            first += LANES;
        }
        let mut totals = ZERO_SUMS;
        for (is_constant, (totals, sums)) in [false, true].into_iter().zip(totals.iter_mut().zip(&sums)) {
            if used[usize::from(is_constant)] {
                for (totals, sums) in totals.iter_mut().zip(sums).take(Self::length(is_constant)) {
                    for (total, sum) in totals.iter_mut().zip(sums).take(R::LENGTHS.len()) {
                        *total = sum.0.to_array().iter().sum();
                    }
                }
            }
        }
        totals
    }
}

impl<R: Relation> Edges<'_, R> {
    /// Points at which the relation is evaluated.
    const fn length(is_constant: bool) -> usize {
        longest(if is_constant { R::CONSTANT_LENGTHS } else { R::LENGTHS })
    }

    /// The ends of an entity's lines, of the group whose first edge is `first`.
    #[inline(always)]
    fn ends(&self, entity: Entity, first: usize) -> Option<&[[Fr; 2]]> {
        self.lines[entity.index()].map(|line| &line[first..line.len().min(first + LANES)])
    }

    /// The ends of the selector's lines, if there is one.
    #[inline(always)]
    fn selector(&self, first: usize) -> Option<&[[Fr; 2]]> {
        R::SELECTOR.and_then(|selector| self.ends(selector, first))
    }

    /// Whether the group of an edge is to be added up.
    #[inline(always)]
    fn counts(&self, first: usize) -> bool {
        let is_zero =
            |entity| self.ends(entity, first).is_none_or(|ends| ends.as_flattened().iter().all(Fr::is_zero));
        if R::is_zero(is_zero) {
            return false;
        }
        let is_one = |ends: &[[Fr; 2]]| ends.as_flattened().iter().all(|value| *value == Fr::ONE);
        match self.groups {
            Groups::All => true,
            Groups::SelectorIsOne => self.selector(first).is_some_and(is_one),
            Groups::SelectorIsNotOne => !self.selector(first).is_some_and(is_one),
        }
    }

    /// Whether the selector, if there is one, has the same value at both ends of each edge.
    #[inline(always)]
    fn is_constant(&self, first: usize) -> bool {
        self.selector(first).is_none_or(|ends| ends.iter().all(|[low, high]| low == high))
    }

    /// Loads the ends of some entities' lines, the upper ones to the steps.
    #[inline(always)]
    fn load<L: Lanes<FrParams>>(&self, entities: &[Entity], first: usize, state: &mut State<Packed<L>>) {
        for &entity in entities {
            let (low, high) = match self.ends(entity, first) {
                Some(ends) => load_ends::<L>(ends),
                None => (Packed::zero(), Packed::zero()),
            };
            state.row[entity] = low;
            state.row_step[entity] = high;
        }
    }

    /// Loads a group's lines, at the first point where the relation is to be evaluated.
    #[inline(always)]
    fn start<L: Lanes<FrParams>>(
        &self,
        first: usize,
        is_constant: bool,
        parameters: &RelationParameters<Packed<L>>,
        state: &mut State<Packed<L>>,
    ) {
        if R::FORMS > 0 {
            self.load(R::FORM_READS, first, state);
            R::forms(&state.row, parameters, &mut state.forms);
            R::forms(&state.row_step, parameters, &mut state.form_steps);
            for i in 0..R::FORMS {
                advance(&mut state.forms[i], &mut state.form_steps[i], self.vanishes);
            }
        }
        self.load(R::READS, first, state);
        for &entity in R::READS {
            advance(&mut state.row[entity], &mut state.row_step[entity], self.vanishes);
        }
        let weight = Packed(L::load_some(&self.weights[first..]));
        let Some(ends) = self.selector(first) else {
            (state.scale, state.scale_step) = (weight, Packed::zero());
            return;
        };
        let (low, high) = load_ends::<L>(ends);
        state.scale = weight * low;
        if !is_constant {
            state.scale_step = weight * high;
            advance(&mut state.scale, &mut state.scale_step, self.vanishes);
        }
    }

    /// Evaluates the relation at all points.
    #[inline(always)]
    fn add<L: Lanes<FrParams>>(
        &self,
        is_constant: bool,
        parameters: &RelationParameters<Packed<L>>,
        state: &mut State<Packed<L>>,
        sums: &mut [[Packed<L>; MAX_SUBRELATIONS]; MAX_PARTIAL_RELATION_LENGTH],
    ) {
        let length = Self::length(is_constant);
        let mut point = if self.vanishes { 2 } else { 0 };
        while point < length {
            let out = &mut sums[point][..R::LENGTHS.len()];
            R::accumulate(state.scale, &state.row, &state.forms, parameters, out);
            for &entity in R::READS {
                state.row[entity] = state.row[entity] + state.row_step[entity];
            }
            for i in 0..R::FORMS {
                state.forms[i] = state.forms[i] + state.form_steps[i];
            }
            if !is_constant {
                state.scale = state.scale + state.scale_step;
            }
            point += 1;
        }
    }
}

/// Loads the ends of up to eight edges, with zeros after them.
#[inline(always)]
fn load_ends<L: Lanes<FrParams>>(ends: &[[Fr; 2]]) -> (Packed<L>, Packed<L>) {
    let (low, high) = match ends.first_chunk::<LANES>() {
        Some(ends) => L::load_pairs(ends.each_ref()),
        None => {
            let mut all = [[Fr::ZERO; 2]; LANES];
            all[..ends.len()].copy_from_slice(ends);
            L::load_pairs(all.each_ref())
        }
    };
    (Packed(low), Packed(high))
}

/// Makes of the ends of lines (the upper ones in `step`) their values at 0, or at 2, and the steps from point to point.
#[inline(always)]
fn advance<L: Lanes<FrParams>>(value: &mut Packed<L>, step: &mut Packed<L>, to_two: bool) {
    let high = *step;
    *step = high - *value;
    if to_two {
        *value = high + *step;
    }
}

#[inline(always)]
fn splat<L: Lanes<FrParams>>(parameters: &RelationParameters) -> RelationParameters<Packed<L>> {
    parameters.map(|value| Packed(L::splat(value)))
}

const fn longest(lengths: &[usize]) -> usize {
    let mut longest = 0;
    let mut i = 0;
    while i < lengths.len() {
        if lengths[i] > longest {
            longest = lengths[i];
        }
        i += 1;
    }
    longest
}
