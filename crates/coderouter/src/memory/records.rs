//! Facts as records: a row for each request that is over, a row for each fact of the audit, and the lines of the
//! journals. It runs on the recorder's thread, off the way of requests, and keeps nothing between two facts.

use super::audit::is_audited;
use canon::event::{CacheObserved, Departure, Event, Fact, Finished, RequestShape, TokenCounts};
use canon::id::RequestId;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::SystemTime;
use store::journal::Journal;
use store::{AuditRow, Hop, RequestRow, Shape, Store, Tokens, Write, moment};
use telemetry::line;
use telemetry::redact::Redactor;

/// Where records go.
pub struct Records {
    store: Arc<Store>,
    audit: Option<Journal>,
    requests: Option<Journal>,
}

impl Records {
    pub(super) fn new(store: Arc<Store>, audit: Option<Journal>, requests: Option<Journal>) -> Self {
        Self { store, audit, requests }
    }

    /// Takes a fact in. Never waits.
    pub fn hear(&self, event: &Event, redactor: &Redactor) {
        match &event.fact {
            Fact::Finished(finished) => {
                if let Some(id) = event.request {
                    self.store.remember(Write::Request(Box::new(request(id, event.at, finished, redactor))));
                }
            }
            Fact::CacheObserved(observed) => {
                if let Some(journal) = &self.requests {
                    journal.append(line_of(event.request, event.at, observed).to_string().as_bytes());
                }
            }
            _ => self.audited(event, redactor),
        }
    }

    /// Waits until the journals have their lines, or could not be written.
    pub fn flush(&self) {
        for journal in self.audit.iter().chain(&self.requests) {
            // The lines stay in memory, and nobody is left to hear of it.
            let _ = journal.flush();
        }
    }

    fn audited(&self, event: &Event, redactor: &Redactor) {
        let (name, level) = line::name(&event.fact);
        if !is_audited(name) {
            return;
        }
        let mut payload = Vec::new();
        line::write_fields(event, redactor, &mut payload);
        let mut payload: Map<String, Value> = serde_json::from_slice(&payload).unwrap_or_default();
        if let Some(journal) = &self.audit {
            let mut line = Map::from_iter([
                ("ts".to_owned(), written(event.at).into()),
                ("event".to_owned(), name.into()),
                ("level".to_owned(), level.into()),
            ]);
            line.extend(payload.clone());
            journal.append(Value::Object(line).to_string().as_bytes());
        }
        // It has a column of its own.
        payload.remove("request_id");
        self.store.remember(Write::Audit(AuditRow {
            at: event.at,
            event: name.to_owned(),
            level: level.to_lowercase(),
            request: event.request,
            payload: Value::Object(payload),
        }));
    }
}

fn request(id: RequestId, at: SystemTime, finished: &Finished, redactor: &Redactor) -> RequestRow {
    let clean = |text: &str| redactor.clean(text).into_owned();
    let hop = |it: &Departure| Hop {
        provider: it.from.as_str().to_owned(),
        reason: it.reason.to_owned(),
        attempted: it.attempted,
    };
    let TokenCounts { input, output, cache_read, cache_write } = finished.tokens;
    RequestRow {
        id,
        at,
        profile: finished.profile.clone(),
        provider: finished.provider.clone(),
        model: finished.model.as_ref().map(|model| clean(model.as_str()).into()),
        status: finished.status,
        attempts: u32::try_from(finished.attempts).unwrap_or(u32::MAX),
        streaming: finished.stream,
        took: finished.took,
        first_token: finished.first_token,
        tokens: Tokens { input, output, cache_read, cache_write },
        cost: finished.cost,
        savings: finished.savings,
        outcome: finished.outcome.to_owned(),
        fallbacks: finished.departures.iter().map(hop).collect(),
        error: finished.error.as_deref().map(clean),
        shape: shape(&finished.shape),
        session: Some(finished.conversation),
    }
}

fn shape(shape: &RequestShape) -> Shape {
    Shape {
        estimated_tokens: shape.estimated_tokens,
        has_tools: shape.tools,
        has_image: shape.pictures,
        class: shape.class.to_owned(),
        body_bytes: shape.body_bytes,
    }
}

/// A line of the request journal: the keys are those of the Python program, whose readers go on reading it.
fn line_of(request: Option<RequestId>, at: SystemTime, observed: &CacheObserved) -> Value {
    let usage = &observed.usage;
    json!({
        "ts": written(at),
        "provider": observed.provider.as_str(),
        "input_tokens": usage.input.unwrap_or(0),
        "output_tokens": usage.output.unwrap_or(0),
        "cost_usd": observed.cost.dollars(),
        "cost_savings_usd": observed.savings.dollars(),
        "streaming": observed.streaming,
        "cache_read_input_tokens": usage.cache_read.unwrap_or(0),
        "cache_creation_input_tokens": usage.cache_write.unwrap_or(0),
        "outcome": observed.outcome(),
        "request_id": request.map(|id| id.to_string()),
    })
}

/// A moment as the journals have it, with an offset that every reader knows.
fn written(at: SystemTime) -> String {
    moment::write(at).replace('Z', "+00:00")
}
