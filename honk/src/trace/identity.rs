//! The names of a wire's cells, which need not be held.

use std::ops::Range;

/// Bits of a word.
const WORD: usize = u64::BITS as usize;

/// Names of neighbouring cells: each the one before it and one more, but for some that have other names.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// The first cell's.
    first: i32,
    len: usize,
    /// One bit for each cell that has another name.
    renamed: Vec<u64>,
    /// The name of those that `names` does not mention.
    usual: i32,
    /// The other names, by position, in ascending order.
    names: Vec<(u32, i32)>,
}

impl Identity {
    /// `len` cells of which none has another name.
    pub(super) fn new(first: i32, len: usize, usual: i32) -> Self {
        Self { first, len, renamed: vec![0; len.div_ceil(WORD)], usual, names: Vec::new() }
    }

    /// Gives a cell another name. Positions only rise.
    pub(super) fn rename(&mut self, index: usize, name: i32) {
        debug_assert!(self.names.last().is_none_or(|(last, _)| (*last as usize) < index), "positions rise");
        self.renamed[index / WORD] |= 1 << (index % WORD);
        if name != self.usual {
            self.names.push((index as u32, name));
        }
    }

    /// Number of cells.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The names of some cells.
    pub(super) fn range(&self, range: Range<usize>) -> Vec<i32> {
        let mut names: Vec<i32> = range
            .clone()
            .map(|index| match self.renamed[index / WORD] >> (index % WORD) & 1 {
                0 => self.first + index as i32,
                _ => self.usual,
            })
            .collect();
        let start = self.names.partition_point(|(index, _)| (*index as usize) < range.start);
        let end = self.names.partition_point(|(index, _)| (*index as usize) < range.end);
        for (index, name) in &self.names[start..end] {
            names[*index as usize - range.start] = *name;
        }
        names
    }
}
