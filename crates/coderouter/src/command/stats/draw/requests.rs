//! The table of requests that are over, the latest first.

use super::grid::{Cell, Column, Grid, Side::Left, Side::Right, Side::Wide, column};
use super::palette::Palette;
use crate::command::fact::time_of_day;
use crate::command::stats::facts::{Facts, Request};
use crate::command::stats::view::View;
use crate::command::stats::words::{count, known, millis, usd};
use jiff::tz::TimeZone;
use ratatui::style::Style;

const COLUMNS: &[Column] = &[
    column("time", 8, Left, 0),
    column("profile", 10, Left, 4),
    column("provider", 16, Left, 0),
    column("model", 20, Left, 5),
    column("outcome", 14, Left, 0),
    column("took", 5, Right, 1),
    column("in", 6, Right, 3),
    column("out", 6, Right, 3),
    column("cost", 8, Right, 6),
    column("left on its way", 16, Wide, 2),
];

/// The table.
pub fn grid(facts: &Facts, view: &View) -> Grid<'static> {
    let (zone, listed) = (view.zone(facts), view.listed(facts));
    let selected = listed.iter().position(|request| Some(&request.id) == view.selected.as_ref());
    let empty = match view.is_only_failures {
        true => "(no failures among the latest requests; f shows all)",
        false => "(no requests seen yet)",
    };
    let rows = listed.into_iter().map(|request| row(request, &zone, view.palette)).collect();
    Grid { columns: COLUMNS, rows, selected, empty }
}

fn row(it: &Request, zone: &TimeZone, palette: Palette) -> Vec<Cell> {
    let plain = |text: String| (text, Style::new());
    let word = |text: &Option<String>| plain(text.clone().unwrap_or_else(|| "-".to_owned()));
    vec![
        plain(time_of_day(&it.at, zone)),
        word(&it.profile),
        word(&it.provider),
        word(&it.model),
        outcome(it, palette),
        plain(millis(it.took_ms)),
        plain(known(it.tokens.input, count)),
        plain(known(it.tokens.output, count)),
        plain(usd(it.cost_usd)),
        more(it, palette),
    ]
}

/// The word, and the status where it is not that of an answer.
fn outcome(it: &Request, palette: Palette) -> Cell {
    let status = if it.status >= 400 { format!(" {}", it.status) } else { String::new() };
    let style = match it.outcome.as_str() {
        _ if it.is_bad() => palette.bad(),
        "left" => palette.faint(),
        _ => palette.good(),
    };
    (format!("{}{status}", it.outcome), style)
}

/// Who was left and why, guards that acted, calls that were mended; where there is no answer, the reason.
fn more(it: &Request, palette: Palette) -> Cell {
    let mut words: Vec<String> =
        it.fallbacks.iter().map(|left| format!("{} ({})", left.from, left.reason)).collect();
    words.extend(it.guards.iter().cloned());
    if it.repairs > 0 {
        words.push(format!("{} calls mended", it.repairs));
    }
    words.extend(it.error.clone());
    let style = if it.fallbacks.is_empty() { palette.faint() } else { palette.fair() };
    (words.join(", "), style)
}
