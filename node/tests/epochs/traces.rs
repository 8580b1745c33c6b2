//! An epoch's spans, as a collector gets them, and the `traceparent` of its jobs, as the broker does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::Address;
use chinampa_broker::store::MemoryStore;
use chinampa_jobs::otlp::TraceConfig;
use chinampa_jobs::{BrokerAccess, EpochNumber};
use chinampa_node::prover::{PayloadStore, Prover, RpcBroker};
use chinampa_node::traces::TraceSender;
use chinampa_testkit::collector::{Collector, Received};
use chinampa_testkit::proxy::{Faults, Proxy};

use crate::prover::{Agent, Server, feed, proven, quick};
use crate::support::{Chain, private_golden};

const EPOCH: u32 = 60;

fn count(spans: &[Received], name: &str) -> usize {
    spans.iter().filter(|span| span.name == name).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_is_one_trace_and_its_jobs_are_enqueued_within_it() {
    let (chain, golden) = (Chain::private(), Arc::new(private_golden()));
    let collector = Collector::start().expect("a port");
    let config = TraceConfig { url: collector.url(), timeout: Duration::from_secs(5) };
    let (sender, traces) = TraceSender::start(config).expect("an exporter");
    let server = Server::start(MemoryStore::new(), None).await;
    let proxy = Proxy::start(&format!("http://{}", server.address), Faults::default()).expect("a port");
    let url = proxy.url().parse().expect("a URL");
    let broker = RpcBroker::new(url, &BrokerAccess::default(), Duration::from_secs(5)).expect("a client");
    let prover = Prover::start(broker, PayloadStore::open(None).expect("no place"), quick());
    let trace = traces.of_rollup(31_337, Address::ZERO).open(EPOCH.into());
    let root = trace.root();
    let first = chain.epochs[&EPOCH][0];
    let (handle, mut updates) = prover.open_within(EpochNumber::from(EPOCH), first, trace);
    feed(&chain, EPOCH, &handle);
    let agent = Agent::new(&golden).start(server.address);
    proven(&mut updates).await;
    root.end();
    drop((handle, prover));
    sender.stop().await;
    agent.abort();
    server.stop().await;

    let spans = collector.spans();
    assert!(spans.iter().all(|span| span.service == "chinampa-prover-node"));
    assert_eq!(count(&spans, "planning"), chain.epochs[&EPOCH].len() + 1, "checkpoints and the end");
    let mut jobs = BTreeMap::<String, usize>::new();
    for id in golden.keys().map(|id| id.parts().expect("an id")) {
        if id.epoch == EpochNumber::from(EPOCH) {
            *jobs.entry(format!("circuit {}", id.request_type.name())).or_default() += 1;
        }
    }
    assert_eq!(jobs.values().sum::<usize>(), 25);
    for (name, expected) in &jobs {
        assert_eq!(count(&spans, name), *expected, "{name}");
    }
    let root = spans.iter().find(|span| span.name == "epoch").expect("the epoch's own");
    assert_eq!((root.parent.as_str(), &root.error), ("", &None));
    for span in &spans {
        assert_eq!((&span.trace, span.attribute("aztec.epoch.number").as_deref()), (&root.trace, Some("60")));
        assert!(span.id == root.id || span.parent == root.id, "{span:?}");
        assert!(root.start_ns <= span.start_ns && span.error.is_none(), "{span:?}");
    }
    let circuits = spans.iter().filter(|span| span.name.starts_with("circuit "));
    let expected: BTreeSet<String> =
        circuits.map(|span| format!("00-{}-{}-01", span.trace, span.id)).collect();
    assert_eq!(proxy.traceparents().into_iter().collect::<BTreeSet<_>>(), expected, "on enqueues only");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_give_an_epoch_the_same_trace_and_spans_ids_of_their_own() {
    let collector = Collector::start().expect("a port");
    let start = || {
        let config = TraceConfig { url: collector.url(), timeout: Duration::from_secs(5) };
        TraceSender::start(config).expect("an exporter")
    };
    let (sender, traces) = start();
    let rollup = traces.of_rollup(1, Address::repeat_byte(1));
    rollup.beside(7).span("before").end();
    rollup.open(7).root().fail("first");
    rollup.open(7).root().end();
    drop(rollup.open(8).span("left"));
    traces.of_rollup(1, Address::repeat_byte(2)).open(7).root().end();
    sender.stop().await;
    let spans = collector.spans();
    let by_error =
        |error: Option<&str>| spans.iter().find(|span| span.error.as_deref() == error).expect("it");
    let (before, first) = (by_error(None), by_error(Some("first")));
    assert_eq!((&before.trace, &before.parent), (&first.trace, &first.id), "known before it is opened");
    let again = spans.iter().filter(|span| span.trace == first.trace && span.name == "epoch");
    assert_eq!(again.map(|span| &span.id).collect::<BTreeSet<_>>().len(), 2, "one for each opening");
    assert_eq!(by_error(Some("broken off")).name, "left");
    let traces: BTreeSet<&String> = spans.iter().map(|span| &span.trace).collect();
    assert_eq!((spans.len(), traces.len()), (5, 3), "one for each epoch of each rollup");
}
