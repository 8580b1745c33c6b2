//! Variables: their values, which of them are one (copy constraints), and their tags.

use chinampa_kernels::Fr;

/// A variable of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(u32);

impl Var {
    /// The variable of an index. The witnesses that a builder starts with are its first variables, in their order.
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// Index of the variable.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    const fn of(index: usize) -> Self {
        Self(index as u32)
    }
}

/// A tag of a copy cycle: cycles of one tag hold, as a multiset, the values of the cycles of its partner.
pub(crate) type Tag = u32;

/// The tag of an ordinary variable, its own partner.
pub(crate) const NO_TAG: Tag = 0;

/// All variables of a circuit. Classes of equal variables are trees; the root of a tree stands for the class.
#[derive(Debug)]
pub(crate) struct Variables {
    values: Vec<Fr>,
    parents: Vec<u32>,
    /// Tags of classes, by root.
    tags: Vec<Tag>,
    /// Partners of tags.
    partners: Vec<Tag>,
}

/// Two classes with different tags were declared equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TagClash;

impl Variables {
    /// The variables of a witness.
    pub(crate) fn new(values: Vec<Fr>) -> Self {
        let len = u32::try_from(values.len()).expect("a witness index is a u32");
        Self { parents: (0..len).collect(), tags: vec![NO_TAG; values.len()], values, partners: vec![NO_TAG] }
    }

    /// A new variable.
    pub(crate) fn add(&mut self, value: Fr) -> Var {
        let index = u32::try_from(self.values.len()).expect("a circuit has fewer than 2^32 variables");
        self.values.push(value);
        self.parents.push(index);
        self.tags.push(NO_TAG);
        Var(index)
    }

    /// Number of variables.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The value of a variable.
    pub(crate) fn value(&self, var: Var) -> Fr {
        self.values[self.root_of(var).index()]
    }

    /// Changes the value of a variable and of all that are equal to it.
    pub(crate) fn set_value(&mut self, var: Var, value: Fr) {
        let root = self.root(var);
        self.values[root.index()] = value;
    }

    /// The variable that stands for the class of `var`. Shortens the path to it.
    pub(crate) fn root(&mut self, var: Var) -> Var {
        let mut at = var.index();
        while self.parents[at] as usize != at {
            self.parents[at] = self.parents[self.parents[at] as usize];
            at = self.parents[at] as usize;
        }
        Var::of(at)
    }

    /// The same, where nothing can be changed.
    pub(crate) fn root_of(&self, var: Var) -> Var {
        let mut at = var.index();
        while self.parents[at] as usize != at {
            at = self.parents[at] as usize;
        }
        Var::of(at)
    }

    /// Makes two variables one. The first one's value remains, and its tag unless it has none.
    pub(crate) fn merge(&mut self, kept: Var, other: Var) -> Result<(), TagClash> {
        let (kept, other) = (self.root(kept), self.root(other));
        if kept == other {
            return Ok(());
        }
        self.parents[other.index()] = kept.0;
        let (kept_tag, other_tag) = (self.tags[kept.index()], self.tags[other.index()]);
        if kept_tag == NO_TAG {
            self.tags[kept.index()] = other_tag;
        } else if other_tag != NO_TAG && other_tag != kept_tag {
            return Err(TagClash);
        }
        Ok(())
    }

    /// The tag of a variable's class.
    pub(crate) fn tag(&mut self, var: Var) -> Tag {
        let root = self.root(var);
        self.tags[root.index()]
    }

    /// Tags a variable's class.
    pub(crate) fn set_tag(&mut self, var: Var, tag: Tag) {
        let root = self.root(var);
        self.tags[root.index()] = tag;
    }

    /// Two new tags, each the partner of the other.
    pub(crate) fn add_tag_pair(&mut self) -> (Tag, Tag) {
        let first = u32::try_from(self.partners.len()).expect("there are fewer tags than variables");
        self.partners.push(first + 1);
        self.partners.push(first);
        (first, first + 1)
    }

    /// The partner of a tag.
    pub(crate) fn partner(&self, tag: Tag) -> Tag {
        self.partners[tag as usize]
    }

    /// The tag of a class by its root.
    pub(crate) fn tag_of_root(&self, root: Var) -> Tag {
        self.tags[root.index()]
    }

    /// The values of all variables; those of a class are its root's.
    pub(crate) fn into_values(self) -> Vec<Fr> {
        self.values
    }

    /// Points every variable at the root of its class, so that finding roots takes one step from now on.
    pub(crate) fn flatten(&mut self) {
        for index in 0..self.parents.len() {
            self.parents[index] = self.root(Var::of(index)).0;
        }
    }
}
