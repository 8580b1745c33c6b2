//! One node of several proves and submits: the one that holds the lock. The others follow L1 and take over where it stops.
//! What the holder had begun is in the broker, under ids that the next one computes again, so nothing is proven twice.
//!
//! A lock is either of two things:
//!
//! - *A file* with an exclusive lock of the operating system. It needs no server and cannot outlive its holder, but works
//!   only on one machine or on a file system whose locks reach all of them.
//! - *A lease in Redis*, which the holder renews. A holder that is cut off or stopped loses it by the clock, and a number
//!   that only grows tells its term from every later one. Before each submission the holder asks the server whether the
//!   term is still its own ([`Leadership::confirm`]).

mod file;
mod keeper;
mod leadership;
mod lease;
mod lock;

pub use leadership::{Leadership, LeadershipError};
pub use lock::{LeaderLock, LockError, Term};
