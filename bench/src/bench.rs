//! What a bench is made of. To add one: a function that builds a [`Bench`], and its [`Definition`] in
//! [`benches::all`](crate::benches::all).

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How large the inputs are and how long is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Sizes and repetitions for numbers that mean something.
    Full,
    /// The smallest work that exercises every body.
    Quick,
}

impl Scale {
    /// One of two sizes.
    pub(crate) fn pick(self, full: usize, quick: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Quick => quick,
        }
    }
}

/// A named way to build a bench, so that inputs exist only while it runs.
pub(crate) struct Definition {
    /// `group/name`; the filter looks in it.
    pub(crate) name: &'static str,
    /// What one operation is.
    pub(crate) operation: &'static str,
    /// Makes the inputs and the contenders.
    pub(crate) build: fn(Scale) -> Bench,
}

/// One workload and everyone who runs it.
pub(crate) struct Bench {
    /// Operations in one call of a body; times are divided by it.
    pub(crate) operations: usize,
    /// Ours first: ratios are to the first.
    pub(crate) contenders: Vec<Contender>,
}

/// One implementation of the workload.
pub(crate) struct Contender {
    /// Name of the package in `Cargo.lock`; its version is shown beside it.
    pub(crate) package: &'static str,
    body: Box<dyn Body>,
}

impl Contender {
    /// `run` is what is timed. `encode` turns its result into bytes that must equal the other contenders'. Every call of
    /// `run` must do the same work on the same inputs.
    pub(crate) fn new<T: 'static>(
        package: &'static str,
        mut run: impl FnMut() -> T + 'static,
        encode: impl Fn(T) -> Vec<u8> + 'static,
    ) -> Self {
        Self::with_state(package, (), move |()| run(), move |(), result| encode(result))
    }

    /// As [`new`](Self::new), for results that stay in a state: taking them out would be timed too.
    pub(crate) fn with_state<S: 'static, T: 'static>(
        package: &'static str,
        state: S,
        run: impl FnMut(&mut S) -> T + 'static,
        encode: impl Fn(&S, T) -> Vec<u8> + 'static,
    ) -> Self {
        Self { package, body: Box::new(Typed { state, run, encode }) }
    }

    /// The result of one untimed call.
    pub(crate) fn answer(&mut self) -> Vec<u8> {
        self.body.answer()
    }

    /// The duration of `calls` calls.
    pub(crate) fn time(&mut self, calls: u32) -> Duration {
        self.body.time(calls)
    }
}

trait Body {
    fn answer(&mut self) -> Vec<u8>;
    fn time(&mut self, calls: u32) -> Duration;
}

struct Typed<S, R, E> {
    state: S,
    run: R,
    encode: E,
}

impl<S, T, R: FnMut(&mut S) -> T, E: Fn(&S, T) -> Vec<u8>> Body for Typed<S, R, E> {
    fn answer(&mut self) -> Vec<u8> {
        let result = (self.run)(&mut self.state);
        (self.encode)(&self.state, result)
    }

    fn time(&mut self, calls: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..calls {
            black_box((self.run)(black_box(&mut self.state)));
        }
        start.elapsed()
    }
}
