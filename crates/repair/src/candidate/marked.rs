//! Calls in markup: after an opening tag, whatever families put there.

use super::shape::Demand;
use super::{Match, Proof, Site, Written, harmony, json, lost, python, tagged};
use crate::cursor::{Cursor, Edge, Read, Stop};
use crate::damage::{Damage, Damages};
use crate::format::Format;
use crate::markup::{self, Role, Side, Style, Tag};
use crate::toolbox::{Arguments, Field};

/// What the opening tags and the body say about the family.
#[derive(Clone, Debug)]
struct Opening {
    /// Names of the tags, the outermost first.
    names: Vec<String>,
    /// The first tag as it was written, cut off where it is long.
    first: String,
    style: Style,
}

/// What stood between the tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Object,
    List,
    NameThenObject,
    NameThenKeys,
    Tagged,
    TaggedObject,
    Element,
    Python,
    Gemma,
}

/// Reads the calls that a tag at the cursor opens.
pub fn read(start: Cursor<'_>, site: Site<'_>) -> Read<Match> {
    let tag = retitled(markup::tag(start)?.ok_or(Stop::No)?, site);
    let mut at = start;
    let mut damage = tag.damage;
    let mut opening = Opening {
        names: vec![tag.name.clone()],
        first: start.text[start.at..].chars().take(24).collect(),
        style: tag.style,
    };
    let (calls, body) = match (tag.role(), tag.side) {
        (Some(Role::Harmony), Side::Open) => return harmony::read(start, site),
        (Some(Role::Section | Role::Call | Role::Separator), Side::Open) => {
            damage.note(tag.role() == Some(Role::Separator), Damage::OpenerMissing);
            at.at += tag.len;
            inside(&mut at, site, &mut opening, &mut damage)?
        }
        (Some(Role::Named), Side::Open | Side::Alone) if tag.title().is_some() => {
            at.at += tag.len;
            named(&mut at, &tag, site, &mut damage)?
        }
        (Some(Role::Named | Role::Call), Side::Alone) | (None, Side::Open | Side::Alone) => {
            at.at += tag.len;
            element(&mut at, &tag, site, &mut damage)?
        }
        _ => return Err(Stop::No),
    };
    finish(at, site, calls, &opening, body, damage)
}

fn finish(
    at: Cursor<'_>,
    site: Site<'_>,
    calls: Vec<Written>,
    opening: &Opening,
    body: Body,
    mut damage: Damages,
) -> Read<Match> {
    let mut next = at;
    next.skip_blank();
    let ends = next.rest().is_empty() && next.edge == Edge::Stopped;
    let single =
        opening.names.iter().any(|name| name == "toolcall" || name == "function" || name == "invoke");
    damage.note(ends && single && !matches!(body, Body::Python), Damage::CloserMissing);
    damage.note(calls.len() > 1 && body == Body::Object, Damage::SeveralInOne);
    let missing = matches!(body, Body::Tagged) && opening.names == ["function"] && !site.adjacent;
    damage.note(missing, Damage::OpenerMissing);
    Ok(Match { end: at.at, calls, format: format(opening, body), damage, proof: Proof::Markup })
}

/// Reads what follows an opening tag: more tags, a name, an object, a list, or Python.
fn inside(
    at: &mut Cursor<'_>,
    site: Site<'_>,
    opening: &mut Opening,
    damage: &mut Damages,
) -> Read<(Vec<Written>, Body)> {
    for _ in 0..8 {
        tagged::skip_written_newline(at)?;
        match at.peek()? {
            None => return Err(at.ran_out(crate::cursor::Wait::Any)),
            Some(b'{') => return Ok((json::calls(at, site, Demand::Name, damage)?, Body::Object)),
            Some(b'[') => return list(at, site, damage),
            Some(b'`') if at.take("```")? => {
                damage.add(Damage::Fenced);
                at.take_while(|it| it.is_alphanumeric() || it == '_')?;
            }
            Some(b'<' | b']' | b'\\' | b'&') => {
                let Some(tag) = markup::tag(*at)? else { return Err(Stop::No) };
                let tag = retitled(tag, site);
                damage.join(tag.damage);
                match (tag.role(), tag.side) {
                    (Some(Role::Section | Role::Call | Role::Separator), Side::Open) => {
                        at.at += tag.len;
                        opening.names.push(tag.name);
                    }
                    (Some(Role::Named), Side::Open | Side::Alone) if tag.title().is_some() => {
                        at.at += tag.len;
                        opening.names.push(tag.name.clone());
                        opening.style = tag.style;
                        return named(at, &tag, site, damage);
                    }
                    (None, Side::Open | Side::Alone) => {
                        at.at += tag.len;
                        return element(at, &tag, site, damage);
                    }
                    _ => return Err(Stop::No),
                }
            }
            Some(b'i' | b'f') if at.begins("invoke name=")? || at.begins("function=")? => {
                let found = lost::read(*at, site)?;
                damage.join(found.damage);
                at.at = found.end;
                return Ok((found.calls, Body::Tagged));
            }
            Some(b'f') if at.take("function call")? => {}
            Some(_) => return after_name(at, site, opening, damage),
        }
    }
    Err(Stop::No)
}

