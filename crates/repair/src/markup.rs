//! Tags as models write them: `<tool_call>`, `<|tool_call_begin|>`, `<｜DSML｜invoke name="N">`, `<|open|>call tool="N"<|sep|>`,
//! in any case, with bars doubled or replaced, with a namespace or a prefix before. One reader turns all of them into a
//! [`Tag`]; what a tag is for is in the table of [`role`].

mod attribute;
mod name;
mod role;

pub use attribute::{attribute, attributes, unquoted};
pub use name::fold;
pub use role::{Role, role};

use crate::cursor::{Cursor, Edge, Read, Wait};
use crate::damage::{Damage, Damages};
use name::{Folded, folded, is_capital, is_name, namespace};
use role::Known;
use std::borrow::Cow;

/// The longest name, and the longest run of attributes without quotes, in bytes.
const MAX_NAME: usize = 96;

/// The longest run of attributes, in bytes.
const MAX_ATTRIBUTES: usize = 256 * 1024;

/// The attributes that say what a call or a parameter is called.
const TITLES: &[&str] = &["name", "key", "tool", "function"];

/// What MiniMax M3 puts before each tag.
const M3_PREFIX: &str = "]<]minimax[>[";

/// Which end of an element a tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It opens.
    Open,
    /// It closes.
    Close,
    /// Both at once: `<a/>`.
    Alone,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// How many bytes it takes, what belongs before it included.
    pub len: usize,
    /// Whether it opens or closes.
    pub side: Side,
    /// Its name by letters and digits alone, lower case, without its namespace.
    pub name: Cow<'a, str>,
    /// Its name as it was written.
    pub written: &'a str,
    /// Its attributes as they were written.
    pub attributes: &'a str,
    /// What a call or a parameter is called: what follows the name after `=` or a space, or an attribute.
    pub title: Option<Cow<'a, str>>,
    /// Whether the title is in an attribute, or there is none.
    pub is_bare: bool,
    /// The syntax it is of.
    pub style: Style,
    /// The namespace before its name, folded: `dsml`, `minimax`.
    pub space: &'static str,
    /// What is wrong with it.
    pub damage: Damages,
    known: Option<Known>,
}

/// The syntaxes of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Angle brackets.
    Plain,
    /// Angle brackets and bars: a special token.
    Barred,
    /// `<|open|>…<|sep|>`.
    Kimi3,
    /// With the prefix of MiniMax M3.
    MiniMax3,
}

impl<'a> Tag<'a> {
    /// What it is for, where its name tells.
    pub fn role(&self) -> Option<Role> {
        self.known?.role(self.style)
    }

    /// Its name, if that is one of the vocabulary.
    pub fn known_name(&self) -> Option<&'static str> {
        self.known.map(|known| known.name)
    }

    /// Gives it another name and a title.
    pub fn rename(&mut self, name: &'static str, title: &'a str) {
        self.known = Known::of(name.as_bytes());
        self.name = Cow::Borrowed(name);
        self.title = Some(Cow::Borrowed(title));
        self.is_bare = false;
    }

    /// An attribute by any of these names.
    pub fn attribute(&self, names: &[&str]) -> Option<Cow<'a, str>> {
        attribute(self.attributes, names)
    }

    /// Whether it opens something.
    pub fn opens(&self) -> bool {
        self.side == Side::Open
    }
}

/// A tag that was read before its turn, and where it begins.
pub type Ahead<'a> = Option<(usize, Tag<'a>)>;

/// Reads the tag at the cursor, unless it was read ahead.
///
/// # Errors
/// As [`tag`].
pub fn ahead_or_tag<'a>(ahead: Ahead<'a>, at: Cursor<'a>) -> Read<Option<Tag<'a>>> {
    match ahead {
        Some((begin, tag)) if begin == at.at => Ok(Some(tag)),
        _ => tag(at),
    }
}

