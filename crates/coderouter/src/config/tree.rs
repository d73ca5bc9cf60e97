//! YAML text as a tree in which every key and value knows where it stands.
//!
//! Aliases share the node they name instead of copying it, and every node knows how much it stands for, so that
//! a small text cannot unfold into a large one. What the values mean is the reader's business.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::place::{Offsets, Place};
use super::reader::MAX_MISTAKES;
use super::report::{Mistake, quoted};

/// How deep lists and mappings may nest.
const MAX_DEPTH: usize = 64;

/// How much a text may stand for once its aliases are followed: one for every node, key and 32 bytes of text.
const MAX_WEIGHT: u64 = 200_000;

/// A value and its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) kind: Kind,
    /// How much this node stands for, itself included, with aliases followed.
    weight: u64,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Kind {
    Scalar(Scalar),
    List(Vec<Rc<Node>>),
    Map(Vec<Entry>),
}

/// A text; its type is decided by whoever reads it.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Written without quotes, so that it may be a number, a boolean or nothing at all.
    pub(crate) plain: bool,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Rc<str>,
    pub(crate) key_at: Place,
    pub(crate) value: Rc<Node>,
}

impl Node {
    /// Whether the node says "nothing": an empty value, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Scalar(scalar) => {
                scalar.plain && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            Kind::List(_) | Kind::Map(_) => false,
        }
    }
}

/// Parses one document. Mistakes that leave a usable tree (a key given twice) come beside it; others come alone.
/// An empty text gives neither.
pub(crate) fn parse(text: &str) -> (Option<Rc<Node>>, Vec<Mistake>) {
    let mut builder = Builder { offsets: Offsets::of(text), ..Builder::default() };
    let outcome = builder.run(text);
    if let Err(fatal) = outcome {
        builder.mistakes.push(*fatal);
        return (None, builder.mistakes);
    }
    (builder.root, builder.mistakes)
}

/// A mistake after which nothing can be read.
type Fatal = Box<Mistake>;

/// The tree under construction.
#[derive(Default)]
struct Builder {
    offsets: Offsets,
    open: Vec<Frame>,
    anchors: HashMap<usize, Rc<Node>>,
    documents: usize,
    root: Option<Rc<Node>>,
    mistakes: Vec<Mistake>,
}

/// A list or mapping that has begun and not ended.
struct Frame {
    start: Place,
    anchor: usize,
    content: Content,
    weight: u64,
}

enum Content {
    List(Vec<Rc<Node>>),
    Map {
        entries: Vec<Entry>,
        index: HashMap<Rc<str>, Place>,
        key: Option<(Scalar, Place)>,
        merges: Vec<Entry>,
    },
}

