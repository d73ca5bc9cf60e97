//! What plans look like, as tables, and the laws every plan keeps.

use super::*;
use crate::estimate::ToolContent;
use crate::fixture;
use crate::view::View;
use canon::dialect::Dialect;
use canon::request::Request;
use proptest::prelude::*;
use std::time::{Duration, Instant, UNIX_EPOCH};

struct Case {
    config: Config,
    view: View,
    now: Instant,
    conversation: Conversation,
}

impl Case {
    /// Providers of a chain; a name in upper case is paid, one with a `?` was never declared.
    fn of(chain: &[&str]) -> Self {
        let declared = chain.iter().filter(|name| !name.ends_with('?')).map(|name| {
            let paid = name.chars().all(char::is_uppercase);
            Provider { paid, ..fixture::provider(name) }
        });
        Self {
            config: fixture::config(&declared.collect::<Vec<_>>(), &[("coding", chain)]),
            view: View::default(),
            now: Instant::now(),
            conversation: Conversation::named("c"),
        }
    }

    fn broke(self, provider: &str, ago_s: u64) -> Self {
        self.view.memory().breaks.add(self.conversation, &provider.into(), self.now);
        Self { now: self.now + Duration::from_secs(ago_s), ..self }
    }

    fn judged_by(&self, passes: &[Pass]) -> Plan {
        let request = Request::new(Dialect::Anthropic);
        let needs = Needs::of(&request, 0, ToolContent::Counted);
        judged_by(
            passes,
            &Situation {
                config: &self.config,
                profile: &self.config.profiles[0],
                needs: &needs,
                view: &self.view,
                memory: &self.view.memory(),
                priority: Priority::Main,
                conversation: self.conversation,
                local_only: false,
                now: Now { at: self.now, wall: UNIX_EPOCH },
            },
        )
    }
}

fn check(case: &Case, table: &str) {
    assert_eq!(case.judged_by(PASSES).to_string(), table);
}

#[test]
fn the_chain_is_tried_as_declared() {
    check(&Case::of(&["a", "bb"]), "profile coding: 2 to try\n  1  a   keep\n  2  bb  keep");
}

#[test]
fn what_may_not_be_tried_is_passed_over() {
    check(
        &Case::of(&["a?", "B", "c"]),
        "profile coding: 1 to try\n  -  a?  skip   unknown-provider\n  -  B   skip   paid-gate\n  1  c   keep",
    );
    let mut case = Case::of(&["B", "c"]);
    case.config.allow_paid = true;
    check(&case, "profile coding: 2 to try\n  1  B  keep\n  2  c  keep");
}

#[test]
fn a_repeat_starts_behind_the_provider_that_broke() {
    let broken = Case::of(&["a", "b", "c"]).broke("a", 1);
    check(&broken, "profile coding: 3 to try\n  3  a  later  just-failed\n  1  b  keep\n  2  c  keep");
    check(
        &broken.broke("b", 1),
        "profile coding: 3 to try\n  2  a  later  just-failed\n  3  b  later  just-failed\n  1  c  keep",
    );
    check(
        &Case::of(&["a", "b"]).broke("b", 1).broke("a", 1),
        "profile coding: 2 to try\n  2  a  later  just-failed\n  1  b  later  just-failed",
    );
    check(&Case::of(&["a", "b"]).broke("a", 120), "profile coding: 2 to try\n  1  a  keep\n  2  b  keep");
}

#[test]
fn a_blocked_chain_says_why() {
    let words = |plan: &Plan| -> Vec<String> { plan.facts().map(|fact| format!("{fact:?}")).collect() };
    let paid = Case::of(&["A", "b?"]).judged_by(PASSES);
    assert_eq!(paid.blocked(), Some(SkipReason::PaidGate));
    assert_eq!(paid.skipped_for(SkipReason::PaidGate), ["A".into()]);
    assert_eq!(words(&paid).len(), 3);
    assert!(words(&paid)[2].starts_with("ChainBlocked"), "{:?}", words(&paid));
    let unknown = Case::of(&["a?"]).judged_by(PASSES);
    assert_eq!((unknown.blocked(), words(&unknown).len()), (None, 1));
    let alone = Case::of(&["a"]).broke("a", 1).judged_by(PASSES);
    assert_eq!((alone.attempts.len(), words(&alone).len()), (1, 0), "moved behind nobody");
    assert_eq!(words(&Case::of(&["a", "b"]).broke("a", 1).judged_by(PASSES)).len(), 1);
}

#[test]
fn doubt_never_empties_a_chain() {
    let doubting: Pass = |_, chain| chain.skip(|_| Some(SkipReason::JustFailed));
    let paid_first: &[Pass] = &[PASSES[1], doubting];
    let plan = Case::of(&["a", "B", "c"]).judged_by(paid_first);
    assert_eq!(
        plan.to_string(),
        "profile coding: 2 to try\n  1  a  later  just-failed\n  -  B  skip   paid-gate\n  2  c  later  just-failed",
    );
}

#[test]
fn doubted_ones_are_left_where_everybody_else_fails() {
    let doubting: Pass = |_, chain| {
        chain.skip(|provider| (provider.name.as_str() == "a").then_some(SkipReason::Excluded));
    };
    let plan = Case::of(&["a", "B", "c"]).judged_by(&[PASSES[1], doubting]);
    assert_eq!(
        plan.to_string(),
        "profile coding: 2 to try\n  2  a  skip   self-healing-excluded\n  -  B  skip   paid-gate\n  1  c  keep",
    );
    assert!(!plan.is_last_resort, "somebody stands in front");
}

proptest! {
    #[test]
    fn plans_are_repeatable_and_only_a_hard_no_takes_out(
        chain in proptest::collection::vec("[a-e]|[A-C]|x\\?", 0..8),
        breaks in proptest::collection::vec("[a-e]", 0..5),
        allow_paid: bool,
    ) {
        let mut case = Case::of(&chain.iter().map(String::as_str).collect::<Vec<_>>());
        case.config.allow_paid = allow_paid;
        for breaker in &breaks {
            case.view.memory().breaks.add(case.conversation, &breaker.as_str().into(), case.now);
        }
        let (once, again) = (case.judged_by(PASSES), case.judged_by(PASSES));
        prop_assert_eq!(once.to_string(), again.to_string());
        prop_assert_eq!(&once.verdicts, &again.verdicts);
        let mut tried: Vec<_> = once.attempts.iter().map(|provider| provider.name.clone()).collect();
        let mut allowed: Vec<ProviderName> = chain
            .iter()
            .filter(|name| !name.ends_with('?') && (allow_paid || name.to_lowercase() == **name))
            .map(|name| name.as_str().into())
            .collect();
        tried.sort();
        allowed.sort();
        allowed.dedup();
        prop_assert_eq!(tried, allowed);
    }
}
