//! The laws every plan keeps.

use super::case::Case;
use canon::id::ProviderName;
use proptest::prelude::*;

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
            case.view.memory().breaks.add(case.conversation, &breaker.as_str().into(), case.now.at);
        }
        let (once, again) = (case.plan(), case.plan());
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
