//! A table that fits: columns leave one by one as the terminal gets narrower, and one takes what is left over.

use super::palette::Palette;
use crate::command::plain::{padded, width};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// A column.
pub struct Column {
    title: &'static str,
    width: u16,
    side: Side,
    /// Columns of a higher rank leave first; those of rank 0 stay.
    rank: u8,
}

/// Where a column's texts stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
    /// Words that take what the other columns leave, and the column's width at least.
    Wide,
}

/// A column of a table.
pub const fn column(title: &'static str, width: u16, side: Side, rank: u8) -> Column {
    Column { title, width, side, rank }
}

/// A cell.
pub type Cell = (String, Style);

/// A table.
pub struct Grid<'g> {
    /// Its columns.
    pub columns: &'g [Column],
    /// Its rows, a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// The row that is pointed at.
    pub selected: Option<usize>,
    /// What stands there where there are no rows.
    pub empty: &'g str,
}

/// Between two columns.
const GAP: u16 = 1;

/// In front of each row: the mark of the one that is pointed at.
const MARK: u16 = 2;

impl Grid<'_> {
    /// Draws the table: its titles, and the rows there is room for around the one that is pointed at.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
        let places = self.places(area.width);
        let titles = places.iter().map(|&(column, width)| {
            let Column { title, side, .. } = self.columns[column];
            Span::styled(aligned(title, width, side), palette.faint())
        });
        let mut lines = vec![line("  ", titles)];
        let room = usize::from(area.height).saturating_sub(1);
        let first = self.selected.map_or(0, |at| at.saturating_sub(room.saturating_sub(2)));
        let first = first.min(self.rows.len().saturating_sub(room));
        for (at, row) in self.rows.iter().enumerate().skip(first).take(room) {
            let is_selected = self.selected == Some(at);
            let cells = places.iter().map(|&(column, width)| {
                let (text, style) = &row[column];
                let style = if is_selected { palette.chosen() } else { *style };
                Span::styled(aligned(text, width, self.columns[column].side), style)
            });
            lines.push(line(if is_selected { "> " } else { "  " }, cells));
        }
        if self.rows.is_empty() {
            lines.push(Line::styled(format!("  {}", self.empty), palette.faint()));
        }
        for (line, row) in lines.into_iter().zip(area.rows()) {
            frame.render_widget(line, row);
        }
    }

    /// The columns there is room for, and how wide each is.
    fn places(&self, room: u16) -> Vec<(usize, u16)> {
        let room = room.saturating_sub(MARK);
        let mut places: Vec<usize> = (0..self.columns.len()).collect();
        let taken = |places: &[usize]| -> u16 {
            let widths: u16 = places.iter().map(|&at| self.columns[at].width).sum();
            widths + GAP * (places.len() as u16).saturating_sub(1)
        };
        while taken(&places) > room {
            let Some(leaver) = places.iter().copied().max_by_key(|&at| (self.columns[at].rank, at)) else {
                break;
            };
            if self.columns[leaver].rank == 0 {
                break;
            }
            places.retain(|&at| at != leaver);
        }
        let left = room.saturating_sub(taken(&places));
        let wide = places.iter().copied().find(|&at| self.columns[at].side == Side::Wide);
        let more = |at| if Some(at) == wide { left } else { 0 };
        places.into_iter().map(|at| (at, self.columns[at].width + more(at))).collect()
    }
}

fn line<'a>(mark: &'static str, cells: impl Iterator<Item = Span<'a>>) -> Line<'a> {
    let mut spans = vec![Span::raw(mark)];
    for cell in cells {
        if spans.len() > 1 {
            spans.push(Span::styled(" ", cell.style));
        }
        spans.push(cell);
    }
    Line::from(spans)
}

fn aligned(text: &str, columns: u16, side: Side) -> String {
    let columns = usize::from(columns);
    let blanks = columns.saturating_sub(width(text));
    match side {
        Side::Right if blanks > 0 => format!("{}{text}", " ".repeat(blanks)),
        _ => padded(text, columns),
    }
}
