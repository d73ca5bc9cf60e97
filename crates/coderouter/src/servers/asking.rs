//! The asking. Nothing of it is needed for an answer to a client, so there is little patience, and what does not come is
//! `Null`.

use crate::upstream::Backend;
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Most bytes of a list of models; OpenRouter's has some hundred, described at length.
const MAX_LIST: usize = 16 * 1024 * 1024;

/// What the server has at a path, posted to where there is a body.
pub async fn document(backend: &Arc<Backend>, path: &str, body: Option<Value>, limit: Duration) -> Value {
    let body = body.map(|body| Bytes::from(body.to_string()));
    let answer = backend.question(path, body, limit).await.ok();
    let answer = answer.filter(|(status, _)| status.is_success());
    answer.and_then(|(_, body)| serde_json::from_slice(&body).ok()).unwrap_or_default()
}

/// Its list of models, with all that it says of them.
pub async fn list(backend: &Arc<Backend>, limit: Duration) -> Value {
    let asked = async {
        let mut answer = backend.models(limit).await.ok().filter(|answer| answer.head.status.is_success())?;
        let body = answer.body.collect(MAX_LIST).await.ok()?;
        answer.body.release().await;
        serde_json::from_slice(&body).ok()
    };
    tokio::time::timeout(limit, asked).await.ok().flatten().unwrap_or_default()
}
