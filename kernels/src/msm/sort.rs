//! Digits in the order of their sizes: which points go to which bucket.

use rayon::prelude::*;

use super::digits::Digits;

/// One set of buckets: windows of one sum.
#[derive(Clone, Copy)]
pub(super) struct Group<'a> {
    pub(super) digits: &'a Digits,
    /// The first of its windows.
    pub(super) window: usize,
}

/// Positions of points, by their buckets.
pub(super) struct Sorted {
    /// Positions, with [`NEGATIVE`](super::add::NEGATIVE).
    pub(super) entries: Vec<u32>,
    /// Where the entries of each bucket end.
    pub(super) ends: Vec<u32>,
}

/// Something that has entries, each for a bucket.
pub(super) trait Entries {
    /// Number of buckets.
    fn buckets(&self) -> usize;
    /// Calls `visit` with the entry and the bucket of each, in order.
    fn visit(&self, visit: impl FnMut(u32, usize));
}

impl Sorted {
    pub(super) fn new(unsorted: &(impl Entries + ?Sized)) -> Self {
        let mut ends = vec![0; unsorted.buckets()];
        unsorted.visit(|_, bucket| ends[bucket] += 1);
        let mut sum = 0;
        for end in &mut ends {
            // For now, where they start.
            sum += std::mem::replace(end, sum);
        }
        let mut entries = vec![0; sum as usize];
        unsorted.visit(|entry, bucket| {
            let next = &mut ends[bucket];
            entries[*next as usize] = entry;
            *next += 1;
        });
        Self { entries, ends }
    }
}

impl Group<'_> {
    /// Number of buckets; the one of digits of size 1 is the first.
    pub(super) const fn buckets(&self) -> usize {
        1 << (self.digits.cut().window_bits - 1)
    }

    /// Number of digits, zeros included.
    pub(super) fn len(&self) -> usize {
        self.digits.group_len(self.window)
    }

    /// Entries by ranges of buckets, as many as `1 << log_parts`, in parallel.
    pub(super) fn split(&self, log_parts: u32) -> Vec<Part> {
        let parts = 1 << log_parts;
        let buckets = self.buckets() >> log_parts;
        let segments = self.digits.segments(self.window);
        let step = segments.div_ceil(parts).max(1);
        let lists = (0..segments.div_ceil(step)).into_par_iter().map(|number| {
            let range = number * step..segments.min((number + 1) * step);
            let mut lists: Vec<Vec<(u32, u32)>> = vec![Vec::new(); parts];
            let shift = buckets.ilog2();
            self.digits.visit(self.window, range, |entry, size| {
                let bucket = size - 1;
                lists[bucket >> shift].push((entry, (bucket & (buckets - 1)) as u32));
            });
            lists
        });
        let mut all: Vec<Part> = (0..parts).map(|_| Part { buckets, lists: Vec::new() }).collect();
        for lists in lists.collect::<Vec<_>>() {
            for (part, list) in all.iter_mut().zip(lists) {
                part.lists.push(list);
            }
        }
        all
    }
}

/// Groups that lie one behind the other.
impl Entries for [Group<'_>] {
    fn buckets(&self) -> usize {
        self.iter().map(Group::buckets).sum()
    }

    #[inline(always)]
    fn visit(&self, mut visit: impl FnMut(u32, usize)) {
        let mut first = 0;
        for group in self {
            let segments = 0..group.digits.segments(group.window);
            group.digits.visit(group.window, segments, |entry, size| visit(entry, first + size - 1));
            first += group.buckets();
        }
    }
}

/// The entries of some consecutive buckets of a group.
pub(super) struct Part {
    buckets: usize,
    /// Entries and buckets.
    lists: Vec<Vec<(u32, u32)>>,
}

impl Entries for Part {
    fn buckets(&self) -> usize {
        self.buckets
    }

    #[inline(always)]
    fn visit(&self, mut visit: impl FnMut(u32, usize)) {
        for &(entry, bucket) in self.lists.iter().flatten() {
            visit(entry, bucket as usize);
        }
    }
}
