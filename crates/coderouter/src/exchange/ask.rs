//! One request on its way: what the client sent, what was planned, and whom to ask.

use super::{Trace, attempt, mending};
use crate::router::{Router, Setup};
use crate::tokenizers::Counts;
use crate::upstream::Backend;
use bytes::Bytes;
use canon::config::{Config, Credential, PartialStitchAction};
use canon::event::{RequestShape, SkipReason};
use canon::fault::{Fault, FaultKind};
use canon::id::RequestId;
use canon::moment::Now;
use canon::request::Request;
use canon::target::Droppable;
use canon::text::Text;
use http::header::{self, HeaderMap, HeaderName};
use repair::toolbox::Toolbox;
use routing::claim::{Claim, Claiming, Priority, Turn};
use routing::conversation::Conversation;
use routing::estimate::{ToolContent, estimate_tokens};
use routing::plan::Plan;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use wire::codec::{Voice, Wire};

/// What is asked instead of what the client asked.
#[derive(Clone)]
pub struct Instead {
    request: Arc<Request>,
    /// Whether its last turn is the beginning of the answer.
    goes_on: bool,
}

/// Everything an exchange needs to know.
pub struct Ask {
    /// The program.
    pub router: Arc<Router>,
    /// The configuration this request goes by, whatever is loaded meanwhile.
    pub setup: Arc<Setup>,
    /// Its id in logs and headers.
    pub id: RequestId,
    /// When its head had been read.
    pub started: Instant,
    /// The client's dialect.
    pub wire: Wire,
    /// What it asks, until somebody's answer has begun: then nobody else is asked, and the body is let go.
    pub request: Mutex<Option<Arc<Request>>>,
    /// What is asked instead of it: the request with a complaint about the last answer, or with its beginning.
    pub again: Mutex<Option<Instead>>,
    /// The tools it declares, once something looks for calls.
    pub tools: OnceLock<Arc<Toolbox>>,
    /// Whether the client wants a stream.
    pub stream: bool,
    /// Whether the client of a stream gets token counts.
    pub include_usage: bool,
    /// Whether the client asks to see what the model thinks.
    pub wants_thinking: bool,
    /// The model the client asked for.
    pub model: Text,
    /// The query of its target.
    pub query: Option<String>,
    /// Its headers.
    pub headers: HeaderMap,
    /// How many headers its client sent.
    pub header_count: usize,
    /// Which session it belongs to.
    pub conversation: Conversation,
    /// Whom to ask, in which order, and why.
    pub plan: Arc<Plan>,
    /// The plan's providers, callable.
    pub backends: Vec<Arc<Backend>>,
    /// The model's name that replies carry, as a JSON string with its quotes.
    pub model_json: Bytes,
    /// The most tokens the client wants back.
    pub max_output: Option<u64>,
    /// How urgent it is.
    pub priority: Priority,
    /// How long its body was, in bytes.
    pub body_bytes: u64,
    /// The prompt in tokens, once somebody had to know.
    pub measured: OnceLock<u64>,
    /// Exact counts of the prompt, where the provider names a tokenizer and they are there in time.
    pub counts: Arc<Counts>,
    /// What a guard has to say to the model.
    pub hint: Option<String>,
    /// What it is like, for the record.
    pub shape: RequestShape,
    /// The trace it belongs to, where its client keeps one.
    pub trace: Option<Box<Trace>>,
    /// Whether it carries prompt-cache markers.
    pub has_cache_control: bool,
}

