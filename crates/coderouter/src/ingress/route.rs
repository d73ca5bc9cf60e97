//! `POST /v1/route`: what would be done with a request, and why, without doing it. `GET /v1/route/ID` tells the same of
//! one that is over.

use super::model::{Considered, consider, header};
use super::{Ingress, Shape, body, json, refused};
use crate::door::Refusal;
use crate::exchange::{ReplyBody, now};
use crate::watching;
use bytes::Bytes;
use canon::event::Event;
use canon::fault::Fault;
use canon::id::RequestId;
use http::request::Parts;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use routing::guards::Action;
use serde_json::{Value, json as value};
use std::sync::Arc;
use telemetry::redact::Redactor;
use telemetry::{line, shown};
use wire::codec::{self, Wire};

impl Ingress {
    /// Plans a request without sending it.
    pub(super) async fn route(
        self: Arc<Self>,
        mut head: Parts,
        body: Incoming,
        id: RequestId,
    ) -> Response<ReplyBody> {
        self.door.strip(&mut head.headers);
        let setup = self.router.setup.load_full();
        let body = match body::read(&head, body, &setup.config.server.limits).await {
            Ok(body) => body,
            Err(refusal) => return refused(Shape::Of(Wire::OpenAi), &refusal, id),
        };
        let considered = dialect(&head, &body)
            .and_then(|wire| consider(&self.router.view, &setup, wire, &head, &body, now()));
        match considered {
            Ok(considered) => json(StatusCode::OK, told(&considered).to_string().into(), id),
            Err(fault) => self.invalid(Wire::OpenAi, &fault, id),
        }
    }

    /// Tells of a request that is over.
    pub(super) fn routed(&self, head: &Parts, id: RequestId) -> Response<ReplyBody> {
        let asked = head.uri.path().strip_prefix("/v1/route/").unwrap_or_default();
        let Some(recent) = self.router.recents.find(asked) else {
            let message = format!("no request of the last {} has this id", crate::recent::LIMIT);
            let refusal = Refusal { status: StatusCode::NOT_FOUND, message };
            return refused(Shape::Of(Wire::OpenAi), &refusal, id);
        };
        let mut answer = watching::plan(&recent.plan);
        answer["request_id"] = recent.id.to_string().into();
        answer["status"] = recent.status.into();
        answer["answered_by"] = recent.provider.as_ref().map(|name| name.as_str()).into();
        let hops = recent.hops.iter().map(|hop| {
            value!({
                "from": hop.from.as_str(),
                "to": hop.to.as_ref().map(|to| to.as_str()),
                "reason": hop.reason,
                "detail": hop.detail,
                "pre_attempt": hop.pre_attempt,
            })
        });
        answer["hops"] = hops.collect();
        self.router.recorder().look(|seen, redactor| {
            answer["summary"] = shown::request_summary(seen, recent.id, redactor).unwrap_or_default();
            answer["facts"] = seen.facts_of(recent.id).map(|event| fact(event, redactor)).collect();
        });
        json(StatusCode::OK, answer.to_string().into(), id)
    }
}

/// The dialect of a body: as the query says, else that of its headers, else told by its fields.
fn dialect(head: &Parts, body: &Bytes) -> Result<Wire, Fault> {
    let named =
        head.uri.query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("wire=")));
    match named {
        Some("anthropic") => return Ok(Wire::Anthropic),
        Some("openai") => return Ok(Wire::OpenAi),
        Some(_) => return Err(Fault::invalid("wire", "a wire is `anthropic` or `openai`")),
        None => {}
    }
    if header(&head.headers, "anthropic-version").is_some() {
        return Ok(Wire::Anthropic);
    }
    // Chat knows no such field; what is no chat request at all is told about as what it may be.
    let chat = codec::decode_request(Wire::OpenAi, body);
    Ok(if chat.is_ok_and(|request| request.extra.find("system").is_none()) {
        Wire::OpenAi
    } else {
        Wire::Anthropic
    })
}

/// A fact as in the log.
fn fact(event: &Event, redactor: &Redactor) -> Value {
    let mut text = Vec::new();
    line::write_json(event, redactor, &mut text);
    serde_json::from_slice(&text).unwrap_or_default()
}

fn told(considered: &Considered) -> Value {
    let Considered { selected, verdict, pinned, plan: decided, .. } = considered;
    let mut answer = watching::plan(decided);
    answer["mode"] = selected.mode.as_deref().into();
    answer["local_only"] = pinned.as_ref().map(|found| found.rule.as_str()).into();
    let (guard, text) = match &verdict.action {
        Action::Go => ("go", None),
        Action::Hint(hint) => ("hint", Some(hint.clone())),
        Action::Refuse(fault) => ("refuse", Some(fault.message.clone())),
    };
    answer["guards"] = value!({ "action": guard, "text": text });
    answer
}
