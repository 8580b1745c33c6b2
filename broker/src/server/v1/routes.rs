//! The table of routes.

use axum::http::Method;

use super::query;
use crate::access::Permission;

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Claim,
    Beat,
    Settle,
    Release,
    OpenApi,
    Overview,
    Pause,
    Resume,
    SetPolicy,
    SetNeeds,
    SetEpoch,
    DropEpoch,
    ListJobs,
    EnqueueJob,
    GetJob,
    GetStatus,
    RetryJob,
    CancelJob,
    QuarantineJob,
    ReleaseJob,
    SetJobPriority,
    ListAgents,
    QuietAgent,
    DrainAgent,
    ResumeAgent,
    Completions,
    Events,
    ListTokens,
    MakeToken,
    RevokeToken,
    ReadAudit,
}

/// A route.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// With at most one argument, in braces, which takes a whole segment.
    pub(super) path: &'static str,
    pub(super) operation: Operation,
    pub(super) permission: Permission,
    /// For the OpenAPI document.
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// Names in the query.
    pub(super) query: &'static [&'static str],
    /// Schemas of the body and the reply in the OpenAPI document; empty where there is none.
    pub(super) body: &'static str,
    pub(super) reply: &'static str,
}

/// A route that a request has found.
#[derive(Debug)]
pub(in crate::server) struct Found {
    pub(super) operation: Operation,
    pub(super) argument: String,
}

const fn route(
    method: &'static str,
    path: &'static str,
    operation: Operation,
    permission: Permission,
    name: &'static str,
    summary: &'static str,
) -> Route {
    Route { method, path, operation, permission, name, summary, query: &[], body: "", reply: "" }
}

impl Route {
    const fn query(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    const fn body(mut self, body: &'static str) -> Self {
        self.body = body;
        self
    }

    const fn reply(mut self, reply: &'static str) -> Self {
        self.reply = reply;
        self
    }
}

use Operation as O;
use Permission::{Administer, Operate, Produce, Prove, View};

/// All routes.
#[rustfmt::skip]
pub(super) const ROUTES: [Route; 31] = [
    route("POST", "/v1/agent/claim", O::Claim, Prove, "claim", "Takes a job, and waits for one.").body("ClaimRequest").reply("ClaimReply"),
    route("POST", "/v1/agent/beat", O::Beat, Prove, "beat", "Says that an agent lives and what it works on.").body("BeatRequest").reply("BeatReply"),
    route("POST", "/v1/agent/settle", O::Settle, Prove, "settle", "Reports the end of an attempt.").body("SettleRequest").reply("SettleReply"),
    route("POST", "/v1/agent/release", O::Release, Prove, "release", "Hands a job back.").body("ReleaseRequest").reply("ReleaseReply"),
    route("GET", "/v1/openapi.json", O::OpenApi, View, "openApi", "This document."),
    route("GET", "/v1/queue", O::Overview, View, "overview", "The queue as a whole: types, epochs, pauses.").reply("Queue"),
    route("POST", "/v1/queue/pause", O::Pause, Operate, "pause", "Hands out no jobs, of a type, of an epoch or at all.").body("Pause").reply("Done"),
    route("POST", "/v1/queue/resume", O::Resume, Operate, "resume", "Ends a pause.").body("Scope").reply("Done"),
    route("PUT", "/v1/queue/policy", O::SetPolicy, Operate, "setPolicy", "Chooses the order of hand-outs.").body("Policy").reply("Done"),
    route("PUT", "/v1/types/{type}/needs", O::SetNeeds, Operate, "setNeeds", "Says what jobs of a type need of an agent.").body("Needs").reply("Done"),
    route("PUT", "/v1/epochs/{epoch}", O::SetEpoch, Operate, "setEpoch", "Sets deadline and priority of an epoch.").body("EpochChange").reply("Done"),
    route("DELETE", "/v1/epochs/{epoch}", O::DropEpoch, Operate, "dropEpoch", "Forgets an epoch and its jobs.").reply("Done"),
    route("GET", "/v1/jobs", O::ListJobs, View, "listJobs", "Lists jobs in order of epochs.").query(&["type", "epoch", "state", "after", "limit"]).reply("JobPage"),
    route("GET", "/v1/jobs/{id}", O::GetJob, View, "getJob", "One job, with who works on it and what went wrong.").reply("Job"),
    route("POST", "/v1/jobs", O::EnqueueJob, Produce, "enqueueJob", "Adds a job.").body("ProvingJob").reply("Before"),
    route("GET", "/v1/jobs/{id}/status", O::GetStatus, View, "getStatus", "Aztec's status of a job, with all of its result.").reply("Status"),
    route("POST", "/v1/jobs/{id}/retry", O::RetryJob, Operate, "retryJob", "Runs a rejected, cancelled or quarantined job again.").reply("Before"),
    route("POST", "/v1/jobs/{id}/cancel", O::CancelJob, Operate, "cancelJob", "Gives a job up; it runs again if it is enqueued again.").reply("Before"),
    route("POST", "/v1/jobs/{id}/quarantine", O::QuarantineJob, Operate, "quarantineJob", "Puts a job aside.").reply("Before"),
    route("POST", "/v1/jobs/{id}/release", O::ReleaseJob, Operate, "releaseJob", "Puts a quarantined job back in line.").reply("Before"),
    route("PUT", "/v1/jobs/{id}/priority", O::SetJobPriority, Operate, "setJobPriority", "Lets a job go before or behind others.").body("JobPriority").reply("Before"),
    route("GET", "/v1/agents", O::ListAgents, View, "listAgents", "Lists agents by name.").query(&["after", "limit"]).reply("AgentPage"),
    route("POST", "/v1/agents/{id}/quiet", O::QuietAgent, Operate, "quietAgent", "Tells an agent to take no more jobs.").body("Reason").reply("Done"),
    route("POST", "/v1/agents/{id}/drain", O::DrainAgent, Operate, "drainAgent", "Tells an agent to finish and end.").body("Reason").reply("Done"),
    route("POST", "/v1/agents/{id}/resume", O::ResumeAgent, Operate, "resumeAgent", "Lets an agent work again, also one in quarantine.").reply("Done"),
    route("GET", "/v1/completions", O::Completions, View, "completions", "Settled jobs in order, from a cursor on.").query(&["cursor", "limit"]).reply("CompletionPage"),
    route("GET", "/v1/events", O::Events, View, "events", "What happens to jobs, as server-sent events; Last-Event-ID goes on.").query(&["after"]),
    route("GET", "/v1/tokens", O::ListTokens, Administer, "listTokens", "Lists tokens, without secrets.").reply("Tokens"),
    route("POST", "/v1/tokens", O::MakeToken, Administer, "makeToken", "Makes a token, or lets a client certificate in.").body("TokenRequest").reply("NewToken"),
    route("DELETE", "/v1/tokens/{id}", O::RevokeToken, Administer, "revokeToken", "Revokes a token at once.").reply("Done"),
    route("GET", "/v1/audit", O::ReadAudit, Administer, "readAudit", "The last changes by people and programs, newest first.").query(&["limit"]).reply("AuditPage"),
];

impl Operation {
    fn route(self) -> &'static Route {
        ROUTES.iter().find(|route| route.operation == self).expect("every operation has a route")
    }