fn list(at: &mut Cursor<'_>, site: Site<'_>, damage: &mut Damages) -> Read<(Vec<Written>, Body)> {
    let mut inside = *at;
    inside.at += 1;
    inside.skip_blank();
    match inside.peek()? {
        Some(b'{' | b'[') => Ok((json::calls(at, site, Demand::Name, damage)?, Body::List)),
        Some(_) => {
            let calls = python::calls(&mut inside, site, damage)?;
            inside.skip_blank();
            inside.take("]")?;
            *at = inside;
            Ok((calls, Body::Python))
        }
        None => Err(Stop::No),
    }
}

/// Reads a call that begins with the tool's name.
pub(super) fn call_by_name(
    at: &mut Cursor<'_>,
    site: Site<'_>,
    damage: &mut Damages,
) -> Read<(Vec<Written>, Format)> {
    let mut opening = Opening { names: Vec::new(), first: String::new(), style: Style::Plain };
    let (calls, body) = after_name(at, site, &mut opening, damage)?;
    Ok((calls, format(&opening, body)))
}

fn after_name(
    at: &mut Cursor<'_>,
    site: Site<'_>,
    opening: &mut Opening,
    damage: &mut Damages,
) -> Read<(Vec<Written>, Body)> {
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
            opening.names.push("function".to_owned());
            damage.join(tag.damage);
            tagged::skip_written_newline(at)?;
            if at.peek()? == Some(b'<') {
                return inside(at, site, opening, damage);
            }
            return after_name(at, site, opening, damage);
        }
    }
    let tool = match resolved(written, site) {
        Some(tool) => tool,
        // Kimi sometimes writes the running number alone: the arguments tell the tool.
        None if !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit()) => String::new(),
        None => {
            *at = from;
            return python::calls(at, site, damage).map(|calls| (calls, Body::Python));
        }
    };
    if written.contains(':') && written.ends_with(|it: char| it.is_ascii_digit()) {
        id = Some(written.to_owned());
    }
    let (arguments, body) = arguments_of(at, &tool, gemma, site, opening, damage)?;
    let name = if tool.is_empty() {
        let Arguments::Value(value) = &arguments else { return Err(Stop::No) };
        damage.add(Damage::NameRespelt);
        site.tools.guess(value).ok_or(Stop::No)?
    } else {
        tool
    };
    Ok((vec![Written { name, arguments, id }], body))
}

/// Reads what follows the name of a tool.
fn arguments_of(
    at: &mut Cursor<'_>,
    tool: &str,
    gemma: bool,
    site: Site<'_>,
    opening: &mut Opening,
    damage: &mut Damages,
) -> Read<(Arguments, Body)> {
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
                if opening.names.iter().any(|name| name == "function") {
                    *damage = damage.without(&[Damage::Fenced]);
                }
                return Ok((arguments, object));
            }
            Some(b'(') => {
                at.at += 1;
                let arguments = python::arguments(at, damage)?;
                return Ok((arguments, if gemma { Body::Gemma } else { Body::Python }));
            }
            Some(b'[') if at.take_caseless("[ARGS]")? => opening.names.push("args".to_owned()),
            Some(b'[') if at.take_caseless("[CALL_ID]")? => {
                at.take_while(char::is_alphanumeric)?;
            }
            Some(b'B') if gemma && at.begins("BEGIN_ARG")? => {
                return begin_args(at).map(|it| (it, Body::Gemma));
            }
            Some(b'<' | b'\\' | b'&') => {
                let Some(tag) = markup::tag(*at)? else { return Err(Stop::No) };
                match (tag.role(), tag.side) {
                    (Some(Role::Separator | Role::Harmony), _) => {
                        damage.join(tag.damage);
                        at.at += tag.len;
                        opening.names.push(tag.name);
                    }
                    (Some(Role::Key | Role::KeyName), Side::Open) => {
                        if !newline {
                            opening.names.push("glued".to_owned());
                        }
                        let call = tagged::Call { tool, style: tag.style, element: false };
                        let fields = tagged::fields(at, call, site, damage)?;
                        return Ok((Arguments::Named(fields), Body::NameThenKeys));
                    }
                    (Some(role), side) if role.closes_calls(side) => {
                        return Ok((Arguments::Named(Vec::new()), Body::NameThenKeys));
                    }
                    _ => return Err(Stop::No),
                }
            }
            Some(_) if at.edge == Edge::Cut && at.rest().len() < 12 => return Err(Stop::Cut),
            Some(_) => return Err(Stop::No),
        }
    }
    Err(Stop::No)
}

