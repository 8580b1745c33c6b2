//! `chinampa events`: what happens to jobs, as it happens.

use std::time::Duration;

use chinampa_jobs::agent::{AgentClient, Event};
use clap::Args;
use serde_json::{Value, json};

use super::Target;
use crate::exit::Error;
use crate::output;

/// Before a connection that broke is made again.
const PAUSE: Duration = Duration::from_secs(1);

/// `chinampa events`
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Go on after the event of this number, which the broker may still remember.
    #[arg(long)]
    after: Option<u64>,
    /// Stop after this many.
    #[arg(long)]
    count: Option<u64>,
    #[command(flatten)]
    target: Target,
}

impl Events {
    /// Prints events, line by line, until the command is ended. A connection that breaks is made again.
    pub(crate) fn run(self) -> Result<(), Error> {
        let (is_json, mut left) = (self.target.json, self.count);
        super::block_on(self.target, async |client| {
            let mut last = self.after;
            let mut is_known = false;
            while left != Some(0) {
                match follow(&client, &mut last, &mut left, &mut is_known, is_json).await {
                    Ok(()) => {}
                    Err(Error::Broker(error)) if is_known && error.is_temporary() => eprintln!("{error}"),
                    Err(error) => return Err(error),
                }
                if left != Some(0) {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            Ok(())
        })
    }
}

/// Prints the events of one connection.
async fn follow(
    client: &AgentClient,
    last: &mut Option<u64>,
    left: &mut Option<u64>,
    is_known: &mut bool,
    is_json: bool,
) -> Result<(), Error> {
    let mut events = client.events(*last).await?;
    *is_known = true;
    while *left != Some(0)
        && let Some(event) = events.next().await?
    {
        *last = event.number.or(*last);
        *left = left.map(|left| left - 1);
        let data = serde_json::from_str(&event.data).unwrap_or(Value::Null);
        if is_json {
            let document = json!({ "number": event.number, "kind": event.kind, "data": data });
            output::text(&format!("{document}\n"))?;
        } else {
            output::text(&line(&event, &data))?;
        }
    }
    Ok(())
}

/// An event for people.
fn line(event: &Event, data: &Value) -> String {
    let number = event.number.map(|number| number.to_string()).unwrap_or_default();
    let member = |name: &str| match &data[name] {
        Value::Null => String::new(),
        Value::String(text) => format!("  {text}"),
        other => format!("  {name} {other}"),
    };
    let members: String = ["requestType", "epoch", "id", "attempt", "agent", "after"].map(member).concat();
    format!("{number:>8}  {:<12}{members}\n", event.kind)
}
