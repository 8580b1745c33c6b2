//! What texts may look like. A shape is checked where the value enters, so that a mistake is reported with its
//! place and not by the part that uses it an hour later.

use chinampa_jobs::RequestType;
use chinampa_jobs::agent::AgentId;

/// A test of text.
pub(crate) struct Shape {
    /// What is expected, to follow the word "expected".
    pub(crate) expected: &'static str,
    /// Whether a text is of this shape.
    pub(crate) accepts: fn(&str) -> bool,
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.expected)
    }
}

pub(super) static ANY: Shape = Shape { expected: "text", accepts: |_| true };

pub(super) static PATH: Shape = Shape { expected: "a path", accepts: |text| !text.is_empty() };

pub(super) static LOCK: Shape = Shape {
    expected: "a path, or a redis:// or rediss:// URL",
    accepts: |text| match text.split_once("://") {
        Some(_) => has_scheme(text, &["redis", "rediss"]),
        None => !text.is_empty(),
    },
};

pub(super) static JOB_STORE: Shape = Shape {
    expected: "memory, redb:FILE, or a redis:// or redis+sentinel:// URL",
    accepts: crate::start::is_store,
};

pub(super) static PAYLOADS: Shape = Shape {
    expected: "inline, or a file://, s3://, gs://, az://, redis:// or redis+sentinel:// URL",
    accepts: crate::start::is_payloads,
};

pub(super) static IP_ADDRESS: Shape =
    Shape { expected: "an IP address", accepts: |text| text.parse::<std::net::IpAddr>().is_ok() };

pub(super) static AMQP_URL: Shape =
    Shape { expected: "an amqp:// or amqps:// URL", accepts: |text| has_scheme(text, &["amqp", "amqps"]) };

pub(super) static URL: Shape =
    Shape { expected: "an http:// or https:// URL", accepts: |text| has_scheme(text, &["http", "https"]) };

pub(super) static STORE_URL: Shape = Shape {
    expected: "a file://, s3://, gs://, az://, http:// or https:// URL",
    accepts: |text| has_scheme(text, &["file", "s3", "gs", "az", "http", "https"]),
};

pub(super) static PROOF_STORE: Shape = Shape {
    expected: "a file://, s3://, gs:// or az:// URL",
    accepts: |text| has_scheme(text, &["file", "s3", "gs", "az"]),
};

pub(super) static TX_SOURCE: Shape = Shape {
    expected: "node+URL, store+URL or folder:PATH, perhaps with #batch=, parallel= and timeout_ms=",
    accepts: |text| text.parse::<chinampa_node::txs::TxSourceSpec>().is_ok(),
};

pub(super) static ADDRESS: Shape =
    Shape { expected: "0x and 40 hexadecimal digits", accepts: |text| is_hex(text, 40..=40, true) };

pub(super) static PRIVATE_KEY: Shape = Shape {
    expected: "64 hexadecimal digits, with or without 0x",
    accepts: |text| is_hex(text, 64..=64, false),
};

pub(super) static SHA256: Shape =
    Shape { expected: "64 hexadecimal digits", accepts: |text| is_hex(text, 64..=64, false) };

pub(super) static FIELD: Shape =
    Shape { expected: "0x and 1 to 64 hexadecimal digits", accepts: |text| is_hex(text, 1..=64, true) };

pub(super) static ROLLUP_VERSION: Shape = Shape {
    expected: "canonical, or the number of a rollup version",
    accepts: |text| text == "canonical" || text.parse::<u32>().is_ok(),
};

pub(super) static PROOF_TYPE: Shape = Shape {
    expected: "the name of a proving request type, such as PARITY_BASE",
    accepts: |text| text.parse::<RequestType>().is_ok(),
};

pub(super) static AGENT_NAME: Shape = Shape {
    expected: "1 to 120 letters, digits and -_.:@",
    accepts: |text| text.len() <= 120 && text.parse::<AgentId>().is_ok(),
};

pub(super) static HEADER_NAME: Shape = Shape {
    expected: "the name of an HTTP header",
    accepts: |text| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    },
};

pub(super) static LOG_LEVEL: Shape = Shape {
    expected: "a log level such as info or verbose;debug:prover-node, or tracing directives",
    accepts: |text| crate::logs::filter(text).is_ok(),
};

fn has_scheme(text: &str, schemes: &[&str]) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    schemes.contains(&scheme) && !rest.is_empty() && !text.contains(char::is_whitespace)
}

fn is_hex(text: &str, digits: std::ops::RangeInclusive<usize>, prefix_needed: bool) -> bool {
    let bare = match text.strip_prefix("0x") {
        Some(bare) => bare,
        None if prefix_needed => return false,
        None => text,
    };
    digits.contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shape, texts that fit, texts that do not.
    fn check(shape: &Shape, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!((shape.accepts)(text), "{text:?} is {}", shape.expected);
        }
        for text in bad {
            assert!(!(shape.accepts)(text), "{text:?} is not {}", shape.expected);
        }
    }

    #[test]
    fn urls() {
        check(
            &URL,
            &["http://localhost:8545", "https://u:p@host/x?y=z"],
            &["", "host", "ftp://a", "http://", "http://a b"],
        );
        check(&LOCK, &["/run/lock", "lock", "redis://h:6379/1"], &["", "http://h", "redis://"]);
        check(&STORE_URL, &["file:///data", "s3://bucket/x?endpoint=y", "gs://b"], &["bucket", "s3:/b"]);
        check(&PROOF_STORE, &["file:///data", "s3://b", "az://c"], &["http://h", "az:/c"]);
    }

    #[test]
    fn hexadecimal_texts_at_their_lengths() {
        let (short, exact, long) = ("1".repeat(39), "aB".repeat(20), "1".repeat(41));
        check(
            &ADDRESS,
            &[&format!("0x{exact}")],
            &[&exact, &format!("0x{short}"), &format!("0x{long}"), "0x"],
        );
        let key = "f".repeat(64);
        check(
            &PRIVATE_KEY,
            &[&key, &format!("0x{key}")],
            &[&key[1..], &format!("0x{key}0"), &"g".repeat(64)],
        );
        check(&FIELD, &["0x0", &format!("0x{key}")], &["0x", "1", &format!("0x{key}0")]);
    }

    #[test]
    fn names() {
        check(
            &PROOF_TYPE,
            &RequestType::ALL.map(RequestType::name),
            &["parity_base", "PARITY_BASE ", "17", ""],
        );
        check(&ROLLUP_VERSION, &["canonical", "0", "1123886217"], &["latest", "", "-1", "4294967296"]);
        check(&HEADER_NAME, &["x-api-key", "Authorization"], &["", "a b", "a:b"]);
    }
}
