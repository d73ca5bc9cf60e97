//! Calls in a Markdown fence, which must hold nothing else.

use super::shape::Demand;
use super::{Match, Proof, Site, json, marked, python, word};
use crate::cursor::{Cursor, Edge, Read, Stop};
use crate::damage::{Damage, Damages};
use crate::format::Format;
use crate::lenient::Reader;

/// Languages of fences that may hold calls. All others hold code.
const LANGUAGES: &[&str] = &[
    "",
    "json",
    "json5",
    "jsonc",
    "jsonl",
    "tool_call",
    "tool_calls",
    "tool_code",
    "tool",
    "tool_use",
    "function_call",
    "xml",
    "text",
    "txt",
    "plaintext",
];

/// Reads the fence at the cursor.
pub fn read<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let mut at = start;
    let mark = if at.take("```")? {
        '`'
    } else if at.take("~~~")? {
        '~'
    } else {
        return Err(Stop::No);
    };
    at.take_while(|it| it == mark)?;
    let language =
        at.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '+' | '-' | '#' | '.'))?.to_lowercase();
    if !LANGUAGES.contains(&language.as_str()) {
        return Err(Stop::No);
    }
    at.skip_blank();
    let mut damage = Damages::NONE;
    let (calls, format) = match at.peek()? {
        Some(b'{') => (objects(&mut at, site, &mut damage)?, Format::PROMPT_JSON),
        Some(b'[') => {
            let found = word::bracket(at, site)?;
            at.at = found.end;
            damage.join(found.damage);
            let format = match found.format {
                Format::XLAM => Format::PROMPT_JSON,
                Format::PYTHONIC => Format::GEMMA_FENCED,
                other => other,
            };
            (found.calls, format)
        }
        Some(b'f') if at.begins("functools")? => {
            let found = word::read(at, site)?;
            at.at = found.end;
            damage.join(found.damage);
            damage.add(Damage::Fenced);
            (found.calls, found.format)
        }
        Some(b'<' | b']') => {
            let found = marked::read(at, site)?;
            at.at = found.end;
            damage.join(found.damage);
            damage.add(Damage::Fenced);
            super::skip_noise(&mut at)?;
            return ended(at, mark, Match { end: at.at, damage, proof: Proof::Form, ..found });
        }
        Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
            (python::calls(&mut at, site, &mut damage)?, Format::GEMMA_FENCED)
        }
        _ => return Err(Stop::No),
    };
    let found = Match { end: at.at, calls, format, damage, proof: Proof::Form };
    ended(at, mark, found)
}

fn objects<'a>(at: &mut Cursor<'a>, site: Site<'_>, damage: &mut Damages) -> Read<Vec<super::Written<'a>>> {
    // What is not a call from its first key on is not held.
    Reader::new(*at).object(&|key, value| super::shape::may_belong(site.tools, key, value))?;
    let mut calls = Vec::new();
    while at.peek()? == Some(b'{') {
        calls.extend(json::calls(at, site, Demand::Both, damage)?);
        at.skip_blank();
        while matches!(at.peek()?, Some(b',' | b';' | b'}')) {
            damage.note(at.peek()? == Some(b'}'), Damage::SurplusBracket);
            at.at += 1;
            at.skip_blank();
        }
    }
    Ok(calls)
}

/// The fence must close behind the calls, or the text must end.
fn ended<'a>(mut at: Cursor<'a>, mark: char, mut found: Match<'a>) -> Read<Match<'a>> {
    at.skip_blank();
    if at.rest().is_empty() && at.edge == Edge::Stopped {
        found.damage.add(Damage::CloserMissing);
        found.end = at.at;
        return Ok(found);
    }
    let inside = found.end;
    at.peek()?;
    let fence = at.take_while(|it| it == mark)?;
    if fence.len() < 3 && !at.text[..inside].ends_with("```") {
        return Err(Stop::No);
    }
    found.end = at.at;
    Ok(found)
}
