//! Calls in the syntax of Python: `Read(file_path="a.rs", limit=20)`.

use super::{Site, Written};
use crate::cursor::{Cursor, Read, Stop};
use crate::damage::{Damage, Damages};
use crate::lenient::Reader;
use crate::toolbox::{Arguments, Field};
use crate::value::Value;

/// What Python allows and JSON does not.
const NATIVE: &[Damage] = &[Damage::PythonLiteral, Damage::BareKey, Damage::TrailingComma];

/// Reads calls separated by commas, semicolons or lines, up to something else.
pub fn calls<'a>(at: &mut Cursor<'a>, site: Site<'_>, damage: &mut Damages) -> Read<Vec<Written<'a>>> {
    let mut calls = vec![call(at, site, damage)?];
    loop {
        let mut next = *at;
        next.skip_blank();
        while matches!(next.peek()?, Some(b',' | b';')) {
            next.at += 1;
            next.skip_blank();
        }
        match next.peek()? {
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => match call(&mut next, site, damage) {
                Ok(call) => calls.push(call),
                Err(Stop::No) => return Ok(calls),
                Err(Stop::Cut) => {
                    damage.add(Damage::CutOff);
                    at.at = at.text.len();
                    return Ok(calls);
                }
                Err(stop) => return Err(stop),
            },
            _ => return Ok(calls),
        }
        *at = next;
    }
}

/// Reads one call of a declared tool.
pub fn call<'a>(at: &mut Cursor<'a>, site: Site<'_>, damage: &mut Damages) -> Read<Written<'a>> {
    let mut depth = 0;
    let name = loop {
        let word = at.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | ':' | '-'))?;
        if at.peek()? != Some(b'(') {
            return Err(Stop::No);
        }
        at.at += 1;
        // `print(` around a call.
        if word != "print" || site.tools.declares(word) {
            break word;
        }
        depth += 1;
        at.skip_blank();
    };
    if !site.tools.may_mean(name) {
        return Err(Stop::No);
    }
    let arguments = arguments(at, damage)?;
    for _ in 0..depth {
        at.skip_blank();
        if at.peek()? == Some(b')') {
            at.at += 1;
        }
    }
    Ok(Written { name: name.into(), arguments, id: None })
}

/// Reads arguments up to the closing bracket, which is taken.
pub fn arguments<'a>(at: &mut Cursor<'a>, damage: &mut Damages) -> Read<Arguments<'a>> {
    let mut probe = *at;
    probe.skip_blank();
    if probe.peek()? == Some(b')') {
        probe.at += 1;
        *at = probe;
        return Ok(Arguments::Named(Vec::new()));
    }
    let word = probe.take_while(|it| it.is_alphanumeric() || it == '_')?;
    probe.skip_blank();
    let named = !word.is_empty() && matches!(probe.peek()?, Some(b'=' | b':'));
    let mut reader = Reader::new(*at);
    let read = if named {
        // Fields of an inner object must not be judged, so this counts as one.
        let fields = reader.fields(b')', &|_, _| true)?;
        Arguments::Named(fields.into_iter().map(|(key, value)| (key, Field::Typed(value))).collect())
    } else {
        Arguments::Positional(positional(&mut reader)?)
    };
    damage.join(reader.damage.without(NATIVE));
    *at = reader.cursor;
    Ok(read)
}

fn positional<'a>(reader: &mut Reader<'a>) -> Read<Vec<Value<'a>>> {
    let mut values = Vec::new();
    loop {
        values.push(reader.value()?);
        reader.cursor.skip_blank();
        match reader.cursor.peek()? {
            Some(b')') => {
                reader.cursor.at += 1;
                return Ok(values);
            }
            Some(b',') => reader.cursor.at += 1,
            _ => return Err(Stop::No),
        }
        if values.len() > 16 {
            return Err(Stop::No);
        }
    }
}
