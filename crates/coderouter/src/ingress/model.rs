//! The routes that are answered by a model.

use super::models::PROFILE_MODEL_PREFIX;
use super::{Ingress, Shape, body, json, refused};
use crate::exchange::{self, Ask, ReplyBody, Trace};
use crate::router::Setup;
use bytes::Bytes;
use canon::config::{Credential, Profile, Provider, ProviderKind};
use canon::event::{Fact, RequestShape};
use canon::fault::Fault;
use canon::id::RequestId;
use canon::moment::Now;
use canon::request::Request;
use canon::text::Text;
use http::header::{AsHeaderName, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Incoming;
use routing::auto_router::{Choice, Question};
use routing::conversation::{Conversation, Hints};
use routing::estimate::ToolContent;
use routing::guards;
use routing::needs::Needs;
use routing::plan::{Plan, Situation};
use routing::privacy::{self, Evidence, RuleMatch};
use routing::profile::{self, ProfileAsk, Selected};
use routing::rates::Priority;
use routing::tool_search::tool_search;
use routing::view::View;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Instant, SystemTime};
use wire::anthropic;
use wire::codec::{self, Wire};

/// Names the profile.
const PROFILE: HeaderName = HeaderName::from_static("x-coderouter-profile");

/// Names the mode that leads to the profile.
const MODE: HeaderName = HeaderName::from_static("x-coderouter-mode");

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
            Ok(ask) => exchange::respond(|sink| exchange::run(ask, sink)).await,
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
    ) -> Result<Arc<Ask>, Fault> {
        let now = Now { at: started, wall: SystemTime::now() };
        let considered = consider(&self.router.view, &setup, wire, head, body, now)?;
        let Considered { request, mut selected, verdict, pinned, conversation, priority, shape, plan } =
            considered;
        if wire == Wire::Anthropic {
            anthropic::require_max_tokens(&request)?;
        }
        self.tell_choice(&mut selected, id);
        let hint = self.guarded(verdict, id)?;
        self.tell_pinned(pinned, &selected.profile, id);
        self.tool_search(&request, &plan, id)?;
        for fact in plan.facts() {
            self.router.record(Some(id), fact);
        }
        let backends =
            plan.attempts.iter().filter_map(|provider| setup.backend(&provider.name).cloned()).collect();
        Ok(Arc::new(Ask {
            model_json: quoted(request.model.as_ref()),
            router: Arc::clone(&self.router),
            has_cache_control: request.has_cache_control(),
            body_bytes: body.len() as u64,
            max_output: request.max_output,
            priority,
            measured: OnceLock::new(),
            counts: Arc::default(),
            hint,
            shape,
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
            header_count: head.headers.len(),
            headers: kept(&head.headers, wire, &plan),
            trace: Trace::of(&head.headers, self.router.recorder().recorded()),
            conversation,
            plan: Arc::new(plan),
            backends,
        }))
    }

    /// Tells what led to the profile.
    fn tell_choice(&self, selected: &mut Selected, id: RequestId) {
        if let Some(mode) = &selected.mode {
            let (mode, profile) = (mode.clone(), selected.profile.name.clone());
            self.router.record(Some(id), Fact::ModeResolved { mode, profile });
        }
        for fact in selected.choice.take().into_iter().flat_map(Choice::facts) {
            self.router.record(Some(id), fact);
        }
    }

    /// Tells what the guards over a request have found, and what they say to the model, if anything.
    fn guarded(&self, verdict: guards::Verdict, id: RequestId) -> Result<Option<String>, Fault> {
        for fact in verdict.facts {
            self.router.record(Some(id), fact);
        }
        match verdict.action {
            guards::Action::Go => Ok(None),
            guards::Action::Hint(hint) => Ok(Some(hint)),
            guards::Action::Refuse(fault) => Err(*fault),
        }
    }

    /// Tells of the rule that keeps a request on this machine and network.
    fn tell_pinned(&self, pinned: Option<RuleMatch>, profile: &Profile, id: RequestId) {
        let Some(found) = pinned else { return };
        if found.evidence == Evidence::Undecided {
            self.router.record(Some(id), Fact::PatternsGivenUp { rules: vec![found.rule.clone()] });
        }
        self.router.record(Some(id), Fact::LocalOnly { profile: profile.name.clone(), rule: found.rule });
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

/// A request and what is decided about it, before anybody is told or asked.
pub(super) struct Considered {
    /// What the client asks.
    pub(super) request: Request,
    /// The profile, and what led to it.
    pub(super) selected: Selected,
    /// What the guards over the whole request say.
    pub(super) verdict: guards::Verdict,
    /// The rule that keeps it here.
    pub(super) pinned: Option<RuleMatch>,
    /// The conversation it belongs to.
    pub(super) conversation: Conversation,
    /// How urgent it is.
    pub(super) priority: Priority,
    /// What it is like, for the record.
    pub(super) shape: RequestShape,
    /// Whom to ask, in which order, and why.
    pub(super) plan: Plan,
}

/// Reads a request and decides about it.
///
/// # Errors
/// If it is none, or asks for a profile that is none.
pub(super) fn consider(
    view: &View,
    setup: &Setup,
    wire: Wire,
    head: &Parts,
    body: &Bytes,
    now: Now,
) -> Result<Considered, Fault> {
    let request = codec::decode_request(wire, body)?;
    let hints = hints(&head.headers);
    let selected = select(setup, &request, &head.headers, &hints)?;
    let verdict = guards::judge(&request, &selected.profile);
    let pinned = privacy::judge(&request, &setup.local_only);
    let conversation = Conversation::of(&request, &hints);
    let needs = Needs::of(&request, body.len() as u64, ToolContent::under(&setup.config));
    routing::plan::foresee(&setup.config, &selected.profile, &needs);
    let plan = routing::plan::plan(&Situation {
        config: &setup.config,
        profile: &selected.profile,
        needs: &needs,
        view,
        memory: &view.memory(),
        priority: hints.priority(),
        conversation,
        local_only: pinned.is_some(),
        now,
    });
    let priority = hints.priority();
    let shape = shape(&needs, priority);
    Ok(Considered { request, selected, verdict, pinned, conversation, priority, shape, plan })
}

/// The profile that a request and its headers ask for, or that the auto router chooses.
pub(super) fn select(
    setup: &Setup,
    request: &Request,
    headers: &HeaderMap,
    hints: &Hints<'_>,
) -> Result<Selected, Fault> {
    // The names under which `/v1/models` offers the profiles.
    let model = request.model.as_ref().map(|model| model.read());
    let model =
        model.as_deref().and_then(|model| model.strip_prefix(PROFILE_MODEL_PREFIX)).map(str::to_owned);
    let ask = ProfileAsk {
        body: request.profile.as_ref(),
        header: header(headers, PROFILE).or(model.as_deref()),
        mode: header(headers, MODE),
    };
    let auto = || {
        let tool_content = ToolContent::under(&setup.config);
        let question = Question { request, hints: *hints, tool_content };
        setup.auto_router.as_ref().map(|rules| rules.choose(&question))
    };
    profile::select(ask, &setup.config, auto)
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
    let unnamed = Text::fixed("coderouter");
    let model = model.unwrap_or(&unnamed);
    let mut quoted = Vec::with_capacity(model.stored_len() + 2);
    quoted.push(b'"');
    model.write_escaped(&mut quoted);
    quoted.push(b'"');
    quoted.into()
}

/// Copies of the headers that a backend of the plan may get to see. As they came they are ranges of the buffer that the
/// request was read into, and would keep it, body and all, for as long as the answer takes.
fn kept(headers: &HeaderMap, wire: Wire, plan: &Plan) -> HeaderMap {
    let is_one = |fits: fn(&Provider) -> bool| plan.attempts.iter().any(|provider| fits(provider));
    let has_guest = is_one(|provider| provider.credential == Credential::Client);
    let is_native = wire == Wire::Anthropic && is_one(|provider| provider.kind == ProviderKind::Anthropic);
    let wanted = |name: &str| match name {
        "authorization" | "x-api-key" => has_guest,
        "x-app" => is_native,
        _ => is_native && ["anthropic-", "x-claude-code-"].iter().any(|prefix| name.starts_with(prefix)),
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

/// What the headers say about the conversation.
pub(super) fn hints(headers: &HeaderMap) -> Hints<'_> {
    Hints::read(headers.iter().map(|(name, value)| (name.as_str(), || value.to_str().unwrap_or(""))))
}

/// The text of a header that says something.
pub(super) fn header(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|value| !value.is_empty())
}
