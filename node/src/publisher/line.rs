//! Proofs that were sent and are not mined yet.
//!
//! L1 takes an epoch's proof when everything before the epoch is proven, which one transaction can bring about for the
//! next within the same L1 block. So epochs that wait for each other are sent one behind the other from one account:
//! the order of its nonces is the order in which they are mined. A farm that catches up then needs one L1 block, not
//! one per epoch.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy::primitives::Address;
use tokio::sync::watch;

/// Most proofs that wait in the line. Each is useless if the one before it fails, and costs its gas.
pub(super) const LINE_MAX: usize = 8;

/// The line; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// By nonce.
    places: Arc<Mutex<VecDeque<Entry>>>,
    /// The last checkpoint that is proven when all of the line are mined; 0 when nobody waits.
    reach: watch::Sender<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    last: u32,
    account: Address,
    nonce: u64,
}

/// When a proof may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// At once, from any account.
    Free,
    /// At once, in line with the others.
    Behind {
        /// From their account.
        account: Address,
        /// With this nonce.
        nonce: u64,
    },
    /// Not yet.
    Wait,
}

/// A place in the line, left when dropped.
#[derive(Debug)]
pub(super) struct Place {
    line: Line,
    entry: Entry,
}

impl Default for Line {
    fn default() -> Self {
        Self { places: Arc::default(), reach: watch::Sender::new(0) }
    }
}

impl Line {
    fn places(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account of the line and the first nonce that L1 waits for, as long as anybody is in the line.
    pub(super) fn front(&self) -> Option<(Address, u64)> {
        self.places().front().map(|front| (front.account, front.nonce))
    }

    /// Whether a proof that begins with checkpoint `first` may be sent while L1 has `proven`. `mined` is the next nonce that L1
    /// takes from the account of the line: a reorg can take away a transaction that the whole line counts on, and then none of
    /// it is mined before somebody sends with that nonce.
    pub(super) fn turn(&self, first: u32, proven: u64, mined: Option<u64>) -> Turn {
        let places = self.places();
        let is_possible = u64::from(first) <= proven + 1;
        if let (Some(front), Some(mined)) = (places.front(), mined)
            && is_possible
            && mined < front.nonce
        {
            return Turn::Behind { account: front.account, nonce: mined };
        }
        match places.back() {
            None if is_possible => Turn::Free,
            Some(back) if places.len() < LINE_MAX && (is_possible || back.last + 1 == first) => {
                Turn::Behind { account: back.account, nonce: back.nonce + 1 }
            }
            _ => Turn::Wait,
        }
    }

    /// Takes the place of its nonce with a proof that ends with checkpoint `last`.
    pub(super) fn join(&self, last: u32, account: Address, nonce: u64) -> Place {
        let entry = Entry { last, account, nonce };
        let mut places = self.places();
        let place = places.partition_point(|other| other.nonce < nonce);
        places.insert(place, entry);
        self.announce(&places);
        drop(places);
        Place { line: self.clone(), entry }
    }

    /// Follows how far the line reaches.
    pub(super) fn reach(&self) -> watch::Receiver<u32> {
        self.reach.subscribe()
    }

    fn announce(&self, places: &VecDeque<Entry>) {
        self.reach.send_replace(places.back().map_or(0, |back| back.last));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.line.places();
        places.retain(|entry| *entry != self.entry);
        self.line.announce(&places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: Address = Address::repeat_byte(7);

    #[test]
    fn epochs_line_up_behind_each_other() {
        let line = Line::default();
        let reach = line.reach();
        assert_eq!(line.turn(1, 0, None), Turn::Free);
        assert_eq!(line.turn(5, 0, None), Turn::Wait, "nobody proves what is before it");
        let first = line.join(4, ACCOUNT, 10);
        assert_eq!(*reach.borrow(), 4);
        assert_eq!(line.turn(5, 0, None), Turn::Behind { account: ACCOUNT, nonce: 11 });
        assert_eq!(line.turn(9, 0, None), Turn::Wait);
        let second = line.join(8, ACCOUNT, 11);
        assert_eq!(line.turn(9, 0, None), Turn::Behind { account: ACCOUNT, nonce: 12 });
        drop(first);
        assert_eq!(line.turn(9, 4, None), Turn::Behind { account: ACCOUNT, nonce: 12 });
        drop(second);
        assert_eq!(
            (*reach.borrow(), line.turn(9, 4, None), line.turn(9, 8, None)),
            (0, Turn::Wait, Turn::Free)
        );
    }

    #[test]
    fn a_gap_in_front_of_the_line_is_filled_by_what_can_be_mined_first() {
        let line = Line::default();
        let places: Vec<_> =
            (2..2 + LINE_MAX as u32).map(|n| line.join(4 * n, ACCOUNT, 9 + u64::from(n))).collect();
        assert_eq!(line.front(), Some((ACCOUNT, 11)));
        // The transaction with nonce 10 and the proof of the checkpoints 1 to 4 was undone.
        assert_eq!(line.turn(1, 0, Some(10)), Turn::Behind { account: ACCOUNT, nonce: 10 });
        assert_eq!(line.turn(41, 0, Some(10)), Turn::Wait, "it would be mined too early there");
        assert_eq!(line.turn(1, 0, Some(11)), Turn::Wait, "no gap, and the line is full");
        let reach = line.reach();
        let first = line.join(4, ACCOUNT, 10);
        assert_eq!((line.front(), *reach.borrow()), (Some((ACCOUNT, 10)), 36));
        assert_eq!(line.turn(1, 0, Some(10)), Turn::Wait);
        drop(places);
        assert_eq!(*reach.borrow(), 4);
        drop(first);
        assert_eq!(line.front(), None);
    }

    #[test]
    fn the_line_is_full_at_its_limit() {
        let line = Line::default();
        let mut places = Vec::new();
        for number in 1..LINE_MAX {
            places.push(line.join(u32::try_from(number).unwrap(), ACCOUNT, number as u64));
        }
        let next = u32::try_from(LINE_MAX).unwrap();
        assert_eq!(line.turn(next, 0, None), Turn::Behind { account: ACCOUNT, nonce: u64::from(next) });
        places.push(line.join(next, ACCOUNT, u64::from(next)));
        assert_eq!(line.turn(next + 1, 0, None), Turn::Wait);
        assert_eq!(line.turn(1, 0, None), Turn::Wait, "even one that needs nobody before it");
    }
}
