//! The flattening of Noir's ABI: every scalar is one field, structs and arrays are their members in order.

use std::fmt;

use chinampa_kernels::Fr;

/// Writes the fields of a circuit's view of the object.
pub trait ToFields {
    /// Appends the fields to `out`.
    fn to_fields(&self, out: &mut Vec<Fr>);

    /// The fields on their own.
    fn fields(&self) -> Vec<Fr> {
        let mut out = Vec::new();
        self.to_fields(&mut out);
        out
    }
}

/// Reads an object from a circuit's public inputs.
pub trait FromFields: Sized {
    /// Reads one value and leaves `reader` behind it.
    ///
    /// # Errors
    /// [`AbiError`] if the fields run out or one is too wide for its member.
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError>;

    /// Reads one value that must take all of `fields`.
    ///
    /// # Errors
    /// As [`from_fields`](Self::from_fields), and if fields are left over.
    fn from_all_fields(fields: &[Fr]) -> Result<Self, AbiError> {
        let mut reader = FieldReader { fields, index: 0 };
        let value = Self::from_fields(&mut reader)?;
        if reader.index == fields.len() {
            return Ok(value);
        }
        let kind = AbiErrorKind::Count { expected: reader.index, actual: fields.len() };
        Err(AbiError { path: Vec::new(), index: reader.index, kind })
    }
}

/// Reads from the front of a list of fields.
#[derive(Clone, Debug)]
pub struct FieldReader<'a> {
    fields: &'a [Fr],
    index: usize,
}

impl FieldReader<'_> {
    /// Fields read so far.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The next field.
    ///
    /// # Errors
    /// [`AbiError`] at the end.
    pub fn take(&mut self) -> Result<Fr, AbiError> {
        let Some(field) = self.fields.get(self.index) else {
            let kind = AbiErrorKind::Count { expected: self.index + 1, actual: self.fields.len() };
            return Err(AbiError { path: Vec::new(), index: self.index, kind });
        };
        self.index += 1;
        Ok(*field)
    }
}

/// Fields that are not the object they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbiError {
    path: Vec<String>,
    index: usize,
    kind: AbiErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum AbiErrorKind {
    Count { expected: usize, actual: usize },
    Range { bits: u32 },
}

impl AbiError {
    /// Field `index` does not fit `bits` bits.
    pub(crate) fn new(index: usize, bits: u32) -> Self {
        Self { path: Vec::new(), index, kind: AbiErrorKind::Range { bits } }
    }

    #[must_use]
    pub(crate) fn in_member(mut self, name: &str) -> Self {
        self.path.push(name.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn in_item(mut self, index: usize) -> Self {
        self.path.push(format!("[{index}]"));
        self
    }

    /// Position of the field at fault in the whole list.
    pub fn index(&self) -> usize {
        self.index
    }
}

impl fmt::Display for AbiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
        let path = path.join(".").replace(".[", "[");
        let path = if path.is_empty() { "the value" } else { &path };
        match self.kind {
            AbiErrorKind::Count { expected, actual } => {
                write!(f, "{path}: expected {expected} fields, got {actual}")
            }
            AbiErrorKind::Range { bits } => {
                write!(f, "{path}: field {} does not fit {bits} bits", self.index)
            }
        }
    }
}

impl std::error::Error for AbiError {}
