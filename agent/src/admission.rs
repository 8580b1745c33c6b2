//! How much memory the sessions of a process may give to jobs, together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Memory for jobs. What a session may get is set aside before it asks, so that two sessions that ask at the same time
/// do not both get what only one of them can have.
#[derive(Debug)]
pub(crate) struct Admission {
    budget: u64,
    reserved: Mutex<u64>,
}

/// Memory that is set aside; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Reservation {
    admission: Arc<Admission>,
    bytes: u64,
}

impl Admission {
    pub(crate) fn new(budget: u64) -> Arc<Self> {
        Arc::new(Self { budget, reserved: Mutex::default() })
    }

    fn reserved(&self) -> MutexGuard<'_, u64> {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets aside what the largest of `needs` that still fits takes; none if no need fits. An idle process may always
    /// do one job: a budget that is too small for all of them would otherwise stop it for good.
    pub(crate) fn reserve(self: &Arc<Self>, needs: impl Iterator<Item = u64> + Clone) -> Option<Reservation> {
        let mut reserved = self.reserved();
        let free = self.budget.saturating_sub(*reserved);
        let fitting = needs.clone().filter(|need| *need <= free).max();
        let bytes = fitting.or_else(|| if *reserved == 0 { needs.min() } else { None })?;
        *reserved = reserved.saturating_add(bytes);
        Some(Reservation { admission: Arc::clone(self), bytes })
    }
}

impl Reservation {
    /// What is set aside, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Keeps only what is needed.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        let surplus = self.bytes.saturating_sub(bytes);
        *self.admission.reserved() -= surplus;
        self.bytes -= surplus;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        *self.admission.reserved() -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_is_not_given_twice() {
        let admission = Admission::new(100);
        let needs = || [10, 40, 60].into_iter();
        let mut first = admission.reserve(needs()).unwrap();
        assert_eq!(first.bytes(), 60);
        let second = admission.reserve(needs()).unwrap();
        assert_eq!(second.bytes(), 40);
        assert!(admission.reserve(needs()).is_none());
        first.shrink(50);
        let third = admission.reserve(needs()).unwrap();
        assert_eq!(third.bytes(), 10);
        drop((first, second, third));
        assert_eq!(admission.reserve(needs()).unwrap().bytes(), 60);
    }

    #[test]
    fn one_job_is_always_possible() {
        let admission = Admission::new(5);
        let only = admission.reserve([10, 20].into_iter()).unwrap();
        assert_eq!(only.bytes(), 10);
        assert!(admission.reserve([10].into_iter()).is_none());
    }
}
