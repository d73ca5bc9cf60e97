//! Markup that lost its angle brackets: `invoke name="Read">parameter name="file_path">aparameter>invoke>`.

use super::shape::Demand;
use super::{Match, Proof, Site, Written, json, marked, skip_noise};
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
pub fn read<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
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
        calls.extend(found.calls.into_iter().map(Written::into_owned));
        damage.join(found.damage);
        format = if start.rest().starts_with("function") { Format::QWEN_CODER } else { format };
        inside.at = found.end;
        if skip_noise(&mut inside)? {
            return Ok(Match { end: start.text.len(), calls, format, damage, proof: Proof::Markup });
        }
    }
}

/// Whether the first tag names a declared tool.
fn names_a_tool<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<bool> {
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
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    let mut open_keys = false;
    // What stands behind a name gives it away: `>`, `=` or ` name=`.
    for mark in memchr::memchr2_iter(b'>', b'=', bytes) {
        let opens = bytes[mark] == b'=';
        let behind = &text[at..mark];
        let behind = if opens { behind.strip_suffix(" name").unwrap_or(behind) } else { behind };
        let last = behind.as_bytes().last();
        let ends = |name: &&&str| name.as_bytes().last() == last && behind.ends_with(**name);
        let Some(name) = NAMES.iter().find(ends) else { continue };
        let lead = &behind[..behind.len() - name.len()];
        let slashed = lead.strip_suffix('/').filter(|lead| !is_bracketed(lead));
        if slashed.is_none() && is_bracketed(lead) {
            continue;
        }
        let key = name.starts_with("arg_") || name.contains("_call");
        let closes = slashed.is_some() || (!opens && (!key || open_keys));
        if key && !opens {
            open_keys = !closes;
        }
        out.push_str(slashed.unwrap_or(lead));
        out.push_str(if closes { "</" } else { "<" });
        out.push_str(name);
        at += behind.len();
    }
    out.push_str(&text[at..]);
    out
}

/// Whether what follows has its bracket, or a namespace that belongs to a bracket.
fn is_bracketed(lead: &str) -> bool {
    lead.ends_with(['<', ':']) || lead.ends_with("</")
}

#[cfg(test)]
mod tests {
    use super::mended;

    #[test]
    fn brackets_are_put_back_where_they_are_missing() {
        for (text, expected) in [
            (
                r#"invoke name="A">parameter name="b">cparameter>invoke>"#,
                r#"<invoke name="A"><parameter name="b">c</parameter></invoke>"#,
            ),
            (
                "function=A>parameter=b>c/parameter>/function>",
                "<function=A><parameter=b>c</parameter></function>",
            ),
            (
                "tool_call>arg_key>a/arg_key>arg_value>bx/arg_value>tool_call>",
                "<tool_call></arg_key>a</arg_key><arg_value>bx</arg_value><tool_call>",
            ),
            (
                "<invoke name=\"A\"></invoke>minimax:tool_call>",
                "<invoke name=\"A\"></invoke><minimax:tool_call>",
            ),
            ("<minimax:tool_call></minimax:tool_call>", "<minimax:tool_call></minimax:tool_call>"),
            ("//function>:/function>é<//function>", "/</function>:/</function>é<//</function>"),
            ("functions > 3 and name=x", "functions > 3 and name=x"),
        ] {
            assert_eq!(mended(text), expected, "{text}");
        }
    }
}