/// A tag whose name and title run together: `<functionBash>`.
fn retitled<'a>(mut tag: Tag<'a>, site: Site<'_>) -> Tag<'a> {
    for word in ["function", "invoke"] {
        if let Some(title) = tag.written.strip_prefix(word)
            && tag.role().is_none()
            && site.tools.knows(title)
        {
            tag.damage.add(Damage::TagMisspelt);
            tag.value = Some(title.to_owned());
            tag.name = word.to_owned();
        }
    }
    tag
}

/// `BEGIN_ARG key: value END_ARG`, as some Gemma builds write.
fn begin_args(at: &mut Cursor<'_>) -> Read<Arguments> {
    let mut fields = Vec::new();
    loop {
        at.skip_blank();
        if !at.take("BEGIN_ARG")? {
            return Ok(Arguments::Named(fields));
        }
        let Some(len) = at.rest().find("END_ARG") else {
            return Err(at.ran_out(crate::cursor::Wait::Byte(b'G')));
        };
        let inside = &at.rest()[..len];
        at.at += len + "END_ARG".len();
        let (key, value) = inside.split_once([':', '=', '\n']).ok_or(Stop::No)?;
        fields.push((key.trim().to_owned(), Field::Raw(value.trim().to_owned())));
    }
}

/// Reads the name of a tool.
fn name<'a>(at: &mut Cursor<'a>) -> Read<&'a str> {
    let name = at.take_while(|it| it.is_alphanumeric() || "_.-:/".contains(it))?;
    if name.is_empty() || name.len() > 128 { Err(Stop::No) } else { Ok(name) }
}

fn resolved(name: &str, site: Site<'_>) -> Option<String> {
    (site.tools.knows(name) || site.tools.may_alias(name)).then(|| name.to_owned())
}

