//! The departures of a request: every reason with its detail, where each led, and the headers that tell them.

use super::*;
use crate::fixture;
use crate::plan::Verdict;
use canon::event::Capability;
use canon::moment::Month;
use canon::money::Usd;
use std::sync::Arc;
use std::time::Duration;

const PAID: Verdict = Verdict::Skip(SkipReason::PaidGate);

fn along(verdicts: &[(&str, Verdict)]) -> Hops {
    let verdicts = verdicts.iter().map(|(name, verdict)| ((*name).into(), *verdict)).collect();
    let profile = Arc::new(fixture::profile("coding", &[]));
    Hops::along(&Plan {
        profile,
        attempts: Vec::new(),
        verdicts,
        is_last_resort: false,
        order: None,
        reordered: None,
    })
}

fn check(hops: &Hops, headers: &[&str]) {
    let told = hops.headers().into_iter().map(|(name, value)| {
        let short = name.strip_prefix("x-coderouter-fallback-").unwrap();
        format!("{short}: {value}")
    });
    assert_eq!(told.collect::<Vec<_>>(), headers);
}

/// The only departure, in a line.
fn only(hops: &Hops) -> String {
    let [hop] = hops.list() else { panic!("{:?}", hops.list()) };
    let detail = hop.detail.as_ref().map(|detail| format!(" {detail}")).unwrap_or_default();
    let when = if hop.pre_attempt { " unasked" } else { "" };
    format!("{}{detail}{when}", hop.reason)
}

#[test]
fn nothing_is_told_where_the_first_answers() {
    let mut hops = along(&[("a", Verdict::Keep), ("B", PAID)]);
    hops.attempting(&"a".into());
    check(&hops, &[]);
    assert_eq!(hops.facts(&"coding".into(), true).count(), 0);
}

#[test]
fn departures_share_the_next_attempt() {
    let mut hops = along(&[("A", PAID), ("b c", Verdict::Keep), ("D", PAID), ("e", Verdict::Keep)]);
    hops.attempting(&"b c".into());
    hops.failed(&"b c".into(), &Fault::new(FaultKind::RateLimit, "slow down").with_status(429));
    check(&hops, &["from: A", "reason: paid-gate,rate-limit", "chain: A>b_c"]);
    hops.attempting(&"e".into());
    check(&hops, &["from: A", "to: e", "reason: paid-gate,rate-limit,paid-gate", "chain: A>b_c>D>e"]);
    let to: Vec<_> = hops.list().iter().map(|hop| hop.to.as_ref().unwrap().as_str()).collect();
    assert_eq!(to, ["b c", "e", "e"]);
    assert_eq!(hops.facts(&"coding".into(), true).count(), 3);
}

#[test]
fn an_exhausted_chain_leads_nowhere() {
    let mut hops = along(&[("a", Verdict::Keep), ("B", PAID)]);
    hops.attempting(&"a".into());
    hops.failed(&"a".into(), &Fault::new(FaultKind::Connect, "refused"));
    hops.exhausted();
    check(&hops, &["from: a", "reason: connection,paid-gate", "chain: a>B"]);
    assert!(hops.list().iter().all(|hop| hop.to.is_none()));
}

#[test]
fn one_moved_back_is_left_first_and_met_last() {
    let mut hops = along(&[("a", Verdict::Later(SkipReason::JustFailed)), ("b", Verdict::Keep)]);
    hops.attempting(&"b".into());
    hops.failed(&"b".into(), &Fault::new(FaultKind::Truncated, "cut"));
    hops.attempting(&"a".into());
    check(&hops, &["from: a", "to: a", "reason: just-failed,stream-truncated", "chain: a>b>a"]);
}

#[test]
fn every_reason_before_an_attempt_is_told() {
    let (cap, wait) = (Usd::from_dollars(2.5), Duration::from_secs(9));
    let month = Month { year: 2026, month: 2 };
    let table = [
        (SkipReason::PaidGate, "paid-gate unasked"),
        (SkipReason::BudgetExceeded { cap, spent: cap, month }, "budget-exceeded cap=2.5 unasked"),
        (SkipReason::MemoryPressure { wait }, "memory-pressure unasked"),
        (SkipReason::Unhealthy, "backend-unhealthy unasked"),
        (SkipReason::Excluded, "self-healing-excluded unasked"),
        (SkipReason::UnknownProvider, "unknown-provider unasked"),
        (SkipReason::LocalOnly, "local-only unasked"),
        (SkipReason::Incapable(Capability::Tools), "no-tools unasked"),
        (SkipReason::Incapable(Capability::Vision), "no-vision unasked"),
        (SkipReason::RateLimited { wait }, "rate-limited unasked"),
        (SkipReason::ContextTooSmall { window: 8 }, "context-too-small unasked"),
        (SkipReason::Drifting, "drift unasked"),
        (SkipReason::JustFailed, "just-failed unasked"),
    ];
    for (reason, expected) in table {
        let mut skipped = along(&[("a", Verdict::Skip(reason)), ("b", Verdict::Keep)]);
        skipped.attempting(&"b".into());
        assert_eq!(only(&skipped), expected);
        let mut late = along(&[("a", Verdict::Later(reason)), ("b", Verdict::Keep)]);
        late.attempting(&"b".into());
        assert_eq!(only(&late), expected, "moved back");
        let mut away = along(&[("a", Verdict::Keep), ("b", Verdict::Keep)]);
        away.turned_away(&"a".into(), reason);
        away.attempting(&"b".into());
        assert_eq!(only(&away), expected, "when it was claimed");
    }
}

