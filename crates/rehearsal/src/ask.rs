//! What a request asks for, as far as the form of an answer depends on it. The conversation is not looked at
//! here.

use serde_json::Value;

use crate::seen::Seen;

/// A wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Anthropic Messages, at `/v1/messages`.
    Anthropic,
    /// OpenAI Chat Completions, at `/v1/chat/completions`.
    OpenAi,
}

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A model call.
    Generate(Dialect),
    CountTokens,
    Models,
    Root,
    Unknown,
}

impl Endpoint {
    /// What the path, without its query, is for.
    pub(crate) fn of(path: &str) -> Self {
        if path.ends_with("/messages") {
            Self::Generate(Dialect::Anthropic)
        } else if path.ends_with("/chat/completions") {
            Self::Generate(Dialect::OpenAi)
        } else if path.ends_with("/messages/count_tokens") {
            Self::CountTokens
        } else if path.ends_with("/models") {
            Self::Models
        } else if path.trim_end_matches('/').is_empty() {
            Self::Root
        } else {
            Self::Unknown
        }
    }
}

/// What a request asks for.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) endpoint: Endpoint,
    /// Whether the answer has a head only.
    pub(crate) head_only: bool,
    /// Whether the body, if one was read, is what a model call needs: a JSON object.
    pub(crate) readable: bool,
    pub(crate) stream: bool,
    /// Whether `stream_options.include_usage` asks for token counts.
    pub(crate) include_usage: bool,
    pub(crate) model: String,
}

impl Ask {
    /// Reads the request, whose path without the script's prefix is given.
    pub(crate) fn read(seen: &Seen, path: &str) -> Self {
        let endpoint = Endpoint::of(path);
        let body = match endpoint {
            Endpoint::Generate(_) => seen.json(),
            _ => Value::Null,
        };
        Self {
            endpoint,
            head_only: seen.method == "HEAD",
            readable: body.is_object() || seen.body.is_empty() || !matches!(endpoint, Endpoint::Generate(_)),
            stream: body["stream"] == true,
            include_usage: body["stream_options"]["include_usage"] == true,
            model: String::from(body["model"].as_str().unwrap_or("rehearsal")),
        }
    }

    /// The dialect in which errors of this endpoint are written.
    pub(crate) fn dialect(&self) -> Dialect {
        match self.endpoint {
            Endpoint::Generate(dialect) => dialect,
            Endpoint::CountTokens => Dialect::Anthropic,
            Endpoint::Models | Endpoint::Root | Endpoint::Unknown => Dialect::OpenAi,
        }
    }
}
