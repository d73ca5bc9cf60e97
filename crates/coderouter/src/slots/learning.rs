//! What a server says of itself: how many slots it has, whether it has a folder for slot files, and whether its
//! template takes instructions in the middle of a conversation. Asked beside requests, never while one waits.

use crate::ledger::Learned;
use crate::router::Router;
use crate::servers::llama_cpp::Props;
use crate::upstream::Backend;
use bytes::Bytes;
use canon::config::{Provider, SlotAffinity};
use canon::fault::{Fault, FaultKind, Phase};
use canon::id::ProviderName;
use http::StatusCode;
use routing::slots::{Offer, has_table, wants_files};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// How long a server may take for it; one that reads a long prompt answers between two batches.
const LIMIT: Duration = Duration::from_secs(10);

/// A name that no file may have. A server with a folder refuses the name, one without refuses to save at all; neither
/// writes anything.
const NO_FILE: &[u8] = br#"{"filename":"../none"}"#;

/// A conversation with instructions in its middle.
const SCATTERED: &[u8] = br#"{"messages":[
{"role":"system","content":"word-one"},{"role":"user","content":"word-two"},{"role":"system","content":"word-three"},
{"role":"assistant","content":"word-four"},{"role":"user","content":"word-five"}]}"#;

/// What is said in it, in order.
const WORDS: &[&str] = &["word-one", "word-two", "word-three", "word-four", "word-five"];

/// Asks a provider's server and goes by what it says.
pub async fn learn(router: &Router, name: &ProviderName) {
    let Some(backend) = router.setup.load().backend(name).cloned() else { return };
    if !has_table(&backend.provider) {
        return;
    }
    let server = router.slots.of(&backend.provider);
    server.state().asked = Some(Instant::now());
    let props = match props(&backend).await {
        Ok(props) => props,
        // It is busy, which says nothing of its slots.
        Err(fault) if matches!(fault.kind, FaultKind::Timeout(Phase::FirstByte)) => return,
        Err(_) => return server.is_gone(),
    };
    if let Some(context) = props.as_ref().and_then(|props| props.window) {
        let learned = Learned { context: Some(context), ..Learned::default() };
        router.ledger().seen(&backend.provider, &learned, SystemTime::now());
    }
    let total = props.and_then(|props| props.slots).map(|told| slots(&backend.provider, told));
    let files = wants_files(&backend.provider) && total.is_some() && has_folder(&backend).await;
    let system_turns = total.is_some() && takes_system_turns(&backend).await;
    let mut state = server.state();
    // A server that doesn't say has no slots that could be handed out.
    if state.table.follow(Offer { slots: total.unwrap_or(1), files, system_turns }) {
        state.epoch += 1;
    }
    state.is_told = false;
}

/// What the server says, if it is one that does.
async fn props(backend: &Arc<Backend>) -> Result<Option<Props>, Fault> {
    let (status, body) = backend.question("/props", None, LIMIT).await?;
    let said = serde_json::from_slice(&body).ok().filter(|_| status.is_success());
    Ok(said.and_then(|said| Props::read(&said)))
}

/// The number of slots; what the file says goes before what the server says.
fn slots(provider: &Provider, told: u32) -> u32 {
    match provider.slot_affinity_slots {
        SlotAffinity::Fixed(slots) => slots.get(),
        SlotAffinity::Auto | SlotAffinity::Off => told,
    }
}

/// Whether the server was started with `--slot-save-path`.
async fn has_folder(backend: &Arc<Backend>) -> bool {
    let asked = backend.question("/slots/0?action=save", Some(Bytes::from_static(NO_FILE)), LIMIT).await;
    asked.is_ok_and(|(status, _)| status == StatusCode::BAD_REQUEST)
}

/// Whether the server's template leaves instructions where they stand.
async fn takes_system_turns(backend: &Arc<Backend>) -> bool {
    let asked = backend.question("/apply-template", Some(Bytes::from_static(SCATTERED)), LIMIT).await;
    let Ok((StatusCode::OK, body)) = asked else { return false };
    let prompt = String::from_utf8_lossy(&body);
    let places: Option<Vec<usize>> = WORDS.iter().map(|word| prompt.find(word)).collect();
    places.is_some_and(|places| places.is_sorted())
}
