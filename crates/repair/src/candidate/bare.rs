//! Objects and lists without markup. Their form alone speaks for them, so they must end the reply.

use super::shape::{self, Demand};
use super::{Match, Proof, Site};
use crate::cursor::{Cursor, Edge, Read, Stop};
use crate::damage::{Damage, Damages};
use crate::format::Format;
use crate::lenient::Reader;
use crate::markup::{self, Side};

/// Reads objects that follow each other.
pub fn object<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let mut at = start;
    let mut damage = Damages::NONE;
    let demand = if site.adjacent { Demand::Name } else { Demand::Both };
    let mut calls = Vec::new();
    loop {
        looks_like_object(at)?;
        let mut reader = Reader::new(at);
        let value = match reader.object(&|key, value| shape::may_belong(site.tools, key, value)) {
            Err(Stop::Cut) if !calls.is_empty() => {
                damage.add(Damage::CutOff);
                at.at = at.text.len();
                break;
            }
            other => other?,
        };
        calls.extend(shape::calls(value, site.tools, demand).ok_or(Stop::No)?);
        damage.join(reader.damage);
        at = reader.cursor;
        let mut next = at;
        next.skip_blank();
        while matches!(next.peek()?, Some(b',' | b';')) {
            next.at += 1;
            next.skip_blank();
        }
        if next.peek()? != Some(b'{') {
            break;
        }
        at = next;
    }
    vouched(at, site, Match { end: at.at, calls, format: Format::PROMPT_JSON, damage, proof: Proof::Form })
}

/// Reads a list of objects that are all calls.
pub fn list<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let mut first = start;
    first.at += 1;
    first.skip_blank();
    if first.peek()? != Some(b'{') {
        return Err(Stop::No);
    }
    let mut reader = Reader::new(first);
    // Data is told from calls by its first object, so that nothing is held for it.
    let object = reader.object(&|key, value| shape::may_belong(site.tools, key, value))?;
    let value = reader.items(b']', vec![object])?;
    let calls = shape::calls(value, site.tools, Demand::Both).ok_or(Stop::No)?;
    let found = Match {
        end: reader.cursor.at,
        calls,
        format: Format::XLAM,
        damage: reader.damage,
        proof: Proof::Form,
    };
    vouched(reader.cursor, site, found)
}

/// Only `{` and a key can begin a call.
fn looks_like_object(at: Cursor<'_>) -> Read<()> {
    let mut inside = at;
    inside.at += 1;
    inside.skip_blank();
    match inside.peek()? {
        Some(b'"' | b'\'' | b'{' | b'/' | b'_' | 0xe2) => Ok(()),
        Some(byte) if byte.is_ascii_alphabetic() => Ok(()),
        None if inside.edge != Edge::Open => Err(Stop::No),
        _ => Err(Stop::No),
    }
}

/// A closing tag right behind vouches for calls whose opening tag got lost.
fn vouched<'a>(at: Cursor<'a>, site: Site<'_>, mut found: Match<'a>) -> Read<Match<'a>> {
    if site.adjacent {
        found.proof = Proof::Markup;
        return Ok(found);
    }
    let mut next = at;
    next.skip_blank();
    while matches!(next.rest().as_bytes().first(), Some(b'}' | b']')) && !next.begins("]<]")? {
        next.at += 1;
        next.skip_blank();
    }
    next.peek()?;
    if let Some(tag) = markup::tag(next)?
        && tag.side == Side::Close
        && tag.role().is_some_and(|role| role.closes_calls(tag.side))
    {
        found.proof = Proof::Markup;
        found.damage.add(Damage::OpenerMissing);
        found.format = Format::HERMES;
    }
    Ok(found)
}
