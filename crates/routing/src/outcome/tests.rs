//! Which fault wins, as a table.

use super::*;
use crate::fixture;
use crate::plan::Verdict;
use canon::fault::Phase;
use std::sync::Arc;
use std::time::Duration;

fn fault(kind: FaultKind, status: u16, message: &str) -> Fault {
    Fault { status: (status > 0).then_some(status), ..Fault::new(kind, message) }
}

fn limited(seconds: Option<u64>) -> Fault {
    Fault { retry_after: seconds.map(Duration::from_secs), ..fault(FaultKind::RateLimit, 429, "slow down") }
}

fn overflow(limit: Option<u64>) -> Fault {
    fault(FaultKind::Overflow { prompt: Some(9), limit }, 400, "prompt is too long")
}

fn plan(verdicts: &[(&str, Verdict)]) -> Plan {
    Plan {
        is_last_resort: false,
        order: None,
        reordered: None,
        profile: Arc::new(fixture::profile("P", &[])),
        attempts: Vec::new(),
        verdicts: verdicts.iter().map(|(name, verdict)| ((*name).into(), *verdict)).collect(),
    }
}

fn named(faults: &[&Fault]) -> Vec<(ProviderName, Fault)> {
    let names = ["a", "b", "c", "d"].into_iter().map(ProviderName::from);
    names.zip(faults.iter().map(|fault| (*fault).clone())).collect()
}

fn check(faults: &[&Fault], kind: &FaultKind, message: &str, should_retry: bool) -> Fault {
    let told = most_useful(&plan(&[]), &named(faults));
    assert_eq!((&told.kind, told.message.as_str(), told.should_retry), (kind, message, Some(should_retry)));
    told
}

#[test]
fn the_most_useful_fault_is_told() {
    let busy = fault(FaultKind::Overloaded, 503, "busy");
    let refused = fault(FaultKind::Rejected, 400, "tools are not supported");
    let large = fault(FaultKind::TooLarge, 413, "too large");
    let key = fault(FaultKind::Auth, 401, "invalid x-api-key");
    let kind = FaultKind::Overflow { prompt: Some(9), limit: Some(200) };
    check(
        &[&limited(None), &overflow(Some(100)), &overflow(Some(200)), &overflow(None)],
        &kind,
        "prompt is too long",
        false,
    );
    let soon = check(
        &[&refused, &limited(None), &limited(Some(30)), &limited(Some(5))],
        &FaultKind::RateLimit,
        "slow down",
        true,
    );
    assert_eq!(soon.retry_after, Some(Duration::from_secs(5)));
    check(&[&key, &refused], &FaultKind::Rejected, "tools are not supported", false);
    check(&[&busy, &refused, &large], &FaultKind::Rejected, "tools are not supported", true);
    check(&[&large, &refused], &FaultKind::TooLarge, "too large", false);
}

#[test]
fn all_else_is_one_summary_without_credentials() {
    let timeout = fault(FaultKind::Timeout(Phase::FirstByte), 0, "no answer within 600 s");
    let key = fault(FaultKind::Auth, 401, "invalid x-api-key sk-1");
    check(
        &[&fault(FaultKind::Overloaded, 529, "busy"), &key, &timeout],
        &FaultKind::Backend,
        "profile='P': all providers failed: [a status=529] busy | [b] its credentials were refused | [c] no \
         answer within 600 s",
        true,
    );
    let keys = check(
        &[&key, &fault(FaultKind::Auth, 403, "forbidden")],
        &FaultKind::Backend,
        "profile='P': all providers failed: [a] its credentials were refused | [b] its credentials were refused",
        false,
    );
    assert_eq!(keys.hint.as_deref(), Some("check the credentials configured for a, b"));
    assert_eq!(keys.status, None);
    let gone = fault(FaultKind::NotFound, 404, "no such model").with_hint("run: ollama pull qwen");
    let alone = check(
        &[&gone],
        &FaultKind::Backend,
        "profile='P': all providers failed: [a status=404] no such model",
        false,
    );
    assert_eq!(alone.hint.as_deref(), Some("run: ollama pull qwen"));
}

#[test]
fn one_refusal_of_credentials_everywhere_is_noticed() {
    let key = |status| fault(FaultKind::Auth, status, "no");
    assert_eq!(uniform_auth(&named(&[&key(401), &key(401)])), Some(401));
    assert_eq!(uniform_auth(&named(&[&key(403)])), Some(403));
    assert_eq!(uniform_auth(&named(&[&key(401), &key(403)])), None);
    assert_eq!(uniform_auth(&named(&[&fault(FaultKind::Backend, 500, "no")])), None);
    assert_eq!(uniform_auth(&[]), None);
}

#[test]
fn an_empty_chain_says_what_to_set() {
    let blocked = most_useful(&plan(&[("Z", Verdict::Skip(SkipReason::PaidGate))]), &[]);
    assert_eq!(blocked.kind, FaultKind::NoProvider);
    assert_eq!(blocked.message, "profile='P': all providers failed: no providers eligible");
    assert_eq!(
        blocked.hint.as_deref(),
        Some("set ALLOW_PAID=true to use Z, or add a free provider to the profile 'P'")
    );
    let empty = most_useful(&plan(&[]), &[]);
    assert_eq!(empty.hint.as_deref(), Some("add a provider to the profile 'P' in providers.yaml"));
    assert_eq!(empty.should_retry, Some(false));
}
