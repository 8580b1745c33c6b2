//! Numbers that look random and are the same in every run.

/// An xorshift generator (Marsaglia 2003), for tests that choose often and need no quality.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of this seed; 0 is taken for another.
    pub fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// A number below `sides`, which is not 0.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The higher bits are the better ones.
        (self.0 >> 20) % sides
    }
}
