//! What breaks a prompt's beginning, and what does not.

use super::*;
use crate::fixture;
use canon::dialect::Dialect;
use canon::request::{Part as Piece, Request, Role, ToolKind};
use proptest::prelude::*;

const LINE: &str = "x-anthropic-billing-header: cc_version=1; cch=00000;";
const TURNS: &[(Role, &str)] = &[(Role::User, "do it"), (Role::Assistant, "done"), (Role::User, "more")];

fn request(system: &[&str], turns: &[(Role, &str)]) -> Request {
    let mut request = fixture::request(Dialect::Anthropic, system, turns);
    request.tools.edit().push(fixture::tool("Read", ToolKind::Function));
    request
}

/// The break between two turns of one conversation at one provider.
fn between(first: &Request, second: &Request) -> Option<(u64, &'static str)> {
    let (prefixes, talk, provider) = (Prefixes::default(), Conversation::named("talk"), "a".into());
    assert_eq!(prefixes.follow(talk, &provider, &Fingerprint::of(first), false), None, "the first turn");
    let found = prefixes.follow(talk, &provider, &Fingerprint::of(second), false);
    found.map(|found| (found.at, found.part.name()))
}

#[test]
fn a_prompt_that_grows_is_whole() {
    let first = request(&[LINE, "be kind"], &TURNS[..1]);
    assert_eq!(between(&first, &request(&[LINE, "be kind"], TURNS)), None);
    assert_eq!(between(&first, &first), None, "the same again");
}

#[test]
fn the_part_that_breaks_is_named() {
    let first = request(&[LINE, "be kind"], &TURNS[..1]);
    let line = LINE.replace("00000", "00001");
    let length = LINE.len() as u64;
    assert_eq!(between(&first, &request(&[&line, "be kind"], TURNS)), Some((0, "billing-line")));
    assert_eq!(between(&first, &request(&["be kind"], TURNS)), Some((0, "billing-line")), "left out");
    assert_eq!(between(&first, &request(&[LINE, "be rude"], TURNS)), Some((length, "system")));
    let mut other_tool = request(&[LINE, "be kind"], TURNS);
    other_tool.tools.edit()[0] = fixture::tool("Write", ToolKind::Function);
    other_tool.tools.edit()[0].edit();
    let tools = between(&first, &other_tool);
    assert_eq!(tools.map(|(_, part)| part), Some("tools"));
    let turns = [(Role::User, "do that"), TURNS[1], TURNS[2]];
    assert_eq!(between(&first, &request(&[LINE, "be kind"], &turns)).map(|(_, part)| part), Some("messages"));
    let turns = [(Role::Assistant, "do it"), TURNS[1], TURNS[2]];
    let other_role = between(&first, &request(&[LINE, "be kind"], &turns));
    assert_eq!(other_role.map(|(_, part)| part), Some("messages"), "who speaks counts");
}

#[test]
fn what_begins_anew_is_no_break() {
    let first = request(&[LINE, "be kind"], TURNS);
    assert_eq!(between(&first, &request(&[LINE, "be kind"], &[(Role::User, "a summary")])), None);
}

#[test]
fn what_moves_without_harm_is_no_break() {
    let first = request(&["be kind"], &TURNS[..2]);
    let mut second = request(&["be kind"], TURNS);
    second.messages.edit()[0].edit().content.parts_mut()[0].cache_control =
        Some(canon::text::Json::fixed("{\"type\":\"ephemeral\"}"));
    let thought = Piece::new(canon::request::PartKind::Thinking("hm".into()));
    second.messages.edit()[1].edit().content.parts_mut().insert(0, thought);
    assert_eq!(between(&first, &second), None);
}

#[test]
fn what_was_trimmed_is_no_break_and_is_gone_on_from() {
    let (prefixes, talk, provider) = (Prefixes::default(), Conversation::named("talk"), "a".into());
    let trimmed = [TURNS[2], TURNS[1], TURNS[0]];
    let follow = |turns: &[(Role, &str)], is_trimmed| {
        prefixes.follow(talk, &provider, &Fingerprint::of(&request(&["s"], turns)), is_trimmed)
    };
    assert_eq!(follow(TURNS, false), None);
    assert_eq!(follow(&trimmed, true), None);
    assert_eq!(follow(&trimmed, false), None);
    assert!(follow(TURNS, false).is_some());
}

#[test]
fn conversations_and_providers_are_told_apart_and_bounded() {
    let prefixes = Prefixes::default();
    let print = |text: &str| Fingerprint::of(&request(&[text], TURNS));
    let (talk, other) = (Conversation::named("talk"), Conversation::named("other"));
    assert_eq!(prefixes.follow(talk, &"a".into(), &print("1"), false), None);
    assert_eq!(prefixes.follow(other, &"a".into(), &print("2"), false), None);
    assert_eq!(prefixes.follow(talk, &"b".into(), &print("3"), false), None);
    for number in 0..2 * WATCHED_LIMIT {
        let name = Conversation::named(&number.to_string());
        assert_eq!(prefixes.follow(name, &"a".into(), &print("4"), false), None);
    }
    assert_eq!(prefixes.watched.lock().unwrap().latest.len(), WATCHED_LIMIT);
}

proptest! {
    /// The place that is named lies at most a stretch before the byte that differs, and never behind it.
    #[test]
    fn the_place_is_right_to_a_stretch(length in 1..3_000_usize, place: prop::sample::Index) {
        let text = "a".repeat(length);
        let place = place.index(length);
        let mut changed = text.clone();
        changed.replace_range(place..=place, "b");
        let (at, part) = between(&request(&[&text], TURNS), &request(&[&changed], TURNS)).expect("a break");
        prop_assert_eq!(part, "system");
        prop_assert!(at <= place as u64 && (place as u64) < at + STRETCH as u64);
    }

    #[test]
    fn any_growth_is_whole(texts in prop::collection::vec(".{0,600}", 1..12), cut: prop::sample::Index) {
        let turns: Vec<(Role, &str)> = texts.iter().map(|text| (Role::User, text.as_str())).collect();
        let first = request(&["s"], &turns[..cut.index(turns.len()) + 1]);
        prop_assert_eq!(between(&first, &request(&["s"], &turns)), None);
    }
}
