//! One column of a trace, in the narrowest form that holds it.
//!
//! A field element takes 32 bytes, but most columns have few distinct values (selectors), small ones (permutations, tables)
//! or values that stand in many cells (wires). Such columns are held as numbers and widened where they are read.

use std::sync::Arc;

use chinampa_kernels::Fr;
use chinampa_kernels::field::FrParams;
use chinampa_kernels::lanes::{Kernel, LANES, Lanes, dispatch};

use super::identity::Identity;

/// A column that is zero outside a range of rows.
#[derive(Clone, Debug)]
pub struct Column {
    start: usize,
    values: Values,
}

/// The values of the rows that a column holds.
#[derive(Clone, Debug)]
enum Values {
    Fields(Vec<Fr>),
    /// Numbers of values in a palette of at most `2^8`.
    Shades8(Arc<Vec<Fr>>, Vec<u8>),
    /// Of at most `2^16`.
    Shades16(Arc<Vec<Fr>>, Vec<u16>),
    /// Of any palette.
    Shades32(Arc<Vec<Fr>>, Vec<u32>),
    Integers(Vec<i32>),
    Identity(Identity),
}

/// The column that is zero everywhere, to be borrowed where there is none.
pub(crate) static NO_COLUMN: Column = Column::EMPTY;

/// Writes the values of a palette that have these numbers to `out`, as many.
fn pick<N: Copy + Into<u32>>(palette: &[Fr], numbers: &[N], out: &mut [Fr]) {
    for (out, &number) in out.iter_mut().zip(numbers) {
        *out = palette[number.into() as usize];
    }
}

impl Column {
    /// The column that is zero everywhere.
    pub const EMPTY: Self = Self::new(0, Vec::new());

    /// A column that is zero outside the rows `start..start + values.len()`, held as it is given.
    pub const fn new(start: usize, values: Vec<Fr>) -> Self {
        Self { start, values: Values::Fields(values) }
    }

    /// A column of integers.
    pub const fn integers(start: usize, integers: Vec<i32>) -> Self {
        Self { start, values: Values::Integers(integers) }
    }

    /// A column of cells' names.
    pub(super) const fn identity(start: usize, identity: Identity) -> Self {
        Self { start, values: Values::Identity(identity) }
    }

    /// A column of at most `2^8` values by their numbers in `palette`.
    ///
    /// # Panics
    /// If a number is not below the length of `palette`.
    pub fn shades8(start: usize, palette: Arc<Vec<Fr>>, numbers: Vec<u8>) -> Self {
        assert!(
            numbers.iter().all(|&number| usize::from(number) < palette.len()),
            "numbers are of the palette"
        );
        Self { start, values: Values::Shades8(palette, numbers) }
    }

    /// A column of at most `2^16` values by their numbers in `palette`.
    ///
    /// # Panics
    /// If a number is not below the length of `palette`.
    pub fn shades16(start: usize, palette: Arc<Vec<Fr>>, numbers: Vec<u16>) -> Self {
        assert!(
            numbers.iter().all(|&number| usize::from(number) < palette.len()),
            "numbers are of the palette"
        );
        Self { start, values: Values::Shades16(palette, numbers) }
    }

    /// A column of values by their numbers in `palette`, which columns may share.
    ///
    /// # Panics
    /// If a number is not below the length of `palette`.
    pub fn shades32(start: usize, palette: Arc<Vec<Fr>>, numbers: Vec<u32>) -> Self {
        assert!(
            numbers.iter().all(|&number| (number as usize) < palette.len()),
            "numbers are of the palette"
        );
        Self { start, values: Values::Shades32(palette, numbers) }
    }

    /// A column of integers if all values are between `-2^31` and `2^31`, else as [`new`](Self::new).
    pub fn narrowed(start: usize, values: Vec<Fr>) -> Self {
        match values.iter().map(narrow).collect() {
            Some(integers) => Self::integers(start, integers),
            None => Self::new(start, values),
        }
    }

    /// The first row that the column holds.
    pub const fn start(&self) -> usize {
        self.start
    }

    /// One more than the last row that the column holds.
    pub const fn end(&self) -> usize {
        self.start + self.len()
    }

    /// Whether the column holds no row.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of rows that the column holds.
    const fn len(&self) -> usize {
        match &self.values {
            Values::Fields(values) => values.len(),
            Values::Shades8(_, numbers) => numbers.len(),
            Values::Shades16(_, numbers) => numbers.len(),
            Values::Shades32(_, numbers) => numbers.len(),
            Values::Integers(integers) => integers.len(),
            Values::Identity(identity) => identity.len(),
        }
    }

