//! One try at one provider: shape, encode, send, and read the head of the answer.

use super::client::Limit;
use super::headers;
use super::mending::Round;
use super::resume;
use super::{Ask, Attempt};
use crate::memory::Receipt;
use crate::slots::{self, Place};
use crate::upstream::{Answer, Backend, Call};
use bytes::Bytes;
use canon::config::{ContextBudgetAction, ExtraField, Provider};
use canon::event::Fact;
use canon::fault::{Fault, FaultKind, Phase};
use canon::request::Request;
use canon::target::{Droppable, Target};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use routing::context::trim::{Cut, Trimmed};
use routing::context::{Judgement, Room, Standing};
use routing::estimate::ToolContent;
use routing::prefix::Fingerprint;
use routing::pressure::is_memory_pressure;
use routing::rates::Priority;
use routing::shapes::{ShapeNote, Terms};
use routing::slots::has_table;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use wire::codec;

/// Most bytes that are read of an error's body: it may hold an answer that the backend could not read.
const MAX_ERROR: usize = 1024 * 1024;

/// How long an error's body may take.
const ERROR_TIME: Duration = Duration::from_secs(10);

/// A request as one provider gets it.
pub struct Shaped {
    /// The body.
    pub body: Bytes,
    /// Whether the answer's frames may be passed on as they come.
    pub native: bool,
    /// Fields that were left out.
    dropped: Vec<Droppable>,
    /// Its place at the server.
    place: Place,
}

/// What was done to a request for a provider.
pub struct Notes {
    /// By the shapes, in order.
    pub shapes: Vec<ShapeNote>,
    /// Fields that the provider's dialect can't say.
    pub losses: Vec<String>,
    /// Fields that were left out.
    pub dropped: Vec<Droppable>,
    /// How the prompt stands to the provider's window, where the profile minds and it is near.
    pub context: Option<(Judgement, Option<Trimmed>)>,
}

/// Shapes and encodes a request for a provider.
///
/// # Errors
/// If the request was let go, which an attempt never sees.
pub fn shape(attempt: Attempt<'_>, model: Option<&str>, place: Place) -> Result<(Shaped, Notes), Fault> {
    let Attempt { ask, backend, lowered, .. } = attempt;
    let request = ask.request().ok_or_else(|| Fault::new(FaultKind::Internal, "the request was let go"))?;
    ask.count_for(backend, &request);
    let provider = &*backend.provider;
    let refused = ask.router.view.refusals(provider);
    let budget = context(ask, provider, &request)?;
    let cut = budget.as_ref().and_then(|(_, cut)| cut.as_ref());
    let terms =
        Terms { refused: &refused, cut, hint: ask.hint.as_deref(), drops_line: place.habits.drops_line };
    let shaped = routing::shapes::shape(&request, provider, &ask.plan.profile, terms);
    watch_prefix(attempt, &shaped.request, cut.is_some());
    let extra_body = extra_body(ask, provider, &request, place.slot());
    let target = Target {
        model,
        extra_body: &extra_body,
        dropped: &shaped.dropped,
        max_output: lowered,
        vision: provider.facts.vision.or(true),
        system_turns: place.habits.system_turns,
        reasoning_history: provider.facts.reasoning_passthrough,
        maker_host: provider.endpoint.is_maker_host(),
    };
    let encoded = codec::encode_request(backend.wire, &shaped.request, &target);
    let losses = encoded.losses.names().iter().map(|name| name.clone().into_owned()).collect();
    let context =
        budget.as_ref().map(|(judgement, cut)| (judgement.clone(), cut.as_ref().map(|cut| cut.trimmed)));
    let notes = Notes { shapes: shaped.notes, losses, dropped: shaped.dropped.clone(), context };
    let native = backend.wire == ask.wire;
    Ok((Shaped { body: encoded.body, native, dropped: shaped.dropped, place }, notes))
}

/// The place of a request at a server whose slots are handed out; it may have to be waited for.
pub async fn place(ask: &Ask, backend: &Arc<Backend>) -> Place {
    match ask.request() {
        Some(request) if has_table(&backend.provider) => {
            slots::place(&ask.router, backend, &request, ask.conversation, ask.priority).await
        }
        _ => Place::default(),
    }
}

/// Tells where the prompt does not go on from the conversation's last one at a local server, which then reads it anew.
/// Sub-agents of one kind share their conversation's name, and what is asked again is no turn of it.
fn watch_prefix(attempt: Attempt<'_>, request: &Request, is_trimmed: bool) {
    let Attempt { ask, backend, round, .. } = attempt;
    let provider = &backend.provider;
    let is_turn = ask.priority == Priority::Main && round == Round::First && !ask.goes_on();
    if !provider.local || !is_turn || !request.declares_tools() {
        return;
    }
    let print = Fingerprint::of(request);
    if let Some(found) = ask.router.view.prefixes.follow(ask.conversation, &provider.name, &print, is_trimmed)
    {
        ask.router.record(Some(ask.id), Fact::Flow(Box::new(found.fact(provider.name.clone()))));
    }
}

