//! Range constraints: lists of variables that are checked together against a sorted copy of themselves.

use chinampa_kernels::Fr;

use super::arithmetic::{Equals, Sum, power_of_two};
use super::block::{BlockKind, SHARED_SELECTORS};
use super::circuit::Builder;
use super::palette::Palette;
use super::variables::{NO_TAG, Tag, Var};

/// Bits of a limb into which wider values are split.
pub const LIMB_BITS: u32 = 14;

/// Distance of neighbours in a sorted list, at most.
const STEP: u64 = 3;

/// Variables that lie in `0..=bound`.
#[derive(Debug)]
pub(crate) struct RangeList {
    tag: Tag,
    sorted_tag: Tag,
    variables: Vec<Var>,
}

/// The largest value of `bits` bits.
const fn bound_of(bits: u32) -> u64 {
    (1 << bits) - 1
}

impl Builder {
    /// Constrains a variable to `bits` bits, as the opcode RANGE does.
    pub fn constrain_bits(&mut self, var: Var, bits: u32) {
        let zero = self.zero;
        match bits {
            0 => self.fix(var, Fr::ZERO),
            1 => self.add_bool(var),
            2..=LIMB_BITS => {
                self.add_unconstrained(BlockKind::Arithmetic, [var, zero, zero, zero]);
                self.constrain_bound(var, bound_of(bits));
            }
            _ => {
                self.constrain_limbs(var, bits);
            }
        }
    }

    /// Constrains a variable to `0..=bound` by putting it into the list of that bound. A variable that already is in
    /// the list of a smaller bound stays there; one that is in the list of a larger bound gets a copy.
    pub fn constrain_bound(&mut self, var: Var, bound: u64) {
        if integer(self.value(var)).is_none_or(|value| value > bound) {
            self.fail("a value is out of its range");
        }
        let tag = match self.ranges.get(&bound) {
            Some(list) => list.tag,
            None => self.add_range_list(bound),
        };
        let existing = self.variables.tag(var);
        if existing == tag {
            return;
        }
        let member = if existing == NO_TAG {
            var
        } else {
            if self.range_of_tag.get(&existing).is_some_and(|other| *other < bound) {
                return;
            }
            let copy = self.add_variable(self.value(var));
            self.add_linear([var, copy, self.zero], [Fr::ONE, -Fr::ONE, Fr::ZERO], Fr::ZERO);
            copy
        };
        self.variables.set_tag(member, tag);
        self.ranges.get_mut(&bound).expect("it was created above").variables.push(member);
    }

    /// A list with every third value and the bound, so that a sorted list never has a wider step.
    fn add_range_list(&mut self, bound: u64) -> Tag {
        let (tag, sorted_tag) = self.variables.add_tag_pair();
        let steps = (0..=bound / STEP).map(|step| step * STEP).chain([bound]);
        let mut variables = Vec::with_capacity((bound / STEP + 2) as usize);
        for value in steps {
            let var = self.add_variable(Fr::from(value));
            self.variables.set_tag(var, tag);
            variables.push(var);
        }
        self.add_unconstrained_list(&variables);
        self.range_of_tag.insert(tag, bound);
        self.ranges.insert(bound, RangeList { tag, sorted_tag, variables });
        tag
    }

    /// Constrains a variable to `bits` bits by limbs of 14 bits. Gives the limbs, least significant first.
    pub fn constrain_limbs(&mut self, var: Var, bits: u32) -> Vec<Var> {
        self.constrain_limbs_of(var, bits, LIMB_BITS)
    }

    /// The same with limbs of `width` bits.
    pub fn constrain_limbs_of(&mut self, var: Var, bits: u32, width: u32) -> Vec<Var> {
        let value = self.value(var);
        if bit_length(value) > bits {
            self.fail("a value is out of its range");
        }
        let limbs = self.add_limbs(value, bits, width);
        let zero = self.zero;
        let mut rest = value;
        let mut accumulator = var;
        let rows = limbs.len().div_ceil(3);
        for (row, triple) in limbs.chunks(3).enumerate() {
            let shift = 3 * width * row as u32;
            let factors = [shift, shift + width, shift + 2 * width].map(limb_factor);
            let mut wires = [zero, zero, zero, accumulator];
            wires[..triple.len()].copy_from_slice(triple);
            let sum = Sum::linear([factors[0], factors[1], factors[2], -Fr::ONE]);
            let is_last = row + 1 == rows;
            self.add_arithmetic(wires, sum, if is_last { Equals::Zero } else { Equals::MinusNextFourth });
            if !is_last {
                for (limb, factor) in triple.iter().zip(factors) {
                    rest -= self.value(*limb) * factor;
                }
                accumulator = self.add_variable(rest);
            }
        }
        limbs
    }

