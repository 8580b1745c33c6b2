//! The resolved configuration: defaults, then the file, then the environment, then flags. Later layers win, and
//! every value remembers where it comes from.

mod check;
mod environment;
mod error;
mod file;
mod mask;
mod print;
mod resolve;

pub(crate) use check::check;
pub(crate) use environment::Environment;
pub(crate) use error::{ConfigError, ConfigErrors};
pub(crate) use print::{as_json, as_toml};
pub(crate) use resolve::{Inputs, Resolved, nearest, settings};
