//! Checks answers, then times contenders in turn.
//!
//! A round times every contender once, for less than a millisecond each, and starts with another one each time. What disturbs the
//! machine for longer than a round thus disturbs all alike, and ratios are taken within rounds.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::bench::{Bench, Contender, Definition, Scale};
use crate::machine;

/// Rounds of a full run; odd, so that the median is one of them.
const ROUNDS: usize = 201;
/// Rounds of a bench that takes longer than [`BUDGET`]; odd too.
const ROUNDS_MIN: usize = 5;
/// Time after which a bench ends with the round that is the next odd one.
const BUDGET: Duration = Duration::from_secs(30);
/// What one contender's share of a round aims at: well below a scheduler's time slice, so that on a busy machine most
/// samples are still undisturbed and the median is one of these.
const SHARE: Duration = Duration::from_micros(500);

/// What one bench gave.
#[derive(Debug, Serialize)]
pub(crate) struct BenchResult {
    pub(crate) name: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) operations_per_call: usize,
    pub(crate) contenders: Vec<ContenderResult>,
    /// SHA-256 of the answer that all contenders gave, hexadecimal; for comparison with other processes.
    pub(crate) answer_sha256: String,
    /// Most memory the process has held so far, this bench and those before it.
    pub(crate) peak_rss_bytes: u64,
}

/// Times of one contender, in nanoseconds per operation.
#[derive(Debug, Serialize)]
pub(crate) struct ContenderResult {
    pub(crate) package: &'static str,
    pub(crate) version: String,
    pub(crate) median_ns: f64,
    /// 10th and 90th percentile.
    pub(crate) spread_ns: [f64; 2],
    /// Median over the rounds of its time divided by ours.
    pub(crate) ratio_to_ours: f64,
    pub(crate) rounds: usize,
}

/// Runs one bench.
///
/// # Errors
/// If the contenders' answers differ.
pub(crate) fn run(definition: &Definition, scale: Scale) -> anyhow::Result<BenchResult> {
    let mut bench = (definition.build)(scale);
    let answer = check_answers(&mut bench.contenders)?;
    let samples = sample(&mut bench, scale);
    let contenders = bench.contenders.iter().zip(&samples).map(|(contender, times)| {
        let ratios = times.iter().zip(&samples[0]).map(|(time, ours)| time / ours).collect();
        Ok(ContenderResult {
            package: contender.package,
            version: machine::package_version(contender.package)?,
            median_ns: percentile(times.clone(), 50),
            spread_ns: [percentile(times.clone(), 10), percentile(times.clone(), 90)],
            ratio_to_ours: percentile(ratios, 50),
            rounds: times.len(),
        })
    });
    Ok(BenchResult {
        name: definition.name,
        operation: definition.operation,
        operations_per_call: bench.operations,
        contenders: contenders.collect::<anyhow::Result<_>>()?,
        answer_sha256: hex::encode(Sha256::digest(answer)),
        peak_rss_bytes: machine::peak_rss_bytes()?,
    })
}

fn check_answers(contenders: &mut [Contender]) -> anyhow::Result<Vec<u8>> {
    let (ours, peers) = contenders.split_first_mut().expect("a bench has at least our contender");
    let expected = ours.answer();
    ensure!(!expected.is_empty(), "{} gives an empty answer", ours.package);
    ensure!(ours.answer() == expected, "{} gives another answer when called again", ours.package);
    for peer in peers {
        let answer = peer.answer();
        ensure!(
            answer == expected,
            "{} and {} differ: {} and {}",
            ours.package,
            peer.package,
            hex::encode(expected),
            hex::encode(answer)
        );
    }
    Ok(expected)
}

/// Nanoseconds per operation of each contender in each round.
fn sample(bench: &mut Bench, scale: Scale) -> Vec<Vec<f64>> {
    let count = bench.contenders.len();
    let calls: Vec<u32> =
        bench.contenders.iter_mut().map(|contender| calls_per_share(contender, scale)).collect();
    let mut samples = vec![Vec::new(); count];
    let start = Instant::now();
    for round in 0..scale.pick(ROUNDS, 1) {
        for turn in 0..count {
            let index = (round + turn) % count;
            let time = bench.contenders[index].time(calls[index]);
            let operations = f64::from(calls[index]) * bench.operations as f64;
            samples[index].push(time.as_nanos() as f64 / operations);
        }
        if round % 2 == 0 && round + 1 >= ROUNDS_MIN && start.elapsed() > BUDGET {
            break;
        }
    }
    samples
}

fn calls_per_share(contender: &mut Contender, scale: Scale) -> u32 {
    if scale == Scale::Quick {
        return 1;
    }
    // The first call warms caches and branch predictors up.
    contender.time(1);
    let one = contender.time(1).as_nanos().max(1);
    u32::try_from(SHARE.as_nanos() / one).expect("a share is well below 2^32 nanoseconds").max(1)
}

/// The value below which `percent` of the samples lie.
fn percentile(mut samples: Vec<f64>, percent: usize) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[(samples.len() - 1) * percent / 100]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(package: &'static str, answer: u8) -> Contender {
        Contender::new(package, move || answer, |answer| vec![answer])
    }

    #[test]
    fn different_answers_stop_the_run() {
        assert!(check_answers(&mut [constant("a", 1), constant("b", 1)]).is_ok());
        assert!(check_answers(&mut [constant("a", 1), constant("b", 2)]).is_err());
        let mut calls = 0;
        let changing = Contender::new(
            "a",
            move || {
                calls += 1;
                calls
            },
            |answer| vec![answer],
        );
        assert!(check_answers(&mut [changing]).is_err());
    }

    #[test]
    fn percentiles_are_samples() {
        let samples: Vec<f64> = (1..=11).rev().map(f64::from).collect();
        assert_eq!(percentile(samples.clone(), 10), 2.0);
        assert_eq!(percentile(samples.clone(), 50), 6.0);
        assert_eq!(percentile(samples, 90), 10.0);
        assert_eq!(percentile(vec![7.0], 50), 7.0);
    }
}
