//! What hears facts, on their thread: spans of requests that are over go into a bounded queue, and calls are measured.

use canon::event::Event;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use telemetry::attribute::Series;
use telemetry::redact::Redactor;
use telemetry::traces::{Measures, Span, Traces};
use tokio::sync::Notify;

/// The most spans that wait to be sent; what comes while the queue is full is counted, not kept.
pub(super) const QUEUE: usize = 4_096;

/// The most spans of one message.
pub(super) const BATCH: usize = 512;

/// What is handed from the thread of the facts to that of the exporter. Neither ever waits for the other.
#[derive(Default)]
pub(super) struct Shared {
    spans: Mutex<VecDeque<Span>>,
    measures: Mutex<Measures>,
    lost: AtomicU64,
    /// There is a whole batch.
    pub(super) batch: Notify,
}

/// Hears facts.
pub(super) struct Ear {
    traces: Traces,
    shared: Arc<Shared>,
}

impl Ear {
    /// Hears for an exporter.
    pub(super) fn of(shared: &Arc<Shared>) -> Self {
        Self { traces: Traces::default(), shared: Arc::clone(shared) }
    }

    /// Takes a fact in. Never waits for a collector.
    pub(super) fn hear(&mut self, event: &Event, redactor: &Redactor) {
        let done = self.traces.hear(event, redactor);
        let lost = self.traces.take_lost();
        if lost > 0 {
            self.shared.lose(lost);
        }
        let Some(done) = done else { return };
        let mut measures = self.shared.measures.lock().unwrap_or_else(PoisonError::into_inner);
        done.calls.iter().for_each(|call| measures.observe(call));
        drop(measures);
        self.shared.keep(done.spans);
    }
}

impl Shared {
    fn keep(&self, spans: Vec<Span>) {
        let mut waiting = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() + spans.len() > QUEUE {
            drop(waiting);
            return self.lose(spans.len() as u64);
        }
        waiting.extend(spans);
        if waiting.len() >= BATCH {
            self.batch.notify_one();
        }
    }

    /// The spans that have waited longest, as many as one message takes.
    pub(super) fn take(&self) -> Vec<Span> {
        let mut waiting = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(BATCH);
        waiting.drain(..count).collect()
    }

    /// How many spans wait.
    pub(super) fn waiting(&self) -> usize {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What was measured so far.
    pub(super) fn measured(&self) -> Vec<Series> {
        self.measures.lock().unwrap_or_else(PoisonError::into_inner).series()
    }

    /// So many spans will never arrive.
    pub(super) fn lose(&self, spans: u64) {
        self.lost.fetch_add(spans, Ordering::Relaxed);
    }

    /// How many were lost since the last time this was asked.
    pub(super) fn take_lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use canon::trace::{SpanId, TraceContext, TraceFlags, TraceId};
    use std::time::UNIX_EPOCH;
    use telemetry::traces::Kind;

    fn span(number: usize) -> Span {
        let flags = TraceFlags::sampled(true);
        Span {
            context: TraceContext { trace: TraceId::new(1), span: SpanId::new(number as u64), flags },
            parent: None,
            kind: Kind::Server,
            name: String::new(),
            start: UNIX_EPOCH,
            end: UNIX_EPOCH,
            attributes: Vec::new(),
            marks: Vec::new(),
            lost_marks: 0,
            failed: false,
        }
    }

    #[test]
    fn what_the_queue_can_not_hold_is_counted_and_the_rest_stays_in_order() {
        let shared = Shared::default();
        for number in 1..=QUEUE + 100 {
            shared.keep(vec![span(number)]);
        }
        assert_eq!((shared.waiting(), shared.take_lost(), shared.take_lost()), (QUEUE, 100, 0));
        let batches: Vec<Vec<Span>> =
            std::iter::repeat_with(|| shared.take()).take_while(|batch| !batch.is_empty()).collect();
        assert!(batches.iter().all(|batch| batch.len() <= BATCH));
        let numbers = batches.iter().flatten().map(|span| span.context.span.number());
        assert!(numbers.eq(1..=QUEUE as u64));
    }
}
