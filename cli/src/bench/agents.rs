//! Many agents wait, and each job that comes goes to one of them.

use std::time::{Duration, Instant};

use chinampa_jobs::BrokerAccess;
use chinampa_jobs::agent::{
    AgentClient, ClaimRequest, ClientError, JobOutcome, Method, Offer, SettleRequest, Usage, WireFormat,
};
use serde_json::json;
use tokio::sync::mpsc;

use super::{Agents, quantiles};
use crate::exit::Error;
use crate::output;

/// How long agents wait in one call.
const WAIT_MS: u32 = 60_000;
/// How long a job may stay unclaimed before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn run(bench: &Agents) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(Error::Start)?.block_on(measure(bench))
}

async fn measure(bench: &Agents) -> Result<(), Error> {
    let client =
        AgentClient::new(&bench.url, &BrokerAccess::with_token(bench.token.as_deref()), WireFormat::Bincode)?;
    let (claims, mut claimed) = mpsc::unbounded_channel();
    for number in 0..bench.agents {
        tokio::spawn(agent(client.clone(), format!("bench-{number}"), claims.clone()));
    }
    // All of them wait when their first calls have arrived.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let run = Instant::now();
    let (mut enqueues, mut from_sent, mut from_acknowledged) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..bench.jobs {
        let id = format!("1:PARITY_BASE:{}-{number}", std::process::id());
        let job = json!({"id": id, "type": 16, "epochNumber": 1, "inputsUri": "data:,iiiiiiiiiiiiiiii"});
        let call =
            json!({"jsonrpc": "2.0", "id": 1, "method": "proverBroker_enqueueProvingJob", "params": [job]});
        let begin = Instant::now();
        client.administer(Method::POST, "/", Some(&call)).await?;
        let enqueued = Instant::now();
        let arrived = tokio::time::timeout(PATIENCE, claimed.recv()).await;
        let Ok(Some(arrived)) = arrived else {
            return Err(ClientError::Unreachable("no agent has got the job".to_owned()).into());
        };
        enqueues.push(enqueued - begin);
        from_sent.push(arrived - begin);
        // An agent may have the job before the enqueue's answer has arrived here.
        from_acknowledged.push(arrived.saturating_duration_since(enqueued));
        tokio::time::sleep(Duration::from_millis(bench.pause_ms)).await;
    }
    let text = format!(
        "{} agents wait, {} jobs in {:.1} s\nenqueue ms: {}\nenqueue sent to job claimed ms: {}\n\
         enqueue acknowledged to job claimed ms: {}\n",
        bench.agents,
        bench.jobs,
        run.elapsed().as_secs_f64(),
        quantiles::text(enqueues),
        quantiles::text(from_sent),
        quantiles::text(from_acknowledged)
    );
    Ok(output::text(&text)?)
}

/// Claims and settles for ever.
async fn agent(client: AgentClient, name: String, claims: mpsc::UnboundedSender<Instant>) {
    let Ok(agent) = name.parse::<chinampa_jobs::agent::AgentId>() else { return };
    let (version, offer) = (String::new(), Offer::default());
    let request = ClaimRequest { agent: agent.clone(), version, offer, wait_ms: WAIT_MS };
    let Ok(value) = "data:,result".parse::<chinampa_jobs::ProofUri>() else { return };
    loop {
        let Ok(reply) = client.claim(&request).await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Some(claimed) = reply.claimed else { continue };
        if claims.send(Instant::now()).is_err() {
            return;
        }
        let outcome = JobOutcome::Success { value: value.clone() };
        let (id, attempt, usage) = (claimed.job.id, claimed.attempt, Usage::default());
        // A result that is lost leaves a lease that ends; the measurement goes on.
        let _ = client.settle(&SettleRequest { agent: agent.clone(), id, attempt, outcome, usage }).await;
    }
}
