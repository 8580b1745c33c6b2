//! Solving on several threads.
//!
//! Threads take tasks of a [`Plan`] whose sources are solved. Each opcode finds the same values known that it finds when
//! opcodes are solved in order, so that it gives the same. As soon as anything fails or is not as planned, all threads
//! end, and the program is solved again in order: that says what is wrong, and it is rare.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use acvm::FieldElement;

use super::{Failure, FailureAt, Plan, STOP_INTERVAL, Solver, State, solve};
use crate::acir::Program;
use crate::oracle::{NoOracle, Oracle};

/// How often a thread that waits for others asks whether to stop.
const WAIT: Duration = Duration::from_millis(5);

/// As [`solve`], on `threads` threads, of which the calling one is the first. `plan` is that of the program.
pub(crate) fn solve_on(
    threads: usize,
    plan: &Plan,
    program: &Program,
    inputs: impl Iterator<Item = FieldElement> + Clone,
    oracle: &mut dyn Oracle,
) -> Result<Vec<Option<FieldElement>>, FailureAt> {
    let state = State::new(program, inputs.clone());
    let board = Board::new(plan);
    thread::scope(|scope| {
        for _ in 1..threads {
            // A thread that the system refuses is done without.
            let _ = thread::Builder::new().spawn_scoped(scope, || board.work(&state, || false));
        }
        board.work(&state, || oracle.should_stop());
    });
    if board.is_done() {
        Ok(state.into_values())
    } else if oracle.should_stop() {
        Err(FailureAt { opcode: 0, failure: Failure::Stopped })
    } else {
        drop(state);
        solve(program, inputs, oracle)
    }
}

/// What the threads tell one another.
struct Board<'a> {
    plan: &'a Plan,
    /// For how many sources each task still waits.
    waits: Vec<AtomicU32>,
    queue: Mutex<Queue>,
    changed: Condvar,
    left: AtomicUsize,
    is_over: AtomicBool,
}

/// Tasks whose sources are solved, oldest first.
struct Queue {
    ready: VecDeque<u32>,
    /// Threads that wait for one.
    waiting: usize,
}

impl<'a> Board<'a> {
    fn new(plan: &'a Plan) -> Self {
        let ready = (0..).zip(plan.waits()).filter(|(_, waits)| **waits == 0).map(|(task, _)| task).collect();
        Self {
            plan,
            waits: plan.waits().iter().copied().map(AtomicU32::new).collect(),
            queue: Mutex::new(Queue { ready, waiting: 0 }),
            changed: Condvar::new(),
            left: AtomicUsize::new(plan.len()),
            is_over: AtomicBool::new(plan.len() == 0),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_done(&self) -> bool {
        self.left.load(Ordering::Acquire) == 0
    }

    /// Ends all threads.
    fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        drop(self.queue());
        self.changed.notify_all();
    }

    /// Solves tasks until there are none, or somebody ends it.
    fn work(&self, state: &State<'_>, should_stop: impl FnMut() -> bool) {
        // A thread that vanished would leave the others waiting.
        let is_well = catch_unwind(AssertUnwindSafe(|| self.try_work(state, should_stop)));
        if !matches!(is_well, Ok(Some(()))) {
            self.end();
        }
    }

    /// None if something is not as planned.
    fn try_work(&self, state: &State<'_>, mut should_stop: impl FnMut() -> bool) -> Option<()> {
        let mut solver = Solver::new(state);
        let (mut next, mut solved, mut freed) = (None, STOP_INTERVAL, Vec::new());
        while !self.is_over.load(Ordering::Acquire) {
            if solved >= STOP_INTERVAL {
                solved = 0;
                if should_stop() {
                    return None;
                }
            }
            let Some(task) = next.take().or_else(|| self.take()) else {
                solved = STOP_INTERVAL;
                continue;
            };
            for opcode in self.plan.opcodes(task) {
                solver.step(&state.program.opcodes.list()[*opcode as usize], &mut NoOracle).ok()?;
                if solver.is_irregular {
                    return None;
                }
            }
            // A call may take as long as many constraints.
            solved += self.plan.opcodes(task).len().max(STOP_INTERVAL / 16);
            next = self.solved(task, &mut freed);
        }
        Some(())
    }

    /// The task that was ready first; none after a wait in which none was.
    fn take(&self) -> Option<u32> {
        let mut queue = self.queue();
        if queue.ready.is_empty() && !self.is_over.load(Ordering::Acquire) {
            queue.waiting += 1;
            queue = self.changed.wait_timeout(queue, WAIT).unwrap_or_else(PoisonError::into_inner).0;
            queue.waiting -= 1;
        }
        queue.ready.pop_front()
    }

    /// Notes that a task is solved, and returns one that waited for it only, if there is one.
    fn solved(&self, task: u32, freed: &mut Vec<u32>) -> Option<u32> {
        for follower in self.plan.followers(task) {
            if self.waits[*follower as usize].fetch_sub(1, Ordering::AcqRel) == 1 {
                freed.push(*follower);
            }
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.end();
        }
        let next = freed.pop();
        if !freed.is_empty() {
            let mut queue = self.queue();
            queue.ready.extend(freed.drain(..));
            let (waiting, ready) = (queue.waiting, queue.ready.len());
            drop(queue);
            if waiting > 0 {
                (0..ready.min(waiting)).for_each(|_| self.changed.notify_one());
            }
        }
        next
    }
}
