//! Results as a table on the terminal, as JSON and as Markdown.

use std::fmt::Write as _;

use serde::Serialize;

use crate::bench::Scale;
use crate::machine::Machine;
use crate::runner::BenchResult;

/// Everything one run gave.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    command: String,
    quick: bool,
    benches: Vec<BenchResult>,
}

impl Report {
    /// An empty report of this process.
    pub(crate) fn new(scale: Scale) -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let command = format!("cargo run --release -p chinampa-bench -- {}", arguments.join(" "));
        Self {
            machine: Machine::detect(),
            command: command.trim_end_matches([' ', '-']).to_string(),
            quick: scale == Scale::Quick,
            benches: Vec::new(),
        }
    }

    /// Takes a result and prints it.
    pub(crate) fn add(&mut self, result: BenchResult) {
        println!("{} ({})", result.name, result.operation);
        for contender in &result.contenders {
            let name = format!("{} {}", contender.package, contender.version);
            let [low, high] = contender.spread_ns;
            println!(
                "  {name:<32} {:>12.1} ns  {low:>10.1} .. {high:<10.1}  {:>6.2} x ours",
                contender.median_ns, contender.ratio_to_ours
            );
        }
        self.benches.push(result);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.benches.is_empty()
    }

    /// Most memory the process had held at the end of the last bench.
    pub(crate) fn peak_rss_bytes(&self) -> u64 {
        self.benches.last().map_or(0, |bench| bench.peak_rss_bytes)
    }

    /// The form of `bench/record`.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        let machine = &self.machine;
        let features = match machine.target_features.as_slice() {
            [] => "baseline".to_string(),
            features => features.join(", "),
        };
        let _ = write!(
            text,
            "# Measured\n\n- command: `{}`\n- processor: {}, {} logical cores; {}\n- instruction sets the compiler used: \
             {features}\n- answers: every contender's answer equalled ours before timing\n\n\
             | bench | one operation | contender | median ns | 10 % .. 90 % | x ours |\n|---|---|---|---:|---:|---:|\n",
            self.command, machine.cpu, machine.logical_cores, machine.os
        );
        for bench in &self.benches {
            for contender in &bench.contenders {
                let [low, high] = contender.spread_ns;
                let _ = writeln!(
                    text,
                    "| {} | {} | {} {} | {:.1} | {low:.1} .. {high:.1} | {:.2} |",
                    bench.name,
                    bench.operation,
                    contender.package,
                    contender.version,
                    contender.median_ns,
                    contender.ratio_to_ours
                );
            }
        }
        let _ = writeln!(text, "\nPeak resident memory of the process: {} MiB.", self.peak_rss_bytes() >> 20);
        text
    }
}
