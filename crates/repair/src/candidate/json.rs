//! JSON inside markup: objects that mean calls, or the arguments of a call whose name was read before.

use super::shape::{self, Demand};
use super::{Site, Written};
use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::damage::{Damage, Damages};
use crate::lenient::Reader;
use crate::toolbox::Arguments;
use crate::value::Value;

/// Reads the object or list of calls at the cursor.
pub fn calls<'a>(
    at: &mut Cursor<'a>,
    site: Site<'_>,
    demand: Demand,
    damage: &mut Damages,
) -> Read<Vec<Written<'a>>> {
    if at.peek()? != Some(b'[') {
        return object(at, site, demand, damage);
    }
    let from = *at;
    match list(at, site, demand, damage) {
        Err(Stop::No | Stop::Cut) => {
            // One broken call of a list must not take the others with it.
            *at = from;
            at.at += 1;
            one_by_one(at, site, demand, damage)
        }
        // Its first item is no call.
        Ok(calls) if calls.is_empty() => Err(Stop::No),
        other => other,
    }
}

/// Reads a list of nothing but calls; none come of one that does not begin with a call.
fn list<'a>(
    at: &mut Cursor<'a>,
    site: Site<'_>,
    demand: Demand,
    damage: &mut Damages,
) -> Read<Vec<Written<'a>>> {
    let mut reader = Reader::new(*at);
    let value = reader.value()?;
    let mut calls = Vec::new();
    if shape::collect(value, site.tools, demand, &mut calls).is_none() {
        return if calls.is_empty() { Ok(calls) } else { Err(Stop::No) };
    }
    damage.join(reader.damage);
    *at = reader.cursor;
    Ok(calls)
}

/// Reads the objects of a list that is broken or cut off, up to where it is.
fn one_by_one<'a>(
    at: &mut Cursor<'a>,
    site: Site<'_>,
    demand: Demand,
    damage: &mut Damages,
) -> Read<Vec<Written<'a>>> {
    let mut calls = Vec::new();
    loop {
        let mut next = *at;
        next.skip_blank();
        while matches!(next.rest().as_bytes().first(), Some(b',' | b';')) {
            next.at += 1;
            next.skip_blank();
        }
        let read = if next.rest().starts_with('{') {
            object(&mut next, site, demand, damage)
        } else {
            Err(Stop::No)
        };
        match read {
            Ok(more) => calls.extend(more),
            Err(Stop::Cut) if !calls.is_empty() => {
                damage.add(Damage::CutOff);
                at.at = at.text.len();
                return Ok(calls);
            }
            Err(Stop::No) if !calls.is_empty() => {
                damage.add(Damage::Unbalanced);
                return Ok(calls);
            }
            Err(stop) => return Err(stop),
        }
        *at = next;
    }
}

fn object<'a>(
    at: &mut Cursor<'a>,
    site: Site<'_>,
    demand: Demand,
    damage: &mut Damages,
) -> Read<Vec<Written<'a>>> {
    let mut reader = Reader::new(*at);
    // A name that is not declared gives up early, so that nothing is held for it.
    let value = reader.object(&|key, value| {
        value.is_none_or(|value| {
            !matches!(value, Value::Text(_)) || shape::may_belong(site.tools, key, Some(value))
        })
    })?;
    let calls = shape::calls(value, site.tools, demand).ok_or(Stop::No)?;
    damage.join(reader.damage);
    *at = reader.cursor;
    Ok(calls)
}

/// Whether the arguments of a call may begin here.
pub fn begins_arguments(at: Cursor<'_>) -> Read<bool> {
    Ok(matches!(at.peek()?, Some(b'{' | b'"')) || at.begins("```")?)
}

/// Reads the arguments at the cursor: an object, perhaps twice, as a JSON string, or in a fence.
pub fn arguments<'a>(at: &mut Cursor<'a>, damage: &mut Damages) -> Read<Arguments<'a>> {
    let fenced = at.take("```")?;
    if fenced {
        damage.add(Damage::Fenced);
        at.take_while(char::is_alphanumeric)?;
        at.skip_blank();
    }
    if !matches!(at.peek()?, Some(b'{' | b'"')) {
        return Err(if at.rest().is_empty() { at.ran_out(Wait::Any) } else { Stop::No });
    }
    let mut reader = Reader::new(*at);
    let mut value = reader.value()?;
    loop {
        let mut behind = reader.cursor;
        behind.skip_blank();
        // At the open end of the text a second object may still come; the call is whole without it.
        if behind.rest().is_empty() && behind.edge == Edge::Open {
            behind.peek()?;
        }
        if !behind.rest().starts_with('{') || !matches!(value, Value::Object(_)) {
            break;
        }
        let mut again = Reader::new(behind);
        let Value::Object(second) = again.value()? else { break };
        if second.iter().any(|(key, _)| key == "name" || key == "arguments") {
            break;
        }
        damage.add(Damage::Doubled);
        if second.len() > value.fields().len() {
            value = Value::Object(second);
        }
        reader.cursor = again.cursor;
        reader.damage.join(again.damage);
    }
    damage.join(reader.damage);
    *at = reader.cursor;
    if fenced {
        let mut close = *at;
        close.skip_blank();
        if close.take("```")? {
            *at = close;
        }
    }
    Ok(Arguments::Value(value))
}
