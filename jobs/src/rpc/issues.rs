//! Validation of parameters, with the messages of the validator that Aztec uses.

use std::fmt::Display;

use serde_json::value::RawValue;

use super::error::RpcError;
use crate::epoch::{EpochNumber, MAX_EPOCH_NUMBER};
use crate::error::{Error, JsonKind};
use crate::job_id::JobId;
use crate::js_number;
use crate::raw_json;
use crate::request_type::RequestType;
use crate::unix_ms::UnixMs;
use crate::uri::ProofUri;

/// How many problems of one call are listed at most.
pub const MAX_ISSUES: usize = 100;

/// How many job ids or request types one parameter may list. Aztec's producers send at most 1000 ids per call.
pub const MAX_LIST_LEN: usize = 65_536;

/// Names of the request types as messages list them.
const TYPE_NUMBERS: &str = "0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17";

/// Problems found so far. Every reader returns `None` after noting at least one.
#[derive(Debug, Default)]
pub(super) struct Issues {
    found: Vec<String>,
    /// Problems with epochs: Aztec checks those last.
    deferred: Vec<String>,
}

/// A value that may be absent. In an array that is too short, and in an object without the member, it is.
pub(super) type Slot<'a> = Option<&'a RawValue>;

impl Issues {
    /// The error that lists all problems.
    pub(super) fn into_error(mut self) -> RpcError {
        self.found.append(&mut self.deferred);
        RpcError::invalid_params(self.found.join(". "))
    }

