//! The value of `tracestate`: what others want to find again, passed on as it came.

/// The most members of a list.
const MEMBERS: usize = 32;

/// The longest key, and the longest value.
const LENGTH: usize = 256;

/// Whether a text may be passed on as a `tracestate`. One that breaks a rule is left out; the trace goes on without.
pub fn is_trace_state(value: &[u8]) -> bool {
    let members = || value.split(|byte| *byte == b',').map(trimmed).filter(|member| !member.is_empty());
    (1..=MEMBERS).contains(&members().count()) && members().all(is_member)
}

fn is_member(member: &[u8]) -> bool {
    let Some(middle) = member.iter().position(|byte| *byte == b'=') else { return false };
    let (key, value) = (&member[..middle], &member[middle + 1..]);
    is_key(key) && (1..=LENGTH).contains(&value.len()) && value.iter().all(|byte| is_of_value(*byte))
}

fn is_key(key: &[u8]) -> bool {
    let is_later = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(byte);
    let first = key.first().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    first && key.len() <= LENGTH && key.iter().all(is_later)
}

fn is_of_value(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b',' && byte != b'='
}

/// Without the blanks that may stand around a member.
fn trimmed(member: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = member.iter().position(|byte| !is_blank(byte)).unwrap_or(member.len());
    let end = member.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    &member[start..end]
}
