//! One edit: the way to what it changes, and the bytes that change.

use super::brackets::add_in_brackets;
use super::pretty::{Room, UNIT, pretty};
use super::scalar::says;
use super::style::Style;
use super::tree::{Document, Entry, Item, Kind, Layout, Node, Quote};
use super::write::{New, entry_lines, inline, item_lines, key_text, lines_below, map_lines};
use crate::data::{is_item, same};
use crate::edit::{Edit, Field, Step};
use crate::error::EditError;
use serde_json::Value;

/// The text with one edit in it; nothing where the place says it already.
pub(super) fn change(document: &Document, edit: &Edit) -> Result<Option<String>, EditError> {
    let style = Style::of(&document.source, &document.root);
    let change = Change { document, style };
    let root = Place { node: &document.root, column: None, layout: document.layout };
    change.at(root, &edit.path, &edit.value)
}

struct Change<'a> {
    document: &'a Document,
    style: Style,
}

/// A value on the way, and where it is.
#[derive(Clone, Copy)]
struct Place<'a> {
    node: &'a Node,
    /// The column of the key before it; an item and the root have none.
    column: Option<usize>,
    /// How what it stands in is written.
    layout: Layout,
}

type Changed = Result<Option<String>, EditError>;

impl Change<'_> {
    fn at(&self, place: Place<'_>, path: &[Step], value: &Value) -> Changed {
        let node = place.node;
        self.own(node)?;
        let Some((step, rest)) = path.split_first() else {
            return self.replace(place, &New::of(value), value);
        };
        if node.is_null() || (node.is_hollow() && place.layout == Layout::Block) {
            self.fits(node, step)?;
            return self.replace(place, &New::along(path, value), value);
        }
        match (step, &node.kind) {
            (Step::Key(key), Kind::Map { layout, entries }) => {
                match entries.iter().find(|entry| entry.key == *key && !entry.is_merge()) {
                    Some(entry) => self.at(self.value_of(entry, entries, *layout), rest, value),
                    None => self.add_key(node, *layout, key, (rest, value)),
                }
            }
            (Step::Item(fields), Kind::List { layout, items }) => match self.find(items, fields)? {
                Some(item) => self.at(Place { node: &item.node, column: None, layout: *layout }, rest, value),
                None => self.add_items(node, &[New::item(fields, rest, value)]),
            },
            _ => Err(self.unfit(node, step)),
        }
    }

    /// Refuses what belongs to more than one place.
    fn own(&self, node: &Node) -> Result<(), EditError> {
        if let Kind::Alias(_) = node.kind {
            return Err(
                self.refused(node.start, "an alias stands here: what it names is changed at its anchor only")
            );
        }
        if let Some(used) = self.document.uses.get(&node.anchor).filter(|_| node.anchor > 0) {
            let line = self.document.source.line(*used);
            return Err(self.refused(node.start, format!("what stands here is used again in line {line}")));
        }
        Ok(())
    }

    fn fits(&self, node: &Node, step: &Step) -> Result<(), EditError> {
        match (step, &node.kind) {
            (Step::Key(_), Kind::List { .. }) | (Step::Item(_), Kind::Map { .. }) => {
                Err(self.unfit(node, step))
            }
            _ => Ok(()),
        }
    }

    fn unfit(&self, node: &Node, step: &Step) -> EditError {
        let wanted = match step {
            Step::Key(key) => format!("not a mapping with `{key}`"),
            Step::Item(_) => "not a list".to_owned(),
        };
        self.refused(node.start, format!("{} stands here, {wanted}", node.noun()))
    }

    fn value_of<'a>(&self, entry: &'a Entry, entries: &[Entry], layout: Layout) -> Place<'a> {
        let first = entries.first().unwrap_or(entry);
        Place { node: &entry.value, column: Some(self.document.source.column(first.key_start)), layout }
    }

    fn find<'a>(&self, items: &'a [Item], fields: &[Field]) -> Result<Option<&'a Item>, EditError> {
        let mut found = items.iter().filter(|item| is_item(&item.node.data(), fields));
        let first = found.next();
        match (first, found.next()) {
            (Some(first), Some(second)) => {
                let line = self.document.source.line(second.dash);
                Err(self.refused(first.dash, format!("this item is there twice, again in line {line}")))
            }
            _ => Ok(first),
        }
    }

    /// Puts a new value in the place of an old one.
    fn replace(&self, place: Place<'_>, new: &New, value: &Value) -> Changed {
        let node = place.node;
        if node.tagged {
            return Err(self.refused(node.start, "the value has a tag"));
        }
        if node.is_empty() && place.layout == Layout::Json {
            return Ok(Some(self.begin_json(new)));
        }
        match (&node.kind, new) {
            (
                Kind::Scalar { value: Value::String(word), quote: Quote::Plain },
                New::Single(Value::Bool(wanted)),
            ) if says(word, *wanted) => {
                return Ok(None);
            }
            (Kind::List { items, .. }, New::List(wanted)) if !items.is_empty() => {
                let old = value.as_array().filter(|wanted| {
                    wanted.len() > items.len()
                        && items.iter().zip(*wanted).all(|(item, wanted)| same(&item.node.data(), wanted))
                });
                if old.is_some() {
                    return self.add_items(node, &wanted[items.len()..]);
                }
            }
            _ => {}
        }
        let was_block = matches!(
            node.kind,
            Kind::List { layout: Layout::Block, .. } | Kind::Map { layout: Layout::Block, .. }
        );
        let open = was_block || node.is_null() || node.is_hollow();
        if new.is_block() && place.layout == Layout::Block && open {
            self.replace_by_lines(place, new)
        } else {
            Ok(Some(self.replace_by_words(place, new)))
        }
    }

    fn replace_by_words(&self, place: Place<'_>, new: &New) -> String {
        let (node, source) = (place.node, &self.document.source);
        let quote = match node.kind {
            Kind::Scalar { quote, .. } => quote,
            _ => Quote::Plain,
        };
        let words = inline(new, quote, place.layout);
        if node.is_empty() || !source.same_line(node.lead, node.start) {
            let kept = &source.text[node.lead..source.line_stop(node.lead).min(node.start)];
            let before = match source.text[..node.lead].chars().next_back() {
                Some(':' | '-') => " ",
                None | Some(',' | '[' | '{') => "",
                Some(_) => ": ",
            };
            return source.spliced(node.lead..node.end, &format!("{before}{words}{kept}"));
        }
        source.spliced(node.start..node.end, &words)
    }

    /// Writes lines of a block below the key; a comment behind the key stays.
    fn replace_by_lines(&self, place: Place<'_>, new: &New) -> Changed {
        let (node, source) = (place.node, &self.document.source);
        let Some(column) = place.column else { return self.replace_without_key(node, new) };
        let line_end = source.line_stop(node.lead);
        let (gap, end) = if source.same_line(node.lead, node.start) {
            (source.text[node.end..source.line_stop(node.end)].trim_end(), source.line_stop(node.end))
        } else {
            (source.text[node.lead..line_end].trim_end(), node.end)
        };
        let lines = lines_below(new, column, self.style).join(source.line_end);
        Ok(Some(source.spliced(node.lead..end, &format!("{gap}{}{lines}", source.line_end))))
    }

    /// Writes the first value of a text that holds none.
    fn begin_json(&self, new: &New) -> String {
        let source = &self.document.source;
        let room = Room::Lines { indent: String::new(), unit: UNIT.to_owned() };
        let gap = if source.text.is_empty() || source.text.ends_with('\n') { "" } else { source.line_end };
        let words = pretty(new, Layout::Json, &room, source.line_end);
        [&source.text, gap, &words, source.line_end].concat()
    }

    /// The root of an empty document becomes lines at its end; an item takes brackets.
    fn replace_without_key(&self, node: &Node, new: &New) -> Changed {
        let source = &self.document.source;
        let is_root = std::ptr::eq(node, &self.document.root);
        if !is_root {
            let place = Place { node, column: None, layout: Layout::Flow };
            return Ok(Some(self.replace_by_words(place, new)));
        }
        let lines = match new {
            New::Map(entries) => map_lines(entries, 0, self.style),
            New::List(items) => items.iter().flat_map(|item| item_lines(item, 0, self.style)).collect(),
            New::Single(_) => Vec::new(),
        };
        let lines = lines.join(source.line_end) + source.line_end;
        if !node.is_empty() {
            let rest = source.text[node.end..].trim_start_matches(['\r', '\n']);
            return Ok(Some([&source.text[..node.start], &lines, rest].concat()));
        }
        let gap = if source.text.is_empty() || source.text.ends_with('\n') { "" } else { source.line_end };
        Ok(Some([&source.text, gap, &lines].concat()))
    }

    /// Adds a key to a mapping that has others.
    fn add_key(&self, node: &Node, layout: Layout, key: &str, to: (&[Step], &Value)) -> Changed {
        let Kind::Map { entries, .. } = &node.kind else { return Ok(None) };
        let (rest, value) = to;
        if let Some(merge) = entries.iter().find(|entry| entry.is_merge())
            && node.data().get(key).is_some_and(|inherited| !rest.is_empty() && !inherited.is_null())
        {
            return Err(self.refused(merge.key_start, format!("`{key}` comes from what is merged here")));
        }
        let new = New::along(rest, value);
        let source = &self.document.source;
        if layout != Layout::Block {
            let quote = entries.first().map_or(Quote::Plain, |first| first.quote);
            return Ok(Some(add_in_brackets(source, node, |room| {
                let words = pretty(&new, layout, room, source.line_end);
                vec![format!("{}: {words}", key_text(key, quote, layout))]
            })));
        }
        let column = entries.first().map_or(0, |first| source.column(first.key_start));
        Ok(Some(self.add_lines(node.end, &entry_lines(key, &new, column, self.style))))
    }

    /// Adds items to a list.
    fn add_items(&self, node: &Node, new: &[New]) -> Changed {
        let Kind::List { layout, items } = &node.kind else { return Ok(None) };
        let source = &self.document.source;
        if *layout != Layout::Block {
            return Ok(Some(add_in_brackets(source, node, |room| {
                new.iter().map(|item| pretty(item, *layout, room, source.line_end)).collect()
            })));
        }
        let column = items.first().map_or(0, |first| source.column(first.dash));
        let lines: Vec<_> = new.iter().flat_map(|item| item_lines(item, column, self.style)).collect();
        Ok(Some(self.add_lines(node.end, &lines)))
    }

    /// Adds lines behind the one in which a block ends.
    fn add_lines(&self, end: usize, lines: &[String]) -> String {
        let source = &self.document.source;
        let stop = source.line_stop(end);
        source.spliced(stop..stop, &[source.line_end, &lines.join(source.line_end)].concat())
    }

    fn refused(&self, at: usize, reason: impl Into<String>) -> EditError {
        EditError::refused(self.document.source.line(at), reason)
    }
}
