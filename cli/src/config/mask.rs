//! What is shown instead of secrets.

use crate::settings::{Secrecy, Value};

/// Stands for what is hidden.
pub(super) const MASK: &str = "***";

/// Path segments from this length on may be API keys, which L1 providers put there (20 and more characters).
const KEY_SEGMENT_LEN: usize = 16;

/// The value without its secrets.
pub(super) fn mask(value: &Value, secrecy: Secrecy) -> Value {
    let hide: fn(&str) -> String = match secrecy {
        Secrecy::Public => str::to_owned,
        Secrecy::Url => mask_url,
        Secrecy::Secret => |text| if text.is_empty() { String::new() } else { MASK.to_owned() },
    };
    match value {
        Value::Text(text) => Value::Text(hide(text)),
        Value::List(texts) => Value::List(texts.iter().map(|text| hide(text)).collect()),
        other => other.clone(),
    }
}

/// Hides user and password, long path segments, the values of all parameters and the fragment.
fn mask_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return MASK.to_owned() };
    let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    // A password may hold a slash, so user information ends at the last @ of everything before the parameters.
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("***@", rest));
    let segments = rest.split('/').enumerate().map(|(index, segment)| {
        let hidden = index > 0 && segment.len() >= KEY_SEGMENT_LEN;
        if hidden { MASK } else { segment }
    });
    let path = segments.collect::<Vec<_>>().join("/");
    let query = query.map(|query| {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) => format!("{name}={MASK}"),
            None => MASK.to_owned(),
        });
        format!("?{}", pairs.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{user}{path}{}", query.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_keep_only_what_is_public() {
        let cases = [
            ("http://localhost:8545", "http://localhost:8545"),
            ("https://user:pass@host:1/x", "https://***@host:1/x"),
            ("https://user:pa/ss@host/x", "https://***@host/x"),
            ("https://host/v3/0123456789abcdef0123456789abcdef", "https://host/v3/***"),
            ("https://host/?key=abc&plain", "https://host/?key=***&***"),
            ("s3://bucket/prefix?endpoint=http://x", "s3://bucket/prefix?endpoint=***"),
            ("https://host/a#token", "https://host/a"),
            ("no url", "***"),
        ];
        for (url, shown) in cases {
            assert_eq!(mask_url(url), shown, "{url}");
        }
    }

    #[test]
    fn secrets_are_hidden_and_their_number_is_not() {
        let keys = Value::List(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(mask(&keys, Secrecy::Secret), Value::List(vec![MASK.to_owned(), MASK.to_owned()]));
        assert_eq!(mask(&keys, Secrecy::Public), keys);
    }
}
