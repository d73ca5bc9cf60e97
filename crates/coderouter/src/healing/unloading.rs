//! Having a backend unload its model, so that it starts afresh: what a drifting Ollama needs.

use crate::router::Router;
use canon::event::{Fact, QualityFact};
use canon::id::ProviderName;
use routing::drift::{UNLOAD_TIMEOUT, Unload};

/// Asks a provider's backend to unload its model, where it is one that can.
pub async fn run(router: &Router, name: &ProviderName) {
    let Some(backend) = router.setup.load().backend(name).cloned() else { return };
    let Some(Unload { path, body }) = Unload::of(&backend.provider) else { return };
    let posted = tokio::time::timeout(UNLOAD_TIMEOUT, backend.post(&path, body, UNLOAD_TIMEOUT)).await;
    let success = matches!(posted, Ok(Ok(status)) if status.is_success());
    router.record(
        None,
        Fact::Quality(Box::new(QualityFact::DriftReloaded { provider: name.clone(), success })),
    );
}
