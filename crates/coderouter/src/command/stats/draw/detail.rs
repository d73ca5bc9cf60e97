//! One request: its plan, who was left for whom, and what is still known of its way.

use super::palette::Palette;
use crate::command::fact::{Fact, time_of_day};
use crate::command::plain::width;
use crate::command::stats::facts::{Request, Route};
use crate::command::stats::view::{Detail, Known};
use crate::command::stats::words::{count, known, millis, usd};
use jiff::tz::TimeZone;
use ratatui::text::Line;

/// All lines of it, none wider than so many columns.
pub fn wrapped(detail: &Detail, zone: &TimeZone, palette: Palette, columns: u16) -> Vec<Line<'static>> {
    let columns = usize::from(columns.max(10));
    lines(detail, zone, palette).into_iter().flat_map(|line| pieces(line, columns)).collect()
}

/// A line of one style in pieces; those behind the first stand a little to the right.
fn pieces(line: Line<'static>, columns: usize) -> Vec<Line<'static>> {
    if width_of(&line) <= columns {
        return vec![line];
    }
    let text: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
    let (mut pieces, mut piece) = (Vec::new(), String::new());
    for word in text.split_inclusive(' ') {
        let fits = |piece: &str, word: &str| width(piece) + width(word.trim_end()) <= columns;
        if !fits(&piece, word) {
            pieces.push(std::mem::replace(&mut piece, INDENT.to_owned()));
        }
        for c in word.chars() {
            // A word wider than a line is cut wherever the line ends.
            if !fits(&piece, c.encode_utf8(&mut [0; 4])) {
                pieces.push(std::mem::replace(&mut piece, INDENT.to_owned()));
            }
            if c != ' ' || width(&piece) < columns {
                piece.push(c);
            }
        }
    }
    pieces.push(piece);
    pieces.into_iter().map(|piece| Line::styled(piece, line.style)).collect()
}

fn width_of(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| width(&span.content)).sum()
}

/// In front of what goes on.
const INDENT: &str = "    ";

/// All lines of it, as long as they are.
fn lines(detail: &Detail, zone: &TimeZone, palette: Palette) -> Vec<Line<'static>> {
    match &detail.known {
        Known::Asked => vec![Line::styled("asking the router …", palette.faint())],
        Known::Failed(reason) => vec![Line::styled(reason.clone(), palette.bad())],
        Known::Told(route) => told(route, zone, palette),
    }
}

fn told(route: &Route, zone: &TimeZone, palette: Palette) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let title = |text: &str| Line::styled(text.to_owned(), palette.title());
    if let Some(summary) = &route.summary {
        lines.extend(ending(summary, zone, palette));
    } else if let Some(status) = route.status {
        let by = route.answered_by.as_deref().map(|name| format!(" by {name}")).unwrap_or_default();
        lines.push(Line::raw(format!("answered with {status}{by}")));
    }
    lines.extend([Line::default(), title("Plan")]);
    lines.extend(route.table.lines().map(|line| Line::raw(line.to_owned())));
    if !route.hops.is_empty() {
        lines.extend([Line::default(), title("Left on its way")]);
    }
    for hop in &route.hops {
        let word = |name: &Option<String>| name.clone().unwrap_or_else(|| "nobody".to_owned());
        let detail = hop.detail.as_deref().map(|detail| format!(", {detail}")).unwrap_or_default();
        let text = format!("{} for {} ({}{detail})", word(&hop.from), word(&hop.to), hop.reason);
        lines.push(Line::styled(text, palette.fair()));
    }
    lines.extend([Line::default(), title("Facts")]);
    if route.facts.is_empty() {
        lines.push(Line::styled("(no longer kept)", palette.faint()));
    }
    lines.extend(route.facts.iter().map(|fact| Line::raw(Fact::of(fact).short(zone))));
    lines
}

/// How it ended.
fn ending(it: &Request, zone: &TimeZone, palette: Palette) -> Vec<Line<'static>> {
    let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "nobody".to_owned());
    let style = if it.is_bad() { palette.bad() } else { palette.good() };
    let first = known(it.first_token_ms, millis);
    let mut lines = vec![
        Line::styled(
            format!(
                "{} {} by {} at {}",
                it.outcome,
                it.status,
                word(&it.provider),
                time_of_day(&it.at, zone)
            ),
            style,
        ),
        Line::raw(format!(
            "profile {}, model {}, {} asked, {} in all, first token after {first}",
            word(&it.profile),
            word(&it.model),
            it.attempts,
            millis(it.took_ms)
        )),
        Line::raw(format!(
            "tokens: {} in, {} out; cost {}",
            known(it.tokens.input, count),
            known(it.tokens.output, count),
            usd(it.cost_usd)
        )),
    ];
    lines.extend(it.error.as_ref().map(|error| Line::styled(error.clone(), palette.bad())));
    lines
}

/// What the keys do.
pub const HELP: &[&str] = &[
    "q, Ctrl-C      quit",
    "r              look at the router now",
    "p              pause, and go on",
    "f              of requests only failures, and all again",
    "↑ ↓, j k       choose a request; PgUp PgDn, Home End go further",
    "Enter          the request's plan, and the facts of its way",
    "Esc            back",
    "Tab            on a small terminal: gates, budgets, guards",
    "?              these keys",
    "",
    "Providers: asked and failed count since the router's state began;",
    "p50 and p95 are latencies of the last hour, first is the first",
    "token's.",
    "Colours only repeat what words say; NO_COLOR=1 turns them off.",
];
