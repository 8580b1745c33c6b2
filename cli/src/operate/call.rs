//! A call of the API, as commands make it.

use chinampa_jobs::agent::Method;
use serde_json::Value;

use super::Target;

/// A call and what of its reply is shown.
pub(crate) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// Member of the reply that is a list, and the members of its entries that are columns.
    pub(super) columns: Option<(&'static str, &'static [&'static str])>,
}

/// A command that is a call.
pub(crate) trait Operate {
    /// Where it goes, and what it is.
    fn call(self) -> (Target, Call);
}

pub(super) fn get(path: impl Into<String>) -> Call {
    Call { method: Method::GET, path: path.into(), body: None, columns: None }
}

pub(super) fn change(method: Method, path: impl Into<String>, body: Option<Value>) -> Call {
    Call { method, path: path.into(), body, columns: None }
}

impl Call {
    pub(super) fn columns(mut self, list: &'static str, columns: &'static [&'static str]) -> Self {
        self.columns = Some((list, columns));
        self
    }
}

/// A text as a segment of a path or a value of a query.
pub(super) fn escape(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    escaped.collect()
}
