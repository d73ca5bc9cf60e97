//! What observations lead to, one after another.

use super::*;
use canon::config::DriftSensitivity::{High, Low, Normal};

/// A window and its settings, with a clock that only the test moves.
struct Case {
    window: Window,
    settings: Drift,
    now: Instant,
}

impl Case {
    fn of(action: DriftAction) -> Self {
        Self { window: Window::default(), settings: settings(action, Normal), now: Instant::now() }
    }

    /// Observes an answer a few times; what the last one led to.
    fn saw(&mut self, times: usize, answer: Answer) -> Vec<DriftEvent> {
        let observation = Observation::Answered(answer);
        (0..times)
            .map(|_| self.window.observe(observation, &self.settings, self.now))
            .last()
            .unwrap_or_default()
    }

    fn is_demoted(&self) -> bool {
        self.window.is_demoted(self.now)
    }
}

fn words(events: &[DriftEvent]) -> Vec<String> {
    let word = |event: &DriftEvent| match event {
        DriftEvent::Detected { severity, reason, .. } => format!("{}: {reason}", severity.word()),
        DriftEvent::Promoted { cooldown, reload } => {
            format!("back for {} s{}", cooldown.as_secs(), if *reload { ", reload" } else { "" })
        }
        DriftEvent::Recovered { after } => format!("recovered after {} s", after.as_secs()),
    };
    events.iter().map(word).collect()
}

const BAD: &str = "severe: empty_response_rate=1.00";

#[test]
fn actions_lead_to_what_they_say() {
    for (action, expect) in [
        (DriftAction::Off, vec![]),
        (DriftAction::Warn, vec![BAD]),
        (DriftAction::Promote, vec![BAD, "back for 300 s"]),
        (DriftAction::Reload, vec![BAD, "back for 300 s, reload"]),
    ] {
        let mut case = Case::of(action);
        assert_eq!(case.saw(5, EMPTY), []);
        assert_eq!(words(&case.saw(1, EMPTY)), expect);
        assert_eq!(case.is_demoted(), matches!(action, DriftAction::Promote | DriftAction::Reload));
    }
}

#[test]
fn nothing_is_judged_before_the_fill_of_its_sensitivity() {
    for (sensitivity, fill) in [(Low, 10), (Normal, 6), (High, 4)] {
        let mut case = Case::of(DriftAction::Warn);
        case.settings.sensitivity = sensitivity;
        assert_eq!(case.saw(fill - 1, EMPTY), [], "{sensitivity:?}");
        assert_eq!(words(&case.saw(1, EMPTY)), [BAD], "{sensitivity:?}");
    }
}

/// The verdict goes to the request that was answered. The next one has none, and neither does another provider's.
#[test]
fn a_verdict_belongs_to_one_request() {
    let (mut windows, now) = (Windows::default(), Instant::now());
    let mut profile = fixture::profile("p", &["a", "b"]);
    profile.drift = settings(DriftAction::Warn, Normal);
    let mut observe = |provider: &str, answer| {
        let events = windows.observe(&profile, &provider.into(), Observation::Answered(answer), now);
        severity(&events)
    };
    (0..5).for_each(|_| assert_eq!(observe("a", EMPTY), None));
    assert_eq!(observe("a", EMPTY), Some(Severity::Severe));
    assert_eq!(observe("a", GOOD), None);
    assert_eq!(observe("b", GOOD), None);
}

#[test]
fn a_verdict_empties_the_window() {
    let mut case = Case::of(DriftAction::Warn);
    assert_eq!(words(&case.saw(6, EMPTY)), [BAD]);
    assert_eq!(case.saw(5, EMPTY), [], "the same answers condemn once");
    assert_eq!(words(&case.saw(1, EMPTY)), [BAD]);
}

#[test]
fn a_cooldown_ends_with_an_empty_window_whoever_sees_it_first() {
    let mut case = Case::of(DriftAction::Promote);
    case.saw(6, EMPTY);
    assert_eq!(case.saw(20, EMPTY), [], "nothing is judged while it is demoted");
    case.now += secs(300) - Duration::from_millis(1);
    assert!(case.is_demoted());
    assert_eq!(case.window.recover(case.now), None);
    case.now += Duration::from_millis(1);
    assert!(!case.is_demoted());
    let mut seen_by_answer = Case { window: case.window.clone(), ..case };
    assert_eq!(words(&seen_by_answer.saw(1, EMPTY)), ["recovered after 300 s"]);
    case.now += secs(5);
    let recovered = case.window.recover(case.now);
    assert_eq!(words(recovered.as_slice()), ["recovered after 305 s"]);
    assert_eq!(case.window.recover(case.now), None, "it is told once");
    assert_eq!(case.saw(1, GOOD), []);
    assert!(!case.is_demoted());
    assert_eq!(case.saw(4, EMPTY), [], "five are too few");
    assert_eq!(words(&case.saw(1, EMPTY)).len(), 2);
}

