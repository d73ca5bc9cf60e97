//! Each signal by its definition, and each threshold at its limit and one step beyond.

use super::*;

fn check(window: &[Observation], signal: Signal, expect: Option<f64>) {
    assert_eq!(Signals::measured(window).value(signal), expect, "{signal:?} of {window:?}");
}

/// A window of `part` observations of one kind and as many of another as it takes to make `whole`.
fn mixed(part: usize, marked: Observation, whole: usize, others: Observation) -> Vec<Observation> {
    let place = |place| if place < part { marked } else { others };
    (0..whole).map(place).collect()
}

fn answered(answer: Answer) -> Observation {
    Observation::Answered(answer)
}

fn lengths(lengths: &[u64]) -> Vec<Observation> {
    lengths.iter().map(|&length| answered(Answer { length, ..GOOD })).collect()
}

fn texts(texts: &[&str]) -> Vec<Observation> {
    let about = |text: &&str| Answer { fingerprint: fingerprint(&format!("cargo parser {text}")), ..GOOD };
    texts.iter().map(|text| answered(about(text))).collect()
}

const SILENT: Answer = Answer { offer: Offer::Start, ..GOOD };
const CALLING: Answer = Answer { called: true, ending: Ending::Calls, ..SILENT };
const LAST_WORD: Answer = Answer { offer: Offer::AfterResults, ..GOOD };
const ODD: Answer = Answer { ending: Ending::Unknown, ..GOOD };

#[test]
fn empty_response_rate_is_of_answers() {
    let signal = Signal::EmptyResponseRate;
    check(&[], signal, None);
    check(&[Observation::Failed], signal, None);
    check(&mixed(1, answered(EMPTY), 3, answered(GOOD)), signal, Some(0.333));
    check(&mixed(1, answered(EMPTY), 4, Observation::Failed), signal, Some(1.0));
}

#[test]
fn length_collapse_ratio_is_of_halves() {
    let signal = Signal::LengthCollapseRatio;
    check(&lengths(&[400, 100, 100]), signal, None);
    check(&lengths(&[400, 300, 100, 75]), signal, Some(0.25));
    check(&lengths(&[400, 200, 10, 90, 500]), signal, Some(0.3));
    check(&lengths(&[0, 0, 100, 100]), signal, None);
    check(&lengths(&[100, 100, 0, 0]), signal, Some(0.0));
    let mut with_failures = lengths(&[400, 300, 100, 75]);
    with_failures.insert(2, Observation::Failed);
    with_failures.push(Observation::Failed);
    check(&with_failures, signal, Some(0.25));
}

#[test]
fn tool_silence_rate_is_of_those_that_should_call() {
    let signal = Signal::ToolSilenceRate;
    check(&mixed(1, answered(CALLING), 2, answered(SILENT)), signal, None);
    check(&mixed(1, answered(CALLING), 3, answered(SILENT)), signal, Some(0.667));
    check(&mixed(2, answered(CALLING), 9, answered(GOOD)), signal, None);
    check(&mixed(3, answered(CALLING), 9, answered(LAST_WORD)), signal, Some(0.0));
}

#[test]
fn stop_anomaly_rate_is_of_answers() {
    let signal = Signal::StopAnomalyRate;
    check(&[Observation::Failed], signal, None);
    check(&mixed(2, answered(ODD), 3, answered(GOOD)), signal, Some(0.667));
    check(&mixed(1, answered(ODD), 3, Observation::Failed), signal, Some(1.0));
}

#[test]
fn error_rate_is_of_everything() {
    check(&[], Signal::ErrorRate, None);
    check(&mixed(1, Observation::Failed, 3, answered(EMPTY)), Signal::ErrorRate, Some(0.333));
    check(&[Observation::Failed], Signal::ErrorRate, Some(1.0));
}

#[test]
fn goal_progress_stall_is_of_texts_said_again() {
    let signal = Signal::GoalProgressStall;
    check(&texts(&["lexer", "lexer"]), signal, None);
    check(&texts(&["lexer", "tokens", "lexer"]), signal, Some(0.333));
    check(&texts(&["lexer", "lexer", "lexer", "lexer"]), signal, Some(0.75));
    let mut with_others = texts(&["lexer", "tokens", "numbers"]);
    with_others.extend([answered(GOOD), answered(GOOD), Observation::Failed]);
    check(&with_others, signal, Some(0.0));
}

