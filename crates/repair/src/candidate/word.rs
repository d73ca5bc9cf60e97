//! Calls that begin with a word or with a bracket: `functools[`, `Action:`, `[TOOL_CALLS]`, `Read(...)`.

use super::shape::Demand;
use super::{Match, Proof, Site, Written, bare, harmony, json, lost, marked, python};
use crate::cursor::{Cursor, Edge, Read, Stop};
use crate::damage::{Damage, Damages};
use crate::format::Format;
use crate::toolbox::{Arguments, Toolbox};

/// Words that begin a call wherever they stand, as the tokens before them may have been stripped.
const ANYWHERE: &[&str] = &["functools[", "functools [", "call:"];

/// The same for words that end with `=`, the longer of two that end alike first.
pub const WORDS_BEFORE_EQUALS: &[&str] = &[
    "assistantcommentary to",
    "assistantanalysis to",
    "commentary? to",
    "commentary?? to",
    "commentary to",
    "analysis to",
    "assistant to",
    "invoke name",
    "to",
];

/// Words that begin a call at the beginning of a line.
const AT_LINE_START: &[&str] = &[
    "Action:",
    ">>>",
    "print(",
    "tool_call>",
    "tool_calls>",
    "tool_call\n",
    "function_calls>",
    "function=",
    "functions.",
    "function",
    "minimax:tool_call>",
    "assistant",
    "commentary",
    "**Action:**",
    "default_api.",
    "await ",
];

/// Whether one of the words that begin a call anywhere ends, or may end, `text` from `at` on.
pub fn opens_word(text: &str, at: usize, edge: Edge) -> Read<bool> {
    let cursor = Cursor::new(text, at, edge);
    for word in ANYWHERE {
        if cursor.begins(word)? {
            return Ok(true);
        }
    }
    for word in WORDS_BEFORE_EQUALS {
        let mut behind = cursor;
        if behind.take(word)? && behind.begins("=")? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the word at the beginning of a line may begin a call.
///
/// # Errors
/// If more must come to tell.
pub fn could_begin_word<'a>(at: Cursor<'a>, tools: &Toolbox) -> Read<bool> {
    for word in AT_LINE_START {
        if at.begins(word)? {
            return Ok(true);
        }
    }
    let Some(first) = at.rest().bytes().next() else { return Ok(false) };
    if !tools.has_initial(first) {
        return Ok(false);
    }
    let rest = at.rest();
    let len = rest
        .find(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '.' | '-' | ':' | '/')))
        .unwrap_or(rest.len());
    let word = &rest[..len];
    if len == rest.len() && at.edge == Edge::Open {
        return if len <= 128 && tools.begins(word) {
            Err(Stop::More(crate::cursor::Wait::Any))
        } else {
            Ok(false)
        };
    }
    // A name is a call only with something of a call behind it.
    let behind = rest[len..].trim_start_matches([' ', '\t']);
    if behind.is_empty() && at.edge == Edge::Open {
        return if tools.knows(word) { Err(Stop::More(crate::cursor::Wait::Any)) } else { Ok(false) };
    }
    Ok(behind.starts_with(['(', '{', '[', '<', '\n', '\\']) && tools.begins(word) && tools.knows(word))
}

/// Reads the calls that a word at the cursor begins.
pub fn read<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let mut at = start;
    if at.take("functools")? {
        at.skip_spaces();
        if !at.begins("[")? {
            return Err(Stop::No);
        }
        let mut damage = Damages::NONE;
        let calls = json::calls(&mut at, site, Demand::Name, &mut damage)?;
        return Ok(Match { end: at.at, calls, format: Format::PHI, damage, proof: Proof::Markup });
    }
    if at.begins("call:")? {
        return by_name(start, site, Proof::Markup, Damage::TokensStripped);
    }
    for word in ["invoke name=", "function=", "tool_call", "minimax:tool_call>", "function_calls>"] {
        if at.begins(word)? {
            return lost::read(start, site);
        }
    }
    match harmony::stripped(start, site) {
        Err(Stop::No) => {}
        other => return other,
    }
    if at.take(">>>")? {
        return functionary(at, site);
    }
    if !site.line_start {
        return Err(Stop::No);
    }
    at.take("**")?;
    if at.take("Action:")? {
        return react(at, site);
    }
    at = start;
    at.take("await ")?;
    named(at, site)
}

