//! What unloads the model of a drifting provider, so that its backend starts it afresh. Sending it is the caller's.

use bytes::Bytes;
use canon::config::{Provider, ProviderKind};
use canon::escape::escape_into;
use std::time::Duration;

/// How long an unloading may take.
pub const UNLOAD_TIMEOUT: Duration = Duration::from_secs(10);

/// A request that unloads a model, to be posted to its provider's host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unload {
    /// The path on the host.
    pub path: String,
    /// The JSON body.
    pub body: Bytes,
}

impl Unload {
    /// The request for a provider; none where it is not known to be an Ollama, or its model has no name. An
    /// Ollama is told by its port, or by a context size among its options, which no other backend takes.
    pub fn of(provider: &Provider) -> Option<Self> {
        const OLLAMA_PORT: u16 = 11434;
        let ollama = provider.endpoint.port == OLLAMA_PORT || sets_context_size(provider);
        let chat = provider.kind == ProviderKind::OpenAiCompat;
        let model = provider.model.as_str();
        if !ollama || !chat || model.is_empty() {
            return None;
        }
        let prefix = provider.endpoint.path.strip_suffix("/v1").unwrap_or(&provider.endpoint.path);
        let mut body = b"{\"model\":\"".to_vec();
        escape_into(model.as_bytes(), &mut body);
        body.extend_from_slice(b"\",\"keep_alive\":0}");
        Some(Self { path: format!("{prefix}/api/generate"), body: body.into() })
    }
}

fn sets_context_size(provider: &Provider) -> bool {
    const KEY: &[u8] = b"\"num_ctx\"";
    let options = provider.extra_body.iter().filter(|field| field.key == "options");
    options.into_iter().any(|field| field.value.windows(KEY.len()).any(|bytes| bytes == KEY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use canon::config::ExtraField;

    fn at(url: &str, model: &str) -> Provider {
        Provider { endpoint: url.parse().unwrap(), model: model.into(), ..fixture::provider("a") }
    }

    #[test]
    fn an_ollama_is_told_by_its_port_or_its_options() {
        let unload = Unload::of(&at("http://127.0.0.1:11434/v1", "qwen3:8b")).unwrap();
        assert_eq!(
            (unload.path.as_str(), &*unload.body),
            ("/api/generate", &br#"{"model":"qwen3:8b","keep_alive":0}"#[..])
        );
        let mut behind_a_proxy = at("http://box.local/ollama/v1", "a\"b");
        assert_eq!(Unload::of(&behind_a_proxy), None);
        let value = Bytes::from_static(br#"{"num_ctx":32768}"#);
        behind_a_proxy.extra_body.push(ExtraField { key: "options".to_owned(), value });
        let unload = Unload::of(&behind_a_proxy).unwrap();
        assert_eq!(
            (unload.path.as_str(), &*unload.body),
            ("/ollama/api/generate", &br#"{"model":"a\"b","keep_alive":0}"#[..])
        );
    }

    #[test]
    fn others_are_left_alone() {
        assert_eq!(Unload::of(&at("http://127.0.0.1:8080/v1", "qwen")), None);
        assert_eq!(Unload::of(&at("http://127.0.0.1:11434/v1", "")), None);
        let native = Provider { kind: ProviderKind::Anthropic, ..at("http://127.0.0.1:11434/v1", "qwen") };
        assert_eq!(Unload::of(&native), None);
    }
}
