//! Calls in markup: after an opening tag, whatever families put there.

mod element;
mod family;
mod named;

pub use named::call_by_name;

use super::shape::Demand;
use super::{Match, Proof, Site, Written, harmony, json, lost, python, tagged};
use crate::cursor::{Cursor, Edge, Read, Stop};
use crate::damage::{Damage, Damages};
use crate::markup::{self, Role, Side, Tag};
use element::{element, titled};
use family::{Body, Opening};
use named::{after_name, retitled};

/// Reads the calls that a tag at the cursor opens.
pub fn read<'a>(start: Cursor<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let tag = markup::tag(start)?.ok_or(Stop::No)?;
    opened(start, &tag, site)
}

/// Reads the calls that this tag at the cursor opens.
pub fn opened<'a>(start: Cursor<'a>, tag: &Tag<'a>, site: Site<'_>) -> Read<Match<'a>> {
    let retitled = retitled(tag, site);
    let tag = retitled.as_ref().unwrap_or(tag);
    let mut at = start;
    let mut damage = tag.damage;
    let mut opening = Opening {
        names: tag.known_name().into_iter().collect(),
        first: first(start.rest()),
        style: tag.style,
    };
    let (calls, body) = match (tag.role(), tag.side) {
        (Some(Role::Harmony), Side::Open) => {
            return harmony::message(start, harmony::header(start, tag)?, site);
        }
        (Some(Role::Section | Role::Call | Role::Separator), Side::Open) => {
            damage.note(tag.role() == Some(Role::Separator), Damage::OpenerMissing);
            at.at += tag.len;
            inside(&mut at, site, &mut opening, &mut damage)?
        }
        (Some(Role::Named), Side::Open | Side::Alone) if tag.title.is_some() => {
            at.at += tag.len;
            titled(&mut at, tag, site, &mut damage)?
        }
        (Some(Role::Named | Role::Call), Side::Alone) | (None, Side::Open | Side::Alone) => {
            at.at += tag.len;
            element(&mut at, tag, site, &mut damage)?
        }
        _ => return Err(Stop::No),
    };
    finish(at, site, calls, &opening, body, damage)
}

/// As much of the first tag as tells its family.
fn first(text: &str) -> &str {
    text.char_indices().nth(24).map_or(text, |(end, _)| &text[..end])
}

fn finish<'a>(
    at: Cursor<'a>,
    site: Site<'_>,
    calls: Vec<Written<'a>>,
    opening: &Opening<'_>,
    body: Body,
    mut damage: Damages,
) -> Read<Match<'a>> {
    let mut next = at;
    next.skip_blank();
    let ends = next.rest().is_empty() && next.edge == Edge::Stopped;
    let single = opening.names.iter().any(|name| matches!(*name, "toolcall" | "function" | "invoke"));
    damage.note(ends && single && !matches!(body, Body::Python), Damage::CloserMissing);
    damage.note(calls.len() > 1 && body == Body::Object, Damage::SeveralInOne);
    let missing = body == Body::Tagged && opening.first.starts_with("<function=") && !site.adjacent;
    damage.note(missing, Damage::OpenerMissing);
    Ok(Match { end: at.at, calls, format: family::format(opening, body), damage, proof: Proof::Markup })
}

/// Reads what follows an opening tag: more tags, a name, an object, a list, or Python.
fn inside<'a>(
    at: &mut Cursor<'a>,
    site: Site<'_>,
    opening: &mut Opening<'_>,
    damage: &mut Damages,
) -> Read<(Vec<Written<'a>>, Body)> {
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
                let tag = retitled(&tag, site).unwrap_or(tag);
                damage.join(tag.damage);
                match (tag.role(), tag.side) {
                    (Some(Role::Section | Role::Call | Role::Separator), Side::Open) => {
                        at.at += tag.len;
                        opening.names.extend(tag.known_name());
                    }
                    (Some(Role::Named), Side::Open | Side::Alone) if tag.title.is_some() => {
                        at.at += tag.len;
                        opening.names.extend(tag.known_name());
                        opening.style = tag.style;
                        return titled(at, &tag, site, damage);
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

fn list<'a>(at: &mut Cursor<'a>, site: Site<'_>, damage: &mut Damages) -> Read<(Vec<Written<'a>>, Body)> {
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
