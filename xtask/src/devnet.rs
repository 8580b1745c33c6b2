//! `cargo xtask devnet`: the main job on this machine. A local L1 with the real rollup contracts and recorded, unproven
//! epochs; our node, broker and agents as three processes; and the proven checkpoint that the contract reports at the
//! end. `scripts/devnet` builds and installs what this needs.

mod progress;
mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use chinampa_testkit::aztec::Aztec;
use chinampa_testkit::farm::{Farm, Part, Programs};
use chinampa_testkit::replay::Replay;
use clap::Args;
use serde_json::Value;

use progress::Progress;
use report::Report;

/// The recording that is proven by default.
const FIXTURE: &str = "tests/vectors/private/fixture";
/// Longest time without any progress.
const STALL: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_millis(250);

/// What to prove, and with what.
#[derive(Args)]
pub(crate) struct Options {
    /// Folder of a recorded chain.
    #[arg(long, value_name = "DIR")]
    fixture: Option<PathBuf>,
    /// File for the numbers of the run.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Leave everything running until Ctrl-C.
    #[arg(long)]
    keep: bool,
    /// Then prove the same with Aztec's own node, broker and agents, and print both beside each other. Needs
    /// scripts/peers.
    #[arg(long, conflicts_with = "keep")]
    beside_aztec: bool,
    /// What scripts/peers has installed.
    #[arg(long, default_value = ".peers", value_name = "DIR")]
    peers: PathBuf,
    /// Agents that prove at the same time; as many as there are cores when not set.
    #[arg(long, value_name = "N")]
    agents: Option<usize>,
    /// The chinampa program.
    #[arg(long, default_value = "target/release/chinampa", value_name = "FILE")]
    program: PathBuf,
    /// The anvil program.
    #[arg(long, default_value = ".peers/bin/anvil", value_name = "FILE")]
    anvil: PathBuf,
    /// Folder with the circuits of the release.
    #[arg(
        long,
        default_value = ".peers/aztec/node_modules/@aztec/noir-protocol-circuits-types",
        value_name = "DIR"
    )]
    circuits: PathBuf,
}

/// Runs it. Fails unless every epoch is proven.
pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let agents = options.agents.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into));
    let ours = Programs {
        chinampa: root.join(&options.program),
        circuits: root.join(&options.circuits),
        agents,
        aztec: None,
    };
    let report = prove(root, options, &ours)?;
    report.print();
    let mut json = report.to_json();
    if options.beside_aztec {
        let aztec = Aztec::new(&root.join(&options.peers))?;
        let theirs = Programs { aztec: Some((aztec, Part::ALL.to_vec())), ..ours };
        let beside = prove(root, options, &theirs)?;
        report.print_beside(&beside);
        json["aztec"] = beside.to_json();
    }
    if let Some(file) = &options.json {
        fs::write(file, format!("{json:#}\n")).with_context(|| format!("write {}", file.display()))?;
    }
    Ok(())
}

/// Proves the recording with one farm.
fn prove(root: &Path, options: &Options, programs: &Programs) -> anyhow::Result<Report> {
    let fixture = options.fixture.clone().unwrap_or_else(|| root.join(FIXTURE));
    let begun = Instant::now();
    let replay = Replay::start(&fixture, &root.join(&options.anvil))?;
    let before = replay.tips()?;
    eprintln!(
        "devnet: L1 is up after {:.1} s: checkpoint {} of {} is proven",
        begun.elapsed().as_secs_f64(),
        before.proven,
        before.pending
    );
    ensure!(before.pending > before.proven, "the recording has nothing to prove");

    let proving = Instant::now();
    let mut farm = Farm::start(&replay, programs)?;
    let outcome = watch(&replay, &mut farm, programs.aztec.is_none());
    let seconds = proving.elapsed().as_secs_f64();
    if let Err(error) = outcome {
        bail!("{error:#}\n  the logs of the three processes end with:\n{}", farm.last_lines());
    }
    let report = Report::new(&farm, before, replay.tips()?, seconds);
    if options.keep {
        report.print();
        eprintln!(
            "devnet: L1 at {}, node at {}, broker at {}; Ctrl-C ends them",
            replay.l1_url(),
            farm.node_url(),
            farm.broker_url()
        );
        loop {
            std::thread::park();
        }
    }
    Ok(report)
}

/// Waits until L1 says that everything is proven, and our node knows it.
fn watch(replay: &Replay, farm: &mut Farm, is_ours: bool) -> anyhow::Result<()> {
    let mut progress = Progress::new();
    let mut moved = Instant::now();
    let (mut last, mut proven) = (Value::Null, 0);
    loop {
        farm.check()?;
        let status = farm.status();
        if status != last {
            moved = Instant::now();
            progress.show(&status);
            refuse_hopeless(&status)?;
            last = status;
        }
        let tips = replay.tips()?;
        if tips.proven > proven {
            moved = Instant::now();
            proven = tips.proven;
            if !is_ours {
                eprintln!("devnet: Aztec's prover: checkpoint {proven} of {} is proven", tips.pending);
            }
        }
        if tips.proven == tips.pending && (!is_ours || is_finished(&last)) {
            progress.finish();
            return Ok(());
        }
        ensure!(moved.elapsed() < STALL, "nothing has moved for {} s", STALL.as_secs());
        std::thread::sleep(PAUSE);
    }
}

/// Whether the node has seen its proofs land.
fn is_finished(status: &Value) -> bool {
    let epochs = status["epochs"].as_array();
    epochs
        .is_some_and(|epochs| !epochs.is_empty() && epochs.iter().all(|epoch| epoch["state"] == "completed"))
}

/// A tx with public calls cannot be proven by waiting.
fn refuse_hopeless(status: &Value) -> anyhow::Result<()> {
    for epoch in status["epochs"].as_array().into_iter().flatten() {
        let error = epoch["error"].as_str().unwrap_or_default();
        ensure!(!error.contains("public call"), "epoch {} cannot be proven: {error}", epoch["epoch"]);
    }
    Ok(())
}
