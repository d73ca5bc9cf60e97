//! Calls whose tag names the tool: `<function=NAME>`, `<invoke name="NAME">`, or an element that has the tool's name.

use super::family::Body;
use crate::candidate::{Site, Written, json, tagged};
use crate::cursor::{Cursor, Read, Stop};
use crate::damage::{Damage, Damages};
use crate::markup::{self, Role, Side, Style, Tag};
use crate::toolbox::{Arguments, Field};
use crate::value::Value;

/// Reads what follows `<function=NAME>` or `<invoke name="NAME">`.
pub(super) fn titled<'a>(
    at: &mut Cursor<'a>,
    tag: &Tag<'a>,
    site: Site<'_>,
    damage: &mut Damages,
) -> Read<(Vec<Written<'a>>, Body)> {
    let name = tag.title.clone().unwrap_or_default();
    if !site.tools.may_mean(&name) {
        return Err(Stop::No);
    }
    let written = |arguments| vec![Written { name: name.clone(), arguments, id: None }];
    if let Some(text) = tag.attribute(&["arguments", "args", "parameters", "input"]) {
        return Ok((written(Arguments::Value(Value::Text(text))), Body::TaggedObject));
    }
    if tag.side == Side::Alone {
        return Ok((written(Arguments::Named(Vec::new())), Body::Tagged));
    }
    let mut next = *at;
    tagged::skip_written_newline(&mut next)?;
    if json::begins_arguments(next)? {
        let arguments = json::arguments(&mut next, damage)?;
        *at = next;
        return Ok((written(arguments), Body::TaggedObject));
    }
    let from = at.at;
    let call = tagged::Call { tool: &name, style: tag.style, element: false };
    let (fields, ahead) = tagged::fields(at, call, site, damage)?;
    let mut next = *at;
    next.skip_blank();
    let ended = match markup::ahead_or_tag(ahead, next)? {
        Some(close) => {
            let ends = close.role().is_some_and(|role| role.closes_calls(close.side));
            damage.note(
                ends && close.role() != Some(Role::Named) && close.style == Style::Plain,
                Damage::InnerCloserMissing,
            );
            ends || close.opens()
        }
        None => next.rest().is_empty(),
    };
    // Text where arguments should be: no call is meant. Behind arguments it is prose.
    if fields.is_empty() && (!ended || from == at.text.len()) {
        return Err(Stop::No);
    }
    Ok((written(Arguments::Named(fields)), Body::Tagged))
}

/// Reads an element that has a tool's name: `<Read><file_path>a</file_path></Read>`, `<Read file_path="a"/>`.
pub(super) fn element<'a>(
    at: &mut Cursor<'a>,
    tag: &Tag<'a>,
    site: Site<'_>,
    damage: &mut Damages,
) -> Read<(Vec<Written<'a>>, Body)> {
    let known = (site.tools.knows(tag.written) || site.tools.alias_of(tag.written).is_some())
        && is_tool_like(&tag.name);
    // Behind a letter it is a type parameter, not an element.
    if !known || site.glued || !tag.is_bare {
        return Err(Stop::No);
    }
    let written = |arguments| vec![Written { name: tag.written.into(), arguments, id: None }];
    let attributes = || {
        let attributes = markup::attributes(tag.attributes).into_iter();
        Arguments::Named(attributes.map(|(key, value)| (key.into(), Field::Raw(value))).collect())
    };
    if tag.side == Side::Alone {
        return Ok((written(attributes()), Body::Element));
    }
    let mut next = *at;
    next.skip_blank();
    let mut ahead = None;
    let arguments = if next.peek()? == Some(b'{') {
        *at = next;
        json::arguments(at, damage)?
    } else {
        let call = tagged::Call { tool: tag.written, style: tag.style, element: true };
        let fields;
        (fields, ahead) = tagged::fields(at, call, site, damage)?;
        if fields.is_empty() { attributes() } else { Arguments::Named(fields) }
    };
    at.skip_blank();
    match markup::ahead_or_tag(ahead, *at)? {
        Some(close) if close.side == Side::Close && close.name == tag.name => at.at += close.len,
        // With its arguments read, a missing end is only damage.
        None if at.rest().is_empty() && arguments != Arguments::Named(Vec::new()) => {
            damage.add(Damage::CloserMissing);
        }
        Some(close) if close.role().is_some_and(|role| role.closes_calls(close.side)) => {
            damage.add(Damage::TagMisspelt);
        }
        _ => return Err(Stop::No),
    }
    Ok((written(arguments), Body::Element))
}

/// Names that are ordinary markup are no elements of tools.
fn is_tool_like(name: &str) -> bool {
    const MARKUP: &[&str] = &[
        "answer",
        "final",
        "tool",
        "input",
        "code",
        "form",
        "label",
        "a",
        "b",
        "i",
        "p",
        "div",
        "span",
        "pre",
        "table",
        "ul",
        "ol",
        "li",
        "img",
        "button",
        "select",
        "option",
        "details",
        "summary",
        "output",
        "result",
        "think",
        "thinking",
        "thought",
        "reasoning",
        "scratchpad",
        "video",
        "audio",
        "object",
        "style",
        "script",
        "title",
        "link",
    ];
    !MARKUP.contains(&name)
}
