//! Errors as one line of text.

use std::error::Error;

/// An error with everything that caused it, in one line. A cause that the text ends with already is not said twice.
pub fn with_causes(error: &(dyn Error + '_)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Failure {
        #[error("cannot start")]
        Start(#[source] Box<Failure>),
        #[error("no port: {0}")]
        Port(#[source] std::io::Error),
    }

    #[test]
    fn each_cause_is_said_once() {
        let failure = Failure::Start(Box::new(Failure::Port(std::io::Error::other("in use"))));
        assert_eq!(with_causes(&failure), "cannot start: no port: in use");
    }
}