    pub(super) fn permission(self) -> Permission {
        self.route().permission
    }

    pub(super) fn name(self) -> &'static str {
        self.route().name
    }

    /// Whether it is written down. What agents do all the time is in the feed.
    pub(super) fn is_audited(self) -> bool {
        self.permission() != Permission::Prove
    }
}

/// The route of a request. `HEAD` is not among them.
pub(in crate::server) fn find(method: &Method, path: &str) -> Option<Found> {
    ROUTES.iter().filter(|route| route.method == method.as_str()).find_map(|route| {
        let argument = matched(route.path, path)?;
        Some(Found { operation: route.operation, argument: query::decode(argument) })
    })
}

/// The methods of a path; none if there is no such path.
pub(in crate::server) fn allowed(path: &str) -> Option<String> {
    let methods: Vec<_> =
        ROUTES.iter().filter(|route| matched(route.path, path).is_some()).map(|route| route.method).collect();
    (!methods.is_empty()).then(|| methods.join(", "))
}

/// The segment in the place of the argument, or an empty text where there is none.
fn matched<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let (mut argument, mut segments) = ("", path.split('/'));
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            argument = segment;
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_finds_itself_and_nothing_else() {
        for route in &ROUTES {
            let path =
                route.path.replace("{id}", "1%3Aa").replace("{type}", "ROOT_ROLLUP").replace("{epoch}", "7");
            let found = find(&route.method.parse().unwrap(), &path).unwrap();
            assert_eq!(found.operation, route.operation, "{path}");
            assert!(allowed(&path).unwrap().contains(route.method));
            assert!(allowed(&format!("{path}/x/y/z")).is_none(), "{path}");
        }
        assert_eq!(find(&Method::GET, "/v1/jobs/1%3Aa").unwrap().argument, "1:a");
        assert!(find(&Method::GET, "/v1/jobs/").is_none());
        assert!(find(&Method::DELETE, "/v1/jobs").is_none());
    }
}
