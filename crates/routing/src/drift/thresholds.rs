//! How early each signal counts, by the sensitivity that a profile asks for.

use canon::config::{Drift, DriftSensitivity};

/// The limits of the signals, and the answers it takes to judge at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Empty answers above this share count.
    pub empty_response_rate: f64,
    /// The newer half's length below this part of the older half's counts.
    pub length_collapse_ratio: f64,
    /// Answers without a call above this share count.
    pub tool_silence_rate: f64,
    /// Unknown endings above this share count.
    pub stop_anomaly_rate: f64,
    /// Failures above this share count.
    pub error_rate: f64,
    /// Texts said again above this share count.
    pub goal_progress_stall: f64,
    /// Observations needed before anything is judged.
    pub min_window_fill: usize,
}

impl Thresholds {
    /// Late, few false alarms.
    pub const LOW: Self = Self {
        empty_response_rate: 0.5,
        length_collapse_ratio: 0.3,
        tool_silence_rate: 0.8,
        stop_anomaly_rate: 0.6,
        error_rate: 0.4,
        goal_progress_stall: 0.6,
        min_window_fill: 10,
    };

    /// The middle.
    pub const NORMAL: Self = Self {
        empty_response_rate: 0.3,
        length_collapse_ratio: 0.5,
        tool_silence_rate: 0.7,
        stop_anomaly_rate: 0.4,
        error_rate: 0.25,
        goal_progress_stall: 0.4,
        min_window_fill: 6,
    };

    /// Early.
    pub const HIGH: Self = Self {
        empty_response_rate: 0.2,
        length_collapse_ratio: 0.7,
        tool_silence_rate: 0.5,
        stop_anomaly_rate: 0.3,
        error_rate: 0.15,
        goal_progress_stall: 0.25,
        min_window_fill: 4,
    };

    /// For long runs towards a goal, where going in circles costs most.
    pub const GOAL: Self = Self {
        empty_response_rate: 0.2,
        length_collapse_ratio: 0.6,
        tool_silence_rate: 0.5,
        stop_anomaly_rate: 0.3,
        error_rate: 0.15,
        goal_progress_stall: 0.2,
        min_window_fill: 4,
    };

    /// The limits that a profile asks for. A window smaller than the fill is judged once it is full, as it could
    /// never be otherwise.
    pub fn of(settings: &Drift) -> Self {
        let limits = match settings.sensitivity {
            _ if settings.goal_mode => Self::GOAL,
            DriftSensitivity::Low => Self::LOW,
            DriftSensitivity::Normal => Self::NORMAL,
            DriftSensitivity::High => Self::HIGH,
        };
        let window = settings.window.max(1) as usize;
        Self { min_window_fill: limits.min_window_fill.min(window), ..limits }
    }
}
