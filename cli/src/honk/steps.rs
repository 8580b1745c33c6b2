//! How far a command is: a bar on a terminal, lines with `-v` otherwise, and seconds by step at the end.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};

/// Between two drawings of a bar whose step has not changed.
const TICK: Duration = Duration::from_millis(100);

/// How steps are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Not at all.
    No,
    /// A bar if standard error is a terminal.
    Bar,
    /// A bar if standard error is a terminal, else a line a step.
    BarOrLines,
}

/// The steps of a command.
#[derive(Debug)]
pub(super) struct Steps {
    bar: ProgressBar,
    has_lines: bool,
    start: Instant,
    seconds: Map<String, Value>,
}

impl Steps {
    /// Before the first of `count` steps.
    pub(super) fn new(count: usize, shown: Shown) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let has_bar = is_terminal && shown != Shown::No;
        let target = if has_bar { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("[{bar:30}] {pos:>2}/{len} {elapsed:>4}  {msg}");
        let bar = ProgressBar::with_draw_target(Some(count as u64), target)
            .with_style(style.expect("the template is well formed"));
        if has_bar {
            bar.enable_steady_tick(TICK);
        }
        let has_lines = !is_terminal && shown == Shown::BarOrLines;
        Self { bar, has_lines, start: Instant::now(), seconds: Map::new() }
    }

    /// Begins a step, whose time is noted by another.
    pub(super) fn enter(&self, name: &'static str) {
        if !self.bar.message().is_empty() {
            self.bar.inc(1);
        }
        self.bar.set_message(name);
        if self.has_lines {
            eprintln!("{:8.3} s  {name}", self.start.elapsed().as_secs_f64());
        }
    }

    /// Notes how long a step took.
    pub(super) fn note(&mut self, name: &'static str, duration: Duration) {
        self.seconds.insert(name.to_owned(), json!(duration.as_secs_f64()));
    }

    /// Does a step.
    pub(super) fn run<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        self.enter(name);
        let start = Instant::now();
        let result = work();
        self.note(name, start.elapsed());
        result
    }

    /// After the last step: the bar stays as it is.
    pub(super) fn finish(&self) {
        self.bar.set_position(self.bar.length().unwrap_or_default());
        self.bar.abandon_with_message("done");
    }

    /// Seconds by step.
    pub(super) fn into_seconds(self) -> Map<String, Value> {
        self.seconds
    }
}
