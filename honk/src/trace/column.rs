//! One column of a trace.

use chinampa_kernels::Fr;

/// A column that is zero outside a range of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Row of the first value.
    pub start: usize,
    /// The values from there on.
    pub values: Vec<Fr>,
}

impl Column {
    /// The column that is zero everywhere.
    pub const EMPTY: Self = Self::new(0, Vec::new());

    /// A column that is zero outside the rows `start..start + values.len()`.
    pub const fn new(start: usize, values: Vec<Fr>) -> Self {
        Self { start, values }
    }

    /// The value of a row.
    pub fn get(&self, row: usize) -> Fr {
        row.checked_sub(self.start).and_then(|index| self.values.get(index)).copied().unwrap_or(Fr::ZERO)
    }

    /// One more than the last row that the column holds.
    pub const fn end(&self) -> usize {
        self.start + self.values.len()
    }
}