/// `>>>NAME`, a line end, and the arguments.
fn functionary<'a>(mut at: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    at.skip_spaces();
    let name = at.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-'))?;
    at.skip_blank();
    if !site.tools.knows(name) {
        return Err(Stop::No);
    }
    let mut damage = Damages::NONE;
    let arguments = json::arguments(&mut at, &mut damage)?;
    let calls = vec![Written { name: name.into(), arguments, id: None }];
    Ok(Match { end: at.at, calls, format: Format::FUNCTIONARY, damage, proof: Proof::Markup })
}

/// `Action: NAME` and `Action Input: {…}`.
fn react<'a>(mut at: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    at.take("**")?;
    at.skip_spaces();
    at.take("`")?;
    let name = at.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-'))?;
    if !site.tools.may_mean(name) {
        return Err(Stop::No);
    }
    at.take("`")?;
    at.skip_blank();
    at.take("**")?;
    if !(at.take("Action Input:")? || at.take("Action input:")? || at.take("ActionInput:")?) {
        return Err(Stop::No);
    }
    at.take("**")?;
    at.skip_blank();
    let mut damage = Damages::NONE;
    let arguments = json::arguments(&mut at, &mut damage)?;
    let calls = vec![Written { name: name.into(), arguments, id: None }];
    Ok(Match { end: at.at, calls, format: Format::PROMPT_JSON, damage, proof: Proof::Markup })
}

/// A tool's name at the beginning of a line, and arguments behind it.
fn named<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let mut at = start;
    let word = at.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-' | ':' | '/'))?;
    if word == "print" || at.peek()? == Some(b'(') {
        let mut damage = Damages::NONE;
        let mut at = start;
        let calls = python::calls(&mut at, site, &mut damage)?;
        return Ok(Match { end: at.at, calls, format: Format::PROMPT_JSON, damage, proof: Proof::Form });
    }
    // `functionRead`: what is left of DeepSeek's tokens.
    let glued = word
        .strip_prefix("function")
        .filter(|rest| !rest.is_empty() && !site.tools.knows(word) && site.tools.knows(rest));
    let mut from = start;
    from.at += glued.map_or(0, |_| "function".len());
    let mut behind = at;
    behind.skip_spaces();
    let newline = matches!(behind.peek()?, Some(b'\n' | b'\r'));
    behind.skip_blank();
    match behind.peek()? {
        Some(b'<' | b'\\') => by_name(from, site, Proof::Markup, Damage::OpenerMissing),
        Some(b'[') if behind.begins("[ARGS]")? || behind.begins("[CALL_ID]")? => {
            by_name(from, site, Proof::Markup, Damage::OpenerMissing)
        }
        Some(b'{') => by_name(from, site, Proof::Form, Damage::TokensStripped),
        Some(b'`') if newline => by_name(from, site, Proof::Form, Damage::TokensStripped),
        _ => Err(Stop::No),
    }
}

fn by_name<'a>(start: Cursor<'a>, site: Site<'_>, proof: Proof, why: Damage) -> Read<Match<'a>> {
    let mut at = start;
    let mut damage = Damages::NONE;
    damage.add(why);
    let (mut calls, format) = marked::call_by_name(&mut at, site, &mut damage)?;
    if proof == Proof::Form {
        followers(&mut at, site, &mut calls, &mut damage)?;
    }
    // A name alone is a word.
    let bare = calls.iter().all(|call| call.arguments == Arguments::Named(Vec::new()));
    if bare && at.at == start.at + calls.first().map_or(0, |call| call.name.len()) {
        return Err(Stop::No);
    }
    Ok(Match { end: at.at, calls, format, damage, proof })
}

