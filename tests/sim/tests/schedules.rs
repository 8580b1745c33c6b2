//! Seeded schedules on every store. A seed that fails is named; `SIM_SEED=<seed>` plays only that one, and
//! `SIM_COUNT=<count>` plays more of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chinampa_sim::{Disk, FaultyMemory, Machine, World};

/// Schedules in the normal suite.
const COUNT: u64 = 200;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")))
}

fn play<M: Machine>(machine: impl Fn() -> M) {
    let seeds = match number("SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SIM_COUNT").unwrap_or(COUNT),
    };
    for seed in seeds {
        let played = catch_unwind(AssertUnwindSafe(|| World::run(machine(), seed)));
        assert!(played.is_ok(), "schedule {seed} fails; play it again with SIM_SEED={seed}");
    }
}

#[test]
fn memory_keeps_every_promise() {
    play(FaultyMemory::default);
}

#[test]
fn redb_keeps_every_promise_through_power_cuts() {
    play(Disk::formatted);
}
