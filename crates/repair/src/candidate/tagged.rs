//! Arguments as elements: `<parameter=KEY>value</parameter>`, `<arg_key>` and `<arg_value>`, or `<KEY>value</KEY>`.
//!
//! A value is literal text that may hold anything, tags of this very syntax too. It ends at the last closing tag before
//! the next argument or the end of the call; where that closing tag is missing, at that place itself.

use super::Site;
use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::damage::{Damage, Damages};
use crate::lenient::Reader;
use crate::markup::{self, Ahead, Role, Side, Style, Tag, ahead_or_tag, fold};
use crate::toolbox::{Field, Named};
use crate::value::{Fields, Value};

/// What arguments are read for.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The tool's name, in the model's spelling.
    pub tool: &'a str,
    /// The syntax of the tags around.
    pub style: Style,
    /// Whether the call is an element with the tool's name, so that its arguments are elements too.
    pub element: bool,
}

/// Reads arguments up to what is none: the closing tag of the call, which is not taken, or something else.
pub fn fields<'a>(
    at: &mut Cursor<'a>,
    call: Call<'_>,
    site: Site<'_>,
    damage: &mut Damages,
) -> Read<(Named<'a>, Ahead<'a>)> {
    let mut fields = Vec::new();
    let mut ahead = None;
    loop {
        let mut next = *at;
        next.skip_blank();
        if next.peek()?.is_none() {
            *at = next;
            return if at.edge == Edge::Cut { Err(Stop::Cut) } else { Ok((fields, None)) };
        }
        let begin = next.at;
        let Some(tag) = ahead_or_tag(ahead.take(), next)? else { return Ok((fields, None)) };
        next.at += tag.len;
        let role = tag.role();
        match (role, tag.side) {
            (Some(Role::Key | Role::Value), Side::Close) => {}
            (Some(Role::Key), Side::Alone) => {
                let key = tag.title.clone().ok_or(Stop::No)?;
                let value = tag.attribute(&["value"]).unwrap_or_default();
                fields.push((key, Field::Raw(value)));
            }
            (Some(Role::Key), Side::Open) if tag.title.is_some() => {
                let key = tag.title.clone().unwrap_or_default();
                let text;
                (text, ahead) = value(&mut next, &tag, call, site, damage)?;
                fields.push((key, typed(&tag, text, call, damage)));
            }
            (Some(Role::KeyName), Side::Open) => {
                if let Some((key, (text, tag))) = pair(&mut next, call, site, damage)? {
                    fields.push((key.into(), Field::Raw(text.into())));
                    ahead = tag;
                }
            }
            (None, _)
                if matches!(&*tag.name, "parameters" | "arguments" | "args" | "input")
                    && !is_property(&tag, call, site) => {}
            (_, Side::Open) if is_property(&tag, call, site) => {
                let text;
                (text, ahead) = value(&mut next, &tag, call, site, damage)?;
                fields.push((tag.written.into(), nested(text, call)));
            }
            _ => return Ok((fields, Some((begin, tag)))),
        }
        *at = next;
    }
}

/// Whether a tag is named like an argument of the tool.
fn is_property(tag: &Tag<'_>, call: Call<'_>, site: Site<'_>) -> bool {
    let fits = call.style == Style::MiniMax3 || call.element || tag.role().is_none();
    fits && tag.style == call.style && tag.is_bare && site.tools.has_property(call.tool, tag.written)
}

/// The text of a value, and the tag behind it if it was read.
type Text<'a> = (&'a str, Ahead<'a>);

/// `<arg_key>K</arg_key><arg_value>V</arg_value>`; a key without a value is dropped.
fn pair<'a>(
    at: &mut Cursor<'a>,
    call: Call<'_>,
    site: Site<'_>,
    damage: &mut Damages,
) -> Read<Option<(&'a str, Text<'a>)>> {
    let key = at.take_while(|it| it != '<' && it != '\n' && it != '\\')?.trim();
    let mut next = *at;
    next.skip_blank();
    match markup::tag(next)? {
        Some(close) if close.role() == Some(Role::KeyName) && close.side == Side::Close => {
            next.at += close.len;
        }
        _ => damage.add(Damage::InnerCloserMissing),
    }
    skip_written_newline(&mut next)?;
    *at = next;
    match markup::tag(next)? {
        Some(open) if open.role() == Some(Role::Value) && open.opens() => {
            at.at += open.len;
            Ok(Some((key, value(at, &open, call, site, damage)?)))
        }
        _ => {
            damage.add(Damage::InnerCloserMissing);
            Ok(None)
        }
    }
}

/// Skips white space, line ends that came as the two characters `\n` included.
pub fn skip_written_newline(at: &mut Cursor<'_>) -> Read<()> {
    loop {
        at.skip_blank();
        if !at.take("\\n")? {
            return Ok(());
        }
    }
}

/// Where a value ends.
#[derive(Default)]
struct End<'a> {
    /// The last closing tag: where it begins and ends.
    closed: Option<(usize, usize)>,
    /// A closing tag of something outer, which is the end only if nothing better comes.
    outer: Option<usize>,
    /// A closing tag that lost its namespace, which counts only if none kept it.
    foreign: Option<(usize, usize)>,
    /// The tag behind it, if one is what ended it.
    next: Ahead<'a>,
}

