//! How neighbours are paired on their way up: the same at the tx, block and checkpoint level.
//!
//! A tree is filled greedily: its left half is the largest full binary tree that leaves something for the right
//! half, which follows the same rule. Circuits check this shape, so there is no other.

/// What stands below a merge or a root: a leaf, or a merge of the same level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Child {
    /// The leaf with this position.
    Leaf(usize),
    /// The merge with this position in [`MergeTree::merges`].
    Merge(usize),
}

/// What the root of a level takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Top {
    /// Nothing is below.
    Empty,
    /// One leaf, taken as it is.
    One(Child),
    /// Left and right.
    Two([Child; 2]),
}

impl Top {
    /// The children, from the left.
    pub fn children(&self) -> &[Child] {
        match self {
            Self::Empty => &[],
            Self::One(child) => std::slice::from_ref(child),
            Self::Two(children) => children,
        }
    }
}

/// The merges over a number of leaves. The two uppermost nodes are not merged: the root circuit of the level takes
/// both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeTree {
    /// Left and right child of each merge; children come before their parents.
    pub merges: Vec<[Child; 2]>,
    /// What the root takes.
    pub top: Top,
}

impl MergeTree {
    /// The tree over `leaves` leaves: `leaves - 2` merges, or none for two leaves and fewer.
    pub fn new(leaves: usize) -> Self {
        let mut merges = Vec::with_capacity(leaves.saturating_sub(2));
        let top = match leaves {
            0 => Top::Empty,
            1 => Top::One(Child::Leaf(0)),
            _ => Top::Two(split(0, leaves, &mut merges)),
        };
        Self { merges, top }
    }
}

/// Left and right half of `count >= 2` leaves from `start`.
fn split(start: usize, count: usize, merges: &mut Vec<[Child; 2]>) -> [Child; 2] {
    let left = count.next_power_of_two() / 2;
    [subtree(start, left, merges), subtree(start + left, count - left, merges)]
}

fn subtree(start: usize, count: usize, merges: &mut Vec<[Child; 2]>) -> Child {
    if count == 1 {
        return Child::Leaf(start);
    }
    let children = split(start, count, merges);
    merges.push(children);
    Child::Merge(merges.len() - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The tree as nested parentheses, in the notation of Aztec's documentation.
    fn text(tree: &MergeTree, child: Child) -> String {
        match child {
            Child::Leaf(index) => index.to_string(),
            Child::Merge(index) => pair(tree, tree.merges[index]),
        }
    }

    fn pair(tree: &MergeTree, [left, right]: [Child; 2]) -> String {
        format!("({},{})", text(tree, left), text(tree, right))
    }

    fn shape(leaves: usize) -> String {
        let tree = MergeTree::new(leaves);
        match tree.top {
            Top::Empty => String::new(),
            Top::One(child) => text(&tree, child),
            Top::Two(children) => pair(&tree, children),
        }
    }

    /// Recorded from Aztec's own class, as leaf locations.
    #[test]
    fn shapes_are_those_of_the_real_program() {
        for (leaves, expected) in [
            (0, ""),
            (1, "0"),
            (2, "(0,1)"),
            (3, "((0,1),2)"),
            (5, "(((0,1),(2,3)),4)"),
            (6, "(((0,1),(2,3)),(4,5))"),
            (7, "(((0,1),(2,3)),((4,5),6))"),
            (9, "((((0,1),(2,3)),((4,5),(6,7))),8)"),
            (11, "((((0,1),(2,3)),((4,5),(6,7))),((8,9),10))"),
        ] {
            assert_eq!(shape(leaves), expected, "{leaves} leaves");
        }
    }

    proptest! {
        #[test]
        fn every_node_has_one_parent_and_comes_before_it(leaves in 0_usize..600) {
            let tree = MergeTree::new(leaves);
            prop_assert_eq!(tree.merges.len(), leaves.saturating_sub(2));
            let (mut leaf_parents, mut merge_parents) = (vec![0; leaves], vec![0; tree.merges.len()]);
            let mut visit = |child: &Child, before: usize| match *child {
                Child::Leaf(index) => leaf_parents[index] += 1,
                Child::Merge(index) => {
                    assert!(index < before);
                    merge_parents[index] += 1;
                }
            };
            for (position, children) in tree.merges.iter().enumerate() {
                children.iter().for_each(|child| visit(child, position));
            }
            tree.top.children().iter().for_each(|child| visit(child, tree.merges.len()));
            prop_assert!(leaf_parents.iter().chain(&merge_parents).all(|parents| *parents == 1));
        }
    }
}
