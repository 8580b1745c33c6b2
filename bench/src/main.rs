//! Times our arithmetic beside published implementations of the same functions. See `bench/README.md`.

mod bench;
mod benches;
mod inputs;
mod machine;
mod report;
mod runner;

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Parser;

use crate::bench::Scale;
use crate::report::Report;

/// Times our arithmetic beside that of other implementations, after checking that all give the same answers.
#[derive(Parser)]
struct Arguments {
    /// Run only the benches whose name contains this text.
    filter: Option<String>,
    /// Write all results to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write all results to this file as Markdown, the form of `bench/record`.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Small sizes, each body timed once: shows that the benches work and that answers agree, not how fast they are.
    #[arg(long)]
    quick: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let scale = if arguments.quick { Scale::Quick } else { Scale::Full };
    let mut report = Report::new(scale);
    for definition in benches::all() {
        if arguments.filter.as_ref().is_none_or(|filter| definition.name.contains(filter.as_str())) {
            let result = runner::run(&definition, scale).with_context(|| definition.name)?;
            report.add(result);
        }
    }
    ensure!(!report.is_empty(), "no bench's name contains {:?}", arguments.filter.unwrap_or_default());
    println!("peak resident memory of this process: {} MiB", report.peak_rss_bytes() >> 20);
    if let Some(path) = arguments.json {
        std::fs::write(&path, serde_json::to_string_pretty(&report)?)
            .with_context(|| path.display().to_string())?;
    }
    if let Some(path) = arguments.markdown {
        std::fs::write(&path, report.markdown()).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
