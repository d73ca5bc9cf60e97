//! `GET /v1/models` and `/v1/models/{id}`, in a shape that OpenAI clients and Claude Code's discovery both read.

use super::{Ingress, Shape, json, refused};
use crate::door::Refusal;
use crate::exchange::ReplyBody;
use canon::config::ProviderKind;
use canon::id::RequestId;
use http::request::Parts;
use http::{Response, StatusCode};
use serde_json::{Value, json as object};

/// Claude Code keeps only names that say `claude` or `anthropic`; a profile is chosen by this prefix and its name.
pub const PROFILE_MODEL_PREFIX: &str = "claude-coderouter-";

/// When the program's own entries were made: a constant, so that lists compare equal.
const CREATED: (u64, &str) = (1_735_689_600, "2025-01-01T00:00:00Z");

impl Ingress {
    /// The models: profiles under names that Claude Code keeps, then providers, then what backends list.
    pub(super) async fn models(&self, head: &Parts, id: RequestId) -> Response<ReplyBody> {
        let entries = self.entries().await;
        let body = match head.uri.path().strip_prefix("/v1/models/") {
            None => list(&entries),
            Some(wanted) => match entries.into_iter().find(|entry| entry["id"] == *wanted) {
                Some(entry) => entry,
                None => {
                    let message = "no such model; GET /v1/models lists them".to_owned();
                    let refusal = Refusal { status: StatusCode::NOT_FOUND, message };
                    return refused(Shape::of(head.uri.path()), &refusal, id);
                }
            },
        };
        json(StatusCode::OK, body.to_string().into(), id)
    }

    async fn entries(&self) -> Vec<Value> {
        let setup = self.router.setup.load_full();
        let mut entries: Vec<Value> = Vec::new();
        for profile in &setup.config.profiles {
            let name = profile.name.as_str();
            let chain: Vec<&str> = profile.providers.iter().map(|provider| provider.as_str()).collect();
            let label = format!("CodeRouter: {name}");
            entries.push(entry(
                &format!("{PROFILE_MODEL_PREFIX}{name}"),
                &label,
                &chain.join(" > "),
                "coderouter",
            ));
        }
        for backend in setup.backends() {
            let provider = &backend.provider;
            let asks = provider.model.as_str().is_empty() && provider.kind == ProviderKind::OpenAiCompat;
            let listed = if asks { backend.listed().await } else { Default::default() };
            if listed.is_empty() {
                let name = provider.name.as_str();
                entries.push(entry(name, name, provider.model.as_str(), "coderouter"));
            }
            let owner = format!("coderouter/{}", provider.name);
            entries.extend(listed.iter().map(|model| entry(model, model, provider.name.as_str(), &owner)));
        }
        entries
    }
}

fn entry(id: &str, label: &str, description: &str, owner: &str) -> Value {
    object!({
        "type": "model", "object": "model", "id": id, "display_name": label, "description": description,
        "created": CREATED.0, "created_at": CREATED.1, "owned_by": owner,
    })
}

fn list(entries: &[Value]) -> Value {
    let end = |entry: Option<&Value>| entry.map_or(Value::Null, |entry| entry["id"].clone());
    object!({
        "object": "list", "data": entries, "has_more": false,
        "first_id": end(entries.first()), "last_id": end(entries.last()),
    })
}
