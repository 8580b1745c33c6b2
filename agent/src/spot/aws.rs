//! Amazon EC2: `spot/instance-action`, which appears two minutes before a spot instance ends.
//!
//! # Sources
//! Amazon EC2 user guide, "Spot Instance interruption notices" and "Use IMDSv2".

use std::time::SystemTime;

use hyper::{Method, StatusCode};
use serde::Deserialize;

use super::http::{Http, ProbeError};
use super::{SpotNotice, when};

const TOKEN_PATH: &str = "/latest/api/token";
const ACTION_PATH: &str = "/latest/meta-data/spot/instance-action";
/// How long a session token is asked for, in seconds: the longest that there is.
const TOKEN_SECONDS: &str = "21600";

#[derive(Debug, Deserialize)]
struct Action {
    action: String,
    time: String,
}

#[derive(Debug)]
pub(super) struct Aws {
    http: Http,
    token: Option<String>,
}

impl Aws {
    pub(super) fn new(http: Http) -> Self {
        Self { http, token: None }
    }

    pub(super) async fn look(&mut self, now: SystemTime) -> Result<Option<SpotNotice>, ProbeError> {
        let token = match self.token.take() {
            Some(token) => token,
            None => self.new_token().await?,
        };
        let answer = self.http.send(Method::GET, ACTION_PATH, ("x-aws-ec2-metadata-token", &token)).await?;
        match answer.status {
            StatusCode::NOT_FOUND => {
                self.token = Some(token);
                Ok(None)
            }
            StatusCode::OK => {
                self.token = Some(token);
                let action: Action = serde_json::from_str(&answer.text).map_err(|error| {
                    ProbeError::Answer { path: ACTION_PATH.to_owned(), reason: error.to_string() }
                })?;
                let time_left = when::rfc3339(&action.time).map(|at| when::left(at, now));
                let what = format!("{} at {}", action.action, action.time);
                Ok(Some(SpotNotice { source: "aws", what, time_left }))
            }
            // The token has expired; the next look asks for another.
            _ => Err(answer.refused(ACTION_PATH)),
        }
    }

    async fn new_token(&self) -> Result<String, ProbeError> {
        let header = ("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS);
        let answer = self.http.send(Method::PUT, TOKEN_PATH, header).await?;
        if answer.status == StatusCode::OK { Ok(answer.text) } else { Err(answer.refused(TOKEN_PATH)) }
    }
}
