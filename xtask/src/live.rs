//! `cargo xtask live`: a local L1, Aztec's real sequencer that builds checkpoints by the clock, and a farm that proves its
//! epochs as they complete; then the same with Aztec's own broker, agents and node in the places of ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chinampa_testkit::aztec::Aztec;
use chinampa_testkit::farm::{Farm, Part, Programs};
use chinampa_testkit::live::{Live, Pace, TxSender};
use chinampa_testkit::proxy::{Faults, Proxy};
use clap::Args;
use serde_json::{Value, json};

const TXS: &str = "tests/interop/live/txs.mjs";
/// Time from the end of an epoch after which its proof counts as missed, in epochs. Other makers' parts poll slowly.
const PATIENCE_EPOCHS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);

/// What to prove, and with what.
#[derive(Args)]
pub(crate) struct Options {
    /// Epochs in a row that our three parts prove.
    #[arg(long, default_value_t = 10, value_name = "N")]
    epochs: u64,
    /// Epochs that each combination with Aztec's parts proves; 0 leaves them out.
    #[arg(long, default_value_t = 1, value_name = "N")]
    mixed_epochs: u64,
    /// Epochs that our parts prove without blobs and calldata of proposals, from an Aztec node's blocks and L1 traces; then
    /// a part of an epoch is proven while the rest is still to come. 0 leaves both out.
    #[arg(long, default_value_t = 1, value_name = "N")]
    fallback_epochs: u64,
    /// Pause between two private txs, in seconds; 0 sends none.
    #[arg(long, default_value_t = 5, value_name = "SECONDS")]
    tx_pause: u64,
    /// File for the numbers of the run.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The chinampa program.
    #[arg(long, default_value = "target/release/chinampa", value_name = "FILE")]
    program: PathBuf,
    /// What scripts/peers has installed.
    #[arg(long, default_value = ".peers", value_name = "DIR")]
    peers: PathBuf,
}

/// The combinations: which parts are Aztec's.
const MIXED: [&[Part]; 4] = [&[Part::Broker], &[Part::Agents], &[Part::Broker, Part::Agents], &[Part::Node]];

/// Names and values.
type Variables = Vec<(&'static str, String)>;

/// An epoch that was proven.
struct Landed {
    epoch: u64,
    /// Its last checkpoint.
    last: u64,
    /// From its end by the clock to its proof on L1; 0 if the proof was there first.
    lag: Duration,
}

/// Runs it. Fails unless every epoch is proven.
pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let aztec = Aztec::new(&root.join(&options.peers))?;
    let begun = Instant::now();
    let mut live = Live::start(&aztec, Pace::default())?;
    eprintln!("live: the network is up after {:.1} s", begun.elapsed().as_secs_f64());
    let txs = match options.tx_pause {
        0 => None,
        pause => Some(live.send_txs(&root.join(TXS), &[&(pause * 1000).to_string()])?),
    };
    let programs = |parts: &[Part]| Programs {
        chinampa: root.join(&options.program),
        circuits: root.join(&options.peers).join("aztec/node_modules/@aztec/noir-protocol-circuits-types"),
        agents: std::thread::available_parallelism().map_or(1, Into::into),
        aztec: Some((aztec.clone(), parts.to_vec())),
    };
    let mut runs = vec![prove(&mut live, &programs(&[]), &[], options.epochs, txs.as_ref())?];
    if options.mixed_epochs > 0 {
        for parts in MIXED {
            runs.push(prove(&mut live, &programs(parts), &[], options.mixed_epochs, txs.as_ref())?);
        }
    }
    if options.fallback_epochs > 0 {
        let (_proxies, variables) = fallbacks(&live)?;
        println!("without blobs and without calldata of proposals:");
        runs.push(prove(&mut live, &programs(&[]), &variables, options.fallback_epochs, txs.as_ref())?);
        runs.push(prove_part(&mut live, &programs(&[]))?);
    }
    let mined = txs.as_ref().map_or(0, TxSender::mined);
    println!("private txs: {mined}");
    ensure!(
        options.tx_pause == 0 || mined > 0,
        "no tx was mined: {}",
        txs.map_or_else(String::new, |txs| txs.last_lines())
    );
    if let Some(file) = &options.json {
        let report = json!({"runs": runs, "txs": mined, "proofs": "simulated"});
        fs::write(file, format!("{report:#}\n")).with_context(|| format!("write {}", file.display()))?;
    }
    Ok(())
}

/// Settings of a node that L1 gives no calldata and nobody gives blobs: it has to trace, and to ask the Aztec node.
fn fallbacks(live: &Live) -> anyhow::Result<([Proxy; 2], Variables)> {
    let denied = vec!["anvil_getBlobByHash".to_owned()];
    let hiding = Proxy::start(&live.l1_url(), Faults { denied, hides_calldata: true, ..Faults::default() })?;
    // Nodes that index traces answer trace_transaction; most others only this method of Geth.
    let denied = vec!["trace_transaction".to_owned()];
    let tracing = Proxy::start(&live.l1_url(), Faults { denied, ..Faults::default() })?;
    let folder = live.folder().join("fallbacks");
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let variables = vec![
        ("ETHEREUM_HOSTS", hiding.url()),
        ("ETHEREUM_DEBUG_HOSTS", tracing.url()),
        ("BLOB_FILE_STORE_URLS", "file:///nonexistent".to_owned()),
        ("AZTEC_NODE_URL", live.node_url()),
        // Nothing that an earlier run has stored.
        ("DATA_DIRECTORY", folder.display().to_string()),
    ];
    Ok(([hiding, tracing], variables))
}

