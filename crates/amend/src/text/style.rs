//! How far a text indents, seen from its first mapping and list of each kind.

use super::source::Source;
use super::tree::{Kind, Layout, Node};

/// The text's habits; two columns each where it shows none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// From a key to the keys below it.
    pub(super) step: usize,
    /// From a key to the dashes below it.
    pub(super) dash: usize,
    /// From a dash to what follows.
    pub(super) gap: usize,
}

impl Style {
    pub(super) fn of(source: &Source, root: &Node) -> Self {
        let mut seen = Seen::default();
        seen.look(source, root);
        let Seen { step, dash, gap } = seen;
        Self { step: step.unwrap_or(2), dash: dash.unwrap_or(2), gap: gap.unwrap_or(2) }
    }
}

#[derive(Default)]
struct Seen {
    step: Option<usize>,
    dash: Option<usize>,
    gap: Option<usize>,
}

impl Seen {
    fn look(&mut self, source: &Source, node: &Node) {
        match &node.kind {
            Kind::Map { layout: Layout::Block, entries } => {
                let Some(first) = entries.first() else { return };
                let column = source.column(first.key_start);
                for entry in entries {
                    self.below(source, column, &entry.value);
                    self.look(source, &entry.value);
                }
            }
            Kind::List { layout: Layout::Block, items } => {
                for item in items {
                    if !item.node.is_empty() && source.same_line(item.dash, item.node.start) {
                        let gap = source.column(item.node.start) - source.column(item.dash);
                        self.gap.get_or_insert(gap);
                    }
                    self.look(source, &item.node);
                }
            }
            _ => {}
        }
    }

    fn below(&mut self, source: &Source, column: usize, value: &Node) {
        match &value.kind {
            Kind::Map { layout: Layout::Block, entries } => {
                if let Some(first) = entries.first() {
                    self.step.get_or_insert(source.column(first.key_start).saturating_sub(column).max(1));
                }
            }
            Kind::List { layout: Layout::Block, items } => {
                if let Some(first) = items.first() {
                    self.dash.get_or_insert(source.column(first.dash).saturating_sub(column));
                }
            }
            _ => {}
        }
    }
}
