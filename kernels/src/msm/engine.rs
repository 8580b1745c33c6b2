//! The course of one or more sums: digits, tasks of one or more windows or of a part of one, and what joins them.

use rayon::prelude::*;

use super::Span;
use super::add::{Arithmetic, PortableAdder};
use super::buckets::sum_buckets;
use super::digits::{Cut, Digits, Lengths};
use super::sort::{Entries, Group, Sorted};
use super::weigh::{Weighted, weigh};
#[cfg(target_arch = "x86_64")]
use crate::backend::Backend;
use crate::curve::{Affine, CurveParams, Projective};

/// Most buckets of a task of several groups: they fit a second-level cache.
const TASK_BUCKETS: usize = 1 << 13;
/// Fewest buckets of a task of several groups, if there are as many.
const MIN_TASK_BUCKETS: usize = 1 << 9;
/// Most digits of a task of several groups.
const TASK_DIGITS: usize = 1 << 17;
/// Fewest buckets and digits of a part of a group.
const PART_BUCKETS: usize = 1 << 8;
const PART_DIGITS: usize = 1 << 13;

/// The sums over spans of `points`, cut as `cut` says for the lengths of each one's scalars.
pub(super) fn sums<C: CurveParams>(
    points: &[Affine<C>],
    spans: &[Span<'_, C::Scalar>],
    cut: impl Fn(usize, &Lengths) -> Cut,
) -> Vec<Affine<C>> {
    let spans: Vec<_> = spans
        .iter()
        .map(|span| {
            let terms = points.len().saturating_sub(span.first).min(span.scalars.len());
            Span { first: span.first, scalars: &span.scalars[..terms] }
        })
        .collect();
    let digits = Digits::new(&spans, cut);
    Projective::batch_to_affine(&sums_of_digits(points, &digits))
}

fn sums_of_digits<C: CurveParams>(points: &[Affine<C>], digits: &[Digits]) -> Vec<Projective<C>> {
    #[cfg(target_arch = "x86_64")]
    match Backend::current() {
        Backend::Avx512Ifma => return sums_with::<C, super::vector::Avx512Adder<C>>(points, digits),
        Backend::Avx2 => return sums_with::<C, super::vector::Avx2Adder<C>>(points, digits),
        Backend::Portable => {}
    }
    sums_with::<C, PortableAdder<C>>(points, digits)
}

/// The sums by the additions of `A`.
pub(super) fn sums_with<C: CurveParams, A: Arithmetic<C>>(
    points: &[Affine<C>],
    digits: &[Digits],
) -> Vec<Projective<C>> {
    let groups: Vec<Group<'_>> = digits
        .iter()
        .flat_map(|digits| (0..digits.cut().groups).map(move |window| Group { digits, window }))
        .collect();
    let threads = rayon::current_num_threads();
    let tasks = tasks(&groups, threads);
    let log_parts = log_parts(tasks.len(), threads);
    let groups: Vec<Vec<Projective<C>>> = tasks
        .into_par_iter()
        .map(|task| match task {
            [group] if log_parts.min(most_parts(group)) > 0 => {
                vec![sum_parts::<C, A>(points, group, log_parts.min(most_parts(group)))]
            }
            groups => {
                let sets: Vec<usize> = groups.iter().map(Group::buckets).collect();
                let sums = sum_sets::<C, A>(points, groups, &sets);
                sums.into_iter().map(|sums| sums.weighted).collect()
            }
        })
        .collect();
    let mut groups = groups.into_iter().flatten();
    let cuts = digits.iter().map(Digits::cut);
    let of_sums: Vec<(Cut, Vec<_>)> =
        cuts.map(|cut| (cut, groups.by_ref().take(cut.groups).collect())).collect();
    of_sums.into_par_iter().map(|(cut, groups)| join(cut.window_bits, &groups)).collect()
}

/// Cuts groups to tasks, of several where they are small, but of so few that there are tasks for all threads.
fn tasks<'a, 'b>(groups: &'a [Group<'b>], threads: usize) -> Vec<&'a [Group<'b>]> {
    let all: usize = groups.iter().map(Group::buckets).sum();
    let most = (all / (2 * threads)).clamp(MIN_TASK_BUCKETS, TASK_BUCKETS);
    let mut tasks = Vec::new();
    let (mut first, mut buckets, mut digits) = (0, 0, 0);
    for (number, group) in groups.iter().enumerate() {
        if number > first && (buckets + group.buckets() > most || digits + group.len() > TASK_DIGITS) {
            tasks.push(&groups[first..number]);
            (first, buckets, digits) = (number, 0, 0);
        }
        buckets += group.buckets();
        digits += group.len();
    }
    if first < groups.len() {
        tasks.push(&groups[first..]);
    }
    tasks
}

/// Logarithm of the parts that large groups are cut to: none, unless there are fewer tasks than threads.
fn log_parts(tasks: usize, threads: usize) -> u32 {
    if tasks == 0 || tasks >= threads {
        return 0;
    }
    (2 * threads).div_ceil(tasks).next_power_of_two().ilog2()
}

/// Logarithm of the parts that a group has at most.
fn most_parts(group: &Group<'_>) -> u32 {
    let parts = (group.buckets() / PART_BUCKETS).min(group.len() / PART_DIGITS);
    parts.checked_ilog2().unwrap_or(0)
}

/// The weighted sum of one group, in parts.
fn sum_parts<C: CurveParams, A: Arithmetic<C>>(
    points: &[Affine<C>],
    group: &Group<'_>,
    log_parts: u32,
) -> Projective<C> {
    let buckets = group.buckets() >> log_parts;
    let sums: Vec<Weighted<C>> = group
        .split(log_parts)
        .into_par_iter()
        .map(|part| sum_sets::<C, A>(points, &part, &[buckets])[0])
        .collect();
    let (mut above, mut offsets, mut weighted) =
        (Projective::IDENTITY, Projective::IDENTITY, Projective::IDENTITY);
    for (number, sums) in sums.iter().enumerate().rev() {
        above += sums.total;
        if number > 0 {
            offsets += above;
        }
        weighted += sums.weighted;
    }
    (0..buckets.ilog2()).fold(offsets, |sum: Projective<C>, _| sum.double()) + weighted
}

/// The sums of sets of buckets that lie one behind the other.
fn sum_sets<C: CurveParams, A: Arithmetic<C>>(
    points: &[Affine<C>],
    entries: &(impl Entries + ?Sized),
    sets: &[usize],
) -> Vec<Weighted<C>> {
    let sorted = Sorted::new(entries);
    weigh::<C, A>(sum_buckets::<C, A>(points, &sorted), sets)
}

/// `sum 2^(window_bits i) groups[i]`.
fn join<C: CurveParams>(window_bits: usize, groups: &[Projective<C>]) -> Projective<C> {
    groups.iter().rev().fold(Projective::IDENTITY, |sum, &group| {
        (0..window_bits).fold(sum, |sum: Projective<C>, _| sum.double()) + group
    })
}