/// Proves what there is of an epoch while more of it is still to come, as an operator orders it.
fn prove_part(live: &mut Live, programs: &Programs) -> anyhow::Result<Value> {
    println!("a part of an epoch:");
    let mut farm = Farm::start(live, programs)?;
    let begun = Instant::now();
    let patience = Duration::from_secs(live.epoch_s()) * PATIENCE_EPOCHS * 2;
    // Epoch, its checkpoints so far, and when that was ordered.
    let mut ordered: Option<(u64, u64, Instant)> = None;
    let mut before = (live.epoch(), live.tips()?.pending);
    loop {
        farm.check()?;
        live.check()?;
        ensure!(begun.elapsed() < patience, "no part of an epoch is proven\n{}", farm.last_lines());
        let (epoch, tips) = (live.epoch(), live.tips()?);
        match ordered {
            Some((of, last, at)) if tips.proven >= last => {
                if epoch == of && tips.proven == last {
                    let seconds = at.elapsed().as_secs_f64();
                    println!(
                        "  checkpoint {last} of epoch {of} is proven {seconds:.1} s after the order, in its epoch"
                    );
                    return Ok(
                        json!({"parts": "as it is", "epoch": of, "checkpoint": last, "seconds": seconds}),
                    );
                }
                ordered = None;
            }
            // The first checkpoint of an epoch has landed, and everything before it is proven.
            None if epoch == before.0 && tips.pending == before.1 + 1 && tips.proven == before.1 => {
                let path = format!("v1/epochs/{epoch}/start");
                if farm.order_node(&path, &json!({"asItIs": true})) {
                    ordered = Some((epoch, tips.pending, Instant::now()));
                }
            }
            _ => {}
        }
        if epoch > before.0 {
            before = (epoch, tips.pending);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Names of the parts by maker, for people.
fn title(programs: &Programs) -> String {
    let aztec = programs.aztec.as_ref().map_or(&[][..], |(_, parts)| parts);
    let names = Part::ALL.map(|part| {
        let maker = if aztec.contains(&part) { "aztec" } else { "chinampa" };
        format!("{} {maker}", part.name())
    });
    names.join(", ")
}

/// Starts a farm and watches it prove `count` epochs in a row, the first of which is the first to end from now on.
fn prove(
    live: &mut Live,
    programs: &Programs,
    variables: &[(&str, String)],
    count: u64,
    txs: Option<&TxSender>,
) -> anyhow::Result<Value> {
    let title = title(programs);
    println!("{title}");
    let mut farm = Farm::start_with(live, programs, variables)?;
    let outcome = watch(live, &mut farm, count);
    let landed = outcome.with_context(|| format!("{title}\n  the logs end with:\n{}", farm.last_lines()))?;
    let lags: Vec<f64> = landed.iter().map(|landed| landed.lag.as_secs_f64()).collect();
    let peak_rss: BTreeMap<_, _> = farm.peak_rss().into_iter().collect();
    println!(
        "  {} epochs in a row, proven {:.1} s after their end on average, {:.1} s at most; {} txs so far; peak memory {} MiB",
        landed.len(),
        lags.iter().sum::<f64>() / lags.len().max(1) as f64,
        lags.iter().copied().fold(0.0, f64::max),
        txs.map_or(0, TxSender::mined),
        peak_rss.values().sum::<u64>() >> 20,
    );
    let epochs: Vec<Value> = landed
        .iter()
        .map(|landed| json!({"number": landed.epoch, "last_checkpoint": landed.last, "seconds_after_end": landed.lag.as_secs_f64()}))
        .collect();
    Ok(json!({"parts": title, "epochs": epochs, "peak_rss_bytes": peak_rss}))
}

fn watch(live: &mut Live, farm: &mut Farm, count: u64) -> anyhow::Result<Vec<Landed>> {
    let mut landed: Vec<Landed> = Vec::new();
    // Ended epochs with checkpoints, and when they ended: the last checkpoint of each is pending when its end is seen.
    let mut ended: Vec<(u64, u64, Instant)> = Vec::new();
    let (mut epoch, mut begins_after) = (live.epoch(), live.tips()?.pending);
    let mut empty = 0;
    let patience = Duration::from_secs(live.epoch_s()) * PATIENCE_EPOCHS;
    while (landed.len() as u64) < count {
        farm.check()?;
        live.check()?;
        let tips = live.tips()?;
        while let Some((ended_epoch, last, end)) =
            ended.first().copied().filter(|(_, last, _)| *last <= tips.proven)
        {
            let lag = end.elapsed();
            eprintln!(
                "live: epoch {ended_epoch} to checkpoint {last} is proven {:.1} s after its end",
                lag.as_secs_f64()
            );
            landed.push(Landed { epoch: ended_epoch, last, lag });
            ended.remove(0);
        }
        if let Some((missed, last, end)) = ended.first() {
            ensure!(end.elapsed() < patience, "epoch {missed} to checkpoint {last} is not proven: {tips:?}");
        }
        let now = live.epoch();
        if now > epoch {
            if tips.pending > begins_after {
                ended.push((epoch, tips.pending, Instant::now()));
                empty = 0;
            } else {
                eprintln!("live: epoch {epoch} has no checkpoints");
                empty += 1;
                ensure!(empty < PATIENCE_EPOCHS, "the sequencer builds nothing any more: {tips:?}");
            }
            (epoch, begins_after) = (now, tips.pending);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(landed)
}
