//! Payloads: inputs and results that are too long to stay in the queue. The queue keeps a [`Reference`] in place of the
//! URI; the text itself is in a [`Place`], compressed, under its epoch and its SHA-256. Everybody outside sees the text, byte
//! for byte as it came.
//!
//! An epoch holds its payloads: the same text is kept once in each epoch that has it, and goes with the epoch. What was
//! written for a job that was then refused goes with the epoch too, so that no order of crashes leaves anything for ever.

mod frame;
mod keeper;
mod place;
mod redis;
mod reference;
mod store;

pub(crate) use keeper::keep;
pub use place::Place;
pub use reference::Reference;
pub(crate) use reference::is_same;
pub use store::{PayloadConfig, PayloadError, PayloadUsage, Payloads};