/// How the prompt stands to the provider's window, and what has to go; nothing where there is plenty of room.
///
/// # Errors
/// The refusal, where the profile wants such a prompt refused.
fn context(
    ask: &Ask,
    provider: &Provider,
    request: &Request,
) -> Result<Option<(Judgement, Option<Cut>)>, Fault> {
    let (view, profile) = (&ask.router.view, &ask.plan.profile);
    let budget = &profile.context_budget;
    let room = Room::of(provider, budget);
    // The densest text has a token in three bytes, and a correction is fourfold at most.
    let is_small = (ask.body_bytes / 3 + 1).saturating_mul(4) < room.warn.min(room.target);
    if budget.action == ContextBudgetAction::Off || is_small {
        return Ok(None);
    }
    let judgement = view.judge_context(ask.tokens(request), ask.max_output, provider, profile);
    match judgement.standing {
        Standing::Overflow => Err(judgement.refusal(profile)),
        _ if budget.action == ContextBudgetAction::Trim => {
            let tool_content = ToolContent::under(ask.config());
            let decision = view.trim(request, ask.conversation, &judgement, provider, tool_content);
            let is_told = judgement.standing != Standing::Fits || decision.cut.is_some();
            Ok(is_told.then_some((judgement, decision.cut)))
        }
        Standing::Fits => Ok(None),
        Standing::Warning | Standing::Trim => Ok(Some((judgement, None))),
    }
}

/// The model to name to a backend.
pub async fn model(ask: &Ask, backend: &Arc<Backend>) -> Option<String> {
    backend.model_for(Some(&ask.model.read())).await
}

/// Sends a shaped request; the future ends with the head of the answer. What costs money leaves once the store has it.
///
/// # Errors
/// As [`Backend::send`].
pub async fn send(attempt: Attempt<'_>, shaped: &Shaped, receipt: Option<Receipt>) -> Result<Answer, Fault> {
    let Attempt { ask, backend, span, .. } = attempt;
    if let Some(receipt) = receipt {
        receipt.arrived(&ask.router).await;
    }
    let timeouts = backend.provider.timeouts_under(&ask.plan.profile);
    let mut headers = ask.headers_for(backend, shaped.native, &shaped.dropped);
    if let Some(trace) = &ask.trace {
        trace.tell(span, &mut headers);
    }
    let call = Call {
        body: shaped.body.clone(),
        query: ask.query.as_deref().filter(|_| shaped.native),
        headers,
        stream: ask.stream,
        connect_timeout: timeouts.connect,
        slot: shaped.place.held.clone(),
    };
    let sent = backend.send(call).await;
    if sent.is_err() {
        shaped.place.server_is_gone();
    }
    sent
}

/// When the head of the answer must be there. Connecting has a limit of its own and counts in.
pub fn first_byte(ask: &Ask, provider: &Provider, is_last: bool) -> Limit {
    let timeouts = provider.timeouts_under(&ask.plan.profile);
    match provider.first_token.filter(|_| ask.stream && !is_last) {
        Some(limit) if limit < timeouts.first_byte => {
            Limit { at: Instant::now() + limit, phase: Phase::FirstToken }
        }
        _ => {
            Limit { at: Instant::now() + timeouts.first_byte.max(timeouts.connect), phase: Phase::FirstByte }
        }
    }
}

/// When the first content of a stream must be there, counted from the attempt's start where the provider sets a limit.
pub fn first_content(ask: &Ask, provider: &Provider, is_last: bool, since: Instant) -> Limit {
    let timeouts = provider.timeouts_under(&ask.plan.profile);
    match provider.first_token.filter(|_| !is_last) {
        Some(limit) => Limit { at: since + limit, phase: Phase::FirstToken },
        None => Limit { at: Instant::now() + timeouts.first_byte, phase: Phase::FirstToken },
    }
}