impl Builder {
    fn run(&mut self, text: &str) -> Result<(), Fatal> {
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| Box::new(self.scan_error(text, &error)))?;
            self.event(event, span)?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Fatal> {
        let at = self.offsets.place(span.start.index(), span.end.index());
        match event {
            Event::DocumentStart(_) => self.document(at),
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_ref(), at)?;
                self.enter(Frame { start: at, anchor, content: Content::List(Vec::new()), weight: 1 })
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_ref(), at)?;
                self.enter(Frame { start: at, anchor, content: Content::empty_map(), weight: 1 })
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(at),
            Event::Scalar(text, style, anchor, tag) => {
                check_tag(tag.as_ref(), at)?;
                let plain = style == ScalarStyle::Plain && !forces_text(tag.as_ref());
                let scalar = Scalar { text: text.into_owned(), plain };
                let weight = weight_of(&scalar.text);
                self.value(Node { at, kind: Kind::Scalar(scalar), weight }, anchor)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => self.put(Rc::clone(node), at),
                None => {
                    Err(Box::new(Mistake::at(at, "this alias names the very list or mapping it stands in")))
                }
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn document(&mut self, at: Place) -> Result<(), Fatal> {
        self.documents += 1;
        if self.documents > 1 {
            return Err(Box::new(Mistake::at(
                at,
                "a second YAML document begins here; one file is one document",
            )));
        }
        Ok(())
    }

    fn enter(&mut self, frame: Frame) -> Result<(), Fatal> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("lists and mappings are nested more than {MAX_DEPTH} deep");
            return Err(Box::new(Mistake::at(frame.start, message)));
        }
        self.open.push(frame);
        Ok(())
    }

    fn leave(&mut self, end: Place) -> Result<(), Fatal> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let at = frame.start.to(end);
        let mut weight = frame.weight;
        let kind = match frame.content {
            Content::List(items) => Kind::List(items),
            Content::Map { mut entries, index, merges, .. } => {
                for merge in &merges {
                    weight += self.merge(&mut entries, &index, merge);
                }
                Kind::Map(entries)
            }
        };
        self.value(Node { at, kind, weight }, frame.anchor)
    }

    /// Adds the keys of `<<: *base` that the mapping does not give itself; returns what they stand for.
    fn merge(&mut self, entries: &mut Vec<Entry>, own: &HashMap<Rc<str>, Place>, merge: &Entry) -> u64 {
        let bases: &[Rc<Node>] = match &merge.value.kind {
            Kind::List(bases) => bases,
            Kind::Map(_) | Kind::Scalar(_) => std::slice::from_ref(&merge.value),
        };
        let mut weight = 0;
        let mut merged = HashSet::new();
        for base in bases {
            let Kind::Map(inherited) = &base.kind else {
                self.mistakes.push(Mistake::at(merge.key_at, "`<<` takes a mapping or a list of mappings"));
                continue;
            };
            for entry in inherited {
                let is_new = !own.contains_key(&entry.key) && merged.insert(&*entry.key);
                if is_new {
                    weight += weight_of(&entry.key) + entry.value.weight;
                    entries.push(entry.clone());
                }
            }
        }
        weight
    }

    fn value(&mut self, node: Node, anchor: usize) -> Result<(), Fatal> {
        let at = node.at;
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.put(node, at)
    }

    fn put(&mut self, node: Rc<Node>, at: Place) -> Result<(), Fatal> {
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.weight = frame.weight.saturating_add(node.weight);
        if frame.weight > MAX_WEIGHT {
            let message = format!("the file stands for more than {MAX_WEIGHT} values, its aliases followed");
            return Err(Box::new(Mistake::at(at, message)));
        }
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map { key: key @ None, .. } => match &node.kind {
                Kind::Scalar(scalar) => *key = Some((scalar.clone(), at)),
                Kind::List(_) | Kind::Map(_) => {
                    return Err(Box::new(Mistake::at(at, "a key must be a single word or text")));
                }
            },
            Content::Map { entries, index, key, merges } => {
                let Some((key, key_at)) = key.take() else { return Ok(()) };
                let entry = Entry { key: key.text.into(), key_at, value: node };
                if key.plain && &*entry.key == "<<" {
                    merges.push(entry);
                } else if let Some(first) = index.insert(Rc::clone(&entry.key), key_at) {
                    if self.mistakes.len() < MAX_MISTAKES {
                        let message = format!("the key {} is given twice", quoted(&entry.key));
                        self.mistakes.push(Mistake::at(key_at, message).also(first, "first given here"));
                    }
                    index.insert(entry.key, first);
                } else {
                    entries.push(entry);
                }
            }
        }
        Ok(())
    }

    fn scan_error(&self, text: &str, error: &ScanError) -> Mistake {
        let index = error.marker().index();
        let at = self.offsets.place(index, index);
        match tab_in_indent(text, at) {
            Some(tab) => Mistake::at(tab, "not valid YAML: the line is indented with a tab")
                .hint("indent with spaces; most editors can convert the whole file"),
            None => Mistake::at(at, format!("not valid YAML: {}", error.info())),
        }
    }
}

/// A tab in the indentation of the line where scanning stopped, or of the next one.
fn tab_in_indent(text: &str, stopped: Place) -> Option<Place> {
    let mut start = text[..stopped.start].rfind('\n').map_or(0, |newline| newline + 1);
    for line in text[start..].split_inclusive('\n').take(2) {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..indent].find('\t') {
            return Some(Place { start: start + tab, end: start + tab + 1 });
        }
        start += line.len();
    }
    None
}

impl Content {
    fn empty_map() -> Self {
        Self::Map { entries: Vec::new(), index: HashMap::new(), key: None, merges: Vec::new() }
    }
}

fn weight_of(text: &str) -> u64 {
    1 + text.len() as u64 / 32
}

/// `!!str 1` is a text although it has no quotes.
fn forces_text(tag: Option<&Cow<'_, Tag>>) -> bool {
    tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str")
}

fn check_tag(tag: Option<&Cow<'_, Tag>>, at: Place) -> Result<(), Fatal> {
    match tag {
        Some(tag)
            if !tag.is_yaml_core_schema() && (tag.handle.as_str(), tag.suffix.as_str()) != ("", "!") =>
        {
            Err(Box::new(Mistake::at(at, format!("the tag `{tag}` means nothing here"))))
        }
        _ => Ok(()),
    }
}
