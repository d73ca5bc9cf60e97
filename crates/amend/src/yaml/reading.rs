//! A text read into its parts. The parser says what there is; this says between which bytes.

use crate::error::EditError;
use crate::text::{Comments, Document, Entry, Item, Kind, Layout, Node, Quote, Source, resolve};
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::Value;
use std::collections::HashMap;
use std::rc::Rc;

/// How deep lists and mappings may nest.
const MAX_DEPTH: usize = 64;

/// How many bytes a text may stand for beyond its own once its aliases are followed.
const MAX_UNFOLDED: usize = 1 << 20;

/// The document; a text without a value is an empty one.
pub(crate) fn document(text: &str) -> Result<Document, EditError> {
    let source = Source::of(text, Comments::Hash);
    let mut builder = Builder {
        events: events(&source)?,
        next: 0,
        source: &source,
        anchors: HashMap::new(),
        uses: HashMap::new(),
        unfolded: 0,
        depth: 0,
    };
    let root = builder.document()?;
    let uses = builder.uses;
    Ok(Document { source, root, layout: Layout::Block, uses })
}

/// What the parser found, between two bytes.
struct Found<'a> {
    event: Event<'a>,
    start: usize,
    end: usize,
}

fn events(source: &Source) -> Result<Vec<Found<'_>>, EditError> {
    let mut found = Vec::new();
    let mut parser = Parser::new_from_str(&source.text);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| scan_error(source, error.marker().line(), error.info()))?;
        let (start, end) = (source.byte(span.start.index()), source.byte(span.end.index()));
        found.push(Found { event, start, end });
    }
    Ok(found)
}

fn scan_error(source: &Source, line: usize, info: &str) -> EditError {
    let lines = source.text.lines().skip(line.saturating_sub(1)).take(2);
    let tab = lines.enumerate().find(|(_, text)| text.trim_start_matches(' ').starts_with('\t'));
    match tab {
        Some((further, _)) => EditError::syntax(line + further, "the line is indented with a tab"),
        None => EditError::syntax(line, format!("not valid YAML: {info}")),
    }
}

struct Builder<'a> {
    events: Vec<Found<'a>>,
    next: usize,
    source: &'a Source,
    anchors: HashMap<usize, Rc<Value>>,
    uses: HashMap<usize, usize>,
    unfolded: usize,
    depth: usize,
}