/// Reads the text of a value whose opening tag was taken.
fn value<'a>(
    at: &mut Cursor<'a>,
    open: &Tag<'_>,
    call: Call<'_>,
    site: Site<'_>,
    damage: &mut Damages,
) -> Read<Text<'a>> {
    let (from, text) = (at.at, at.text);
    let mut end = End::default();
    let stop = search(*at, open, call, site, &mut end)?;
    let value_end = match end.closed {
        Some((begin, behind)) => {
            at.at = behind;
            begin
        }
        None => {
            damage.add(Damage::InnerCloserMissing);
            at.at = stop;
            stop
        }
    };
    Ok((trimmed(&text[from..value_end], open, end.closed.is_none()), end.next))
}

/// Goes on to the place that ends a value: the next argument, the end of the call, or that of the text.
fn search<'a>(
    at: Cursor<'a>,
    open: &Tag<'_>,
    call: Call<'_>,
    site: Site<'_>,
    end: &mut End<'a>,
) -> Read<usize> {
    let (from, text) = (at.at, at.text);
    let escaped = open.damage.has(Damage::TagEscaped);
    let mut place = from;
    loop {
        let found = match next_tag(at, &mut place, call.style, escaped) {
            Err(Stop::Cut) => None,
            other => other?,
        };
        let Some((begin, tag)) = found else { return ran_out(at, end) };
        place = begin + tag.len;
        match meaning(&tag, open, call, site) {
            Meaning::Content => {}
            Meaning::Foreign => end.foreign = end.foreign.or(Some((begin, place))),
            Meaning::Closer => end.closed = Some((begin, place)),
            Meaning::Next => {
                end.next = Some((begin, tag));
                return Ok(end.outer.filter(|_| end.closed.is_none()).unwrap_or(begin));
            }
            Meaning::Outer => {
                if end.closed.is_some_and(|(_, closed)| text[closed..begin].trim().is_empty()) {
                    end.next = Some((begin, tag));
                    return Ok(begin);
                }
                end.outer = end.outer.or(Some(begin));
            }
        }
        // An element's closing tag is its end: the same name seldom stands inside.
        if end.closed.is_some() && !matches!(open.role(), Some(Role::Key | Role::Value)) {
            return Ok(place);
        }
    }
}

/// The text has no more tags.
fn ran_out(at: Cursor<'_>, end: &mut End<'_>) -> Read<usize> {
    end.closed = end.closed.or(end.foreign.filter(|_| at.edge == Edge::Stopped));
    match (at.edge, end.closed, end.outer) {
        (Edge::Open, ..) => Err(Stop::More(Wait::Byte(b'>'))),
        (Edge::Cut, None, None) => Err(Stop::Cut),
        (_, Some(_), _) => Ok(at.text.len()),
        (_, None, Some(outer)) => Ok(outer),
        (_, None, None) => Ok(at.text.trim_end().len().max(at.at)),
    }
}

enum Meaning {
    Content,
    Foreign,
    Closer,
    Next,
    Outer,
}

fn meaning(tag: &Tag<'_>, open: &Tag<'_>, call: Call<'_>, site: Site<'_>) -> Meaning {
    let role = tag.role();
    let by_role = matches!(open.role(), Some(Role::Key | Role::Value));
    let same = if by_role && role == open.role() {
        tag.name == open.name || tag.side == Side::Close
    } else {
        tag.name == open.name
    };
    match (role, tag.side) {
        // Inside a namespace only tags of that namespace count.
        _ if !open.space.is_empty() && tag.space != open.space => {
            if same && tag.side == Side::Close {
                Meaning::Foreign
            } else {
                Meaning::Content
            }
        }
        _ if same && tag.side == Side::Close && tag.style == open.style => Meaning::Closer,
        (Some(Role::KeyName), Side::Close) if open.role() == Some(Role::Value) => Meaning::Closer,
        (Some(Role::Named), _) if open.role() == Some(Role::Value) => Meaning::Content,
        (Some(Role::Key), Side::Open | Side::Alone)
            if tag.title.is_some() && open.role() == Some(Role::Key) =>
        {
            Meaning::Next
        }
        (Some(Role::KeyName), Side::Open) if open.role() == Some(Role::Value) => Meaning::Next,
        (Some(Role::Named), Side::Close) => Meaning::Next,
        (Some(Role::Named), Side::Open) if tag.title.as_ref().is_some_and(|name| site.tools.knows(name)) => {
            Meaning::Next
        }
        (Some(Role::End), _) if tag.style != Style::Plain => Meaning::Next,
        (Some(Role::Call | Role::Section | Role::End), Side::Close) => Meaning::Outer,
        (Some(Role::Stop), _) => Meaning::Outer,
        (_, Side::Close) if call.element && fold(call.tool) == tag.name => Meaning::Next,
        (_, Side::Open) if !by_role && is_property(tag, call, site) => Meaning::Next,
        _ => Meaning::Content,
    }
}

