//! The permutation of the copy constraints.

use std::ops::Range;

use super::Column;
use super::identity::Identity;
use super::layout::FIRST_ROW;
use super::wires::Wires;
use crate::builder::{NO_TAG, Variables};

/// Weight of a wire's number in the name of a cell; cells are `row + wire * SEPARATOR`.
///
/// # Sources
/// Barretenberg 4.1.2, `PERMUTATION_ARGUMENT_VALUE_SEPARATOR`.
pub const PERMUTATION_SEPARATOR: u64 = 1 << 28;

/// The same, as names are held: those of cells are below `2^30`, those of tags `2^30` and more.
const SEPARATOR: i32 = PERMUTATION_SEPARATOR as i32;

/// The columns sigma and the identities of the four wires: every cell names the next cell of its variable, and the ends of a cycle
/// carry tags. In the rows of `inputs`, the first wire names what no cell has.
pub(super) fn permutation(wires: &Wires, variables: &Variables, inputs: Range<usize>) -> [[Column; 4]; 2] {
    /// No cell of a class so far.
    const NONE: u32 = u32::MAX;
    let rows = wires.len();
    let cell = |wire: usize, index: usize| (FIRST_ROW + index) as i32 + SEPARATOR * wire as i32;
    let tag_name = |tag: u32| {
        let tag = i32::try_from(tag).ok().and_then(|tag| tag.checked_add(4 * SEPARATOR));
        tag.expect("a circuit has fewer than 2^30 tags")
    };
    let mut sigma: [Vec<i32>; 4] = std::array::from_fn(|_| vec![0; rows]);
    let mut id: [Identity; 4] =
        std::array::from_fn(|wire| Identity::new(cell(wire, 0), rows, tag_name(NO_TAG)));
    // The last cell of each class so far, `4 * row + wire`: there are at most 2^28 rows.
    let mut last = vec![NONE; variables.len()];
    for (index, row) in wires.rows().enumerate() {
        for (wire, &root) in row.iter().enumerate() {
            let before = std::mem::replace(&mut last[root.index()], (4 * index + wire) as u32);
            let tag = variables.tag_of_root(root);
            if before == NONE {
                id[wire].rename(index, tag_name(tag));
            } else {
                sigma[(before % 4) as usize][(before / 4) as usize] = cell(wire, index);
            }
            // Overwritten by the next cell of the class, if there is one.
            sigma[wire][index] = tag_name(variables.partner(tag));
        }
    }
    for row in inputs {
        sigma[0][row - FIRST_ROW] = -(row as i32 + 1);
    }
    [
        sigma.map(|names| Column::integers(FIRST_ROW, names)),
        id.map(|identity| Column::identity(FIRST_ROW, identity)),
    ]
}
