//! Calls that begin with the tool's name, between tags or without: `Read<｜tool▁sep｜>{…}`, `call:Read{…}`.

use super::family::{self, Body, Opening};
use super::inside;
use crate::candidate::{Site, Written, json, python, tagged};
use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::damage::{Damage, Damages};
use crate::format::Format;
use crate::markup::{self, Role, Side, Style, Tag};
use crate::toolbox::{Arguments, Field, Named};

/// Reads a call that begins with the tool's name.
pub fn call_by_name<'a>(
    at: &mut Cursor<'a>,
    site: Site<'_>,
    damage: &mut Damages,
) -> Read<(Vec<Written<'a>>, Format)> {
    let mut opening = Opening { names: Vec::new(), first: "", style: Style::Plain };
    let (calls, body) = after_name(at, site, &mut opening, damage)?;
    Ok((calls, family::format(&opening, body)))
}

pub(super) fn after_name<'a>(
    at: &mut Cursor<'a>,
    site: Site<'_>,
    opening: &mut Opening<'_>,
    damage: &mut Damages,
) -> Read<(Vec<Written<'a>>, Body)> {
    let from = *at;
    let gemma = at.take("call:")? || at.take("call ")?;
    let written = name(at)?;
    let mut id = None;
    if written == "function" || written == "tool" {
        // DeepSeek says what kind of thing is called before its name.
        let mut next = *at;
        if let Some(tag) = markup::tag(next)?
            && tag.role() == Some(Role::Separator)
        {
            next.at += tag.len;
            *at = next;
            opening.names.push("function");
            damage.join(tag.damage);
            tagged::skip_written_newline(at)?;
            if at.peek()? == Some(b'<') {
                return inside(at, site, opening, damage);
            }
            return after_name(at, site, opening, damage);
        }
    }
    let tool = match kimi_name(written) {
        tool if site.tools.may_mean(tool) => tool,
        // Kimi sometimes writes the running number alone: the arguments tell the tool.
        _ if !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit()) => "",
        _ => {
            *at = from;
            return python::calls(at, site, damage).map(|calls| (calls, Body::Python));
        }
    };
    if written.contains(':') && written.ends_with(|it: char| it.is_ascii_digit()) {
        id = Some(written.into());
    }
    let (arguments, body) = arguments_of(at, tool, gemma, site, opening, damage)?;
    let name = if tool.is_empty() {
        let Arguments::Value(value) = &arguments else { return Err(Stop::No) };
        damage.add(Damage::NameRespelt);
        site.tools.guess(value).ok_or(Stop::No)?.into()
    } else {
        tool.into()
    };
    Ok((vec![Written { name, arguments, id }], body))
}

/// Reads what follows the name of a tool.
fn arguments_of<'a>(
    at: &mut Cursor<'a>,
    tool: &str,
    gemma: bool,
    site: Site<'_>,
    opening: &mut Opening<'_>,
    damage: &mut Damages,
) -> Read<(Arguments<'a>, Body)> {
    let object = if gemma { Body::Gemma } else { Body::NameThenObject };
    for _ in 0..8 {
        let newline = at.rest().starts_with(['\n', '\\', '\r']);
        tagged::skip_written_newline(at)?;
        match at.peek()? {
            None if at.edge == Edge::Cut => return Err(Stop::Cut),
            None => return Ok((Arguments::Named(Vec::new()), Body::NameThenKeys)),
            Some(b'{' | b'"' | b'`') => {
                let arguments = json::arguments(at, damage)?;
                if gemma {
                    *damage = damage.without(&[Damage::BareKey]);
                }
                if opening.names.contains(&"function") {
                    *damage = damage.without(&[Damage::Fenced]);
                }
                return Ok((arguments, object));
            }
            Some(b'(') => {
                at.at += 1;
                let arguments = python::arguments(at, damage)?;
                return Ok((arguments, if gemma { Body::Gemma } else { Body::Python }));
            }
            Some(b'[') if at.take_caseless("[ARGS]")? => opening.names.push("args"),
            Some(b'[') if at.take_caseless("[CALL_ID]")? => {
                at.take_while(char::is_alphanumeric)?;
            }
            Some(b'B') if gemma && at.begins("BEGIN_ARG")? => {
                return begin_args(at).map(|it| (it, Body::Gemma));
            }
            Some(b'<' | b'\\' | b'&') => {
                if let Some(fields) = tag_after_name(at, tool, newline, site, opening, damage)? {
                    return Ok((Arguments::Named(fields), Body::NameThenKeys));
                }
            }
            Some(_) if at.edge == Edge::Cut && at.rest().len() < 12 => return Err(Stop::Cut),
            Some(_) => return Err(Stop::No),
        }
    }
    Err(Stop::No)
}

