//! What is wrong with a buffer, and where.

use std::fmt;

use chinampa_kernels::FieldError;

/// A buffer that is not the object it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    path: Vec<PathPart>,
    offset: usize,
    kind: DecodeErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PathPart {
    Member(&'static str),
    Item(usize),
}

/// What was expected and what came instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The buffer ends inside the value.
    #[error("expected {expected} bytes, {actual} are left")]
    Truncated {
        /// Bytes that the value still needs.
        expected: usize,
        /// Bytes that are left.
        actual: usize,
    },
    /// Bytes are left after the value.
    #[error("expected the end, {count} bytes are left")]
    Trailing {
        /// How many.
        count: usize,
    },
    /// 32 bytes at or above the field's modulus.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A boolean that is neither 0 nor 1.
    #[error("expected 0 or 1 for a boolean, got {actual}")]
    Bool {
        /// The byte.
        actual: u8,
    },
    /// A count or length above what the object may have.
    #[error("expected at most {limit} items, got {actual}")]
    TooMany {
        /// The most there may be.
        limit: usize,
        /// The count in the buffer.
        actual: usize,
    },
    /// A count that must have one certain value.
    #[error("expected exactly {expected} items, got {actual}")]
    Count {
        /// The only legal count.
        expected: usize,
        /// The count in the buffer.
        actual: usize,
    },
    /// An integer wider than the range of its member.
    #[error("expected an integer of at most {bits} bits, got 0x{actual}")]
    Range {
        /// Width of the member.
        bits: u32,
        /// The integer, hexadecimal.
        actual: String,
    },
    /// Two parts of the object contradict each other, or a fixed part has another value.
    #[error("expected {expected}, got {actual}")]
    Mismatch {
        /// The value that the rest of the object or the format demands.
        expected: String,
        /// The value in the buffer.
        actual: String,
    },
}

impl DecodeError {
    /// An error at `offset` bytes from the start of the outermost buffer; the path is added on the way out.
    pub fn new(offset: usize, kind: impl Into<DecodeErrorKind>) -> Self {
        Self { path: Vec::new(), offset, kind: kind.into() }
    }

    /// A count above its limit.
    pub fn too_many(offset: usize, limit: usize, actual: usize) -> Self {
        Self::new(offset, DecodeErrorKind::TooMany { limit, actual })
    }

    /// Says that the error is inside the member `name`.
    #[must_use]
    pub fn in_member(mut self, name: &'static str) -> Self {
        self.path.push(PathPart::Member(name));
        self
    }

    /// Says that the error is inside item `index` of a list.
    #[must_use]
    pub fn in_item(mut self, index: usize) -> Self {
        self.path.push(PathPart::Item(index));
        self
    }

    /// The member, from the outermost object inwards: `hints.start.note_hash_tree.root`, `nullifiers[3]`.
    pub fn path(&self) -> String {
        let mut text = String::new();
        for part in self.path.iter().rev() {
            match part {
                PathPart::Member(name) if text.is_empty() => text.push_str(name),
                PathPart::Member(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                PathPart::Item(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }

    /// Bytes from the start of the outermost buffer to the value at fault.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What was expected and what came instead.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        let path = if path.is_empty() { "the value" } else { &path };
        write!(f, "{path} at byte {}: {}", self.offset, self.kind)
    }
}

impl std::error::Error for DecodeError {}
