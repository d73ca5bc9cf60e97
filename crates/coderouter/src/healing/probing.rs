//! Probes of all providers now and then, so that their health is known before somebody asks them.

use crate::config;
use crate::router::Router;
use crate::upstream::{Backend, probe};
use canon::config::Probing;
use canon::event::{BackendFact, Fact};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;

/// How many are probed at once.
const AT_ONCE: usize = 4;

/// How often a router that does not probe looks whether it has been told to.
const IDLE: Duration = Duration::from_secs(5);

/// Probes in rounds while the configuration says so.
pub async fn run(router: Arc<Router>) {
    let mut told = None;
    loop {
        let probing = router.setup.load().config.probing;
        if !probing.active {
            told = None;
            tokio::time::sleep(IDLE).await;
            continue;
        }
        if told != Some(probing) {
            told = Some(probing);
            let providers = probed(&router, probing).len();
            let (interval, paid) = (probing.interval, probing.paid);
            tell(&router, BackendFact::ProbesStarted { interval, paid, providers });
        }
        tokio::time::sleep(probing.interval).await;
        round(&router, probing).await;
    }
}

/// The backends that are probed: those that cost money only where the configuration says so.
fn probed(router: &Router, probing: Probing) -> Vec<Arc<Backend>> {
    let setup = router.setup.load();
    let is_meant = |backend: &&Arc<Backend>| probing.paid || !backend.provider.paid;
    setup.backends().filter(is_meant).cloned().collect()
}

async fn round(router: &Router, probing: Probing) {
    let backends = probed(router, probing);
    // Who is at its limits is not asked beyond them for the sake of a probe.
    let placed =
        backends.into_iter().filter_map(|backend| Some((router.probe_place(&backend.provider)?, backend)));
    let placed: Vec<_> = placed.collect();
    let (count, mut failures) = (placed.len(), 0);
    let each = placed.into_iter().map(|(place, backend)| async move {
        let probe = probe(&backend, probing.timeout).await;
        drop(place);
        (backend, probe)
    });
    let mut probes = futures_util::stream::iter(each).buffer_unordered(AT_ONCE);
    while let Some((backend, probe)) = probes.next().await {
        let provider = &backend.provider;
        failures += usize::from(probe.result.is_err());
        router.probed(provider, &probe.result);
        let observed = probe.result.as_ref().ok().and_then(Clone::clone);
        tell(
            router,
            BackendFact::Probed {
                provider: provider.name.clone(),
                success: probe.result.is_ok(),
                latency: probe.latency,
                error: probe.result.as_ref().err().map(|fault| router.clean(&fault.to_string())),
                model: observed.as_deref().map(|model| router.clean(model).into()),
            },
        );
        if let Some(observed) = observed.filter(|observed| is_another(provider.model.as_str(), observed)) {
            let in_registry = config::is_known_model(provider.kind, &observed);
            tell(
                router,
                BackendFact::ModelDiffers {
                    provider: provider.name.clone(),
                    configured: provider.model.clone(),
                    observed: router.clean(&observed).into(),
                    in_registry,
                },
            );
        }
    }
    if count > 0 {
        tell(router, BackendFact::ProbeRound { probed: count, failures });
    }
}

/// Whether another model answers than was asked for, where one was.
fn is_another(configured: &str, observed: &str) -> bool {
    !configured.trim().is_empty() && configured.trim() != observed
}

fn tell(router: &Router, fact: BackendFact) {
    router.record(None, Fact::Backend(Box::new(fact)));
}
