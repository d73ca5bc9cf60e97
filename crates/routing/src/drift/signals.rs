//! The six signals of drift, measured over a window, and the verdict that follows from them.

use super::observation::{Answer, Ending, Observation};
use super::thresholds::Thresholds;
use std::collections::HashSet;
use std::fmt;

/// How bad a drift is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// One mild signal.
    Mild,
    /// A severe signal, or several mild ones.
    Severe,
}

impl Severity {
    /// The word in logs and headers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mild => "mild",
            Self::Severe => "severe",
        }
    }
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The share of answers without content.
    EmptyResponseRate,
    /// The length of the newer half of the answers as a part of the older half's.
    LengthCollapseRatio,
    /// The share of answers without a call among those that should have one.
    ToolSilenceRate,
    /// The share of answers that ended in no known way.
    StopAnomalyRate,
    /// The share of attempts that failed.
    ErrorRate,
    /// The share of texts that had been said before.
    GoalProgressStall,
}

impl Signal {
    /// Every signal, the severe ones first, in the order they are told.
    pub const ALL: [Self; 6] = [
        Self::EmptyResponseRate,
        Self::LengthCollapseRatio,
        Self::ToolSilenceRate,
        Self::StopAnomalyRate,
        Self::ErrorRate,
        Self::GoalProgressStall,
    ];

    /// The name in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::EmptyResponseRate => "empty_response_rate",
            Self::LengthCollapseRatio => "length_collapse_ratio",
            Self::ToolSilenceRate => "tool_silence_rate",
            Self::StopAnomalyRate => "stop_anomaly_rate",
            Self::ErrorRate => "error_rate",
            Self::GoalProgressStall => "goal_progress_stall",
        }
    }

    /// What it means by itself.
    pub fn weight(self) -> Severity {
        match self {
            Self::EmptyResponseRate | Self::LengthCollapseRatio => Severity::Severe,
            _ => Severity::Mild,
        }
    }

    /// Whether a value is beyond its limit. One at the limit is not.
    fn fires(self, value: f64, limits: &Thresholds) -> bool {
        match self {
            Self::EmptyResponseRate => value > limits.empty_response_rate,
            Self::LengthCollapseRatio => value < limits.length_collapse_ratio,
            Self::ToolSilenceRate => value > limits.tool_silence_rate,
            Self::StopAnomalyRate => value > limits.stop_anomaly_rate,
            Self::ErrorRate => value > limits.error_rate,
            Self::GoalProgressStall => value > limits.goal_progress_stall,
        }
    }
}

/// The signals of a window. Rates are rounded to three decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signals {
    empty_response_rate: Option<f64>,
    length_collapse: Option<Collapse>,
    tool_silence_rate: Option<f64>,
    stop_anomaly_rate: Option<f64>,
    error_rate: Option<f64>,
    goal_progress_stall: Option<f64>,
}

/// How lengths changed, in tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Collapse {
    older: f64,
    newer: f64,
}

impl Collapse {
    fn ratio(self) -> f64 {
        rounded(self.newer / self.older)
    }
}