    /// Whether no more problems are listed, so that checking can stop.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MAX_ISSUES
    }

    /// Notes that there are too few parameters.
    pub(super) fn too_few(&mut self, wanted: usize) {
        self.note::<()>(&"", format_args!("Array must contain at least {wanted} element(s)"));
    }

    fn note<T>(&mut self, path: &dyn Display, message: impl Display) -> Option<T> {
        if !self.is_full() {
            self.found.push(format!("{message} ({path})"));
        }
        None
    }

    fn note_deferred<T>(&mut self, path: &dyn Display, message: impl Display) -> Option<T> {
        self.deferred.push(format!("{message} ({path})"));
        None
    }

    fn wrong_kind<T>(&mut self, path: &dyn Display, expected: &str, slot: Slot<'_>) -> Option<T> {
        match slot {
            None => self.note(path, "Required"),
            Some(raw) => {
                let received = raw_json::kind(raw);
                self.note(path, format_args!("Expected {expected}, received {received}"))
            }
        }
    }

    /// A string.
    pub(super) fn string(&mut self, path: &dyn Display, slot: Slot<'_>) -> Option<String> {
        match slot.and_then(raw_json::string) {
            Some(text) => Some(text.into_owned()),
            None => self.wrong_kind(path, "string", slot),
        }
    }

    /// A boolean that may be absent or null.
    pub(super) fn optional_boolean(&mut self, path: &dyn Display, slot: Slot<'_>) -> Option<Option<bool>> {
        match slot.map(RawValue::get) {
            None | Some("null") => Some(None),
            Some("true") => Some(Some(true)),
            Some("false") => Some(Some(false)),
            Some(_) => self.wrong_kind(path, "boolean", slot),
        }
    }

    /// A number, as a point in time.
    pub(super) fn unix_ms(&mut self, path: &dyn Display, slot: Slot<'_>) -> Option<UnixMs> {
        match slot.and_then(number) {
            Some(number) => Some(UnixMs::from_number(number)),
            None => self.wrong_kind(path, "number", slot),
        }
    }

    /// A job id.
    pub(super) fn job_id(&mut self, path: &dyn Display, slot: Slot<'_>) -> Option<JobId> {
        let text = self.string(path, slot)?;
        match text.parse() {
            Ok(id) => Some(id),
            Err(error) => self.wrong_length(path, &error),
        }
    }

    /// A proof URI.
    pub(super) fn proof_uri(&mut self, path: &dyn Display, slot: Slot<'_>) -> Option<ProofUri> {
        let text = self.string(path, slot)?;
        match text.parse() {
            Ok(uri) => Some(uri),
            Err(error) => self.wrong_length(path, &error),
        }
    }

    fn wrong_length<T>(&mut self, path: &dyn Display, error: &Error) -> Option<T> {
        match error {
            Error::Empty { .. } => self.note(path, "String must contain at least 1 character(s)"),
            Error::TooLong { limit, .. } => {
                self.note(path, format_args!("String must contain at most {limit} character(s)"))
            }
            other => self.note(path, other),
        }
    }

    /// A request type number.
    pub(super) fn request_type(&mut self, path: &dyn Display, slot: Slot<'_>) -> Option<RequestType> {
        let Some(raw) = slot else { return self.note(path, "Required") };
        let received = match raw_json::kind(raw) {
            JsonKind::String => raw_json::string(raw)?.into_owned(),
            JsonKind::Number => {
                let number = number(raw)?;
                let known = js_number::whole(number).and_then(RequestType::from_number);
                if let Some(known) = known.filter(|known| known.is_aztecs()) {
                    return Some(known);
                }
                js_number::format(number)
            }
            _ => return self.wrong_kind(path, TYPE_NUMBERS, slot),
        };
        self.note(path, format_args!("Invalid enum value. Expected {TYPE_NUMBERS}, received '{received}'"))
    }

    /// An epoch number: a number, or a string that JavaScript converts to one.
    pub(super) fn epoch(&mut self, path: &dyn Display, slot: Slot<'_>) -> Option<EpochNumber> {
        let kind = slot.map(raw_json::kind);
        let value = match (slot, kind) {
            (Some(raw), Some(JsonKind::Number)) => number(raw)?,
            (Some(raw), Some(JsonKind::String)) => js_number::coerce(&raw_json::string(raw)?),
            _ => return self.note_deferred(path, "Invalid input"),
        };
        if value.is_nan() {
            return self.note_deferred(path, "Expected number, received nan");
        }
        if value.fract() != 0.0 || value.is_infinite() {
            self.note_deferred::<()>(path, "Expected integer, received float");
        }
        if value < 0.0 {
            self.note_deferred::<()>(path, "Number must be greater than or equal to 0");
        }
        if value > MAX_EPOCH_NUMBER as f64 && value.is_finite() {
            self.note_deferred::<()>(
                path,
                format_args!("Number must be less than or equal to {MAX_EPOCH_NUMBER}"),
            );
        }
        // Minus zero is zero, and everything else that is not whole was noted above.
        js_number::whole(value).and_then(|whole| EpochNumber::new(whole).ok())
    }

    /// The members of an object.
    pub(super) fn object<'a, const N: usize>(
        &mut self,
        path: &dyn Display,
        slot: Slot<'a>,
        names: [&'static str; N],
    ) -> Option<[Slot<'a>; N]> {
        match slot.and_then(|raw| raw_json::members(raw, names)) {
            Some(members) => Some(members),
            None => self.wrong_kind(path, "object", slot),
        }
    }

    /// The elements of an array.
    pub(super) fn array<'a>(&mut self, path: &dyn Display, slot: Slot<'a>) -> Option<Vec<&'a RawValue>> {
        match slot.and_then(|raw| raw_json::elements(raw, MAX_LIST_LEN)) {
            Some((elements, count)) if count == elements.len() => Some(elements),
            Some(_) => self.note(path, format_args!("Array must contain at most {MAX_LIST_LEN} element(s)")),
            None => self.wrong_kind(path, "array", slot),
        }
    }
}

/// Value of a JSON number, infinite if it is out of range; `None` for any other value.
fn number(raw: &RawValue) -> Option<f64> {
    // The words that Rust would read as numbers are not JSON.
    if raw_json::kind(raw) == JsonKind::Number { raw.get().parse().ok() } else { None }
}

/// `String(value)` of JavaScript, for values that are no arrays.
pub(super) fn js_text(raw: &RawValue) -> String {
    match raw_json::kind(raw) {
        JsonKind::String => raw_json::string(raw).unwrap_or_default().into_owned(),
        JsonKind::Number => number(raw).map(js_number::format).unwrap_or_default(),
        JsonKind::Boolean | JsonKind::Null => raw.get().to_owned(),
        JsonKind::Array | JsonKind::Object => "[object Object]".to_owned(),
    }
}
