//! Sessions that are woken by RabbitMQ instead of waiting at the broker.
//!
//! A session without a job claims once, and if there is none, waits for a message of the queues of its job types; the
//! message says that a job waits, the broker says which. So an idle agent leaves the broker alone, but for a claim now and
//! then ([`CHECK_INTERVAL`]), by which it is known to be there, hears what is wanted of it, and finds what no message has
//! told. While RabbitMQ is away, sessions wait at the broker.
//!
//! Each job that is handed out takes one message of its own type away, so that messages and waiting jobs stay as many.

mod post;
mod token;
mod watch;

pub(crate) use post::{Pace, Post, Woken};
pub(crate) use token::Token;

use std::fmt;
use std::time::Duration;

use lapin::uri::AMQPUri;

/// Longest time between two claims of a session that waits for messages. Below the two minutes after which a broker counts on
/// an agent no more.
pub(crate) const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// Seconds between two signs of life of the connection, if the URL does not say; it is lost after two that are missing.
const HEARTBEAT_S: u16 = 10;

/// A RabbitMQ server whose messages wake sessions.
#[derive(Clone)]
pub struct AmqpWaking {
    uri: AMQPUri,
    /// Start of the names of the queues, as the broker has it.
    prefix: String,
}

/// Why a server cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of RabbitMQ is none: amqp://user:password@host:port/vhost is expected")]
pub struct AmqpUrlError;

impl AmqpWaking {
    /// Reads `amqp://user:password@host:port/vhost`, or `amqps://`. Nothing is connected yet.
    ///
    /// # Errors
    /// [`AmqpUrlError`], which does not say the address: there may be a password in it
    pub fn new(url: &str, prefix: &str) -> Result<Self, AmqpUrlError> {
        let mut uri: AMQPUri = url.parse().map_err(|_| AmqpUrlError)?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        Ok(Self { uri, prefix: prefix.to_owned() })
    }
}

impl fmt::Debug for AmqpWaking {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = &self.uri.authority;
        let server = format!("{}:{}", server.host, server.port);
        f.debug_struct("AmqpWaking").field("server", &server).field("prefix", &self.prefix).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_never_shown_whole() {
        let waking = AmqpWaking::new("amqp://farm:hunter2@rabbit:5673/%2f", "p").unwrap();
        assert_eq!(waking.uri.query.heartbeat, Some(HEARTBEAT_S));
        assert_eq!(format!("{waking:?}"), r#"AmqpWaking { server: "rabbit:5673", prefix: "p" }"#);
        let error = AmqpWaking::new("amqp://farm:hunter2@rabbit:port/", "p").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert_eq!(AmqpWaking::new("http://rabbit", "p").unwrap_err(), AmqpUrlError);
    }
}
