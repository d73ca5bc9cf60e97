//! The first line: how things stand, in a few words; and the last one, which says what keys there are.

use super::palette::Palette;
use crate::command::plain::width;
use crate::command::stats::facts::Facts;
use crate::command::stats::view::View;
use crate::command::stats::words::{count, uptime};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The first line. What there is no room for is left out from its end.
pub fn status(facts: &Facts, view: &View, columns: u16) -> Line<'static> {
    let it = &facts.overview;
    let palette = view.palette;
    let style = match it.status.as_str() {
        "ok" => palette.good(),
        "degraded" => palette.fair(),
        "failing" => palette.bad(),
        _ => palette.faint(),
    };
    let mut parts = vec![(it.status.to_uppercase(), style.patch(palette.title()))];
    let plain = Style::new();
    if view.is_paused {
        parts.push(("PAUSED".to_owned(), palette.title()));
    }
    if view.is_only_failures {
        parts.push(("failures only".to_owned(), palette.title()));
    }
    parts.push((format!("profile {}", it.profile()), plain));
    parts.push((format!("up {}", uptime(it.uptime_s)), plain));
    parts.push((format!("requests {}", count(it.requests.total)), plain));
    parts.push((format!("in flight {}", it.requests.in_flight), plain));
    parts.extend(wrong(facts).map(|text| (text, palette.fair())));
    parts.push((format!("{} in the last minute", it.requests.last_minute), plain));
    let zone = it.display_timezone.clone().or_else(|| view.local.iana_name().map(str::to_owned));
    parts.push((format!("tz {}", zone.unwrap_or_else(|| "local".to_owned())), plain));
    parts.push((format!("paid {}", if it.money.allow_paid { "allowed" } else { "off" }), plain));
    if it.telemetry.dropped > 0 {
        parts.push((format!("{} facts lost", count(it.telemetry.dropped)), palette.fair()));
    }
    if it.telemetry.store.as_deref() == Some("failing") {
        parts.insert(1, ("store failing".to_owned(), palette.bad()));
    }
    parts.push((format!("v{}", it.version), palette.faint()));
    joined("coderouter", parts, columns, palette)
}

/// What of the requests that are over went wrong.
fn wrong(facts: &Facts) -> Option<String> {
    let it = &facts.overview.requests;
    let told = [(it.failed, "failed"), (it.broken, "broken"), (it.left, "left"), (it.fell_back, "fell back")];
    let told = told.iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told.map(|(number, word)| format!("{} {word}", count(*number))).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn joined(first: &str, parts: Vec<(String, Style)>, columns: u16, palette: Palette) -> Line<'static> {
    let mut spans = vec![Span::styled(first.to_owned(), palette.title()), Span::raw("  ")];
    let mut taken = width(first) + 2;
    for (at, (text, style)) in parts.into_iter().enumerate() {
        let between = if at == 0 { "" } else { " · " };
        if taken + width(between) + width(&text) > usize::from(columns) {
            break;
        }
        taken += width(between) + width(&text);
        spans.extend([Span::styled(between, palette.faint()), Span::styled(text, style)]);
    }
    Line::from(spans)
}

/// The last line.
pub fn keys(view: &View, is_small: bool) -> Line<'static> {
    let text = match (&view.detail, is_small) {
        (Some(_), _) => "Esc back · ↑↓ scroll · q quit",
        (None, true) => "q quit · ? help · ↑↓ Enter look · f failures · Tab more",
        (None, false) => {
            "q quit · ? help · r refresh · p pause · f failures only · ↑↓ choose a request, Enter its plan"
        }
    };
    Line::styled(text, view.palette.faint())
}
