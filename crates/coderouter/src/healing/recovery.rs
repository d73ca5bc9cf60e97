//! Bringing one provider back: its restart command, then probes with longer and longer waits, until one succeeds.

use super::restart::{Outcome, Restart, Server};
use crate::exchange::now;
use crate::router::Router;
use crate::upstream::probe;
use canon::config::{BackendHealth, Provider};
use canon::event::{BackendFact, Fact};
use canon::id::ProviderName;
use routing::exclusion::RecoveryBackoff;
use std::sync::Arc;
use std::time::Duration;

/// The limit of a recovery probe.
const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// How long a server that does not answer may take to end before another is started in its place.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// Works until the provider is back, or nobody has it out any more.
pub async fn run(router: &Arc<Router>, name: &ProviderName) {
    let mut server: Option<Server> = None;
    let Some(policy) = policy(router, name) else { return };
    let mut waits = RecoveryBackoff::new(policy.recovery_initial, policy.recovery_max);
    while let Some(policy) = self::policy(router, name) {
        let Some(backend) = router.setup.load().backend(name).cloned() else { return };
        if restarted(router, &backend.provider, &policy, &mut server).await {
            waits = RecoveryBackoff::new(policy.recovery_initial, policy.recovery_max);
        }
        tokio::time::sleep(waits.next_delay()).await;
        if router.view.excluded_by(name).is_none() {
            return;
        }
        let Some(place) = router.probe_place(&backend.provider) else { continue };
        let probe = probe(&backend, PROBE_LIMIT).await;
        drop(place);
        let success = probe.result.is_ok();
        let next = if success { Duration::ZERO } else { waits.upcoming() };
        router.probed(&backend.provider, &probe.result);
        let provider = name.clone();
        let latency = probe.latency;
        tell(router, BackendFact::RecoveryProbed { provider, success, next, latency });
        if success {
            return;
        }
    }
}

/// The settings by which it is brought back; none where it is not out.
fn policy(router: &Router, name: &ProviderName) -> Option<BackendHealth> {
    let profile = router.view.excluded_by(name)?;
    let setup = router.setup.load();
    // A profile that a reload has removed leaves its provider to the defaults.
    Some(setup.config.profile(profile.as_str()).map_or_else(BackendHealth::default, |it| it.backend_health))
}

/// Runs the restart command, where there is one and it may run now. A server that an earlier run of it left behind,
/// and which does not answer, has to go first.
async fn restarted(
    router: &Router,
    provider: &Provider,
    policy: &BackendHealth,
    server: &mut Option<Server>,
) -> bool {
    if provider.restart_command.is_empty() || !router.view.begin_restart(provider, now()) {
        return false;
    }
    if let Some(old) = server.take().filter(Server::is_running) {
        old.end(END_PATIENCE).await;
    }
    let log = router.log_of(provider);
    let restart =
        Restart { command: &provider.restart_command, grace: policy.restart_timeout, log: log.as_deref() };
    let error = match restart.run().await {
        Outcome::Done => None,
        Outcome::Stays(stays) => {
            *server = Some(stays);
            None
        }
        Outcome::Failed(failure) => Some(failure.to_string()),
        Outcome::NotStarted(error) => Some(error.to_string()),
    };
    router.view.end_restart(provider, now());
    tell(
        router,
        BackendFact::Restarted {
            provider: provider.name.clone(),
            command: router.clean(&provider.restart_command.join(" ")),
            success: error.is_none(),
            error: error.map(|error| router.clean(&error)),
        },
    );
    true
}

fn tell(router: &Router, fact: BackendFact) {
    router.record(None, Fact::Backend(Box::new(fact)));
}
