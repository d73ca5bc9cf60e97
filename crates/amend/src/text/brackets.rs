//! Additions to lists and mappings in brackets.

use super::pretty::{Room, UNIT};
use super::source::Source;
use super::tree::{Kind, Layout, Node};

/// Adds words behind the last thing in brackets, on lines of their own where that has one.
pub(super) fn add_in_brackets(
    source: &Source,
    node: &Node,
    words: impl FnOnce(&Room) -> Vec<String>,
) -> String {
    let Some((last_start, last)) = last_part(node) else { return fill(source, node, words) };
    let comma = source.skip(last);
    let comma = source.text[comma..].starts_with(',').then_some(comma);
    let from = comma.map_or(last, |comma| comma + 1);
    let indent = &source.text[source.line_start(last_start)..last_start];
    if !indent.trim().is_empty() || source.same_line(from, node.end) {
        return source.spliced(last..last, &format!(", {}", words(&Room::Line).join(", ")));
    }
    let outer = indent_of(source, node.start);
    let unit = indent.strip_prefix(outer).filter(|unit| !unit.is_empty()).unwrap_or(UNIT).to_owned();
    let words = words(&Room::Lines { indent: indent.to_owned(), unit });
    let lines: Vec<_> = words.iter().map(|word| format!("{indent}{word}")).collect();
    let lines = lines.join(&format!(",{}", source.line_end));
    let stop = source.line_stop(from);
    let between = &source.text[last..stop];
    let (before, after) = if comma.is_some() { ("", ",") } else { (",", "") };
    source.spliced(last..stop, &format!("{before}{between}{}{lines}{after}", source.line_end))
}

/// Puts words between brackets that hold nothing.
fn fill(source: &Source, node: &Node, words: impl FnOnce(&Room) -> Vec<String>) -> String {
    let open =
        source.text[node.start..node.end].find(['{', '[']).map_or(node.start, |at| node.start + at + 1);
    let close = node.end - 1;
    let json =
        matches!(node.kind, Kind::List { layout: Layout::Json, .. } | Kind::Map { layout: Layout::Json, .. });
    if !json {
        return source.spliced(open..open, &words(&Room::Line).join(", "));
    }
    let outer = indent_of(source, node.start);
    let unit = if outer.starts_with('\t') { "\t" } else { UNIT };
    let indent = format!("{outer}{unit}");
    let words = words(&Room::Lines { indent: indent.clone(), unit: unit.to_owned() });
    let lines: Vec<_> = words.iter().map(|word| format!("{indent}{word}")).collect();
    let kept = source.text[open..close].trim_end();
    let lines = lines.join(&format!(",{}", source.line_end));
    source.spliced(open..close, &format!("{kept}{0}{lines}{0}{outer}", source.line_end))
}

/// What the line of a place begins with.
fn indent_of(source: &Source, at: usize) -> &str {
    let line = &source.text[source.line_start(at)..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Where the last part begins and ends.
fn last_part(node: &Node) -> Option<(usize, usize)> {
    match &node.kind {
        Kind::List { items, .. } => items.last().map(|item| (item.dash, item.node.end)),
        Kind::Map { entries, .. } => entries.last().map(|entry| (entry.key_start, entry.value.end)),
        Kind::Scalar { .. } | Kind::Alias(_) => None,
    }
}
