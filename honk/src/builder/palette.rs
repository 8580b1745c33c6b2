//! Selector values by number. A circuit has millions of selectors and few distinct values of them.

use chinampa_kernels::Fr;

use super::numbering::Numbering;

/// Number of a selector value.
pub(crate) type Shade = u32;

/// Distinct values with numbers: those of a circuit's selectors, to begin with those that a program names. The first three are
/// always 0, 1 and -1.
#[derive(Clone, Debug)]
pub struct Palette {
    values: Vec<Fr>,
    numbers: Numbering,
}

impl Palette {
    /// The number of 0.
    pub const ZERO: u32 = 0;
    /// The number of 1.
    pub const ONE: u32 = 1;
    /// The number of -1.
    pub const MINUS_ONE: u32 = 2;

    /// A palette of 0, 1 and -1, which are most selectors.
    pub fn new() -> Self {
        let values = vec![Fr::ZERO, Fr::ONE, -Fr::ONE];
        // These three are found without a table.
        Self { values, numbers: Numbering::new() }
    }

    /// The number of a value; a new one if it has none yet.
    ///
    /// # Panics
    /// At `2^32 - 1` values.
    pub fn number(&mut self, value: Fr) -> u32 {
        if value.is_zero() {
            return Self::ZERO;
        }
        if value == Fr::ONE {
            return Self::ONE;
        }
        if value == self.values[Self::MINUS_ONE as usize] {
            return Self::MINUS_ONE;
        }
        let next = u32::try_from(self.values.len()).ok().filter(|next| *next < u32::MAX);
        let next = next.expect("a circuit has fewer than 2^32 selectors");
        let values = &mut self.values;
        let number = self.numbers.number(&value, |number| values[number as usize] == value, next);
        if number == next {
            values.push(value);
        }
        number
    }

    /// How many values there are.
    #[expect(clippy::len_without_is_empty, reason = "it always has three values")]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The value of a number.
    ///
    /// # Panics
    /// If there is no such number.
    pub fn value(&self, number: u32) -> Fr {
        self.values[number as usize]
    }
}

impl Default for Palette {
    fn default() -> Self {
        Self::new()
    }
}
