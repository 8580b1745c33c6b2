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
        Column::shades16(start, Arc::clone(&shared), numbers.iter().map(|&number| number.into()).collect()),
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

proptest! {
    #[test]
    fn cells_have_the_names_that_they_were_given(
        len in 1usize..200,
        renamed in proptest::collection::btree_map(0usize..200, prop_oneof![Just(7), any::<i32>()], 0..20),
        first in 0usize..10,
        from in 0usize..210,
    ) {
        let mut identity = Identity::new(1000, len, 7);
        for (&index, &name) in renamed.iter().filter(|(index, _)| **index < len) {
            identity.rename(index, name.max(-i32::MAX));
        }
        let column = Column::identity(first, identity);
        let name = |row: usize| match row.checked_sub(first) {
            Some(index) if index < len => {
                widen(renamed.get(&index).map_or(1000 + index as i32, |name| (*name).max(-i32::MAX)))
            }
            _ => Fr::ZERO,
        };
        prop_assert!((0..220).all(|row| column.get(row) == name(row)));
        let mut read = vec![Fr::ONE; 30];
        column.read(from, &mut read);
        prop_assert!((from..from + 30).zip(&read).all(|(row, value)| *value == name(row)));
        column.add_multiple(from, Fr::from(4u64), &mut read);
        prop_assert!((from..from + 30).zip(&read).all(|(row, value)| *value == name(row) * Fr::from(5u64)));
    }
}