/// The next tag from `place` on that may matter, and where it begins. `place` moves on as it is searched.
fn next_tag<'a>(
    at: Cursor<'a>,
    place: &mut usize,
    style: Style,
    escaped: bool,
) -> Read<Option<(usize, Tag<'a>)>> {
    let bytes = at.text.as_bytes();
    let (wanted, other) = match style {
        Style::MiniMax3 => (b']', b']'),
        _ if escaped => (b'\\', b'&'),
        _ => (b'<', b'<'),
    };
    while let Some(len) = memchr::memchr2(wanted, other, &bytes[*place..]) {
        *place += len;
        if bytes[*place..].starts_with(b"<![CDATA[") {
            match memchr::memmem::find(&bytes[*place..], b"]]>") {
                Some(len) => *place += len + 3,
                None if at.edge == Edge::Open => return Err(Stop::More(Wait::Byte(b'>'))),
                None => *place += 1,
            }
            continue;
        }
        match markup::tag(Cursor { at: *place, ..at }) {
            Ok(Some(tag))
                if (style == Style::Kimi3) == (tag.style == Style::Kimi3)
                    && (style == Style::MiniMax3) == (tag.style == Style::MiniMax3) =>
            {
                return Ok(Some((*place, tag)));
            }
            Ok(_) => *place += 1,
            Err(stop) => return Err(stop),
        }
    }
    *place = bytes.len();
    Ok(None)
}

/// A value's text without what belongs to the syntax: one line end at each side, a CDATA section.
fn trimmed<'a>(text: &'a str, open: &Tag<'_>, unclosed: bool) -> &'a str {
    let text = if unclosed { text.trim_end_matches(['\n', '\r', ' ']) } else { text };
    let bare = text.trim();
    if let Some(inside) = bare.strip_prefix("<![CDATA[").filter(|it| !it.contains("]]>")) {
        return inside;
    }
    if let Some(inside) = bare.strip_prefix("<![CDATA[").and_then(|it| it.strip_suffix("]]>")) {
        return inside;
    }
    let first = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n'));
    let last = |text: &'a str| text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n'));
    match (first, open.is_bare) {
        (Some(text), _) => last(text).unwrap_or(text),
        // Where the name is an attribute, line ends belong to the syntax only in pairs.
        (None, true) => text,
        (None, false) => last(text).unwrap_or(text),
    }
}

/// The value of a parameter whose tag may tell its type.
fn typed<'a>(tag: &Tag<'_>, text: &'a str, call: Call<'_>, damage: &mut Damages) -> Field<'a> {
    let told = tag.attribute(&["string"]).map(|it| it == "true");
    let told = told
        .or_else(|| tag.attribute(&["type"]).filter(|_| call.style == Style::Kimi3).map(|it| it == "string"));
    match told {
        Some(true) => Field::Typed(Value::Text(text.into())),
        Some(false) => match read_json(text, damage) {
            Some(value) => Field::Typed(value),
            None => Field::Raw(text.into()),
        },
        None => Field::Raw(text.into()),
    }
}

fn read_json<'a>(text: &'a str, damage: &mut Damages) -> Option<Value<'a>> {
    let mut reader = Reader::new(Cursor::new(text, 0, Edge::Stopped));
    let value = reader.value().ok()?;
    damage.join(reader.damage);
    reader.cursor.rest().trim().is_empty().then_some(value)
}

/// An element's value: more elements inside are an object.
fn nested<'a>(text: &'a str, call: Call<'_>) -> Field<'a> {
    if call.style != Style::MiniMax3 || !text.contains("]<]minimax[>[") {
        return Field::Raw(text.into());
    }
    match elements(text, 0) {
        Some(value) => Field::Typed(value),
        None => Field::Raw(text.into()),
    }
}

/// Prefixed elements as an object, or as a list where all have the name `item`.
fn elements(text: &str, depth: usize) -> Option<Value<'_>> {
    let mut at = Cursor::new(text, 0, Edge::Stopped);
    let mut fields = Fields::new();
    if depth > 16 {
        return None;
    }
    loop {
        at.skip_blank();
        if at.rest().is_empty() {
            break;
        }
        let open = markup::tag(at).ok()??;
        at.at += open.len;
        let from = at.at;
        let mut level = 1;
        let end = loop {
            let mut place = at.at;
            let (begin, tag) = next_tag(at, &mut place, Style::MiniMax3, false).ok()??;
            at.at = begin + tag.len;
            if tag.name == open.name {
                level = if tag.side == Side::Close { level - 1 } else { level + 1 };
            }
            if level == 0 {
                break begin;
            }
        };
        let inside = &text[from..end];
        let value = if inside.contains("]<]minimax[>[") {
            elements(inside, depth + 1)?
        } else {
            Value::Text(inside.into())
        };
        fields.push((open.written.into(), value));
    }
    if !fields.is_empty() && fields.iter().all(|(key, _)| key == "item") {
        return Some(Value::List(fields.into_iter().map(|(_, value)| value).collect()));
    }
    Some(Value::Object(fields))
}