/// Judges the head of an answer; an answer that is none becomes a fault, read from its body.
///
/// # Errors
/// If the status is no success, or the body comes in an encoding nobody asked for.
pub async fn accept(ask: &Ask, backend: &Backend, mut answer: Answer) -> Result<Answer, Fault> {
    let status = answer.head.status;
    if status.is_redirection() {
        let text = format!(
            "{} wants to send the request elsewhere; redirects are not followed",
            backend.provider.name
        );
        return Err(Fault::new(FaultKind::Malformed, text).with_status(status.as_u16()));
    }
    if !status.is_success() {
        let body =
            tokio::time::timeout(ERROR_TIME, answer.body.beginning(MAX_ERROR)).await.unwrap_or_default();
        // Before anything is cut off it: half a secret is not known as one.
        let text = ask.router.clean(&String::from_utf8_lossy(&body));
        let out_of_memory = is_memory_pressure(&text);
        let body = Bytes::from(text);
        let mut fault = codec::decode_fault(backend.wire, status.as_u16(), &body);
        fault.out_of_memory = out_of_memory;
        fault.said = repair::salvage::said(&body).map(Into::into);
        fault.retry_after = headers::retry_after(&answer.head.headers, SystemTime::now());
        fault.should_retry = headers::should_retry(&answer.head.headers);
        answer.body.release().await;
        return Err(fault);
    }
    match answer.head.headers.get(header::CONTENT_ENCODING) {
        Some(encoding) if encoding.as_bytes() != b"identity" => {
            Err(Fault::new(FaultKind::Malformed, "the answer is in an encoding that nobody asked for"))
        }
        _ => Ok(answer),
    }
}

/// The field a refusal is about, if the request can do without it.
pub fn droppable(fault: &Fault) -> Option<Droppable> {
    let refusal = fault.kind == FaultKind::Rejected || matches!(fault.status, Some(400 | 422 | 500));
    refusal.then(|| Droppable::named_in(&fault.message)).flatten()
}

/// What is wrong with a body that is neither.
pub fn foreign() -> Fault {
    Fault::new(FaultKind::Malformed, "the answer is neither a stream nor JSON")
}

/// What kind of body it is, told by its first character, as content types lie.
pub fn form(first: &[u8]) -> Form {
    match first.trim_ascii_start().first() {
        Some(b'{') => Form::Json,
        Some(b'<' | b'[') => Form::Foreign,
        _ => Form::Events,
    }
}

/// The forms of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object.
    Json,
    /// Server-sent events.
    Events,
    /// HTML, or something else that is no answer.
    Foreign,
}

/// Fields laid under the body: the provider's own, and the slot its conversation is pinned to.
fn extra_body(ask: &Ask, provider: &Provider, request: &Request, slot: Option<u32>) -> Vec<ExtraField> {
    let mut fields = provider.extra_body.clone();
    if let Some(slot) = slot.or_else(|| ask.conversation.pinned_slot(provider, request))
        && !fields.iter().any(|field| field.key == "id_slot")
    {
        fields.push(ExtraField { key: "id_slot".to_owned(), value: Bytes::from(slot.to_string()) });
    }
    if ask.goes_on() {
        let more = resume::fields(provider.facts.prefill).iter();
        fields.extend(more.map(|(key, value)| ExtraField {
            key: (*key).to_owned(),
            value: Bytes::from_static(value.as_bytes()),
        }));
    }
    fields
}

/// Beta values that belong to a body field: one without the other is an error at the backend.
const BETAS: &[(Droppable, &str)] = &[
    (Droppable::ContextManagement, "context-management-"),
    (Droppable::OutputConfig, "effort-"),
    (Droppable::OutputConfig, "structured-outputs-"),
    (Droppable::SystemTurns, "mid-conversation-system-"),
    (Droppable::Thinking, "interleaved-thinking-"),
];

/// Takes the beta values of dropped fields out of `anthropic-beta`; without any the header stays as it came.
pub fn drop_betas(headers: &mut HeaderMap, dropped: &[Droppable]) {
    let gone: Vec<&str> =
        BETAS.iter().filter(|(field, _)| dropped.contains(field)).map(|(_, beta)| *beta).collect();
    let Some(beta) = headers.get("anthropic-beta").and_then(|value| value.to_str().ok()) else { return };
    let values = beta.split(',').map(str::trim);
    let kept: Vec<&str> = values.filter(|value| !gone.iter().any(|beta| value.starts_with(beta))).collect();
    if gone.is_empty() || kept.len() == beta.split(',').count() {
        return;
    }
    match HeaderValue::from_str(&kept.join(",")) {
        Ok(value) if !kept.is_empty() => drop(headers.insert("anthropic-beta", value)),
        _ => drop(headers.remove("anthropic-beta")),
    }
}

/// Headers of the client that a backend of its own dialect may see.
pub fn native_headers(
    from: &HeaderMap,
    anthropic_host: bool,
) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let is_shown = move |name: &str| {
        let own = name.starts_with("anthropic-");
        own || (anthropic_host && (name == "x-app" || name.starts_with("x-claude-code-")))
    };
    let shown = from.iter().filter(move |(name, _)| is_shown(name.as_str()));
    shown.map(|(name, value)| (name.clone(), value.clone()))
}
