//! The small panels: the last hour, fallback and gates, money, guards.

use super::palette::Palette;
use crate::command::fact::time_of_day;
use crate::command::plain::{cut, padded, width};
use crate::command::stats::facts::{Cap, Facts, Guard};
use crate::command::stats::view::View;
use crate::command::stats::words::{breakdown, count, percent, usd};
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Sparkline;

/// Requests a minute over the last hour, and those of them that failed.
pub fn history(frame: &mut Frame<'_>, area: Rect, facts: &Facts, palette: Palette) {
    let it = &facts.overview.history;
    let half = area.height / 2;
    let upper = Rect { height: area.height - half, ..area };
    let lower = Rect { y: area.y + upper.height, height: half, ..area };
    series(frame, upper, ("a minute", &it.requests), palette.good());
    series(frame, lower, ("failed", &it.failed), palette.bad());
}

/// A series in one line, or below its words where there is room.
fn series(frame: &mut Frame<'_>, area: Rect, told: (&str, &[u64]), style: ratatui::style::Style) {
    let (name, series) = told;
    if area.height == 0 {
        return;
    }
    let (now, peak) = (series.last().copied().unwrap_or(0), series.iter().copied().max().unwrap_or(0));
    let text = format!("{name}: now {}, most {}", count(now), count(peak));
    let text = cut(&text, usize::from(area.width)).into_owned();
    let taken = text.chars().count() as u16;
    let bars = match area.height {
        1 => Rect { x: area.x + taken + 1, width: area.width.saturating_sub(taken + 1), ..area },
        _ => Rect { y: area.y + 1, height: area.height - 1, ..area },
    };
    frame.render_widget(Line::raw(text), Rect { height: 1, ..area });
    // The latest minutes stand at the right, however wide it is.
    let shown = &series[series.len().saturating_sub(usize::from(bars.width))..];
    let bars = Rect { width: bars.width.min(shown.len() as u16), ..bars };
    frame.render_widget(Sparkline::default().data(shown).max(peak.max(1)).style(style), bars);
}

/// The last hour in one line.
pub fn history_line(frame: &mut Frame<'_>, area: Rect, facts: &Facts, palette: Palette) {
    let it = &facts.overview.history;
    let failed: u64 = it.failed.iter().sum();
    let text = format!("{} failed in an hour", count(failed));
    let columns = text.len() as u16;
    let bars = Rect { width: area.width.saturating_sub(columns + 2), ..area };
    series(frame, bars, ("a minute", &it.requests), palette.good());
    let rest = Rect { x: area.x + bars.width + 2, width: area.width - bars.width - 2, ..area };
    let style = if failed > 0 { palette.bad() } else { palette.faint() };
    frame.render_widget(Line::styled(text, style), rest);
}

/// What was left for another, and what may not be asked or sent.
pub fn gates(facts: &Facts, palette: Palette) -> Vec<Line<'static>> {
    let (requests, counters) = (&facts.overview.requests, &facts.counters);
    let providers = &facts.overview.providers;
    let failed: u64 = providers.iter().map(|it| it.failures()).sum();
    let all: u64 = failed + providers.iter().map(|it| it.ok).sum::<u64>();
    let rate = failed as f64 / all.max(1) as f64;
    let style = match rate {
        ..0.05 => palette.good(),
        ..0.20 => palette.fair(),
        _ => palette.bad(),
    };
    let sum = |counts: &std::collections::BTreeMap<String, u64>| {
        format!("{}  {}", count(counts.values().sum()), breakdown(counts))
    };
    let mut lines = vec![
        row("tries failed", Span::styled(format!("{} ({failed}/{all})", percent(rate)), style)),
        row("fell back", format!("{} of {}", count(requests.fell_back), count(requests.total)).into()),
        row("paid-gated", count(counters.chain_paid_gate_blocked_total).into()),
        row("went without", sum(&counters.capability_degraded).into()),
        row("filtered", sum(&counters.output_filter_applied).into()),
    ];
    let (warned, trimmed) = (counters.context_budget_warnings_total, counters.context_budget_trims_total);
    if warned + trimmed > 0 {
        let latest = counters.context_budget_latest_ratio.values().copied().fold(0.0, f64::max);
        let text = format!("warned {warned}, cut {trimmed}, last {} full", percent(latest));
        lines.push(row("long prompts", text.into()));
    }
    lines
}

fn row(name: &str, value: Span<'static>) -> Line<'static> {
    Line::from(vec![Span::raw(padded(name, 13)), value])
}

/// What the month has cost, and what is left of its limits.
pub fn money(facts: &Facts, palette: Palette, columns: u16) -> Vec<Line<'static>> {
    let it = &facts.overview.money;
    let saved = match it.cache_savings_usd {
        0.0 => String::new(),
        saved => format!(", {} saved by caches", usd(saved)),
    };
    let mut lines = vec![Line::raw(format!("{} in {}{saved}", usd(it.spent_usd), it.month))];
    if it.caps.is_empty() {
        lines.push(Line::styled("no budget is set", palette.faint()));
    }
    let longest = it.caps.iter().map(|cap| width(&cap_name(cap))).max().unwrap_or(0).min(NAME);
    lines.extend(it.caps.iter().map(|cap| budget(cap, palette, longest, columns)));
    lines
}

/// A limit as a bar, with its numbers behind it.
fn budget(cap: &Cap, palette: Palette, longest: usize, columns: u16) -> Line<'static> {
    let share = if cap.cap_usd > 0.0 { cap.spent_usd / cap.cap_usd } else { 1.0 };
    let style = match share {
        ..0.8 => palette.good(),
        ..1.0 => palette.fair(),
        _ => palette.bad(),
    };
    let numbers = format!("{} ${:.2} of ${:.2}", percent(share), cap.spent_usd, cap.cap_usd);
    let room = usize::from(columns).saturating_sub(longest + numbers.len() + 2).min(BAR);
    // A bar of a few columns tells nothing.
    let room = if room < 4 { 0 } else { room };
    let full = ((share.clamp(0.0, 1.0) * room as f64).round() as usize).min(room);
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(room - full));
    Line::from(vec![
        Span::raw(padded(&cap_name(cap), longest)),
        Span::raw(" "),
        Span::styled(bar, style),
        Span::raw(if room > 0 { " " } else { "" }),
        Span::styled(numbers, style),
    ])
}

/// Whose limit it is.
fn cap_name(cap: &Cap) -> String {
    match (&cap.name, cap.scope.as_str()) {
        (Some(name), "profile") => format!("profile {name}"),
        (Some(name), _) => name.clone(),
        (None, scope) => scope.to_owned(),
    }
}

/// The most columns for the name of a limit, and for its bar.
const NAME: usize = 16;
const BAR: usize = 30;

/// Guards that acted, the latest first.
pub fn guards(facts: &Facts, view: &View) -> Vec<Line<'static>> {
    let all = &facts.overview.guards;
    if all.is_empty() {
        return vec![Line::styled("(none has acted)", view.palette.faint())];
    }
    let zone = view.zone(facts);
    all.iter().map(|it| guard(it, &zone)).collect()
}

fn guard(it: &Guard, zone: &TimeZone) -> Line<'static> {
    let whom: Vec<&str> = [&it.provider, &it.profile].into_iter().flatten().map(String::as_str).collect();
    let times = format!("×{}", count(it.count));
    Line::raw(format!("{} {times:<4} {}  {}", time_of_day(&it.last, zone), it.event, whom.join(" in ")))
}
