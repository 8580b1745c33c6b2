//! Recordings, and how answers are compared with them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// How much of a cut answer is compared, besides its length: as much as the cut request that led to it has shown.
const COMPARED_LEN: usize = 240;

/// Marks where the recorder has cut a body; the length of the whole body follows.
const CUT: char = '\u{2026}';

#[derive(Deserialize)]
pub(crate) struct Capture {
    pub(crate) session: String,
    pub(crate) setup: Vec<Exchange>,
    pub(crate) exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
pub(crate) struct Exchange {
    pub(crate) request: Message,
    pub(crate) response: Message,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, Value>,
    pub(crate) body_text: String,
}

impl Message {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.as_str()
    }

    /// The body of a request; a cut one is made whole, with the recorded length.
    pub(crate) fn body(&self) -> String {
        let Some((head, len)) = self.body_text.rsplit_once(CUT) else { return self.body_text.clone() };
        let len = whole_len(len);
        if head.contains("getProvingJobStatus") {
            let call = |id| {
                format!(
                    r#"{{"jsonrpc":"2.0","id":{id},"method":"proverBroker_getProvingJobStatus","params":["x"]}}"#
                )
            };
            let whole = format!("[{}]", (0..101).map(call).collect::<Vec<_>>().join(","));
            assert_eq!(whole.len(), len);
            return whole;
        }
        let fill = &head[head.len() - 1..];
        let tail = if head.starts_with('[') { "\"}]}]" } else { "\"}]}" };
        format!("{head}{}{tail}", fill.repeat(len - head.len() - tail.len()))
    }
}

/// A recorded answer.
pub(crate) struct Text<'a> {
    head: &'a str,
    /// The whole length, if it was cut.
    len: Option<usize>,
}

impl<'a> Text<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        match text.rsplit_once(CUT) {
            Some((head, len)) => Self { head, len: Some(whole_len(len)) },
            None => Self { head: text, len: None },
        }
    }

    /// Why a text is not this one.
    pub(crate) fn mismatch(&self, ours: &str) -> Option<String> {
        let is_equal = match self.len {
            Some(len) => ours.len() == len && ours.starts_with(&self.head[..COMPARED_LEN]),
            None => same_value(&without_times(ours), &without_times(self.head)),
        };
        (!is_equal).then(|| "another body".to_owned())
    }
}

/// Equal texts, or equal JSON: the order of members of an error reply is not the same everywhere in Aztec.
fn same_value(ours: &str, theirs: &str) -> bool {
    if ours == theirs {
        return true;
    }
    let parse = |text| serde_json::from_str::<Value>(text).ok();
    theirs.contains("\"error\"") && parse(ours).is_some() && parse(ours) == parse(theirs)
}

/// The numbers after `"time":`.
pub(crate) fn times(text: &str) -> Vec<String> {
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
    text.split("\"time\":").skip(1).map(digits).collect()
}

fn without_times(text: &str) -> String {
    times(text).iter().fold(text.to_owned(), |text, time| text.replace(time.as_str(), "0"))
}

/// All ids in results that are lists.
pub(crate) fn completions(text: &str) -> Vec<String> {
    let replies: Vec<Value> = serde_json::from_str(text).unwrap();
    let lists = replies.iter().filter_map(|reply| reply["result"].as_array());
    lists.flatten().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// The first line of the error message in a recorded reply.
pub(crate) fn first_line(text: &str) -> String {
    let replies: Vec<Value> = serde_json::from_str(text).unwrap();
    replies[0]["error"]["message"].as_str().unwrap().lines().next().unwrap().to_owned()
}

fn whole_len(text: &str) -> usize {
    text.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}