impl Builder<'_> {
    fn document(&mut self) -> Result<Node, EditError> {
        let mut lead = 0;
        let mut root = None;
        while let Some(found) = self.events.get(self.next) {
            match found.event {
                Event::DocumentStart(explicit) => {
                    if root.is_some() {
                        return Err(self.refused(found.start, "a second YAML document begins here"));
                    }
                    lead = if explicit { found.end } else { lead };
                    self.next += 1;
                    root = Some(self.node(lead)?);
                }
                _ => self.next += 1,
            }
        }
        Ok(root.unwrap_or_else(|| {
            let kind = Kind::Scalar { value: Value::Null, quote: Quote::Plain };
            Node { lead, start: lead, end: lead, anchor: 0, tagged: false, kind }
        }))
    }

    fn node(&mut self, lead: usize) -> Result<Node, EditError> {
        let Some(found) = self.events.get(self.next) else {
            return Err(EditError::syntax(self.source.line(lead), "the text ends too soon"));
        };
        let (first, last) = (found.start, found.end);
        let event = found.event.clone();
        self.next += 1;
        let node = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let nothing = text.is_empty() && style == ScalarStyle::Plain && anchor == 0 && tag.is_none();
                let core = tag.as_ref().is_none_or(|tag| tag.is_yaml_core_schema());
                let forced = tag.is_some_and(|tag| tag.suffix == "str");
                let quote = quote_of(style);
                let value = match quote {
                    Quote::Plain if !forced => resolve(&text),
                    _ => Value::String(text.into_owned()),
                };
                let (start, end) = self.scalar_place(lead, last, quote, nothing);
                let tagged = forced || !core || self.source.text[start..end].starts_with('!');
                Node { lead, start, end, anchor, tagged, kind: Kind::Scalar { value, quote } }
            }
            Event::Alias(anchor) => self.alias(lead, last, anchor)?,
            Event::SequenceStart(anchor, tag) => {
                let kind = self.nested(lead, |builder| builder.list(lead, last, first != last))?;
                let (kind, end) = kind;
                Node { lead, start: self.source.skip(lead), end, anchor, tagged: tag.is_some(), kind }
            }
            Event::MappingStart(anchor, tag) => {
                let (kind, end) = self.nested(lead, |builder| builder.map(lead, last, first != last))?;
                Node { lead, start: self.source.skip(lead), end, anchor, tagged: tag.is_some(), kind }
            }
            _ => return Err(EditError::syntax(self.source.line(lead), "a value is missing")),
        };
        if node.anchor > 0 {
            self.anchors.insert(node.anchor, Rc::new(node.data()));
        }
        Ok(node)
    }

    fn nested<T>(
        &mut self,
        lead: usize,
        read: impl FnOnce(&mut Self) -> Result<T, EditError>,
    ) -> Result<T, EditError> {
        if self.depth == MAX_DEPTH {
            return Err(
                self.refused(lead, format!("lists and mappings are nested more than {MAX_DEPTH} deep"))
            );
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn scalar_place(&self, lead: usize, last: usize, quote: Quote, nothing: bool) -> (usize, usize) {
        if nothing {
            return (lead, lead);
        }
        let start = self.source.skip(lead);
        match quote {
            Quote::Lines => {}
            Quote::Plain => return (start, last.max(start)),
            // The parser's span goes on over blanks and a comment.
            Quote::Single | Quote::Double => {
                return (start, self.source.past_quotes(self.source.skip_properties(lead)));
            }
        }
        let header = &self.source.text[start..self.source.line_stop(start)];
        let keeps = header.split('#').next().is_some_and(|header| header.contains('+'));
        let body = &self.source.text[start..last.max(start)];
        // The parser's span goes on over the indentation of the line that follows.
        let kept = match body.rsplit_once('\n') {
            Some((kept, rest)) if keeps && rest.trim_start_matches(' ').is_empty() => kept,
            _ if keeps => body,
            _ => body.trim_end(),
        };
        (start, self.source.line_stop(start + kept.strip_suffix('\r').unwrap_or(kept).len()))
    }

    fn alias(&mut self, lead: usize, last: usize, anchor: usize) -> Result<Node, EditError> {
        let start = self.source.skip(lead);
        let Some(value) = self.anchors.get(&anchor).cloned() else {
            return Err(self.refused(start, "this alias names the very list or mapping it stands in"));
        };
        self.unfolded += value.to_string().len();
        if self.unfolded > MAX_UNFOLDED || self.depth + depth(&value) > MAX_DEPTH {
            return Err(self.refused(start, "the file's aliases stand for too much"));
        }
        self.uses.entry(anchor).or_insert(start);
        Ok(Node { lead, start, end: last, anchor: 0, tagged: false, kind: Kind::Alias(value) })
    }

    fn list(&mut self, lead: usize, opened: usize, flow: bool) -> Result<(Kind, usize), EditError> {
        let mut at = if flow { opened } else { self.source.skip_properties(lead) };
        let mut items = Vec::new();
        while !self.closes(&Event::SequenceEnd) {
            let dash = self.source.skip(at);
            if !flow && !self.source.text[dash..].starts_with('-') {
                return Err(self.refused(dash, "the list is written in a way that can't be edited"));
            }
            let node = self.node(if flow { at } else { dash + 1 })?;
            at = if flow { self.past_comma(node.end) } else { node.end };
            items.push(Item { dash, node });
        }
        let end = self.close(flow, at);
        Ok((Kind::List { layout: layout(flow), items }, end))
    }

    fn map(&mut self, lead: usize, opened: usize, flow: bool) -> Result<(Kind, usize), EditError> {
        let mut at = if flow { opened } else { self.source.skip_properties(lead) };
        let (mut entries, mut lines) = (Vec::new(), HashMap::new());
        while !self.closes(&Event::MappingEnd) {
            let entry = self.entry(at)?;
            if !entry.is_merge()
                && let Some(first) = lines.insert(entry.key.clone(), entry.key_start)
            {
                let first = self.source.line(first);
                let reason = format!("the key `{}` is given twice, first in line {first}", entry.key);
                return Err(self.refused(entry.key_start, reason));
            }
            at = if flow { self.past_comma(entry.value.end) } else { entry.value.end };
            entries.push(entry);
        }
        let end = self.close(flow, at);
        Ok((Kind::Map { layout: layout(flow), entries }, end))
    }

    fn entry(&mut self, at: usize) -> Result<Entry, EditError> {
        let key_start = self.source.skip(at);
        let text = &self.source.text;
        let Some(Found { event: Event::Scalar(key, style, ..), end, .. }) = self.events.get(self.next) else {
            return Err(self.refused(key_start, "a key must be a single word or text"));
        };
        if (key.is_empty() && *style == ScalarStyle::Plain) || text[key_start..].starts_with("? ") {
            return Err(self.refused(key_start, "a key written like this can't be edited"));
        }
        let (key, quote) = (key.clone().into_owned(), quote_of(*style));
        let key_end = match quote {
            Quote::Single | Quote::Double => self.source.past_quotes(self.source.skip_properties(at)),
            Quote::Plain | Quote::Lines => *end,
        };
        self.next += 1;
        let colon_at = self.source.skip_blanks(key_end);
        let is_written = text[colon_at..].starts_with(':');
        let value = self.node(if is_written { colon_at + 1 } else { key_end })?;
        if !is_written && !value.is_empty() {
            return Err(self.refused(key_start, "a key written like this can't be edited"));
        }
        Ok(Entry { key, key_start, quote, value })
    }

    fn closes(&self, end: &Event<'_>) -> bool {
        self.events.get(self.next).is_none_or(|found| found.event == *end)
    }

    /// Goes past the event that ends a list or mapping, and says where that ends.
    fn close(&mut self, flow: bool, last: usize) -> usize {
        self.next += 1;
        let bracket = self.source.skip(last);
        let is_closed = self.source.text[bracket..].starts_with([']', '}']);
        if flow && is_closed { bracket + 1 } else { last }
    }

    fn past_comma(&self, at: usize) -> usize {
        let comma = self.source.skip(at);
        if self.source.text[comma..].starts_with(',') { comma + 1 } else { at }
    }

    fn refused(&self, at: usize, reason: impl Into<String>) -> EditError {
        EditError::refused(self.source.line(at), reason)
    }
}

/// How deep a value nests. No anchored one is deeper than the document may be.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn layout(flow: bool) -> Layout {
    if flow { Layout::Flow } else { Layout::Block }
}

fn quote_of(style: ScalarStyle) -> Quote {
    match style {
        ScalarStyle::Plain => Quote::Plain,
        ScalarStyle::SingleQuoted => Quote::Single,
        ScalarStyle::DoubleQuoted => Quote::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Quote::Lines,
    }
}
