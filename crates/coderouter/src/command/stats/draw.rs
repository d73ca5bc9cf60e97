//! The screen as a function of what was told and what is chosen: which panels there is room for, and where.

pub mod detail;
mod grid;
pub mod palette;
mod panels;
mod providers;
mod requests;
mod status;
#[cfg(test)]
mod tests;

use super::facts::Facts;
use super::view::{Trouble, View};
use super::words::uptime;
use crate::command::plain::{cut, width};
use palette::Palette;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Stylize;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph, Wrap};

/// How much fits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    /// Every panel, the small ones side by side.
    Wide,
    /// Every panel, the small ones in two rows.
    Tall,
    /// Providers and requests; the small panels when they are asked for.
    Small,
}

/// Draws all of it.
pub fn draw(frame: &mut Frame<'_>, facts: Option<&Facts>, view: &View) {
    let area = frame.area();
    if area.width < 20 || area.height < 4 {
        frame.render_widget(Line::raw("too small"), area);
        return;
    }
    let Some(facts) = facts else { return nothing(frame, area, view) };
    let size = match (area.width, area.height) {
        (120.., 24..) => Size::Wide,
        (76.., 34..) => Size::Tall,
        _ => Size::Small,
    };
    let trouble = if view.trouble.is_some() { 2 } else { 0 };
    let rows =
        [Constraint::Length(1), Constraint::Length(trouble), Constraint::Fill(1), Constraint::Length(1)];
    let [first, second, body, last] = Layout::vertical(rows).areas(area);
    frame.render_widget(status::status(facts, view, first.width), first);
    if let Some(trouble) = &view.trouble {
        frame.render_widget(Paragraph::new(banner(trouble, view)).wrap(Wrap { trim: true }), second);
    }
    frame.render_widget(status::keys(view, size == Size::Small), last);
    if view.is_help {
        let lines = detail::HELP.iter().map(|line| Line::raw(*line)).collect();
        let inner = panel(frame, body, "Keys", view.palette);
        listed(frame, inner, lines);
    } else if let Some(detail) = &view.detail {
        let inner = panel(frame, body, &format!("Request {}", detail.id), view.palette);
        let lines = detail::wrapped(detail, &view.zone(facts), view.palette, inner.width);
        let first = detail.scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
        for (line, row) in lines.into_iter().skip(first).zip(inner.rows()) {
            frame.render_widget(line, row);
        }
    } else {
        panels(frame, body, facts, view, size);
    }
}

fn panels(frame: &mut Frame<'_>, body: Rect, facts: &Facts, view: &View, size: Size) {
    let palette = view.palette;
    if size == Size::Small && view.is_more {
        let inner = panel(frame, body, "Fallback & gates, budgets, guards", palette);
        let mut lines = panels::gates(facts, palette);
        lines.extend(panels::money(facts, palette, inner.width));
        lines.extend(panels::guards(facts, view));
        return listed(frame, inner, lines);
    }
    let middle = match size {
        Size::Wide => 8,
        Size::Tall => 14,
        Size::Small => 1,
    };
    let wanted = u16::try_from(facts.overview.providers.len().max(1)).unwrap_or(u16::MAX).saturating_add(2);
    let most = body.height.saturating_sub(middle) / 2;
    let rows = [Constraint::Length(wanted.min(most)), Constraint::Length(middle), Constraint::Fill(1)];
    let [above, between, below] = Layout::vertical(rows).areas(body);
    let title = format!("Providers ({})", facts.overview.providers.len());
    let inner = panel(frame, above, &title, palette);
    providers::grid(&facts.overview.providers, palette).draw(frame, inner, palette);
    match size {
        Size::Wide => {
            let columns = [
                Constraint::Percentage(23),
                Constraint::Percentage(23),
                Constraint::Fill(1),
                Constraint::Fill(1),
            ];
            let areas = Layout::horizontal(columns).spacing(2).areas(between);
            small_panels(frame, areas, facts, view);
        }
        Size::Tall => small_panels(frame, quarters(between), facts, view),
        Size::Small => panels::history_line(frame, between, facts, palette),
    }
    let under_way = facts.overview.in_flight.len();
    let title = match (view.is_only_failures, under_way) {
        (true, _) => "Failed requests".to_owned(),
        (false, 0) => "Requests".to_owned(),
        (false, under_way) => format!("Requests ({under_way} on their way)"),
    };
    let inner = panel(frame, below, &title, palette);
    requests::grid(facts, view).draw(frame, inner, palette);
}

/// The last hour, gates, money and guards.
fn small_panels(frame: &mut Frame<'_>, areas: [Rect; 4], facts: &Facts, view: &View) {
    let palette = view.palette;
    let titles = ["The last hour", "Fallback & gates", "Budgets", "Guards"];
    let [hour, gates, money, guards] = std::array::from_fn(|at| panel(frame, areas[at], titles[at], palette));
    panels::history(frame, hour, facts, palette);
    listed(frame, gates, panels::gates(facts, palette));
    listed(frame, money, panels::money(facts, palette, money.width));
    listed(frame, guards, panels::guards(facts, view));
}

fn quarters(area: Rect) -> [Rect; 4] {
    let halves: [Rect; 2] = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
    let [[a, b], [c, d]] = halves
        .map(|half| Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(2).areas(half));
    [a, b, c, d]
}

/// A panel with its title; what is left inside.
fn panel(frame: &mut Frame<'_>, area: Rect, title: &str, palette: Palette) -> Rect {
    let title = Line::styled(format!(" {title} "), palette.title());
    let block = Block::new().borders(Borders::TOP).border_style(palette.faint()).title(title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// As many lines as there is room for; the last place says how many more there are.
fn listed(frame: &mut Frame<'_>, area: Rect, mut lines: Vec<Line<'static>>) {
    let room = usize::from(area.height);
    if lines.len() > room && room > 0 {
        let more = lines.len() - room + 1;
        lines.truncate(room - 1);
        lines.push(Line::raw(format!("… and {more} more")));
    }
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(fitted(line, row.width), row);
    }
}

/// The line in so many columns, with an ellipsis where something is gone.
fn fitted(line: Line<'static>, columns: u16) -> Line<'static> {
    let mut room = usize::from(columns);
    if line.width() <= room {
        return line;
    }
    let mut spans = Vec::new();
    for span in line.spans {
        let cut = cut(&span.content, room).into_owned();
        let is_whole = cut.len() == span.content.len();
        room = room.saturating_sub(width(&cut));
        spans.push(Span::styled(cut, span.style));
        if !is_whole {
            break;
        }
    }
    Line { spans, ..line }
}

/// Why nothing newer is shown.
fn banner(trouble: &Trouble, view: &View) -> Line<'static> {
    let text = format!(
        "NO ANSWER, trying again; shown is what was {} ago: {}",
        uptime(view.age.as_secs_f64()),
        trouble.reason
    );
    Line::styled(text, view.palette.bad()).bold()
}

/// Nothing is known yet.
fn nothing(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let Some(trouble) = &view.trouble else {
        return frame.render_widget(Line::styled("asking the router …", view.palette.faint()), area);
    };
    let times = if trouble.tries == 1 { "once".to_owned() } else { format!("{} times", trouble.tries) };
    let lines = vec![
        Line::styled("The router can't be seen.", view.palette.bad()).bold(),
        Line::default(),
        Line::raw(trouble.reason.clone()),
        Line::default(),
        Line::raw(format!(
            "Tried {times}; trying again every {}. r tries now, q quits.",
            uptime(view.interval.as_secs_f64().max(1.0))
        )),
    ];
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), area);
}