/// Who is tried later because another one suits better was not left.
#[test]
fn preferences_are_no_departures() {
    for reason in [SkipReason::Adaptive, SkipReason::Session, SkipReason::Incapable(Capability::Thinking)] {
        let mut hops = along(&[("a", Verdict::Later(reason)), ("b", Verdict::Keep)]);
        hops.attempting(&"b".into());
        check(&hops, &[]);
        let mut away = along(&[("a", Verdict::Keep), ("b", Verdict::Keep)]);
        away.turned_away(&"a".into(), reason);
        away.attempting(&"b".into());
        check(&away, &[]);
    }
    let mut alone = along(&[("a", Verdict::Later(SkipReason::Unhealthy))]);
    alone.attempting(&"a".into());
    check(&alone, &[]);
}

#[test]
fn every_reason_of_a_failed_attempt_is_told() {
    use FaultKind::*;
    let table = [
        (RateLimit, 429, "rate-limit status=429"),
        (Auth, 401, "auth status=401"),
        (Auth, 403, "auth status=403"),
        (Timeout(Phase::FirstByte), 408, "timeout status=408"),
        (Backend, 500, "upstream-5xx status=500"),
        (Overloaded, 503, "upstream-5xx status=503"),
        (Overloaded, 529, "upstream-5xx status=529"),
        (Backend, 507, "upstream-5xx status=507"),
        (NotFound, 404, "upstream-4xx status=404"),
        (Billing, 402, "upstream-4xx status=402"),
        (Rejected, 400, "upstream-4xx status=400"),
        (Rejected, 422, "upstream-4xx status=422"),
        (TooLarge, 413, "upstream-4xx status=413"),
        (Overflow { prompt: None, limit: None }, 400, "upstream-4xx status=400"),
        (Timeout(Phase::Connect), 0, "timeout transport=timeout"),
        (Timeout(Phase::FirstByte), 0, "timeout transport=timeout"),
        (Timeout(Phase::Idle), 0, "timeout transport=timeout"),
        (Timeout(Phase::FirstToken), 0, "ttft-timeout no-first-token"),
        (Connect, 0, "connection transport=connection"),
        (Cut, 0, "connection transport=connection"),
        (Malformed, 0, "upstream-error"),
        (Backend, 0, "upstream-error"),
        (Empty, 0, "empty-response"),
        (EmptyStream, 0, "empty-stream"),
        (Truncated, 0, "stream-truncated no-terminator"),
    ];
    for (kind, status, expected) in table {
        let text = "secret words of a backend";
        let fault = Fault { status: (status > 0).then_some(status), ..Fault::new(kind, text) };
        let mut hops = along(&[("a", Verdict::Keep), ("b", Verdict::Keep)]);
        hops.attempting(&"a".into());
        hops.failed(&"a".into(), &fault);
        assert_eq!(only(&hops), expected);
    }
}

/// What a name holds can't be taken for what joins names, nor end a header.
#[test]
fn headers_hold_plain_names_only() {
    let (odd, even) = ("a>b,c\r\nx-evil: 1 \u{e9}", "B.0_k-9");
    let mut hops = along(&[(odd, Verdict::Keep), (even, Verdict::Keep)]);
    hops.attempting(&odd.into());
    hops.failed(&odd.into(), &Fault::new(FaultKind::Cut, "cut"));
    hops.attempting(&even.into());
    let plain = "a_b_c__x-evil__1__";
    check(
        &hops,
        &[&format!("from: {plain}"), "to: B.0_k-9", "reason: connection", &format!("chain: {plain}>B.0_k-9")],
    );
}

/// Headers that leave with the first content tell what has happened until then; the facts of the end tell all.
#[test]
fn facts_number_every_departure() {
    let mut hops = along(&[("A", PAID), ("b", Verdict::Keep), ("c", Verdict::Keep)]);
    hops.attempting(&"b".into());
    check(&hops, &["from: A", "to: b", "reason: paid-gate", "chain: A>b"]);
    hops.failed(&"b".into(), &Fault::new(FaultKind::Backend, "boom").with_status(500));
    hops.exhausted();
    let profile = ProfileName::from("coding");
    let facts: Vec<String> = hops.facts(&profile, true).map(|fact| format!("{fact:?}")).collect();
    let fact = |from, to: Option<&str>, reason, detail: Option<&str>, hop| Fact::FellBack {
        from: ProviderName::from(from),
        to: to.map(ProviderName::from),
        reason,
        detail: detail.map(str::to_owned),
        profile: profile.clone(),
        stream: true,
        pre_attempt: detail.is_none(),
        hop,
    };
    let expected =
        [fact("A", Some("b"), "paid-gate", None, 0), fact("b", None, "upstream-5xx", Some("status=500"), 1)];
    assert_eq!(facts, expected.map(|fact| format!("{fact:?}")));
}
