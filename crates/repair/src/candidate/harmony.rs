//! Harmony, the format of gpt-oss: messages with a header that names a channel and a recipient.

use super::{Match, Proof, Site, Written, json};
use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::damage::{Damage, Damages};
use crate::format::Format;
use crate::markup::{self, Role, Side, Tag};
use crate::toolbox::Arguments;
use std::borrow::Cow;

/// The longest header, in bytes.
const MAX_HEADER: usize = 400;

/// The header of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its length, the tag that begins the content included.
    pub len: usize,
    /// Whether the message is thinking.
    pub thinking: bool,
    /// The tool it is for.
    pub recipient: Option<String>,
    /// What was wrong with it.
    pub damage: Damages,
}

/// Reads the header that a tag at the cursor begins: from `<|start|>` or `<|channel|>` to `<|message|>`.
///
/// # Errors
/// If there is none, or more must come to tell.
pub fn header<'a>(start: Cursor<'a>, first: &Tag<'_>) -> Read<Header> {
    if !matches!(&*first.name, "start" | "channel") || first.role() != Some(Role::Harmony) || !first.opens() {
        return Err(Stop::No);
    }
    let mut at = start;
    at.at += first.len;
    let mut words = String::with_capacity(64);
    let mut damage = first.damage;
    let mut seen_channel = first.name == "channel";
    loop {
        if at.at - start.at > MAX_HEADER {
            return Err(Stop::No);
        }
        words.push_str(at.take_while(|it| it != '<' && it != '{')?);
        words.push(' ');
        if at.peek()? == Some(b'{') && recipient(&words).is_some() {
            // The tag that begins the content is missing.
            damage.add(Damage::InnerCloserMissing);
            break;
        }
        let tag = match markup::tag(at)? {
            Some(tag) if tag.role() == Some(Role::Harmony) => tag,
            None if at.rest().is_empty() => return Err(at.ran_out(Wait::Any)),
            _ => return Err(Stop::No),
        };
        at.at += tag.len;
        seen_channel |= tag.name == "channel";
        if tag.name == "message" {
            break;
        }
    }
    let recipient = recipient(&words);
    let thinking =
        seen_channel && recipient.is_none() && words.split_whitespace().any(|word| word == "analysis");
    Ok(Header { len: at.at - start.at, thinking, recipient, damage })
}

/// The tool that a header is for, if it is for one.
fn recipient(words: &str) -> Option<String> {
    let values = words.match_indices('=').filter(|(at, _)| words[..*at].ends_with("to"));
    let names = values.filter_map(|(at, _)| words[at + 1..].split_whitespace().next());
    let names = names.map(|name| name.trim_end_matches(['?', ',', '.']));
    let mut meant =
        names.filter(|name| !name.is_empty() && !matches!(*name, "assistant" | "user" | "all" | "system"));
    meant.next().map(str::to_owned)
}

/// Reads a message that is for a declared tool; the cursor stands at the first tag of its header.
pub fn message<'a>(start: Cursor<'a>, header: Header, site: Site<'_>) -> Read<Match<'a>> {
    let mut at = start;
    at.at += header.len;
    let name = header.recipient.ok_or(Stop::No)?;
    content(at, &name, site, header.damage)
}

/// Reads a message whose special tokens were stripped: `commentary to=functions.Read json{"file_path":"a"}`.
pub fn stripped<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let mut at = start;
    let mut seen = false;
    for word in ["assistant", "analysis", "commentary", "final"] {
        seen |= at.take(word)?;
        at.skip_spaces();
    }
    if !seen && !at.begins("to=functions.")? {
        return Err(Stop::No);
    }
    // Garbage that such headers have in one of twenty.
    at.take_while(|it| matches!(it, '?' | ' '))?;
    if !at.take("to=")? {
        return Err(Stop::No);
    }
    let name = at.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-' | ':'))?;
    if let Some(tag) = markup::tag(at)?
        && matches!(tag.role(), Some(Role::Harmony))
    {
        at.at += tag.len;
    }
    for word in ["commentary", "analysis", "<|constrain|>", "json", "code", "<|message|>"] {
        at.skip_blank();
        at.take(word)?;
    }
    let mut damage = Damages::NONE;
    damage.add(Damage::TokensStripped);
    content(at, name, site, damage)
}

fn content<'a>(mut at: Cursor<'a>, name: &str, site: Site<'_>, mut damage: Damages) -> Read<Match<'a>> {
    // The namespace that all tools are in.
    let name = name.strip_prefix("functions.").unwrap_or(name);
    if !site.tools.may_mean(name) {
        return Err(Stop::No);
    }
    at.skip_blank();
    let arguments = if json::begins_arguments(at)? {
        json::arguments(&mut at, &mut damage)?
    } else {
        match markup::tag(at)? {
            Some(tag) if tag.role() == Some(Role::End) => Arguments::Absent,
            _ if at.rest().is_empty() => return Err(at.ran_out(Wait::Any)),
            _ => return Err(Stop::No),
        }
    };
    let mut next = at;
    next.skip_blank();
    if next.rest().is_empty() && next.edge == Edge::Stopped {
        damage.add(Damage::CloserMissing);
    } else if let Some(tag) = markup::tag(next)?
        && tag.side == Side::Open
        && matches!(tag.role(), Some(Role::End | Role::Stop))
    {
        at.at = next.at + tag.len;
    }
    let calls = vec![Written { name: Cow::Owned(name.to_owned()), arguments, id: None }];
    Ok(Match { end: at.at, calls, format: Format::HARMONY, damage, proof: Proof::Markup })
}
