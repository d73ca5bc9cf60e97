//! Which facts a person may want to look up later. All others are in the log alone.

/// The names of those facts, in order, so that they are found quickly.
const AUDITED: &[&str] = &[
    "backend-health-changed",
    "budget-output-lowered",
    "chain-blocked",
    "chain-budget-exceeded",
    "chain-memory-pressure-blocked",
    "chain-paid-gate-blocked",
    "chain-uniform-auth-failure",
    "coderouter-shutdown",
    "coderouter-startup",
    "config-reload-failed",
    "config-reloaded",
    "context-budget-trimmed",
    "context-budget-warning",
    "demote-unhealthy-provider",
    "drift-detected",
    "drift-promoted",
    "drift-recovered",
    "drift-reload-attempted",
    "fallback-occurred",
    "hedge-decided",
    "hedge-started",
    "local-only-pinned",
    "memory-pressure-detected",
    "partial-stitch-resumed",
    "probe-capabilities-drift",
    "provider-flagged-healthy",
    "provider-flagged-unhealthy",
    "request-queued",
    "self-healing-exclude",
    "self-healing-recovery-probe",
    "self-healing-restart",
    "self-healing-restore",
    "skip-budget-exceeded",
    "state-store-failing",
    "tool-loop-detected",
];

/// Whether a fact of this name belongs into the audit.
pub(super) fn is_audited(name: &str) -> bool {
    AUDITED.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_stand_in_order() {
        assert!(AUDITED.is_sorted());
        assert!(AUDITED.iter().all(|name| is_audited(name)));
        assert!(!is_audited("try-provider") && !is_audited("provider-ok"));
    }
}