    /// New variables for the limbs of a value, each in its range.
    fn add_limbs(&mut self, value: Fr, bits: u32, width: u32) -> Vec<Var> {
        let words = value.to_canonical_limbs();
        let count = bits.div_ceil(width);
        let mut limbs = Vec::with_capacity(count as usize);
        for index in 0..count {
            let limb = self.add_variable(Fr::from(bits_at(&words, index * width, width)));
            self.constrain_bound(limb, bound_of(width.min(bits - index * width)));
            limbs.push(limb);
        }
        limbs
    }

    /// Constrains the members of every list, in ascending order of bounds: a sorted copy of the list starts at 0, ends
    /// at the bound and has no step over three.
    pub(super) fn finish_ranges(&mut self) {
        let ranges = std::mem::take(&mut self.ranges);
        for (bound, list) in ranges {
            self.finish_range(bound, list);
        }
    }

    fn finish_range(&mut self, bound: u64, list: RangeList) {
        let mut members = list.variables;
        for var in &mut members {
            *var = self.variables.root(*var);
        }
        members.sort_unstable();
        members.dedup();
        let mut values: Vec<u64> =
            members.iter().map(|var| u64::from(self.value(*var).to_canonical_limbs()[0] as u32)).collect();
        values.sort_unstable();
        let mut padding = (4 - values.len() % 4) % 4;
        if values.len() <= 4 {
            padding += 4;
        }
        let mut sorted = vec![self.zero; padding];
        for value in values {
            let var = self.add_variable(Fr::from(value));
            self.variables.set_tag(var, list.sorted_tag);
            sorted.push(var);
        }
        self.add_sorted(&sorted, bound);
    }

    fn add_sorted(&mut self, sorted: &[Var], bound: u64) {
        let zero = self.zero;
        let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
        let one_wire = Sum::linear([Fr::ONE, Fr::ZERO, Fr::ZERO, Fr::ZERO]);
        self.add_arithmetic([first, zero, zero, zero], one_wire, Equals::Zero);
        let block = self.block(BlockKind::DeltaRange);
        for chunk in sorted.chunks_exact(4) {
            block.push([chunk[0], chunk[1], chunk[2], chunk[3]], [Palette::ZERO; SHARED_SELECTORS], 1);
        }
        self.add_unconstrained(BlockKind::DeltaRange, [last, zero, zero, zero]);
        self.add_arithmetic([last, zero, zero, zero], one_wire.plus(-Fr::from(bound)), Equals::Zero);
    }
}

/// The weight of a limb. Beyond 256 bits, where there is no limb, Barretenberg's 256-bit shift gives zero.
fn limb_factor(exponent: u32) -> Fr {
    if exponent < 256 { power_of_two(exponent) } else { Fr::ZERO }
}

/// The value as an integer, if it has at most 64 bits.
pub(crate) fn integer(value: Fr) -> Option<u64> {
    match value.to_canonical_limbs() {
        [low, 0, 0, 0] => Some(low),
        _ => None,
    }
}

/// Number of bits of a value.
pub(crate) fn bit_length(value: Fr) -> u32 {
    let limbs = value.to_canonical_limbs();
    (0..4)
        .rev()
        .find(|index| limbs[*index] != 0)
        .map_or(0, |index| 64 * index as u32 + 64 - limbs[index].leading_zeros())
}

/// `len <= 64` bits of an integer from bit `start` on.
pub(crate) fn bits_at(words: &[u64; 4], start: u32, len: u32) -> u64 {
    let (word, shift) = ((start / 64) as usize, start % 64);
    let low = words.get(word).map_or(0, |word| word >> shift);
    let high = if shift == 0 { 0 } else { words.get(word + 1).map_or(0, |word| word << (64 - shift)) };
    (low | high) & (u64::MAX >> (64 - len))
}
