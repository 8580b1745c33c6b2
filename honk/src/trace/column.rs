//! One column of a trace, in the narrowest form that holds it.
//!
//! A field element takes 32 bytes, but most columns have few distinct values (selectors), small ones (permutations, tables)
//! or values that stand in many cells (wires). Such columns are held as numbers and widened where they are read.

use std::sync::Arc;

use chinampa_kernels::Fr;

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
}

/// Does `$body` with `$value`, a function from a range of positions to an iterator over their values.
macro_rules! with_values {
    ($values:expr, |$iter:ident, $range:ident| $body:expr) => {
        match $values {
            Values::Fields(values) => {
                let $iter = values[$range].iter().copied();
                $body
            }
            Values::Shades8(palette, numbers) => {
                let $iter = numbers[$range].iter().map(|&number| palette[usize::from(number)]);
                $body
            }
            Values::Shades16(palette, numbers) => {
                let $iter = numbers[$range].iter().map(|&number| palette[usize::from(number)]);
                $body
            }
            Values::Shades32(palette, numbers) => {
                let $iter = numbers[$range].iter().map(|&number| palette[number as usize]);
                $body
            }
            Values::Integers(integers) => {
                let $iter = integers[$range].iter().map(|&integer| widen(integer));
                $body
            }
        }
    };
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
        matches!(self.values, Values::Shades8(..) | Values::Integers(_))
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
        if let Values::Fields(fields) = &self.values {
            values.copy_from_slice(&fields[range]);
            return;
        }
        with_values!(&self.values, |iter, range| values
            .iter_mut()
            .zip(iter)
            .for_each(|(out, value)| *out = value));
    }

    /// Adds `scale` times the values of the rows from `first` on to `out`.
    pub fn add_multiple(&self, first: usize, scale: Fr, out: &mut [Fr]) {
        let Some((range, offset)) = self.overlap(first, out.len()) else {
            return;
        };
        let out = &mut out[offset..][..range.len()];
        if let Values::Shades8(palette, numbers) = &self.values {
            let multiples: Vec<Fr> = palette.iter().map(|value| *value * scale).collect();
            for (out, &number) in out.iter_mut().zip(&numbers[range]) {
                *out += multiples[usize::from(number)];
            }
            return;
        }
        with_values!(&self.values, |iter, range| for (out, value) in out.iter_mut().zip(iter) {
            if !value.is_zero() {
                *out += value * scale;
            }
        });
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
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Values of which some are integers.
    fn values() -> impl Strategy<Value = Vec<Fr>> {
        let value = prop_oneof![
            Just(Fr::ZERO),
            any::<i32>().prop_map(|integer| widen(integer.max(-i32::MAX))),
            any::<[u8; 32]>().prop_map(|bytes| Fr::from_be_bytes_reduced(&bytes)),
        ];
        vec(value, 1..20)
    }

    /// The column in all forms that can hold it.
    fn forms(start: usize, palette: &[Fr], numbers: &[u8]) -> Vec<Column> {
        let wide: Vec<Fr> = numbers.iter().map(|&number| palette[usize::from(number)]).collect();
        let shared = Arc::new(palette.to_vec());
        vec![
            Column::new(start, wide.clone()),
            Column::narrowed(start, wide),
            Column::shades8(start, Arc::clone(&shared), numbers.to_vec()),
            Column::shades16(
                start,
                Arc::clone(&shared),
                numbers.iter().map(|&number| number.into()).collect(),
            ),
            Column::shades32(start, shared, numbers.iter().map(|&number| number.into()).collect()),
        ]
    }

    proptest! {
        #[test]
        fn every_form_reads_as_its_wide_form(
            (palette, numbers) in values().prop_flat_map(|palette| {
                let numbers = vec(0..palette.len() as u8, 0..40);
                (Just(palette), numbers)
            }),
            start in 0usize..6,
            first in 0usize..50,
            len in 0usize..50,
            scale: u64,
            changed in 0usize..50,
        ) {
            let wide = |row: usize| {
                let number = row.checked_sub(start).and_then(|index| numbers.get(index));
                number.map_or(Fr::ZERO, |&number| palette[usize::from(number)])
            };
            let (end, scale) = (start + numbers.len(), Fr::from(scale));
            let expected: Vec<Fr> = (first..first + len).map(wide).collect();
            let all = forms(start, &palette, &numbers);
            for column in &all {
                prop_assert_eq!((column.start(), column.end(), column.is_empty()), (start, end, numbers.is_empty()));
                prop_assert!((0..60).all(|row| column.get(row) == wide(row)));
                prop_assert_eq!(column, &all[0]);
                let mut read = vec![Fr::ONE; len];
                column.read(first, &mut read);
                prop_assert_eq!(&read, &expected);
                column.add_multiple(first, scale, &mut read);
                let multiple: Vec<Fr> = expected.iter().map(|value| *value * (scale + Fr::ONE)).collect();
                prop_assert_eq!(&read, &multiple);
                let mut set = column.clone();
                set.set(changed, scale);
                let value = |row| if row == changed { scale } else { wide(row) };
                prop_assert!((0..60).all(|row| set.get(row) == value(row)));
                prop_assert!((set.start()..set.end()).contains(&changed) && !set.is_empty());
            }
        }
    }

    #[test]
    fn integers_of_31_bits_are_narrow() {
        let largest = Fr::from((1u64 << 31) - 1);
        for (value, is_narrow) in
            [(largest, true), (-largest, true), (largest + Fr::ONE, false), (-largest - Fr::ONE, false)]
        {
            let column = Column::narrowed(3, vec![value, Fr::ZERO]);
            assert_eq!(
                (column.as_fields().is_none(), column.get(3), column.get(4)),
                (is_narrow, value, Fr::ZERO)
            );
        }
    }
}
