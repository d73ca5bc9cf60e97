//! Columns of text: the first stands left, numbers stand right.

use std::fmt::Write;

/// Draws rows below each other; all have as many cells as the heads.
pub(super) fn draw(heads: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(column, head)| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain([head.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let heads: Vec<String> = heads.iter().map(|&head| head.to_owned()).collect();
    let lines: Vec<String> = [&heads].into_iter().chain(rows).map(|row| line(row, &widths)).collect();
    lines.join("\n")
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (column, (cell, &width)) in row.iter().zip(widths).enumerate() {
        // Writing to a text can't fail.
        let _ = match column {
            0 => write!(line, "{cell:<width$}"),
            _ => write!(line, "  {cell:>width$}"),
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
        let drawn = draw(&["Provider", "N"], &[row(["a", "1000"]), row(["a-long-one", "7"])]);
        assert_eq!(drawn, "Provider       N\na           1000\na-long-one     7");
        assert_eq!(draw(&["A", "B"], &[]), "A  B");
    }
}
