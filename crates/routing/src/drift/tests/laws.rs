//! What holds for every window.

use super::*;
use proptest::prelude::*;

fn observation() -> impl Strategy<Value = Observation> {
    let offer = prop_oneof![
        Just(Offer::Nothing),
        Just(Offer::Start),
        Just(Offer::AfterResults),
        Just(Offer::Demanded)
    ];
    let ending = prop_oneof![
        4 => Just(Ending::Turn),
        1 => Just(Ending::Calls),
        1 => Just(Ending::Cut),
        1 => Just(Ending::Declined),
        1 => Just(Ending::Unknown)
    ];
    let text = proptest::option::of("[a-d]{3}");
    let answer = (any::<bool>(), any::<bool>(), 0..500_u64, offer, ending, text).prop_map(
        |(has_content, called, length, offer, ending, text)| {
            let fingerprint = text.and_then(|text| fingerprint(&format!("cargo parser {text}")));
            Answer { has_content: has_content || called, called, length, offer, ending, fingerprint }
        },
    );
    prop_oneof![5 => answer.prop_map(Observation::Answered), 1 => Just(Observation::Failed)]
}

fn window() -> impl Strategy<Value = Vec<Observation>> {
    proptest::collection::vec(observation(), 0..40)
}

proptest! {
    #[test]
    fn stricter_limits_find_no_less(window in window()) {
        let signals = Signals::measured(&window);
        let found = |limits| judge(&signals, &limits).map(|verdict| verdict.severity);
        let (low, normal) = (found(Thresholds::LOW), found(Thresholds::NORMAL));
        prop_assert!(low <= normal);
        prop_assert!(normal <= found(Thresholds::HIGH));
        prop_assert!(normal <= found(Thresholds::GOAL));
    }

    #[test]
    fn severity_follows_from_the_signals_named(window in window()) {
        let Some(verdict) = judge(&Signals::measured(&window), &Thresholds::NORMAL) else { return Ok(()) };
        let named: Vec<Signal> =
            Signal::ALL.into_iter().filter(|signal| verdict.reason.contains(&format!("{}=", signal.name()))).collect();
        let worst = named.iter().map(|signal| signal.weight()).max();
        let expect = if named.len() > 1 { Some(Severity::Severe) } else { worst };
        prop_assert_eq!(Some(verdict.severity), expect);
    }

    #[test]
    fn values_are_shares(window in window()) {
        let signals = Signals::measured(&window);
        for signal in Signal::ALL.into_iter().filter(|signal| *signal != Signal::LengthCollapseRatio) {
            prop_assert!(signals.value(signal).is_none_or(|value| (0.0..=1.0).contains(&value)), "{signal:?}");
        }
    }

    #[test]
    fn windows_stay_small_and_nobody_is_judged_while_demoted(
        steps in proptest::collection::vec((observation(), 0..120_u64, 4..30_u32), 0..120),
    ) {
        let (mut window, mut now) = (Window::default(), Instant::now());
        let mut settings = settings(DriftAction::Promote, DriftSensitivity::High);
        for (observation, wait, size) in steps {
            (now, settings.window) = (now + secs(wait), size);
            let was_demoted = window.is_demoted(now);
            let events = window.observe(observation, &settings, now);
            prop_assert!(window.len() <= size as usize);
            prop_assert!(!was_demoted || events.is_empty());
            let promoted = events.iter().any(|event| matches!(event, DriftEvent::Promoted { .. }));
            prop_assert_eq!(window.is_demoted(now), was_demoted || promoted);
            prop_assert_eq!(severity(&events).is_some(), promoted);
        }
    }
}
