//! A hundred sessions and a model of a broker under seeded faults: agents that are killed or drained at random, answers
//! that are lost, a broker that is away. Every job is proven in the end.

use chinampa_testkit::dice::Dice;

use super::*;

const AGENTS: usize = 100;
const JOBS: u64 = 120;
const STEP_MS: u64 = 20;
const LEASE_MS: u64 = 6_000;
/// Faults end here; what is not proven a minute later never is.
const FAULTS_END_MS: u64 = 60_000;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    Waiting,
    Held { attempt: u64, until_ms: u64 },
    Proven,
}

struct Agent {
    session: Session,
    /// The claim, when its proof began, and when it ends.
    work: Option<(Claim, u64, u64)>,
    /// Calls under way, and when they are answered.
    calls: Vec<(u64, Effect)>,
}

struct Farm {
    dice: Dice,
    now: u64,
    claims: Vec<Claim>,
    jobs: Vec<Job>,
    attempts: u64,
    agents: Vec<Agent>,
    is_away: bool,
    wasted_ms: u64,
    kills: u64,
}

fn new_agent() -> Agent {
    Agent { session: Session::new(SessionConfig::default()), work: None, calls: Vec::new() }
}

impl Farm {
    fn new(seed: u64) -> Self {
        let claims: Vec<_> = (0..JOBS)
            .map(|number| Claim { lease_ms: Some(LEASE_MS), ..super::tests::claim(number) })
            .collect();
        let jobs = vec![Job::Waiting; claims.len()];
        let agents = (0..AGENTS).map(|_| new_agent()).collect();
        let dice = Dice::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        Self { dice, now: 0, claims, jobs, attempts: 0, agents, is_away: false, wasted_ms: 0, kills: 0 }
    }

    fn run(&mut self) {
        while self.jobs.iter().any(|job| *job != Job::Proven) {
            assert!(self.now < 2 * FAULTS_END_MS, "not proven: {:?}", self.jobs);
            self.now += STEP_MS;
            if self.now.is_multiple_of(5_000) {
                self.is_away = self.now < FAULTS_END_MS && self.dice.roll(4) == 0;
            }
            for job in &mut self.jobs {
                if matches!(job, Job::Held { until_ms, .. } if *until_ms <= self.now) {
                    *job = Job::Waiting;
                }
            }
            for index in 0..AGENTS {
                self.turn(index);
            }
        }
    }

    /// What happens to an agent in one step.
    fn turn(&mut self, index: usize) {
        if self.now < FAULTS_END_MS && self.dice.roll(2_000) == 0 {
            self.kills += 1;
            return self.replace(index);
        }
        if self.now < FAULTS_END_MS && self.dice.roll(4_000) == 0 {
            let time_left_ms = self.dice.roll(4_000);
            self.tell(index, Event::Drain { time_left_ms, cause: ReleaseCause::SpotReclaim });
        }
        let now = self.now;
        let due: Vec<_> = self.agents[index].calls.extract_if(.., |(at, _)| *at <= now).collect();
        for (_, call) in due {
            let event = self.answer(call);
            self.tell(index, event);
        }
        if let Some((claim, _, end)) = self.agents[index].work.clone() {
            let lease = claim.lease;
            self.tell(index, Event::Progress { lease: lease.clone(), eta_ms: Some(end.saturating_sub(now)) });
            if end <= now && self.agents[index].work.take().is_some() {
                let outcome = Outcome::Success { uri: "data:".parse().unwrap() };
                self.tell(index, Event::WorkEnded { lease, outcome });
            }
        }
        self.tell(index, Event::Tick);
        if self.agents[index].session.is_stopped() {
            self.replace(index);
        }
    }

    /// The machine of an agent is lost, and another one takes its place.
    fn replace(&mut self, index: usize) {
        let agent = std::mem::replace(&mut self.agents[index], new_agent());
        self.wasted_ms += agent.work.map_or(0, |(_, begun, _)| self.now - begun);
    }