    /// The value of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Fr {
        let Some(index) = row.checked_sub(self.start).filter(|&index| index < self.len()) else {
            return Fr::ZERO;
        };
        match &self.values {
            Values::Fields(values) => values[index],
            Values::Shades8(palette, numbers) => palette[usize::from(numbers[index])],
            Values::Shades16(palette, numbers) => palette[usize::from(numbers[index])],
            Values::Shades32(palette, numbers) => palette[numbers[index] as usize],
            Values::Integers(integers) => widen(integers[index]),
            Values::Identity(identity) => widen(identity.range(index..index + 1)[0]),
        }
    }

    /// The values of the rows that the column holds, if they are held as field elements.
    pub fn as_fields(&self) -> Option<&[Fr]> {
        match &self.values {
            Values::Fields(values) => Some(values),
            _ => None,
        }
    }

    /// Whether most values have few bits, as those of selectors and permutations have.
    pub(crate) const fn is_narrow(&self) -> bool {
        matches!(self.values, Values::Shades8(..) | Values::Integers(_) | Values::Identity(_))
    }

    /// Where the rows `first..first + len` that the column holds lie among its values, and among those rows.
    fn overlap(&self, first: usize, len: usize) -> Option<(std::ops::Range<usize>, usize)> {
        let start = first.max(self.start);
        let end = (first + len).min(self.end());
        (start < end).then(|| (start - self.start..end - self.start, start - first))
    }

    /// Writes the values of the rows from `first` on to `out`.
    pub fn read(&self, first: usize, out: &mut [Fr]) {
        let Some((range, offset)) = self.overlap(first, out.len()) else {
            out.fill(Fr::ZERO);
            return;
        };
        let (before, rest) = out.split_at_mut(offset);
        let (values, after) = rest.split_at_mut(range.len());
        before.fill(Fr::ZERO);
        after.fill(Fr::ZERO);
        match &self.values {
            Values::Fields(fields) => values.copy_from_slice(&fields[range]),
            Values::Integers(integers) => {
                values.fill(Fr::ZERO);
                dispatch(AddMultiple { integers: &integers[range], scale: Fr::ONE, out: values });
            }
            Values::Identity(identity) => {
                values.fill(Fr::ZERO);
                dispatch(AddMultiple { integers: &identity.range(range), scale: Fr::ONE, out: values });
            }
            Values::Shades8(palette, numbers) => pick(palette, &numbers[range], values),
            Values::Shades16(palette, numbers) => pick(palette, &numbers[range], values),
            Values::Shades32(palette, numbers) => pick(palette, &numbers[range], values),
        }
    }

    /// Adds `scale` times the values of the rows from `first` on to `out`.
    pub fn add_multiple(&self, first: usize, scale: Fr, out: &mut [Fr]) {
        let Some((range, offset)) = self.overlap(first, out.len()) else {
            return;
        };
        let out = &mut out[offset..][..range.len()];
        match &self.values {
            Values::Shades8(palette, numbers) => {
                let multiples: Vec<Fr> = palette.iter().map(|value| *value * scale).collect();
                for (out, &number) in out.iter_mut().zip(&numbers[range]) {
                    *out += multiples[usize::from(number)];
                }
            }
            Values::Integers(integers) => {
                dispatch(AddMultiple { integers: &integers[range], scale, out });
            }
            Values::Identity(identity) => {
                dispatch(AddMultiple { integers: &identity.range(range), scale, out });
            }
            Values::Fields(values) => dispatch(AddProducts { values: &values[range], scale, out }),
            Values::Shades16(..) | Values::Shades32(..) => {
                let mut values = vec![Fr::ZERO; range.len()];
                self.read(self.start + range.start, &mut values);
                dispatch(AddProducts { values: &values, scale, out });
            }
        }
    }

    /// Changes the value of a row; the column then holds the row, and its values as field elements.
    pub fn set(&mut self, row: usize, value: Fr) {
        let end = self.end();
        let start = if self.is_empty() { row } else { self.start.min(row) };
        let values = match &mut self.values {
            Values::Fields(values) => {
                let missing = if values.is_empty() { 0 } else { self.start - start };
                values.splice(0..0, std::iter::repeat_n(Fr::ZERO, missing));
                values.resize(values.len().max(row + 1 - start), Fr::ZERO);
                values
            }
            _ => {
                let mut values = vec![Fr::ZERO; end.max(row + 1) - start];
                self.read(start, &mut values);
                self.values = Values::Fields(values);
                self.start = start;
                return self.set(row, value);
            }
        };
        self.start = start;
        values[row - start] = value;
    }
}

impl Default for Column {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// Columns are equal if they hold the same rows and values, in whatever form.
impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        let rows = self.start..self.end();
        rows == (other.start..other.end()) && rows.into_iter().all(|row| self.get(row) == other.get(row))
    }
}

impl Eq for Column {}

/// Adds `scale` times integers to field elements, as many.
struct AddMultiple<'a> {
    integers: &'a [i32],
    scale: Fr,
    out: &'a mut [Fr],
}

impl Kernel<FrParams> for AddMultiple<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let factor = L::factor(self.scale);
        for (out, integers) in self.out.chunks_mut(LANES).zip(self.integers.chunks(LANES)) {
            let mut eight = [0; LANES];
            eight[..integers.len()].copy_from_slice(integers);
            (L::load_some(out) + L::scale(&eight, factor)).store_some(out);
        }
    }
}

/// Adds `scale` times field elements to others, as many.
struct AddProducts<'a> {
    values: &'a [Fr],
    scale: Fr,
    out: &'a mut [Fr],
}

impl Kernel<FrParams> for AddProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let scale = L::splat(self.scale);
        for (out, values) in self.out.chunks_mut(LANES).zip(self.values.chunks(LANES)) {
            (L::load_some(out) + L::load_some(values) * scale).store_some(out);
        }
    }
}

fn widen(integer: i32) -> Fr {
    let magnitude = Fr::from(integer.unsigned_abs());
    if integer < 0 { -magnitude } else { magnitude }
}

/// The integer that a value is, if it has at most 31 bits and a sign.
fn narrow(value: &Fr) -> Option<i32> {
    let magnitude = |value: &Fr| match value.to_canonical_limbs() {
        [low, 0, 0, 0] => i32::try_from(low).ok(),
        _ => None,
    };
    magnitude(value).or_else(|| magnitude(&-*value).map(|integer| -integer))
}

#[cfg(test)]
mod tests;
