//! What may follow a call and means nothing, and the made-up result that must be cut off.

use crate::cursor::{Cursor, Edge, Read};
use crate::markup::{self, Role, Side, Style};
use Word::{Closer, Header, Invented};

/// What was found behind a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// So many bytes of closing tags, brackets and end-of-turn tokens.
    Closers(usize),
    /// An end-of-turn token of so many bytes.
    Stray(usize),
    /// The model goes on with a result it made up.
    Result,
}

/// What a word behind a call is.
#[derive(Clone, Copy)]
enum Word {
    /// It begins a made-up result.
    Invented,
    /// It closes without brackets, or begins a turn that is this one.
    Closer,
    /// It may begin a role header of Harmony, which is more than this word.
    Header,
}

const BRACKETED: &[(&str, Word)] = &[
    ("[TOOL_RESULTS]", Invented),
    ("[TOOL_RESULT]", Invented),
    ("[Tool result", Invented),
    ("[e~[", Closer),
    ("[/TOOL_CALLS]", Closer),
    ("[/tool_calls]", Closer),
];

const ANGLED: &[(&str, Word)] = &[
    ("<|start|>functions", Invented),
    ("<|start|>tool", Invented),
    ("<|im_start|>tool", Invented),
    ("<|im_start|>user", Invented),
    ("<|im_start|>function", Invented),
    ("<|im_start|>assistant", Header),
    ("<|start|>assistant", Header),
    ("<|message_sep|>", Closer),
];

const SLASHED: &[(&str, Word)] = &[
    ("/tool_calls>", Closer),
    ("/tool_call>", Closer),
    ("/function>", Closer),
    ("/invoke>", Closer),
    ("/minimax:tool_call>", Closer),
    ("/parameter>", Closer),
    ("/function_calls>", Closer),
];

/// The words that mean something behind a call and begin as a text does: the longer of two that begin alike first.
fn words(text: &[u8]) -> &'static [(&'static str, Word)] {
    match text {
        [b'<'] | [b'<', b'|'] | [b'<', b'|', b's' | b'i' | b'm', ..] => ANGLED,
        [b'[', ..] => BRACKETED,
        [b'/', ..] => SLASHED,
        [b'O', ..] => &[("Observation:", Invented)],
        [b'T', ..] => &[("Tool result:", Invented), ("Tool Result:", Invented)],
        [b'E', ..] => &[("END_ARG", Closer)],
        [b't', ..] => &[("tool_calls>", Closer), ("tool_call>", Closer)],
        [b'f', ..] => &[("function>", Closer), ("function_calls>", Closer)],
        [b'i', ..] => &[("invoke>", Closer)],
        [b'm', ..] => &[("minimax:tool_call>", Closer)],
        [b'p', ..] => &[("parameter>", Closer)],
        [b'>', ..] => &[(">>>all\n", Closer)],
        _ => &[],
    }
}

/// Reads the noise at the cursor, if there is any: never white space.
///
/// # Errors
/// If more must come to tell.
pub fn noise(at: Cursor<'_>) -> Read<Option<Noise>> {
    match at.peek()? {
        None => return Ok(None),
        Some(b'\\') if at.begins("\\n")? => return Ok(Some(Noise::Closers(2))),
        Some(b',' | b';' | b']' | b'}' | b')') if !at.begins("]<]")? => return Ok(Some(Noise::Closers(1))),
        Some(b'`' | b'~') => {
            for word in ["```tool_output", "```output"] {
                if at.begins(word)? {
                    return Ok(Some(Noise::Result));
                }
            }
            for fence in ["```", "~~~"] {
                if at.begins(fence)? && closes_fence(at)? {
                    return Ok(Some(Noise::Closers(3)));
                }
            }
            return Ok(None);
        }
        _ => {}
    }
    if let Some(noise) = word(at)? {
        return Ok(Some(noise));
    }
    tag(at)
}

/// Noise that is no tag.
fn word(at: Cursor<'_>) -> Read<Option<Noise>> {
    for (word, what) in words(at.rest().as_bytes()) {
        if at.begins(word)? {
            match what {
                Invented => return Ok(Some(Noise::Result)),
                Closer => return Ok(Some(Noise::Closers(word.len()))),
                Header => {}
            }
        }
    }
    Ok(None)
}

/// Noise that is a tag.
fn tag(at: Cursor<'_>) -> Read<Option<Noise>> {
    if !matches!(at.rest().as_bytes().first(), Some(b'<' | b'\\' | b'&' | b']')) {
        return Ok(None);
    }
    let Some(tag) = markup::tag(at)? else { return half_written(at) };
    Ok(match (tag.role(), tag.side) {
        (Some(Role::Stop), _) => Some(Noise::Stray(tag.len)),
        (Some(Role::Result), Side::Open) => Some(Noise::Result),
        (Some(Role::End), _) => Some(Noise::Closers(tag.len)),
        (Some(Role::Answer), Side::Open) if tag.style == Style::Plain => Some(Noise::Result),
        // An opening tag that stands where a closing one should.
        (Some(Role::Call | Role::Section), Side::Open) => {
            let mut behind = at;
            behind.at += tag.len;
            behind.skip_blank();
            behind.peek()?.is_none().then_some(Noise::Closers(tag.len))
        }
        (Some(Role::Answer), _) if tag.style == Style::Kimi3 => Some(Noise::Closers(tag.len)),
        (Some(Role::Think), Side::Close) => Some(Noise::Closers(tag.len)),
        (Some(role), Side::Close) if role.closes_calls(Side::Close) => Some(Noise::Closers(tag.len)),
        (Some(Role::Key | Role::Value | Role::KeyName), Side::Close) => Some(Noise::Closers(tag.len)),
        (None, Side::Close) if matches!(&*tag.name, "parameters" | "arguments" | "toolcode") => {
            Some(Noise::Closers(tag.len))
        }
        _ => None,
    })
}

/// A closing tag that the end of the text cut off.
fn half_written(at: Cursor<'_>) -> Read<Option<Noise>> {
    let rest = at.rest();
    let half = rest.starts_with("</") && rest.len() < 40 && !rest.contains(['>', '\n']);
    Ok((half && at.edge != Edge::Open).then_some(Noise::Closers(rest.len())))
}

/// Whether a fence at the cursor has nothing behind it on its line, so that it can't open anything.
fn closes_fence(mut at: Cursor<'_>) -> Read<bool> {
    at.at += 3;
    at.skip_spaces();
    Ok(matches!(at.peek()?, None | Some(b'\n' | b'\r' | b'<')))
}

/// Skips white space and noise; whether what follows ends the reply or is a made-up result.
///
/// # Errors
/// If more must come to tell.
pub fn skip_noise(at: &mut Cursor<'_>) -> Read<bool> {
    loop {
        at.skip_blank();
        if at.rest().is_empty() && at.edge != Edge::Open {
            return Ok(true);
        }
        match noise(*at)? {
            Some(Noise::Closers(len) | Noise::Stray(len)) => at.at += len,
            Some(Noise::Result) => return Ok(true),
            None => return Ok(false),
        }
    }
}
