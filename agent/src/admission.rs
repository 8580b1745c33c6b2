//! How much memory and how many threads the sessions of a process may give to jobs, together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a job takes, or what there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Room {
    /// Main memory.
    pub(crate) ram_bytes: u64,
    /// Threads that compute all the time.
    pub(crate) threads: usize,
}

impl Room {
    pub(crate) fn fits(self, free: Self) -> bool {
        self.ram_bytes <= free.ram_bytes && self.threads <= free.threads
    }

    fn plus(self, other: Self) -> Self {
        Self {
            ram_bytes: self.ram_bytes.saturating_add(other.ram_bytes),
            threads: self.threads.saturating_add(other.threads),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            ram_bytes: self.ram_bytes.saturating_sub(other.ram_bytes),
            threads: self.threads.saturating_sub(other.threads),
        }
    }
}

/// Room for jobs. What a session may get is set aside before it asks, so that two sessions that ask at the same time do
/// not both get what only one of them can have.
#[derive(Debug)]
pub(crate) struct Admission {
    budget: Room,
    reserved: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    room: Room,
    jobs: usize,
}

/// Room that is set aside; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Reservation {
    admission: Arc<Admission>,
    room: Room,
}

impl Admission {
    pub(crate) fn new(budget: Room) -> Arc<Self> {
        Arc::new(Self { budget, reserved: Mutex::default() })
    }

    fn reserved(&self) -> MutexGuard<'_, State> {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets aside what the largest of `needs` that still fits takes; none if no need fits. An idle process may always
    /// do one job: a budget that is too small for all of them would otherwise stop it for good.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        needs: impl Iterator<Item = Room> + Clone,
    ) -> Option<Reservation> {
        let mut reserved = self.reserved();
        let free = self.budget.minus(reserved.room);
        let fitting = needs.clone().filter(|need| need.fits(free)).max_by_key(|need| need.ram_bytes);
        let smallest = || if reserved.jobs == 0 { needs.min_by_key(|need| need.ram_bytes) } else { None };
        let room = fitting.or_else(smallest)?;
        reserved.room = reserved.room.plus(room);
        reserved.jobs += 1;
        Some(Reservation { admission: Arc::clone(self), room })
    }
}

impl Reservation {
    /// What is set aside.
    pub(crate) fn room(&self) -> Room {
        self.room
    }

    /// Keeps only what is needed.
    pub(crate) fn shrink(&mut self, need: Room) {
        let surplus = self.room.minus(need);
        let mut reserved = self.admission.reserved();
        reserved.room = reserved.room.minus(surplus);
        self.room = self.room.minus(surplus);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut reserved = self.admission.reserved();
        reserved.room = reserved.room.minus(self.room);
        reserved.jobs -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(ram_bytes: u64, threads: usize) -> Room {
        Room { ram_bytes, threads }
    }

    #[test]
    fn what_is_set_aside_is_not_given_twice() {
        let admission = Admission::new(room(100, 9));
        let needs = || [room(10, 1), room(40, 1), room(60, 1)].into_iter();
        let mut first = admission.reserve(needs()).unwrap();
        assert_eq!(first.room(), room(60, 1));
        let second = admission.reserve(needs()).unwrap();
        assert_eq!(second.room(), room(40, 1));
        assert!(admission.reserve(needs()).is_none());
        first.shrink(room(50, 1));
        let third = admission.reserve(needs()).unwrap();
        assert_eq!(third.room(), room(10, 1));
        drop((first, second, third));
        assert_eq!(admission.reserve(needs()).unwrap().room(), room(60, 1));
    }

    #[test]
    fn threads_are_counted_as_well() {
        let admission = Admission::new(room(1_000, 5));
        let needs = || [room(10, 2)].into_iter();
        let held = [admission.reserve(needs()).unwrap(), admission.reserve(needs()).unwrap()];
        assert!(admission.reserve(needs()).is_none(), "one thread is left");
        // A job that hardly computes needs none.
        assert!(admission.reserve([room(10, 0)].into_iter()).is_some());
        drop(held);
        assert!(admission.reserve(needs()).is_some());
    }

    #[test]
    fn one_job_is_always_possible() {
        for budget in [room(5, 8), room(1_000, 0)] {
            let admission = Admission::new(budget);
            let only = admission.reserve([room(10, 4), room(20, 4)].into_iter()).unwrap();
            assert_eq!(only.room(), room(10, 4));
            assert!(admission.reserve([room(10, 4)].into_iter()).is_none());
        }
    }
}