/// Reads what follows `<function=NAME>` or `<invoke name="NAME">`.
fn named(
    at: &mut Cursor<'_>,
    tag: &Tag<'_>,
    site: Site<'_>,
    damage: &mut Damages,
) -> Read<(Vec<Written>, Body)> {
    let name = tag.title().unwrap_or_default();
    if resolved(&name, site).is_none() {
        return Err(Stop::No);
    }
    let written = |arguments| vec![Written { name: name.clone(), arguments, id: None }];
    if let Some(text) = tag.attribute(&["arguments", "args", "parameters", "input"]) {
        return Ok((written(Arguments::Value(crate::value::Value::Text(text))), Body::TaggedObject));
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
    let fields =
        tagged::fields(at, tagged::Call { tool: &name, style: tag.style, element: false }, site, damage)?;
    let mut next = *at;
    next.skip_blank();
    let ended = match markup::tag(next)? {
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
fn element(
    at: &mut Cursor<'_>,
    tag: &Tag<'_>,
    site: Site<'_>,
    damage: &mut Damages,
) -> Read<(Vec<Written>, Body)> {
    let known = (site.tools.knows(tag.written) || site.tools.alias_of(tag.written).is_some())
        && is_tool_like(&tag.name);
    // Behind a letter it is a type parameter, not an element.
    if !known || site.glued || tag.value.is_some() {
        return Err(Stop::No);
    }
    let written = |arguments| vec![Written { name: tag.written.to_owned(), arguments, id: None }];
    let attributes = markup::attributes(tag.attributes);
    let attributes = |_: ()| {
        Arguments::Named(
            attributes.iter().map(|(key, value)| (key.clone(), Field::Raw(value.clone()))).collect(),
        )
    };
    if tag.side == Side::Alone {
        return Ok((written(attributes(())), Body::Element));
    }
    let mut next = *at;
    next.skip_blank();
    let arguments = if next.peek()? == Some(b'{') {
        *at = next;
        json::arguments(at, damage)?
    } else {
        let call = tagged::Call { tool: tag.written, style: tag.style, element: true };
        let fields = tagged::fields(at, call, site, damage)?;
        if fields.is_empty() { attributes(()) } else { Arguments::Named(fields) }
    };
    at.skip_blank();
    match markup::tag(*at)? {
        Some(close) if close.side == Side::Close && close.name == tag.name => at.at += close.len,
        // With its arguments read, a missing end is only damage.
        None if at.rest().is_empty() && arguments != Arguments::Named(Vec::new()) => {
            damage.add(Damage::CloserMissing)
        }
        Some(close) if close.role().is_some_and(|role| role.closes_calls(close.side)) => {
            damage.add(Damage::TagMisspelt)
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

/// The family that tags and body belong to.
fn format(opening: &Opening, body: Body) -> Format {
    let has = |name: &str| opening.names.iter().any(|it| it == name);
    let first = opening.first.as_str();
    let begins = |word: &str| first.starts_with(word);
    let barred = opening.style == Style::Barred || begins("<|") || begins("<｜");
    match body {
        Body::Gemma if has("startfunctioncall") => Format::FUNCTION_GEMMA,
        Body::Gemma => Format::GEMMA,
        _ if opening.style == Style::Kimi3 => Format::KIMI_3,
        _ if opening.style == Style::MiniMax3 => Format::MINIMAX_3,
        _ if begins("<minimax:") => Format::MINIMAX_2,
        _ if begins("<seed:") => Format::SEED,
        _ if begins("<atem:") => Format::MUSE,
        _ if first.contains("DSML") && has("functioncalls") => Format::DEEPSEEK_32,
        _ if first.contains("DSML") => Format::DEEPSEEK_4,
        _ if first.contains("GCML") => Format::GIGACHAT,
        _ if has("longcattoolcall") => Format::LONGCAT,
        _ if has("iquesttoolcall")
            || has("dotsfunctioncall")
            || has("contentinvoketooljson")
            || begins("<ifm") =>
        {
            Format::OTHERS
        }
        _ if has("toolsprefix") => Format::APERTUS,
        _ if has("startaction") => Format::COHERE,
        _ if has("actionstart") => Format::INTERN,
        _ if has("pythontag") => Format::LLAMA,
        _ if has("pythonstart") => Format::PYTHONIC,
        _ if has("toolcallstart") => Format::LFM,
        _ if has("toolcallargumentbegin") => Format::KIMI,
        Body::Tagged if barred && has("invoke") && has("function") => Format::STEP,
        Body::NameThenObject if has("toolsep") && has("function") => Format::DEEPSEEK,
        Body::NameThenObject if has("toolsep") || has("toolcallbegin") => Format::DEEPSEEK_31,
        Body::NameThenObject if has("args") => Format::MISTRAL_ARGS,
        Body::NameThenKeys if has("toolcalls") || has("toolsep") => Format::HUNYUAN,
        Body::NameThenKeys if has("glued") => Format::GLM_47,
        Body::NameThenKeys => Format::GLM,
        Body::List if begins("<TOOLCALL") => Format::NEMOTRON,
        Body::List if has("toolcalls") => Format::JAMBA,
        Body::List => Format::GRANITE,
        Body::Object if has("toolcalls") => Format::MINIMAX_1,
        Body::Object if has("functioncall") && barred => Format::GIGACHAT,
        Body::Object if has("functioncall") => Format::GRANITE_20B,
        Body::Object | Body::NameThenObject => Format::HERMES,
        Body::Python if has("functioncalls") => Format::OLMO,
        Body::Python => Format::PYTHONIC,
        Body::TaggedObject if has("function") => Format::FUNCTIONARY_31,
        Body::Tagged if has("invoke") => Format::CLAUDE_XML,
        Body::Tagged if begins("<function name") => Format::MINICPM,
        Body::Tagged => Format::QWEN_CODER,
        Body::TaggedObject | Body::Element => Format::CLAUDE_XML,
    }
}
