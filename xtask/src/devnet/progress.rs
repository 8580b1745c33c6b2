//! How far the epochs are: bars on a terminal, lines otherwise.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

/// One bar or the last line of each epoch.
pub(super) struct Progress {
    bars: Option<MultiProgress>,
    epochs: BTreeMap<u64, (ProgressBar, String)>,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
        Self { bars, epochs: BTreeMap::new() }
    }

    /// Shows what changed.
    pub(super) fn show(&mut self, status: &Value) {
        for epoch in status["epochs"].as_array().into_iter().flatten() {
            let number = |name: &str| epoch[name].as_u64().unwrap_or_default();
            let (done, pending) = (number("jobsDone"), number("jobsPending"));
            let state = epoch["state"].as_str().unwrap_or_default().to_owned();
            let id = number("epoch");
            let (bar, shown) = self.epochs.entry(id).or_insert_with(|| {
                let bar = self.bars.as_ref().map_or_else(ProgressBar::hidden, |bars| bars.add(bar(id)));
                (bar, String::new())
            });
            bar.set_length(done + pending);
            bar.set_position(done);
            bar.set_message(format!("{} checkpoints, {} txs, {state}", number("checkpoints"), number("txs")));
            if *shown != state && self.bars.is_none() {
                let error = epoch["error"].as_str().map(|error| format!(": {error}")).unwrap_or_default();
                let (checkpoints, txs) = (number("checkpoints"), number("txs"));
                eprintln!(
                    "devnet: epoch {id}: {state}, {checkpoints} checkpoints, {txs} txs, {done} jobs done{error}"
                );
            }
            *shown = state;
        }
    }

    /// Leaves the bars as they are.
    pub(super) fn finish(&self) {
        self.epochs.values().for_each(|(bar, _)| bar.abandon());
    }
}

fn bar(epoch: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("epoch {prefix} [{bar:30}] {pos:>4}/{len} jobs  {msg}");
    ProgressBar::no_length()
        .with_style(style.expect("the template is well formed"))
        .with_prefix(epoch.to_string())
}
