//! Knows a turn again in the next request of its conversation.

use canon::request::{Content, Message, PartKind, Sourced};
use canon::text::Text;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// A turn of a conversation, by its place and a digest of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    at: usize,
    digest: u64,
}

impl Mark {
    /// Marks a turn.
    pub(super) fn of(turns: &[Sourced<Message>], at: usize) -> Option<Self> {
        turns.get(at).map(|turn| Self { at, digest: digest(turn) })
    }

    /// Where the marked turn stands now: at its old place, else at the nearest where the same is said.
    pub(super) fn find(self, turns: &[Sourced<Message>]) -> Option<usize> {
        let is_it = |at: &usize| turns.get(*at).is_some_and(|turn| digest(turn) == self.digest);
        if is_it(&self.at) {
            return Some(self.at);
        }
        (0..turns.len()).filter(is_it).min_by_key(|at| at.abs_diff(self.at))
    }
}

/// What stays of a turn from request to request. Clients move cache markers, clear old results and leave out old
/// thinking, so none of these are in it.
fn digest(turn: &Message) -> u64 {
    let mut hash = DefaultHasher::new();
    turn.role.hash(&mut hash);
    match &turn.content {
        Content::Absent => {}
        Content::Text(text) => sample(text, &mut hash),
        Content::Parts(parts) => parts.iter().for_each(|part| match &part.kind {
            PartKind::Text(text) => sample(text, &mut hash),
            PartKind::Call(call) => {
                sample(&call.id, &mut hash);
                sample(&call.name, &mut hash);
            }
            PartKind::CallResult(result) => sample(&result.call_id, &mut hash),
            _ => {}
        }),
    }
    hash.finish()
}

/// The ends and the length of a text that says anything: bounded, and enough to tell turns apart.
fn sample(text: &Text, hash: &mut DefaultHasher) {
    const END: usize = 256;
    let bytes = text.stored();
    if bytes.is_empty() {
        return;
    }
    bytes.len().hash(hash);
    bytes[..bytes.len().min(END)].hash(hash);
    bytes[bytes.len().saturating_sub(END)..].hash(hash);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use canon::dialect::Dialect;
    use canon::request::Role;
    use canon::text::Json;

    fn turns(texts: &[&str]) -> Vec<Sourced<Message>> {
        let turns: Vec<_> = texts.iter().map(|text| (Role::User, *text)).collect();
        fixture::request(Dialect::Anthropic, &[], &turns).messages.to_vec()
    }

    #[test]
    fn a_turn_is_known_again_where_it_moved() {
        let mark = Mark::of(&turns(&["a", "b", "c", "b"]), 1).unwrap();
        assert_eq!(mark.find(&turns(&["a", "b", "c", "b", "d"])), Some(1));
        assert_eq!(mark.find(&turns(&["b", "c", "b"])), Some(0));
        assert_eq!(mark.find(&turns(&["x", "y", "b"])), Some(2));
        assert_eq!(mark.find(&turns(&["x"])), None);
        assert_eq!(Mark::of(&turns(&["a"]), 1), None);
    }

    #[test]
    fn what_clients_change_in_old_turns_does_not_count() {
        let mut changed = turns(&["a", "b"]);
        let mark = Mark::of(&changed, 1).unwrap();
        let parts = changed[1].edit().content.parts_mut();
        parts[0].cache_control = Some(Json::EMPTY_OBJECT);
        assert_eq!(mark.find(&changed), Some(1));
    }
}
