//! Columns of text: names stand left, numbers stand right.

use std::fmt::Write;

/// Draws rows below each other; all have as many cells as the heads, the first so many of them names.
pub(super) fn draw(names: usize, heads: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(column, head)| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain([head.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let heads: Vec<String> = heads.iter().map(|&head| head.to_owned()).collect();
    let lines: Vec<String> = [&heads].into_iter().chain(rows).map(|row| line(names, row, &widths)).collect();
    lines.join("\n")
}

fn line(names: usize, row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (column, (cell, &width)) in row.iter().zip(widths).enumerate() {
        let between = if column == 0 { "" } else { "  " };
        // Writing to a text can't fail.
        let _ = match column {
            column if column < names => write!(line, "{between}{cell:<width$}"),
            _ => write!(line, "{between}{cell:>width$}"),
        };
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let drawn = draw(1, &["Provider", "N"], &[row(["a", "1000"]), row(["a-long-one", "7"])]);
        assert_eq!(drawn, "Provider       N\na           1000\na-long-one     7");
        assert_eq!(draw(2, &["A", "B"], &[]), "A  B");
    }
}