/// Reads the tag at the cursor, if one is there.
///
/// # Errors
/// Only if more must come to tell, or the tag was cut off.
pub fn tag<'a>(start: Cursor<'a>) -> Read<Option<Tag<'a>>> {
    // Most text is ruled out by its first byte.
    if !matches!(start.rest().as_bytes().first(), None | Some(b'<' | b']' | b'\\' | b'&')) {
        return Ok(None);
    }
    let mut at = start;
    let mut style = Style::Plain;
    if at.take(M3_PREFIX)? {
        style = Style::MiniMax3;
        at.skip_blank();
    }
    if at.rest().as_bytes().get(1).is_none_or(|second| *second == b'|') {
        for (open, side) in [("<|open|>", Side::Open), ("<|close|>", Side::Close)] {
            if at.take(open)? {
                return kimi(start, at, side);
            }
        }
    }
    let mut damage = Damages::NONE;
    let Some(closer) = opening(&mut at, &mut damage)? else { return Ok(None) };
    let head = head(&mut at, &mut damage)?;
    let Some(mut head) = head else { return Ok(None) };
    if head.bars && style == Style::Plain {
        style = Style::Barred;
    }
    let from = at.at;
    let Some(end) = end_of(at, closer)? else { return Ok(None) };
    let (mut inside, mut alone) = (&at.text[from..end], false);
    let (mut title, mut is_bare, mut attributes) = (None, true, "");
    // Most tags have nothing behind their name.
    if !inside.is_empty() {
        if let Some(rest) = inside.trim_end().strip_suffix('/').filter(|rest| !rest.ends_with('=')) {
            (inside, alone) = (rest, true);
        }
        if inside.ends_with(['|', '｜']) {
            inside = inside.trim_end_matches(['|', '｜']);
            head.side = if head.left_bar { head.side } else { Side::Close };
        }
        (title, attributes) = split(inside);
        is_bare = title.is_none();
        title = title.or_else(|| attribute(attributes, TITLES));
    }
    let side = if alone && head.side == Side::Open { Side::Alone } else { head.side };
    let len = end + closer.len() - start.at;
    Ok(Some(Tag {
        len,
        side,
        name: head.name,
        written: head.written,
        attributes,
        title,
        is_bare,
        style,
        space: head.space,
        damage,
        known: head.known,
    }))
}

/// Where in the text the first closing tag of a call begins.
pub fn closing_tag(text: &str) -> Option<usize> {
    memchr::memmem::find_iter(text.as_bytes(), b"<").find(|at| {
        matches!(tag(Cursor::new(text, *at, Edge::Stopped)), Ok(Some(tag))
            if tag.role().is_some_and(|role| role.closes_calls(tag.side)))
    })
}

/// A tag of Kimi K3: a name and attributes between special tokens.
fn kimi<'a>(start: Cursor<'a>, at: Cursor<'a>, side: Side) -> Read<Option<Tag<'a>>> {
    const END: &str = "<|sep|>";
    let Some(len) = at.rest().find(END) else {
        let fits = at.rest().len() <= MAX_NAME * 4 && !at.rest().contains('\n');
        return if fits && at.edge != Edge::Stopped { Err(at.ran_out(Wait::Any)) } else { Ok(None) };
    };
    let inside = &at.rest()[..len];
    if inside.len() > MAX_NAME * 4 || inside.contains(['<', '\n']) {
        return Ok(None);
    }
    let (written, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
    let len = at.at + len + END.len() - start.at;
    let name = folded(written, None);
    let known = Known::of_kimi(&name);
    let (style, space, damage) = (Style::Kimi3, "", Damages::NONE);
    let title = attribute(attributes, TITLES);
    Ok(Some(Tag { len, side, name, written, attributes, title, is_bare: true, style, space, damage, known }))
}

/// Takes the opening bracket and tells what closes it.
fn opening(at: &mut Cursor<'_>, damage: &mut Damages) -> Read<Option<&'static str>> {
    for (open, close) in [("<", ">"), ("\\u003c", "\\u003e"), ("\\u003C", "\\u003E"), ("&lt;", "&gt;")] {
        if at.take(open)? {
            damage.note(open != "<", Damage::TagEscaped);
            return Ok(Some(close));
        }
    }
    Ok(None)
}

struct Head<'a> {
    side: Side,
    name: Cow<'a, str>,
    known: Option<Known>,
    written: &'a str,
    space: &'static str,
    bars: bool,
    left_bar: bool,
}

/// Reads up to the end of the name: slash, bars, namespace, name.
fn head<'a>(at: &mut Cursor<'a>, damage: &mut Damages) -> Read<Option<Head<'a>>> {
    let mut side = if at.take("/")? { Side::Close } else { Side::Open };
    let mut left_bar = bars(at, damage)?;
    if left_bar && at.take("/")? {
        side = Side::Close;
    }
    let mut bars_seen = left_bar;
    let mut space = "";
    if left_bar {
        at.skip_spaces();
    }
    loop {
        let from = at.at;
        let word = if left_bar { barred_name(at)? } else { at.take_while(is_name)? };
        if word.is_empty() || word.len() > MAX_NAME {
            return Ok(None);
        }
        let short = Folded::of(word);
        let short = short.as_ref().map_or(&[][..], Folded::bytes);
        // A namespace: `minimax:`, `｜DSML｜`, `ifm|`.
        match namespace(short) {
            Some(marked @ ("dsml" | "gcml")) if left_bar => {
                damage.note(!at.text[..from].trim_end().ends_with('｜'), Damage::BarsReplaced);
                at.skip_spaces();
                if !bars(at, damage)? {
                    return Ok(None);
                }
                at.skip_spaces();
                left_bar = false;
                bars_seen = false;
                space = marked;
                continue;
            }
            Some(prefix) if !matches!(prefix, "dsml" | "gcml") && (at.take(":")? || at.take("|")?) => {
                space = prefix;
                continue;
            }
            _ => {}
        }
        // A suffix of a tokenizer: `tool_calls:opensource`.
        if at.take(":")? {
            at.take_while(is_name)?;
        }
        let known = Known::of(short);
        let name = folded(word, known);
        let respelt = known.is_some_and(|it| it.role(Style::Plain).is_some())
            && !word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && word.chars().any(char::is_uppercase)
            && !is_capital(&name, word);
        damage.note(respelt, Damage::TagMisspelt);
        bars_seen |= left_bar;
        let begins_alike =
            left_bar && !word.is_ascii() && at.text[..from].ends_with('|') && word.contains('▁');
        damage.note(begins_alike, Damage::BarsReplaced);
        return Ok(Some(Head { side, name, known, written: word, space, bars: bars_seen, left_bar }));
    }
}

