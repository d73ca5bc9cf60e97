//! Markup that lost its angle brackets: `invoke name="Read">parameter name="file_path">aparameter>invoke>`.

use super::shape::Demand;
use super::{Match, Proof, Site, json, marked, skip_noise};
use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::damage::{Damage, Damages};
use crate::format::Format;

/// Names whose brackets are put back, the longer of two that end alike first.
const NAMES: &[&str] = &[
    "function_calls",
    "minimax:tool_call",
    "tool_calls",
    "tool_call",
    "function",
    "invoke",
    "parameter",
    "arg_key",
    "arg_value",
];

/// Reads what a word at the cursor opens. It is looked at once, when all of the text is there.
pub fn read(start: Cursor<'_>, site: Site<'_>) -> Read<Match> {
    let mut at = start;
    for word in ["tool_calls", "tool_call"] {
        if at.take(word)? {
            at.take(">")?;
            at.skip_blank();
            if at.peek()? != Some(b'{') {
                break;
            }
            let mut damage = Damages::NONE;
            damage.add(Damage::BracketsLost);
            let calls = json::calls(&mut at, site, Demand::Name, &mut damage)?;
            return Ok(Match { end: at.at, calls, format: Format::HERMES, damage, proof: Proof::Markup });
        }
    }
    if !names_a_tool(start, site)? {
        return Err(Stop::No);
    }
    if start.edge != Edge::Stopped {
        return Err(start.ran_out(Wait::Any));
    }
    let mended = mended(start.rest());
    let mut inside = Cursor::new(&mended, 0, Edge::Stopped);
    let mut calls = Vec::new();
    let mut damage = Damages::NONE;
    damage.add(Damage::BracketsLost);
    let mut format = Format::CLAUDE_XML;
    loop {
        let found = marked::read(inside, site)?;
        calls.extend(found.calls);
        damage.join(found.damage);
        format = if start.rest().starts_with("function") { Format::QWEN_CODER } else { format };
        inside.at = found.end;
        if skip_noise(&mut inside)? {
            return Ok(Match { end: start.text.len(), calls, format, damage, proof: Proof::Markup });
        }
    }
}

/// Whether the first tag names a declared tool.
fn names_a_tool(start: Cursor<'_>, site: Site<'_>) -> Read<bool> {
    let rest = start.rest();
    let Some(len) = rest.find('>') else {
        return if rest.len() < 200 && !rest.contains('\n') {
            Err(start.ran_out(Wait::Byte(b'>')))
        } else {
            Ok(false)
        };
    };
    let head = &rest[..len];
    if matches!(head, "tool_call" | "tool_calls" | "minimax:tool_call" | "function_calls") {
        let mut inside = start;
        inside.at += len + 1;
        inside.skip_blank();
        inside.peek()?;
        if inside.begins("invoke name=")? || inside.begins("function=")? {
            return Ok(true);
        }
        let name = inside.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-'))?;
        inside.skip_blank();
        return Ok(site.tools.knows(name) && inside.begins("arg_key>")?);
    }
    let name = head.rsplit('=').next().unwrap_or_default().trim_matches(['"', '\'', ' ']);
    Ok(site.tools.knows(name))
}

/// The text with brackets put back around the known names.
fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    let mut open_keys = false;
    while at < text.len() {
        let rest = &text[at..];
        // Most bytes begin none of the names.
        let plain =
            rest.bytes().position(|byte| matches!(byte, b'/' | b'f' | b'm' | b't' | b'i' | b'p' | b'a'));
        let plain = plain.unwrap_or(rest.len());
        if plain > 0 {
            out.push_str(&rest[..plain]);
            at += plain;
            continue;
        }
        let slash = rest.starts_with('/');
        let word = &rest[usize::from(slash)..];
        let found = NAMES.iter().find(|name| word.starts_with(**name));
        let bracketed = out.ends_with('<') || out.ends_with("</") || out.ends_with(':');
        if let Some(name) = found.filter(|_| !bracketed) {
            let behind = &word[name.len()..];
            let opens = behind.starts_with(" name=") || behind.starts_with('=');
            if opens || behind.starts_with('>') {
                let key = name.starts_with("arg_") || name.contains("_call");
                let closes = slash || (!opens && (!key || open_keys));
                if key && !opens {
                    open_keys = !closes;
                }
                out.push_str(if closes { "</" } else { "<" });
                out.push_str(name);
                at += name.len() + usize::from(slash);
                continue;
            }
        }
        let step = rest.chars().next().map_or(1, char::len_utf8);
        out.push_str(&rest[..step]);
        at += step;
    }
    out
}
