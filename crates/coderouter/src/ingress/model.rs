//! The routes that are answered by a model.

use super::models::PROFILE_MODEL_PREFIX;
use super::{Ingress, Shape, body, json, refused};
use crate::exchange::{self, Ask, ReplyBody};
use crate::router::Setup;
use bytes::Bytes;
use canon::event::{Fact, RequestShape};
use canon::fault::Fault;
use canon::id::RequestId;
use canon::moment::Now;
use canon::request::Request;
use canon::text::Text;
use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Incoming;
use routing::claim::Priority;
use routing::conversation::{Conversation, Hints};
use routing::estimate::ToolContent;
use routing::needs::Needs;
use routing::plan::{Plan, Situation};
use routing::profile::{self, ProfileAsk, Selected};
use routing::tool_search::tool_search;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Instant, SystemTime};
use wire::anthropic;
use wire::codec::{self, Wire};

impl Ingress {
    /// Answers a request for a completion.
    pub(super) async fn model(
        self: Arc<Self>,
        wire: Wire,
        mut head: Parts,
        body: Incoming,
        id: RequestId,
    ) -> Response<ReplyBody> {
        let started = Instant::now();
        self.door.strip(&mut head.headers);
        let setup = self.router.setup.load_full();
        let body = match body::read(&head, body, &setup.config.server.limits).await {
            Ok(body) => body,
            Err(refusal) => return refused(Shape::Of(wire), &refusal, id),
        };
        let ask = self.ask(wire, setup, &head, &body, id, started);
        // What of them is needed the ask has: the head apart, the first content may be minutes away.
        drop((head, body));
        match ask {
            Ok(ask) => exchange::respond(|sink| exchange::run(Arc::new(ask), sink)).await,
            Err(fault) => self.invalid(wire, &fault, id),
        }
    }

    fn ask(
        &self,
        wire: Wire,
        setup: Arc<Setup>,
        head: &Parts,
        body: &Bytes,
        id: RequestId,
        started: Instant,
    ) -> Result<Ask, Fault> {
        let request = codec::decode_request(wire, body)?;
        if wire == Wire::Anthropic {
            anthropic::require_max_tokens(&request)?;
        }
        let selected = self.profile(&setup, &request, &head.headers, id)?;
        let hints = Hints::read(|name| header(&head.headers, name));
        let conversation = Conversation::of(&request, &hints);
        let needs = Needs::of(&request, body.len() as u64, ToolContent::under(&setup.config));
        let plan = routing::plan::plan(&Situation {
            config: &setup.config,
            profile: &selected.profile,
            needs: &needs,
            view: &self.router.view,
            memory: &self.router.view.memory(),
            priority: hints.priority(),
            conversation,
            local_only: false,
            now: Now { at: started, wall: SystemTime::now() },
        });
        self.tool_search(&request, &plan, id)?;
        for fact in plan.facts() {
            self.router.record(Some(id), fact);
        }
        let backends =
            plan.attempts.iter().filter_map(|provider| setup.backend(&provider.name).cloned()).collect();
        Ok(Ask {
            model_json: quoted(request.model.as_ref()),
            router: Arc::clone(&self.router),
            has_cache_control: request.has_cache_control(),
            body_bytes: body.len() as u64,
            max_output: request.max_output,
            priority: hints.priority(),
            shape: shape(&needs, hints.priority()),
            stream: request.stream,
            wants_thinking: exchange::is_thinking_asked_for(&request),
            include_usage: request.include_usage.unwrap_or(wire != Wire::OpenAi),
            model: plain(request.model.as_ref()),
            setup,
            id,
            started,
            wire,
            request: Mutex::new(Some(Arc::new(request))),
            again: Mutex::new(None),
            tools: OnceLock::new(),
            query: head.uri.query().map(str::to_owned),
            headers: kept(&head.headers),
            conversation,
            plan,
            backends,
        })
    }

    fn profile(
        &self,
        setup: &Setup,
        request: &Request,
        headers: &HeaderMap,
        id: RequestId,
    ) -> Result<Selected, Fault> {
        // The names under which `/v1/models` offers the profiles.
        let model = request.model.as_ref().map(|model| model.read());
        let model =
            model.as_deref().and_then(|model| model.strip_prefix(PROFILE_MODEL_PREFIX)).map(str::to_owned);
        let ask = ProfileAsk {
            body: request.profile.as_ref(),
            header: header(headers, "x-coderouter-profile").or(model.as_deref()),
            mode: header(headers, "x-coderouter-mode"),
        };
        let selected = profile::select(ask, &setup.config)?;
        if let Some(mode) = &selected.mode {
            let (mode, profile) = (mode.clone(), selected.profile.name.clone());
            self.router.record(Some(id), Fact::ModeResolved { mode, profile });
        }
        Ok(selected)
    }

    /// Requests with deferred tools go to backends that know them, are opened out, or are refused in the words by
    /// which Claude Code knows to try without.
    fn tool_search(&self, request: &Request, plan: &Plan, id: RequestId) -> Result<(), Fault> {
        let Some(action) = tool_search(request, &plan.profile, &plan.attempts) else { return Ok(()) };
        self.router.record(Some(id), action.fact(&plan.profile));
        action.refusal().map_or(Ok(()), Err)
    }

    /// Answers an error of the client's.
    pub(super) fn invalid(&self, wire: Wire, fault: &Fault, id: RequestId) -> Response<ReplyBody> {
        let answer = codec::encode_fault(wire, fault);
        self.router.record(Some(id), Fact::ErrorAnswered { status: answer.status, kind: answer.kind });
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = json(status, answer.body, id);
        response.headers_mut().insert("x-should-retry", http::HeaderValue::from_static("false"));
        response
    }
}

/// What a request is like, for the record. Its text is gone over only where pictures would make its length no measure.
fn shape(needs: &Needs<'_>, priority: Priority) -> RequestShape {
    let pictures = needs.pictures();
    RequestShape {
        estimated_tokens: if pictures { needs.tokens() } else { needs.body_bytes / 4 },
        tools: needs.tools(),
        pictures,
        class: match priority {
            Priority::Main => "main",
            Priority::Background => "background",
        },
        body_bytes: needs.body_bytes,
    }
}

/// The model's name, without the body it stands in.
fn plain(model: Option<&Text>) -> Text {
    model.map_or(Text::fixed("coderouter"), |model| model.read().into_owned().into())
}

/// The model's name as a JSON string.
fn quoted(model: Option<&Text>) -> Bytes {
    let mut quoted = vec![b'"'];
    match model {
        Some(model) => model.write_escaped(&mut quoted),
        None => quoted.extend_from_slice(b"coderouter"),
    }
    quoted.push(b'"');
    quoted.into()
}

/// Copies of the headers that a backend may get to see. As they came they are ranges of the buffer that the request
/// was read into, and would keep it, body and all, for as long as the answer takes.
fn kept(headers: &HeaderMap) -> HeaderMap {
    let wanted = |name: &str| {
        let prefixes = ["anthropic-", "x-claude-code-"];
        prefixes.iter().any(|prefix| name.starts_with(prefix))
            || ["authorization", "x-api-key", "x-app"].contains(&name)
    };
    let copied = headers.iter().filter(|(name, _)| wanted(name.as_str())).filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    });
    let mut kept = HeaderMap::new();
    for (name, value) in copied {
        kept.append(name, value);
    }
    kept
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|value| !value.is_empty())
}