/// A name between bars, which may have blanks where a tokenizer has `▁`.
fn barred_name<'a>(at: &mut Cursor<'a>) -> Read<&'a str> {
    let from = *at;
    let name = at.take_while(is_name)?;
    if !at.rest().starts_with(' ') {
        return Ok(name);
    }
    *at = from;
    let spaced = at.take_while(|it| is_name(it) || it == ' ')?;
    if spaced.contains(' ')
        && matches!(at.rest().chars().next(), Some('|' | '｜'))
        && spaced.len() <= MAX_NAME
        && !spaced.ends_with(' ')
    {
        return Ok(spaced);
    }
    *at = from;
    at.take_while(is_name)
}

/// Takes bars of any kind and the spaces behind them; whether there were any.
fn bars(at: &mut Cursor<'_>, damage: &mut Damages) -> Read<bool> {
    // All but `|` begin with one of two bytes.
    if at.rest().as_bytes().first().is_some_and(|byte| !matches!(byte, b'|' | 0xef | 0xe2)) {
        return Ok(false);
    }
    let run = at.take_while(|it| matches!(it, '|' | '｜' | '‖'))?;
    damage.note(!matches!(run, "" | "|" | "｜"), Damage::BarsReplaced);
    Ok(!run.is_empty())
}

/// Where the closing bracket is: outside of quotes, and near.
fn end_of(at: Cursor<'_>, closer: &str) -> Read<Option<usize>> {
    let rest = at.rest();
    let bytes = rest.as_bytes();
    let closer = closer.as_bytes();
    let mut place = 0;
    let mut quoted = 0;
    while place < bytes.len() && place <= MAX_ATTRIBUTES {
        let byte = bytes[place];
        if byte == closer[0] && bytes[place..].starts_with(closer) {
            return Ok(Some(at.at + place));
        }
        if byte == b'<' || (byte == b'\n' && place - quoted > MAX_NAME) || place - quoted > MAX_NAME * 2 {
            return Ok(None);
        }
        let opens_value = matches!(byte, b'"' | b'\'') && rest[..place].trim_end().ends_with('=');
        place += 1;
        if opens_value {
            match closing_quote(&bytes[place..], byte) {
                Some(len) => place += len + 1,
                None if at.edge != Edge::Stopped && bytes.len() <= MAX_ATTRIBUTES => {
                    return Err(at.ran_out(Wait::Byte(byte)));
                }
                None => return Ok(None),
            }
            quoted = place;
        }
    }
    if at.edge != Edge::Stopped && place <= MAX_ATTRIBUTES { Err(at.ran_out(Wait::Any)) } else { Ok(None) }
}

fn closing_quote(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut place = 0;
    loop {
        let len = memchr::memchr2(quote, b'\\', &bytes[place..])?;
        place += len;
        if bytes[place] == quote {
            return Some(place);
        }
        place += 2;
        if place > bytes.len() {
            return None;
        }
    }
}

/// What stands between the name and the bracket: `=value`, a bare word, or attributes.
fn split(inside: &str) -> (Option<Cow<'_, str>>, &str) {
    let trimmed = inside.trim();
    if trimmed.is_empty() {
        return (None, trimmed);
    }
    if let Some(value) = trimmed.strip_prefix('=') {
        let (value, rest) = unquoted(value.trim());
        return (Some(value), rest);
    }
    if !trimmed.contains('=') && trimmed.chars().all(is_name) {
        return (Some(Cow::Borrowed(trimmed)), "");
    }
    (None, trimmed)
}
