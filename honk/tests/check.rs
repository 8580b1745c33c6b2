//! The row-by-row check finds the row that is wrong.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is its purpose")]

use chinampa_honk::builder::{BlockKind, Builder, Circuit, Purpose, Var};
use chinampa_kernels::Fr;

/// A circuit of two witnesses.
fn circuit(values: [u64; 2], gates: impl FnOnce(&mut Builder, [Var; 2])) -> Circuit {
    let mut builder = Builder::new(values.map(Fr::from).to_vec(), Vec::new(), Purpose::Proof);
    gates(&mut builder, [Var::new(0), Var::new(1)]);
    builder.add_default_backend_inputs();
    builder.finish()
}

/// The relation, block and row of the block that a circuit breaks first.
fn broken(circuit: Circuit) -> Option<(&'static str, Option<BlockKind>, usize)> {
    let mut start = 1;
    let starts = BlockKind::ALL.map(|kind| {
        start += circuit.block_len(kind);
        start - circuit.block_len(kind)
    });
    let found = circuit.into_checked_trace().err()?;
    let start = starts[found.block.unwrap() as usize];
    Some((found.relation, found.block, found.row - start))
}

fn bits(builder: &mut Builder, vars: [Var; 2]) {
    for var in vars {
        builder.add_bool(var);
    }
}

#[test]
fn a_broken_gate_is_found_at_its_row() {
    assert_eq!(broken(circuit([0, 1], bits)), None);
    // The rows differ by one, whatever comes before both.
    let first = broken(circuit([2, 1], bits)).unwrap();
    let second = broken(circuit([0, 2], bits)).unwrap();
    assert_eq!((first.0, first.1), ("Arithmetic", Some(BlockKind::Arithmetic)));
    assert_eq!(second, (first.0, first.1, first.2 + 1));
}

#[test]
fn a_broken_copy_is_found() {
    let equal = |builder: &mut Builder, [left, right]: [Var; 2]| {
        bits(builder, [left, right]);
        builder.assert_equal(left, right);
    };
    assert_eq!(broken(circuit([1, 1], equal)), None);
    assert!(circuit([0, 1], equal).failure().is_some());
    assert!(circuit([1, 1], equal).failure().is_none());
}

#[test]
fn a_value_outside_of_its_range_is_found() {
    let range = |builder: &mut Builder, [value, _]: [Var; 2]| builder.constrain_bits(value, 8);
    assert_eq!(broken(circuit([255, 0], range)), None);
    assert!(circuit([256, 0], range).failure().is_some());
    assert!(broken(circuit([256, 0], range)).is_some());
}
