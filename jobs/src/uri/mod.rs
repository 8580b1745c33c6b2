//! Proof URIs: where the inputs or the result of a job are.
//!
//! A broker moves them as opaque text ([`ProofUri`]); whoever wants the object reads the text as a
//! [`ProofLocation`].

mod inline;
mod location;
mod object;
mod percent;

pub use inline::INLINE_URI_PREFIX;
pub use location::{InlinePayload, ProofLocation, ProofUri};
pub use object::{ObjectKind, ObjectLocation, ObjectScheme, object_path};