/// Reads calls that follow at once, as they do where the tokens between them were stripped.
fn followers<'a>(
    at: &mut Cursor<'a>,
    site: Site<'_>,
    calls: &mut Vec<Written<'a>>,
    damage: &mut Damages,
) -> Read<()> {
    loop {
        let mut next = *at;
        match next.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-' | ':')) {
            Ok(name) if site.tools.knows(name) && next.rest().starts_with('{') => {}
            Ok(_) | Err(Stop::No | Stop::Cut) => return Ok(()),
            Err(stop) => return Err(stop),
        }
        next = *at;
        calls.extend(marked::call_by_name(&mut next, site, damage)?.0);
        *at = next;
    }
}

/// Reads what a square bracket opens.
pub fn bracket<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let mut at = start;
    for word in ["[TOOL_CALLS]", "[TOOL_CALL]", "[TOOLCALLS]"] {
        if at.take_caseless(word)? {
            let mut damage = Damages::NONE;
            damage.note(!start.rest().starts_with("[TOOL_CALLS]"), Damage::TagMisspelt);
            return mistral(at, site, damage);
        }
    }
    for word in ["[Tool call: ", "[Tool Call: ", "[tool call: ", "[Calling tool: ", "[Tool call:"] {
        if at.take(word)? {
            return announced(at, site);
        }
    }
    at.at += 1;
    at.skip_blank();
    match at.peek()? {
        Some(b'{') => bare::list(start, site),
        Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => pythonic(at, site),
        _ => Err(Stop::No),
    }
}

fn mistral<'a>(mut at: Cursor<'a>, site: Site<'_>, mut damage: Damages) -> Read<Match<'a>> {
    at.skip_blank();
    let (calls, format) = match at.peek()? {
        None => return Err(at.ran_out(crate::cursor::Wait::Any)),
        Some(b'[' | b'{') => (json::calls(&mut at, site, Demand::Name, &mut damage)?, Format::MISTRAL_ARRAY),
        Some(_) => {
            let (calls, _) = marked::call_by_name(&mut at, site, &mut damage)?;
            (calls, Format::MISTRAL_ARGS)
        }
    };
    Ok(Match { end: at.at, calls, format, damage, proof: Proof::Markup })
}

/// `[Tool call: NAME]`, with or without arguments behind it, perhaps several times.
fn announced<'a>(mut at: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let mut damage = Damages::NONE;
    let mut calls = Vec::new();
    loop {
        calls.push(announcement(&mut at, site, &mut damage)?);
        let mut next = at;
        next.skip_blank();
        if next.rest().is_empty() || !next.take_caseless("[Tool call:")? {
            next.peek()?;
            return Ok(Match { end: at.at, calls, format: Format::PROMPT_JSON, damage, proof: Proof::Form });
        }
        at = next;
    }
}

fn announcement<'a>(at: &mut Cursor<'a>, site: Site<'_>, damage: &mut Damages) -> Read<Written<'a>> {
    at.skip_spaces();
    let name = at.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-' | ':'))?;
    if !site.tools.may_mean(name) {
        return Err(Stop::No);
    }
    at.skip_spaces();
    at.take("(")?;
    at.take(")")?;
    let mut arguments = Arguments::Absent;
    if at.peek()? == Some(b'{') {
        arguments = json::arguments(at, damage)?;
    }
    if !at.take("]")? {
        return Err(Stop::No);
    }
    let mut behind = *at;
    behind.skip_blank();
    if behind.rest().is_empty() && behind.edge == Edge::Open {
        behind.peek()?;
    }
    if behind.rest().starts_with('{') || behind.rest().starts_with("```") {
        arguments = json::arguments(&mut behind, damage)?;
        *at = behind;
    }
    Ok(Written { name: name.into(), arguments, id: None })
}

/// `[Read(file_path="a"), Bash(command='ls')]`.
fn pythonic<'a>(mut at: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let mut damage = Damages::NONE;
    let calls = python::calls(&mut at, site, &mut damage)?;
    at.skip_blank();
    if !at.take("]")? {
        if !at.rest().is_empty() || at.edge != Edge::Stopped {
            return Err(if at.rest().is_empty() { at.ran_out(crate::cursor::Wait::Any) } else { Stop::No });
        }
        damage.add(Damage::Unbalanced);
    }
    Ok(Match { end: at.at, calls, format: Format::PYTHONIC, damage, proof: Proof::Form })
}
