//! The table of providers.

use super::grid::{Cell, Column, Grid, Side::Left, Side::Right, Side::Wide, column};
use super::palette::Palette;
use crate::command::stats::facts::{Provider, Quantiles};
use crate::command::stats::words::{count, error, known, millis, percent, uptime, usd};
use ratatui::style::Style;

const COLUMNS: &[Column] = &[
    column("provider", 18, Left, 0),
    column("class", 5, Left, 5),
    column("asked", 6, Right, 1),
    column("ok", 4, Right, 0),
    column("failed", 6, Right, 1),
    column("p50", 5, Right, 3),
    column("p95", 5, Right, 4),
    column("first", 5, Right, 6),
    column("tok/s", 5, Right, 7),
    column("cost", 8, Right, 4),
    column("state", 14, Left, 0),
    column("last error", 16, Wide, 2),
];

/// The table.
pub fn grid(providers: &[Provider], palette: Palette) -> Grid<'static> {
    Grid {
        columns: COLUMNS,
        rows: providers.iter().map(|provider| row(provider, palette)).collect(),
        selected: None,
        empty: "(no provider is configured)",
    }
}

fn row(it: &Provider, palette: Palette) -> Vec<Cell> {
    let plain = |text: String| (text, Style::new());
    let latency = |of: &Option<Quantiles>, which: fn(&Quantiles) -> f64| {
        plain(known(of.as_ref(), |quantiles| millis(which(quantiles))))
    };
    let health = rate_style(it, palette);
    vec![
        (it.name.clone(), health),
        plain(it.class.clone()),
        plain(count(it.attempts)),
        (if it.ok + it.failures() == 0 { "-".to_owned() } else { percent(it.ok_rate()) }, health),
        (count(it.failures()), if it.failures() > 0 { palette.fair() } else { Style::new() }),
        latency(&it.latency_ms, |it| it.p50),
        latency(&it.latency_ms, |it| it.p95),
        latency(&it.first_token_ms, |it| it.p50),
        plain(known(it.tokens_per_s, |rate| format!("{rate:.0}"))),
        plain(usd(it.cost_usd)),
        state(it, palette),
        (known(it.last_error.as_ref(), |last| error(&it.name, last.status, &last.error)), palette.faint()),
    ]
}

/// As the Python program coloured rows; the share beside it says the same.
fn rate_style(it: &Provider, palette: Palette) -> Style {
    match it.ok_rate() {
        _ if it.attempts == 0 => palette.faint(),
        _ if it.failed_midstream > 0 => palette.bad(),
        0.95.. => palette.good(),
        0.80.. => palette.fair(),
        _ => palette.bad(),
    }
}

/// Why it is not asked, or how it is.
fn state(it: &Provider, palette: Palette) -> Cell {
    if let Some(seconds) = it.excluded_s {
        return (format!("out {}", uptime(seconds)), palette.bad());
    }
    if let Some(seconds) = it.resting_s {
        return (format!("rests {}", uptime(seconds)), palette.fair());
    }
    match (it.health.as_str(), &it.drift) {
        ("UNHEALTHY", _) => ("unhealthy".to_owned(), palette.bad()),
        ("DEGRADED", _) => ("degraded".to_owned(), palette.fair()),
        (_, Some(drift)) => (format!("drift {drift}"), palette.fair()),
        _ if !it.healthy => ("unhealthy".to_owned(), palette.bad()),
        _ if it.in_flight > 0 => (format!("busy {}", it.in_flight), palette.good()),
        _ => ("healthy".to_owned(), palette.good()),
    }
}
