//! An attempt at a provider as a call that is over.

use super::convention as names;
use super::span::{Kind, Span};
use crate::attribute::Attribute;
use canon::event::{AttemptTrace, RequestTrace, TokenCounts};
use canon::id::ProviderName;
use canon::trace::TraceContext;
use std::time::{Duration, SystemTime};

/// An attempt that is over.
#[derive(Clone, Debug)]
pub struct Call {
    /// The provider, by its name in the configuration.
    pub provider: ProviderName,
    /// Its span, and what the configuration said of its provider then.
    pub traced: AttemptTrace,
    /// When it began.
    pub start: SystemTime,
    /// When it was over.
    pub end: SystemTime,
    /// How it ended.
    pub outcome: Outcome,
    /// The status it was answered with, where there was an answer.
    pub status: Option<u16>,
    /// From its beginning to the first content.
    pub first_token: Option<Duration>,
    /// The model that answered, cleaned.
    pub model: Option<String>,
    /// Its tokens, where the backend told them.
    pub tokens: TokenCounts,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a whole answer.
    Answered,
    /// With a fault, in a word.
    Failed(&'static str),
    /// Another provider was quicker, or the client left.
    LetGo,
}

impl Call {
    /// What metrics tell it from others by.
    pub(super) fn attributes(&self) -> Vec<Attribute> {
        let provider = &self.traced.provider;
        let name = names::provider(&provider.endpoint).unwrap_or(self.provider.as_str());
        let mut attributes: Vec<Attribute> = vec![
            (names::OPERATION, names::CHAT.into()),
            (names::PROVIDER, name.into()),
            (names::ADDRESS, provider.endpoint.host.as_str().into()),
            (names::PORT, provider.endpoint.port.into()),
        ];
        if !provider.model.as_str().is_empty() {
            attributes.push((names::REQUEST_MODEL, provider.model.as_str().into()));
        }
        attributes.extend(self.model.as_deref().map(|model| (names::RESPONSE_MODEL, model.into())));
        attributes
    }

    /// Why it failed, if it did: the status of its answer, else a word.
    pub(super) fn error(&self) -> Option<String> {
        match (self.outcome, self.status) {
            (Outcome::Failed(_), Some(status)) if status >= 400 => Some(status.to_string()),
            (Outcome::Failed(why), _) => Some(why.to_owned()),
            (Outcome::Answered | Outcome::LetGo, _) => None,
        }
    }

    /// All tokens of the prompt, where any are known.
    pub(super) fn input_tokens(&self) -> Option<u64> {
        let TokenCounts { input, cache_read, cache_write, .. } = self.tokens;
        [input, cache_read, cache_write].into_iter().flatten().reduce(u64::saturating_add)
    }

    /// Its span, below that of its request.
    pub(super) fn span(&self, request: &RequestTrace) -> Span {
        let model = self.traced.provider.model.as_str();
        let name = if model.is_empty() { names::CHAT.to_owned() } else { format!("{} {model}", names::CHAT) };
        let mut attributes = self.attributes();
        let system = attributes.iter().find(|(name, _)| *name == names::PROVIDER).map(|(_, it)| it.clone());
        attributes.extend(system.map(|system| (names::SYSTEM, system)));
        attributes.push(("coderouter.provider", self.provider.as_str().into()));
        let tokens = [
            (names::INPUT_TOKENS, self.input_tokens()),
            (names::OUTPUT_TOKENS, self.tokens.output),
            (names::CACHE_READ, self.tokens.cache_read),
            (names::CACHE_WRITE, self.tokens.cache_write),
            (names::STATUS, self.status.map(u64::from)),
        ];
        attributes.extend(tokens.into_iter().filter_map(|(name, count)| Some((name, count?.into()))));
        let first = self.first_token.map(|first| ("coderouter.first_token_s", first.as_secs_f64().into()));
        attributes.extend(first);
        attributes.extend(self.error().map(|error| (names::ERROR, error.into())));
        if self.outcome == Outcome::LetGo {
            attributes.push(("coderouter.let_go", true.into()));
        }
        Span {
            context: TraceContext { span: self.traced.span, ..request.context },
            parent: Some(request.context.span),
            kind: Kind::Client,
            name,
            start: self.start,
            end: self.end.max(self.start),
            attributes,
            marks: Vec::new(),
            lost_marks: 0,
            failed: matches!(self.outcome, Outcome::Failed(_)),
        }
    }
}