/// A window of 20 in which `signal`, and no other one, has the value `part` of 20. Answers are of one length, so
/// that where a collapse is meant the newer half is that much shorter.
fn only(signal: Signal, part: usize) -> Vec<Observation> {
    let good = answered(GOOD);
    match signal {
        // Of the length of the others, so that emptiness alone is told.
        Signal::EmptyResponseRate => mixed(part, answered(Answer { has_content: false, ..GOOD }), 20, good),
        Signal::LengthCollapseRatio => lengths(&[vec![2_000; 10], vec![part as u64 * 100; 10]].concat()),
        Signal::ToolSilenceRate => mixed(part, answered(SILENT), 20, answered(CALLING)),
        Signal::StopAnomalyRate => mixed(part, answered(ODD), 20, good),
        Signal::ErrorRate => mixed(part, Observation::Failed, 20, good),
        Signal::GoalProgressStall => {
            let words: Vec<String> = (0..20_u8)
                .map(|n| format!("word{}", char::from(b'a' + n.saturating_sub(part as u8))))
                .collect();
            texts(&words.iter().map(String::as_str).collect::<Vec<_>>())
        }
    }
}

/// The first number of twentieths at which a signal counts; from below, but for lengths from above.
fn first_beyond(signal: Signal, limits: &Thresholds) -> usize {
    let fires = |part: &usize| {
        let verdict = judge(&Signals::measured(&only(signal, *part)), limits);
        let Some(verdict) = verdict else { return false };
        let expect = format!("{}={:.2}", signal.name(), *part as f64 / 20.0);
        assert_eq!(
            (verdict.severity, verdict.reason.starts_with(&expect)),
            (signal.weight(), true),
            "{verdict:?}"
        );
        true
    };
    let found = match signal {
        Signal::LengthCollapseRatio => (0..=20).rev().find(fires),
        _ => (0..20).find(fires),
    };
    found.unwrap()
}

#[test]
fn every_threshold_has_its_place_in_the_table() {
    let table = [
        (Signal::EmptyResponseRate, [0.5, 0.3, 0.2, 0.2]),
        (Signal::LengthCollapseRatio, [0.3, 0.5, 0.7, 0.6]),
        (Signal::ToolSilenceRate, [0.8, 0.7, 0.5, 0.5]),
        (Signal::StopAnomalyRate, [0.6, 0.4, 0.3, 0.3]),
        (Signal::ErrorRate, [0.4, 0.25, 0.15, 0.15]),
        (Signal::GoalProgressStall, [0.6, 0.4, 0.25, 0.2]),
    ];
    let columns = [Thresholds::LOW, Thresholds::NORMAL, Thresholds::HIGH, Thresholds::GOAL];
    for (signal, limits) in table {
        for (limit, column) in limits.into_iter().zip(columns) {
            let at_the_limit = (limit * 20.0_f64).round() as usize;
            let beyond =
                if signal == Signal::LengthCollapseRatio { at_the_limit - 1 } else { at_the_limit + 1 };
            assert_eq!(first_beyond(signal, &column), beyond, "{signal:?} {limit}");
        }
    }
    assert_eq!(columns.map(|column| column.min_window_fill), [10, 6, 4, 4]);
}

#[test]
fn settings_choose_a_column() {
    let of = |sensitivity, goal_mode, window| {
        Thresholds::of(&Drift { sensitivity, goal_mode, window, ..Drift::default() })
    };
    for (sensitivity, column) in [
        (DriftSensitivity::Low, Thresholds::LOW),
        (DriftSensitivity::Normal, Thresholds::NORMAL),
        (DriftSensitivity::High, Thresholds::HIGH),
    ] {
        assert_eq!(of(sensitivity, false, 20), column);
        assert_eq!(of(sensitivity, true, 20), Thresholds::GOAL);
    }
    assert_eq!(of(DriftSensitivity::Low, false, 5).min_window_fill, 5, "else it would never be judged");
}

#[test]
fn weights_add_up() {
    let severity = |windows: &[&[Observation]]| {
        judge(&Signals::measured(&windows.concat()), &Thresholds::NORMAL).map(|verdict| verdict.severity)
    };
    assert_eq!(severity(&[&[answered(GOOD); 6]]), None);
    assert_eq!(severity(&[&[Observation::Failed; 3], &[answered(GOOD); 6]]), Some(Severity::Mild));
    assert_eq!(severity(&[&[Observation::Failed; 3], &[answered(ODD); 6]]), Some(Severity::Severe));
    assert_eq!(severity(&[&[answered(EMPTY); 6]]), Some(Severity::Severe));
    assert!(Severity::Mild < Severity::Severe);
    assert_eq!([Severity::Mild, Severity::Severe].map(Severity::word), ["mild", "severe"]);
}

#[test]
fn reasons_name_severe_signals_first_and_carry_both_medians() {
    let mut window = lengths(&[401, 400, 400, 101, 100, 100]);
    window.extend([Observation::Failed; 3]);
    let verdict = judge(&Signals::measured(&window), &Thresholds::NORMAL).unwrap();
    let expect = "length_collapse_ratio=0.25 (median 400 to 100 tokens), error_rate=0.33";
    assert_eq!(verdict, Verdict { severity: Severity::Severe, reason: expect.to_owned() });
}
