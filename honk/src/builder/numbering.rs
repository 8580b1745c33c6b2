//! Numbers for distinct values, of which circuits have millions.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use hashbrown::HashTable;

/// The numbers that values have. The values themselves lie elsewhere, each at its number.
///
/// Entries carry their hash, so that a table grows without looking at the values again, and a value is compared only with
/// those of the same hash. Hashes depend on random keys: nobody who writes a program can make them collide.
#[derive(Clone, Debug)]
pub(super) struct Numbering {
    entries: HashTable<Entry>,
    keys: Keys,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    number: u32,
}

impl Entry {
    /// The hash as the table takes it: places depend on the lowest bits, tags on the highest.
    const fn spread(hash: u32) -> u64 {
        (hash as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl Numbering {
    /// No numbers yet.
    pub(super) fn new() -> Self {
        Self { entries: HashTable::new(), keys: Keys::new() }
    }

    /// The number of a value, of which `is_it` tells whether it is that of a number; `next` for one that has none, and has it
    /// from now on.
    pub(super) fn number<V: Hash>(&mut self, value: &V, is_it: impl Fn(u32) -> bool, next: u32) -> u32 {
        let hash = (self.keys.hash_one(value) >> u32::BITS) as u32;
        let is_same = |entry: &Entry| entry.hash == hash && is_it(entry.number);
        let rehash = |entry: &Entry| Entry::spread(entry.hash);
        let entry = self.entries.entry(Entry::spread(hash), is_same, rehash);
        entry.or_insert(Entry { hash, number: next }).get().number
    }
}

/// Random numbers that a hash depends on.
#[derive(Clone, Copy, Debug)]
struct Keys([u64; 2]);

impl Keys {
    fn new() -> Self {
        let random = RandomState::new();
        Self([0, 1].map(|index: u64| random.hash_one(index)))
    }
}

impl BuildHasher for Keys {
    type Hasher = Folded;

    #[inline]
    fn build_hasher(&self) -> Folded {
        Folded { state: self.0[0], key: self.0[1] }
    }
}

/// A hash of few words: each is mixed into a secret state by a multiplication whose halves are added up.
#[derive(Clone, Copy, Debug)]
struct Folded {
    state: u64,
    key: u64,
}

impl Hasher for Folded {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.key | 1);
        self.state = (product as u64) ^ (product >> 64) as u64;
    }

    /// Lengths of lists, which tell nothing here: all values have one length.
    #[inline]
    fn write_usize(&mut self, _: usize) {}

    #[inline]
    fn finish(&self) -> u64 {
        let product = u128::from(self.state) * u128::from(self.key.rotate_left(32) | 1);
        (product as u64) ^ (product >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_number() {
        let value = |index: u64| [index % 1_000, 0, index % 7, u64::MAX];
        let (mut numbering, mut values) = (Numbering::new(), Vec::new());
        for index in 0..20_000 {
            let value = value(index);
            let next = values.len() as u32;
            let number = numbering.number(&value, |number| values[number as usize] == value, next);
            if number == next {
                values.push(value);
            }
            assert_eq!(values[number as usize], value);
        }
        assert_eq!(values.len(), 7_000);
    }

    /// Structured values, as selectors are, must not fall on each other.
    #[test]
    fn hashes_of_neighbours_differ() {
        let keys = Keys::new();
        let mut hashes: Vec<u64> = (0..1_u64 << 16)
            .flat_map(|index| [[index, 0, 0, 0], [0, index + 1, 0, 0], [0, 0, 0, (index + 1) << 40]])
            .map(|value| keys.hash_one(value) >> 32)
            .collect();
        let count = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        // Of 2^17.6 random numbers of 32 bits, four or five pairs are equal.
        assert!(count - hashes.len() < 40, "{} pairs", count - hashes.len());
    }
}
