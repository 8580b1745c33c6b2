//! Seeded schedules on every store. A seed that fails is named; `SIM_SEED=<seed>` plays only that one, and
//! `SIM_COUNT=<count>` plays more of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chinampa_sim::{Disk, FaultyMemory, Machine, RedisMachine, SharedMemory, World};
use chinampa_testkit::redis::RedisServer;

/// Schedules in the normal suite.
const COUNT: u64 = 200;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")))
}

fn play<M: Machine>(machine: impl Fn() -> M) {
    play_some(machine, COUNT);
}

fn play_some<M: Machine>(machine: impl Fn() -> M, count: u64) {
    let seeds = match number("SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SIM_COUNT").unwrap_or(count),
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

#[test]
fn brokers_that_share_a_store_keep_every_promise() {
    play(SharedMemory::default);
}

/// Fewer: every call goes to a real server and back.
#[test]
fn brokers_that_share_a_redis_server_keep_every_promise() {
    let server = RedisServer::start(&["--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]);
    let count = std::cell::Cell::new(0);
    let machine = || {
        count.set(count.get() + 1);
        RedisMachine::new(&server.url(), &format!("schedule-{}", count.get()))
    };
    play_some(machine, COUNT / 10);
}