impl Ask {
    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.setup.config
    }

    /// How replies are signed: the model's name is the one the client asked for, as clients loop when it differs.
    pub fn voice(&self) -> Voice {
        Voice {
            id: Text::plain(self.id.to_string()),
            model: self.model.clone(),
            created: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            include_usage: self.include_usage,
            input_estimate: self.body_bytes / 4,
        }
    }

    /// The request, while another provider may still be asked.
    pub fn request(&self) -> Option<Arc<Request>> {
        let again = self.again.lock().unwrap_or_else(PoisonError::into_inner).clone();
        again
            .map(|instead| instead.request)
            .or_else(|| self.request.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Asks something else from here on, or the request itself again.
    pub fn ask_instead(&self, request: Option<Request>) {
        let instead = request.map(|request| Instead { request: Arc::new(request), goes_on: false });
        *self.again.lock().unwrap_or_else(PoisonError::into_inner) = instead;
    }

    /// Asks for the rest of an answer whose beginning is the last turn of the request.
    pub fn go_on_with(&self, request: Request) {
        let instead = Instead { request: Arc::new(request), goes_on: true };
        *self.again.lock().unwrap_or_else(PoisonError::into_inner) = Some(instead);
    }

    /// Whether the rest of an answer is asked for.
    pub fn goes_on(&self) -> bool {
        self.again.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|it| it.goes_on)
    }

    /// Takes a provider for an attempt.
    ///
    /// # Errors
    /// With the reason, where it may not be asked right now.
    pub fn claim(&self, backend: &Backend, turn: Turn) -> Result<Claim, SkipReason> {
        self.router.view.claim(&Claiming {
            config: self.config(),
            plan: &self.plan,
            provider: &backend.provider,
            conversation: self.conversation,
            tokens_bound: self.body_bytes / 3 + 1,
            max_output: self.max_output,
            priority: self.priority,
            turn,
            now: now(),
        })
    }

    /// The tools it declares, as repair needs them.
    pub fn toolbox(&self) -> Arc<Toolbox> {
        let tools = self.tools.get_or_init(|| {
            let request = self.request();
            Arc::new(request.map(|request| mending::toolbox(&request, self.body_bytes)).unwrap_or_default())
        });
        Arc::clone(tools)
    }

    /// The prompt in tokens, estimated; none once the request was let go. Costs a pass over the text.
    pub fn tokens(&self, request: &Request) -> u64 {
        *self.measured.get_or_init(|| estimate_tokens(request, ToolContent::under(self.config())))
    }

    /// Has the prompt counted exactly where the provider names a tokenizer.
    pub fn count_for(&self, backend: &Backend, request: &Arc<Request>) {
        let Some(file) = backend.provider.tokenizer.clone() else { return };
        let tool_content = ToolContent::under(self.config());
        let (request, counts) = (Arc::clone(request), Arc::clone(&self.counts));
        self.router.tokenizers.count_beside(file, request, tool_content, counts);
    }

    /// Lets the request go: an answer may take an hour, and its body is large. Where answers that break off are gone
    /// on with it is needed to the end.
    pub fn forget_request(&self) {
        if self.plan.profile.partial_stitch == PartialStitchAction::Resume {
            return;
        }
        self.ask_instead(None);
        *self.request.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The client's headers that a backend may see.
    pub fn headers_for(&self, backend: &Backend, native: bool, dropped: &[Droppable]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if backend.provider.credential == Credential::Client {
            for name in [header::AUTHORIZATION, HeaderName::from_static("x-api-key")] {
                headers.extend(self.headers.get(&name).map(|value| (name, value.clone())));
            }
        }
        if !native || self.wire != Wire::Anthropic {
            return headers;
        }
        headers.extend(attempt::native_headers(&self.headers, backend.provider.endpoint.is_anthropic()));
        attempt::drop_betas(&mut headers, dropped);
        headers
    }

    /// A fault in mid-answer in the words the client gets.
    pub fn midstream(&self, backend: &Backend, fault: &Fault) -> Fault {
        let text = format!("provider '{}' failed mid-stream: {}", backend.provider.name, fault.message);
        self.router.redact(Fault::new(FaultKind::Backend, text))
    }
}

/// The moment on both clocks.
pub fn now() -> Now {
    Now { at: Instant::now(), wall: SystemTime::now() }
}
