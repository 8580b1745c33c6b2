//! Spans while they last.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use chinampa_jobs::otlp::Span;
use chinampa_jobs::trace::{SpanId, TraceContext, TraceId};
use serde_json::{Value, json};

use super::{Scope, Traces};

/// Why a span has ended that nobody has ended.
const BROKEN_OFF: &str = "broken off";

/// The trace of an epoch. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct EpochTrace(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    scope: Arc<Scope>,
    epoch: u64,
    trace: TraceId,
    root: SpanId,
}

/// A span that lasts until it is ended. One that is dropped has broken off.
#[derive(Debug, Default)]
pub struct OpenSpan(Option<Open>);

#[derive(Debug)]
struct Open {
    of: Arc<Inner>,
    id: SpanId,
    name: Cow<'static, str>,
    attributes: Vec<(&'static str, Value)>,
    start_ns: i64,
    begun: Instant,
}

impl EpochTrace {
    pub(super) fn new(traces: &Traces, epoch: u64, opening: u64) -> Self {
        Self(traces.0.as_ref().map(|scope| {
            let (trace, root) = (scope.trace(epoch), scope.root(epoch, opening));
            Arc::new(Inner { scope: Arc::clone(scope), epoch, trace, root })
        }))
    }

    /// Begins the span of the epoch itself.
    pub fn root(&self) -> OpenSpan {
        self.begin(|of| of.root, "epoch".into())
    }

    /// Begins a span below the epoch's.
    pub fn span(&self, name: impl Into<Cow<'static, str>>) -> OpenSpan {
        self.begin(|of| of.scope.new_id(), name.into())
    }

    fn begin(&self, id: impl FnOnce(&Inner) -> SpanId, name: Cow<'static, str>) -> OpenSpan {
        OpenSpan(self.0.as_ref().map(|of| Open {
            of: Arc::clone(of),
            id: id(of),
            name,
            attributes: vec![("aztec.epoch.number", json!(of.epoch))],
            start_ns: now_ns(),
            begun: Instant::now(),
        }))
    }
}

impl OpenSpan {
    /// Adds an attribute. Names as in Aztec's `@aztec/telemetry-client` where it has them.
    pub fn note(&mut self, name: &'static str, value: impl Into<Value>) {
        if let Some(open) = &mut self.0 {
            open.attributes.push((name, value.into()));
        }
    }

    /// What calls within the span carry.
    pub fn parent(&self) -> Option<TraceContext> {
        self.0.as_ref().map(|open| TraceContext::recorded(open.of.trace, open.id))
    }

    /// Ends it.
    pub fn end(mut self) {
        self.finish(None);
    }

    /// Ends it with what went wrong.
    pub fn fail(mut self, error: impl Into<Cow<'static, str>>) {
        self.finish(Some(error.into()));
    }

    /// Ends it as what it was about has ended.
    pub fn end_with<T, E>(self, result: &Result<T, E>, code: impl FnOnce(&E) -> &'static str) {
        match result {
            Ok(_) => self.end(),
            Err(error) => self.fail(code(error)),
        }
    }

    fn finish(&mut self, error: Option<Cow<'static, str>>) {
        let Some(Open { of, id, name, attributes, start_ns, begun }) = self.0.take() else { return };
        let parent = (id != of.root).then_some(of.root);
        let lasted_ns = i64::try_from(begun.elapsed().as_nanos()).unwrap_or(i64::MAX);
        let end_ns = start_ns.saturating_add(lasted_ns);
        of.scope.send(Span { trace: of.trace, id, parent, name, start_ns, end_ns, error, attributes });
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        self.finish(Some(BROKEN_OFF.into()));
    }
}

fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