impl Signals {
    /// Measures a window, oldest first. What has too few observations stays unknown.
    pub fn measured<'a>(window: impl IntoIterator<Item = &'a Observation>) -> Self {
        let (mut answers, mut all): (Vec<&Answer>, usize) = (Vec::new(), 0);
        for observation in window {
            all += 1;
            if let Observation::Answered(answer) = observation {
                answers.push(answer);
            }
        }
        let among = |needed: usize, counts: fn(&Answer) -> bool, marked: fn(&Answer) -> bool| {
            let total = answers.iter().filter(|answer| counts(answer)).count();
            let part = answers.iter().filter(|answer| counts(answer) && marked(answer)).count();
            (total >= needed).then(|| rate(part, total))?
        };
        Self {
            empty_response_rate: among(1, |_| true, |answer| !answer.has_content),
            length_collapse: collapse(&answers),
            tool_silence_rate: among(ELIGIBLE_NEEDED, Answer::is_tool_eligible, |answer| !answer.called),
            stop_anomaly_rate: among(1, |_| true, |answer| answer.ending == Ending::Unknown),
            error_rate: rate(all - answers.len(), all),
            goal_progress_stall: stall(&answers),
        }
    }

    /// The value of a signal; none where there was too little to measure.
    pub fn value(&self, signal: Signal) -> Option<f64> {
        match signal {
            Signal::EmptyResponseRate => self.empty_response_rate,
            Signal::LengthCollapseRatio => self.length_collapse.map(Collapse::ratio),
            Signal::ToolSilenceRate => self.tool_silence_rate,
            Signal::StopAnomalyRate => self.stop_anomaly_rate,
            Signal::ErrorRate => self.error_rate,
            Signal::GoalProgressStall => self.goal_progress_stall,
        }
    }

    /// Every signal that could be measured, by its name.
    pub fn list(&self) -> Vec<(&'static str, f64)> {
        let value = |signal: Signal| Some((signal.name(), self.value(signal)?));
        Signal::ALL.into_iter().filter_map(value).collect()
    }

    fn tell(&self, signal: Signal, reason: &mut impl fmt::Write) -> fmt::Result {
        write!(reason, "{}={:.2}", signal.name(), self.value(signal).unwrap_or_default())?;
        match self.length_collapse.filter(|_| signal == Signal::LengthCollapseRatio) {
            Some(Collapse { older, newer }) => write!(reason, " (median {older} to {newer} tokens)"),
            None => Ok(()),
        }
    }
}

/// What a drifting window comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// How bad it is.
    pub severity: Severity,
    /// The signals beyond their limits with their values, severe ones first.
    pub reason: String,
}

/// Judges signals; none where all are within their limits.
pub fn judge(signals: &Signals, limits: &Thresholds) -> Option<Verdict> {
    let fires = |signal: &Signal| signals.value(*signal).is_some_and(|value| signal.fires(value, limits));
    let fired: Vec<Signal> = Signal::ALL.into_iter().filter(fires).collect();
    let severity = match fired.as_slice() {
        [] => return None,
        [only] => only.weight(),
        [_, _, ..] => Severity::Severe,
    };
    let mut reason = String::new();
    for signal in fired {
        reason.push_str(if reason.is_empty() { "" } else { ", " });
        signals.tell(signal, &mut reason).expect("writing to a string does not fail");
    }
    Some(Verdict { severity, reason })
}

/// Answers that should have a call, before their silence is measured.
const ELIGIBLE_NEEDED: usize = 3;

/// Answers, before their lengths are compared.
const LENGTHS_NEEDED: usize = 4;

/// Texts with a fingerprint, before repeats are counted.
const TEXTS_NEEDED: usize = 3;

fn collapse(answers: &[&Answer]) -> Option<Collapse> {
    let (older, newer) = answers.split_at(answers.len() / 2);
    let collapse = Collapse { older: median(older)?, newer: median(newer)? };
    (answers.len() >= LENGTHS_NEEDED && collapse.older > 0.0).then_some(collapse)
}

fn median(answers: &[&Answer]) -> Option<f64> {
    let mut lengths: Vec<u64> = answers.iter().map(|answer| answer.length).collect();
    lengths.sort_unstable();
    let upper = *lengths.get(lengths.len() / 2)? as f64;
    if lengths.len() % 2 == 1 {
        return Some(upper);
    }
    Some((lengths[lengths.len() / 2 - 1] as f64 + upper) / 2.0)
}

fn stall(answers: &[&Answer]) -> Option<f64> {
    let texts: Vec<_> = answers.iter().filter_map(|answer| answer.fingerprint).collect();
    let distinct = texts.iter().collect::<HashSet<_>>().len();
    (texts.len() >= TEXTS_NEEDED).then(|| rate(texts.len() - distinct, texts.len()))?
}

fn rate(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| rounded(part as f64 / whole as f64))
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