/// Reads a tag behind the name of a tool: arguments, the end of the call, or something between, for which `None`.
fn tag_after_name<'a>(
    at: &mut Cursor<'a>,
    tool: &str,
    newline: bool,
    site: Site<'_>,
    opening: &mut Opening<'_>,
    damage: &mut Damages,
) -> Read<Option<Named<'a>>> {
    let Some(tag) = markup::tag(*at)? else { return Err(Stop::No) };
    match (tag.role(), tag.side) {
        (Some(Role::Separator | Role::Harmony), _) => {
            damage.join(tag.damage);
            at.at += tag.len;
            opening.names.extend(tag.known_name());
            Ok(None)
        }
        (Some(Role::Key | Role::KeyName), Side::Open) => {
            if !newline {
                opening.names.push("glued");
            }
            let call = tagged::Call { tool, style: tag.style, element: false };
            tagged::fields(at, call, site, damage).map(|(fields, _)| Some(fields))
        }
        (Some(role), side) if role.closes_calls(side) => Ok(Some(Vec::new())),
        _ => Err(Stop::No),
    }
}

/// What is meant by a tag whose name and title run together: `<functionBash>`.
pub(super) fn retitled<'a>(tag: &Tag<'a>, site: Site<'_>) -> Option<Tag<'a>> {
    let (word, title) =
        ["function", "invoke"].iter().find_map(|word| Some((*word, tag.written.strip_prefix(word)?)))?;
    if tag.role().is_some() || !site.tools.knows(title) {
        return None;
    }
    let mut meant = tag.clone();
    meant.damage.add(Damage::TagMisspelt);
    meant.rename(word, title);
    Some(meant)
}

/// `BEGIN_ARG key: value END_ARG`, as some Gemma builds write.
fn begin_args<'a>(at: &mut Cursor<'a>) -> Read<Arguments<'a>> {
    let mut fields = Vec::new();
    loop {
        at.skip_blank();
        if !at.take("BEGIN_ARG")? {
            return Ok(Arguments::Named(fields));
        }
        let Some(len) = at.rest().find("END_ARG") else {
            return Err(at.ran_out(Wait::Byte(b'G')));
        };
        let inside = &at.rest()[..len];
        at.at += len + "END_ARG".len();
        let (key, value) = inside.split_once([':', '=', '\n']).ok_or(Stop::No)?;
        fields.push((key.trim().into(), Field::Raw(value.trim().into())));
    }
}

/// The name inside an id of Kimi, `functions.NAME:IDX`; else the name itself.
fn kimi_name(written: &str) -> &str {
    let Some(name) = written.strip_prefix("functions.") else { return written };
    let stem = name.trim_end_matches(|it: char| it.is_ascii_digit());
    stem.strip_suffix(':').unwrap_or(name)
}

/// Reads the name of a tool.
fn name<'a>(at: &mut Cursor<'a>) -> Read<&'a str> {
    let name = at.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-' | ':' | '/'))?;
    if name.is_empty() || name.len() > 128 { Err(Stop::No) } else { Ok(name) }
}