    fn tell(&mut self, index: usize, event: Event) {
        let effects = self.agents[index].session.step(event, self.now);
        for effect in effects {
            let agent = &mut self.agents[index];
            match effect {
                Effect::Start(claim) => {
                    assert!(agent.work.is_none(), "two proofs at a time");
                    let end = self.now + 500 + self.dice.roll(8_000);
                    agent.work = Some((claim, self.now, end));
                }
                Effect::Cancel(claim) => {
                    let (running, begun, _) = agent.work.take().expect("a proof that runs");
                    assert_eq!(running.lease, claim.lease);
                    self.wasted_ms += self.now - begun;
                }
                Effect::Stop => {}
                call => agent.calls.push((self.now + 1 + self.dice.roll(300), call)),
            }
        }
    }

    /// What the broker makes of a call. Some calls are lost before they arrive, some answers after that.
    fn answer(&mut self, call: Effect) -> Event {
        let fate = if self.now < FAULTS_END_MS { self.dice.roll(10) } else { 9 };
        if self.is_away || fate == 0 {
            return failed(call);
        }
        let done = self.serve(call.clone());
        if fate == 1 { failed(call) } else { done }
    }

    fn serve(&mut self, call: Effect) -> Event {
        match call {
            Effect::Ask => {
                let Some(place) = self.jobs.iter().position(|job| *job == Job::Waiting) else {
                    return Event::Answered(None);
                };
                self.attempts += 1;
                let attempt = self.attempts;
                self.jobs[place] = Job::Held { attempt, until_ms: self.now + LEASE_MS };
                let mut claim = self.claims[place].clone();
                claim.lease.hand_out = HandOut::Attempt(attempt);
                Event::Answered(Some(claim))
            }
            Effect::Beat(claim) => {
                let fate = match (self.job(&claim), held_as(&claim)) {
                    (Job::Held { attempt, .. }, held) if *attempt == held => Fate::Held,
                    (Job::Proven, _) => Fate::Gone,
                    _ => Fate::Superseded,
                };
                if fate == Fate::Held {
                    let until_ms = self.now + LEASE_MS;
                    *self.job(&claim) = Job::Held { attempt: held_as(&claim), until_ms };
                }
                Event::Beaten { lease: claim.lease, fate, next: None }
            }
            // The first result counts, whoever sends it.
            Effect::Report(claim, _) => {
                *self.job(&claim) = Job::Proven;
                Event::Reported { lease: claim.lease, next: None }
            }
            Effect::Release(claim, _) => {
                let held = held_as(&claim);
                if matches!(self.job(&claim), Job::Held { attempt, .. } if *attempt == held) {
                    *self.job(&claim) = Job::Waiting;
                }
                Event::Released { lease: claim.lease }
            }
            Effect::Start(_) | Effect::Cancel(_) | Effect::Stop => unreachable!("no calls"),
        }
    }

    fn job(&mut self, claim: &Claim) -> &mut Job {
        let place = self.claims.iter().position(|known| known.job.id == claim.job.id);
        &mut self.jobs[place.expect("a job of the farm")]
    }
}

fn held_as(claim: &Claim) -> u64 {
    match claim.lease.hand_out {
        HandOut::Attempt(attempt) => attempt,
        HandOut::StartedAt(_) => unreachable!("the model hands out attempts"),
    }
}

fn failed(call: Effect) -> Event {
    match call {
        Effect::Beat(claim) => Event::BeatFailed { lease: claim.lease },
        Effect::Report(claim, _) => Event::ReportFailed { lease: claim.lease, is_final: false },
        Effect::Release(claim, _) => Event::ReleaseFailed { lease: claim.lease, is_final: false },
        _ => Event::AskFailed,
    }
}

/// A seed that fails is in the message; it fails again with the same steps.
#[test]
fn every_job_is_proven_under_every_schedule() {
    for seed in 1..=20 {
        let mut farm = Farm::new(seed);
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| farm.run()));
        assert!(run.is_ok(), "schedule {seed} fails");
        eprintln!(
            "schedule {seed}: {JOBS} jobs in {} s, {} kills, {} hand-outs, {} s wasted",
            farm.now / 1_000,
            farm.kills,
            farm.attempts,
            farm.wasted_ms / 1_000
        );
    }
}