#[test]
fn another_window_size_is_obeyed_at_once() {
    let mut case = Case::of(DriftAction::Warn);
    case.saw(18, GOOD);
    case.settings.window = 8;
    case.saw(1, GOOD);
    assert_eq!(case.window.len(), 8);
    case.settings.window = 200;
    case.saw(1_000, GOOD);
    assert_eq!(case.window.len(), 200);
    case.settings.window = 0;
    case.saw(1, GOOD);
    assert_eq!(case.window.len(), 1);
}

#[test]
fn a_small_window_is_judged_when_it_is_full() {
    let mut case = Case::of(DriftAction::Warn);
    (case.settings.sensitivity, case.settings.window) = (Low, 4);
    assert_eq!(case.saw(3, EMPTY), []);
    assert_eq!(words(&case.saw(1, EMPTY)), [BAD]);
}

#[test]
fn what_is_switched_off_is_forgotten() {
    let mut case = Case::of(DriftAction::Promote);
    case.saw(6, EMPTY);
    case.settings.action = DriftAction::Off;
    case.saw(1, EMPTY);
    assert!(!case.is_demoted());
    case.settings.action = DriftAction::Promote;
    assert_eq!(case.saw(5, EMPTY), []);
}

#[test]
fn profiles_are_apart() {
    let (mut windows, now) = (Windows::default(), Instant::now());
    let [mut here, mut there] = ["here", "there"].map(|name| fixture::profile(name, &["a", "b"]));
    here.drift = settings(DriftAction::Promote, Normal);
    there.drift = here.drift;
    let a = ProviderName::from("a");
    for _ in 0..6 {
        windows.observe(&here, &a, Observation::Failed, now);
        windows.observe(&there, &a, Observation::Answered(GOOD), now);
    }
    assert!(windows.is_demoted(&here, &a, now));
    assert!(!windows.is_demoted(&there, &a, now));
    assert!(!windows.is_demoted(&here, &"b".into(), now));
    assert_eq!(windows.recover(&here.name, now), []);
    let later = now + secs(300);
    let recovered = DriftEvent::Recovered { after: secs(300) };
    assert_eq!(windows.recover(&there.name, later), []);
    assert_eq!(windows.recover(&here.name, later), [(a, recovered)]);
    assert_eq!(windows.recover(&here.name, later), []);
}

#[test]
fn reloads_leave_nothing_behind() {
    let (mut windows, now) = (Windows::default(), Instant::now());
    let mut config = fixture::config(&["a", "b"].map(fixture::provider), &[]);
    let mut profile = fixture::profile("p", &["a", "b"]);
    profile.drift = settings(DriftAction::Promote, Normal);
    for provider in ["a", "b", "gone"] {
        (0..6).for_each(|_| drop(windows.observe(&profile, &provider.into(), Observation::Failed, now)));
    }
    config.profiles.push(profile.clone().into());
    windows.retain(&config);
    assert_eq!(windows.0[&profile.name].len(), 2);
    profile.drift.action = DriftAction::Off;
    assert!(!windows.is_demoted(&profile, &"a".into(), now));
    config.profiles = vec![profile.into()];
    windows.retain(&config);
    assert!(windows.0.is_empty());
}

#[test]
fn the_rank_is_the_real_one() {
    let chain = ["a", "b", "c", "d"].map(ProviderName::from);
    let ranked =
        |demoted: &[&str], name: &str| rank(&chain, |name| demoted.contains(&name.as_str()), &name.into());
    assert_eq!(ranked(&["a"], "a"), Some(4));
    assert_eq!(ranked(&["a", "c"], "a"), Some(3));
    assert_eq!(ranked(&["a", "c"], "c"), Some(4));
    assert_eq!(ranked(&["a", "c"], "d"), Some(2));
    assert_eq!(ranked(&["a", "b", "c", "d"], "b"), Some(2));
    assert_eq!(ranked(&[], "x"), None);
}

#[test]
fn every_demotion_asks_for_an_unloading_of_its_own() {
    let (mut windows, now) = (Windows::default(), Instant::now());
    let mut profile = fixture::profile("p", &["a", "b"]);
    profile.drift = settings(DriftAction::Reload, Normal);
    let mut asked = Vec::new();
    for _ in 0..6 {
        for provider in ["a", "b"] {
            let events = windows.observe(&profile, &provider.into(), Observation::Failed, now);
            let reload = |event: &DriftEvent| matches!(event, DriftEvent::Promoted { reload: true, .. });
            asked.extend(events.iter().any(reload).then_some(provider));
        }
    }
    assert_eq!(asked, ["a", "b"]);
}
