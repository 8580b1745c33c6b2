//! Selector values by number. A circuit has millions of selectors and few distinct values of them.

use std::hash::{BuildHasher as _, RandomState};

use chinampa_kernels::Fr;
use hashbrown::HashTable;

/// Number of a selector value.
pub(crate) type Shade = u32;

/// The distinct selector values of a circuit.
#[derive(Debug)]
pub(crate) struct Palette {
    values: Vec<Fr>,
    /// By the hash of the value.
    numbers: HashTable<Shade>,
    hasher: RandomState,
}

impl Palette {
    pub(crate) const ZERO: Shade = 0;
    pub(crate) const ONE: Shade = 1;
    pub(crate) const MINUS_ONE: Shade = 2;

    /// A palette of 0, 1 and -1, which are most selectors.
    pub(crate) fn new() -> Self {
        let values = vec![Fr::ZERO, Fr::ONE, -Fr::ONE];
        // These three are found without a table.
        Self { values, numbers: HashTable::new(), hasher: RandomState::new() }
    }

    /// The number of a value.
    pub(crate) fn number(&mut self, value: Fr) -> Shade {
        if value.is_zero() {
            return Self::ZERO;
        }
        if value == Fr::ONE {
            return Self::ONE;
        }
        if value == self.values[Self::MINUS_ONE as usize] {
            return Self::MINUS_ONE;
        }
        let next = u32::try_from(self.values.len()).expect("a circuit has fewer than 2^32 selectors");
        let (values, hasher) = (&mut self.values, &self.hasher);
        let is_value = |number: &Shade| values[*number as usize] == value;
        let hash = |number: &Shade| hasher.hash_one(values[*number as usize]);
        let entry = self.numbers.entry(hasher.hash_one(value), is_value, hash).or_insert(next);
        let number = *entry.get();
        if number == next {
            values.push(value);
        }
        number
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The value of a number.
    pub(crate) fn value(&self, number: Shade) -> Fr {
        self.values[number as usize]
    }
}
