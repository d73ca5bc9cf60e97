//! Which conversation a request belongs to, and the server slot that a conversation is pinned to.
//!
//! A client's session id decides where it sends one; else the beginning of the conversation itself. Nothing is
//! remembered here.

use crate::rates::Priority;
use crate::slots;
use canon::config::{Provider, ProviderKind, SlotAffinity};
use canon::request::{Content, Message, PartKind, Request, Role};
use canon::text::Text;
use sha2::{Digest, Sha256};
use std::num::NonZeroU32;

/// A conversation, as a short digest of what identifies it: neither a session id nor a prompt is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conversation(u64);

/// What the client's headers say about the conversation; blank values count as absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// `x-claude-code-session-id`, else `session-id` (Codex 0.169), else `x-session-id` (opencode 1.18).
    pub session: Option<&'a str>,
    /// `x-claude-code-request-class`: `main`, `subagent`, `workflow`, `compaction` or `auxiliary`.
    pub request_class: Option<&'a str>,
    /// `x-claude-code-agent-type`.
    pub agent_type: Option<&'a str>,
    /// `x-claude-code-agent-id`, which Claude Code 2.1 sends for sub-agents alone.
    pub agent_id: Option<&'a str>,
    /// Whether `x-claude-code-compaction` says yes: `1`, `true`, `yes` or `on`, letter case ignored.
    pub compaction: bool,
}

impl<'a> Hints<'a> {
    /// Reads the hints from a request's headers: names in lower case, and what gives their values. Of headers of one
    /// name the first one counts.
    pub fn read<V: FnOnce() -> &'a str>(headers: impl IntoIterator<Item = (&'a str, V)>) -> Self {
        let mut sessions = [None; 3];
        let (mut request_class, mut agent_type, mut agent_id, mut compaction) = (None, None, None, None);
        for (name, value) in headers {
            let place = match name {
                "x-claude-code-session-id" => &mut sessions[0],
                "session-id" => &mut sessions[1],
                "x-session-id" => &mut sessions[2],
                "x-claude-code-request-class" => &mut request_class,
                "x-claude-code-agent-type" => &mut agent_type,
                "x-claude-code-agent-id" => &mut agent_id,
                "x-claude-code-compaction" => &mut compaction,
                _ => continue,
            };
            place.get_or_insert_with(|| value().trim());
        }
        let said = |value: Option<&'a str>| value.filter(|value| !value.is_empty());
        Self {
            session: sessions.into_iter().find_map(said),
            request_class: said(request_class),
            agent_type: said(agent_type),
            agent_id: said(agent_id),
            compaction: said(compaction).is_some_and(is_yes),
        }
    }

    /// How urgent the request is: side requests of an agent must not hold up what somebody waits for.
    pub fn priority(&self) -> Priority {
        let class = self.request_class.unwrap_or("");
        let is_side =
            ["subagent", "workflow", "auxiliary"].iter().any(|side| class.eq_ignore_ascii_case(side));
        if is_side || (class.is_empty() && self.agent_id.is_some()) {
            Priority::Background
        } else {
            Priority::Main
        }
    }

    /// The session, and behind it the kind of agent where that is another than the main one: agents of one
    /// session have prompts of their own.
    fn key(&self) -> Option<String> {
        let session = self.session?;
        let unsaid = if self.agent_id.is_some() { "subagent" } else { "" };
        let class = self.request_class.unwrap_or(unsaid).to_ascii_lowercase();
        Some(match class.as_str() {
            "" | "main" | "compaction" => session.to_owned(),
            _ => format!("{session}:{class}:{}", self.agent_type.unwrap_or("").to_ascii_lowercase()),
        })
    }
}

fn is_yes(value: &str) -> bool {
    ["1", "true", "yes", "on"].iter().any(|yes| yes.eq_ignore_ascii_case(value))
}

impl Conversation {
    /// The conversation a request belongs to.
    pub fn of(request: &Request, hints: &Hints<'_>) -> Self {
        hints.key().map_or_else(|| Self::beginning(request), |key| Self::named(&key))
    }

    /// The conversation of a key.
    pub fn named(key: &str) -> Self {
        Self::digested(Sha256::new_with_prefix(key))
    }

    /// Told from its instructions and its first user turn, which stay while it grows. The attribution block is
    /// left out: older clients change it with every request.
    fn beginning(request: &Request) -> Self {
        let mut hash = Sha256::new();
        let turns = &request.messages;
        let in_front = turns.iter().take_while(|turn| is_instruction(turn.role));
        let first_user = turns.iter().find(|turn| turn.role == Role::User);
        let turns = in_front.chain(first_user).map(|turn: &_| -> &Message { turn });
        for content in request.system.as_deref().into_iter().chain(turns.map(|turn| &turn.content)) {
            each_text(content, |text| sample(text, &mut hash));
        }
        Self::digested(hash)
    }

    /// The digest as a number, for records.
    pub const fn number(self) -> u64 {
        self.0
    }

    fn digested(hash: Sha256) -> Self {
        let mut head = [0; 8];
        head.copy_from_slice(&hash.finalize()[..8]);
        Self(u64::from_be_bytes(head))
    }

    /// The slot of this conversation on a server with `slots` of them, as the Python program computes it.
    pub fn slot(self, slots: NonZeroU32) -> u32 {
        // The remainder is below a `u32`, so nothing is cut.
        (self.0 % u64::from(slots.get())) as u32
    }

    /// The `id_slot` to ask a provider for; none where its slots are not the router's to give, or the client
    /// gave one itself.
    pub fn pinned_slot(self, provider: &Provider, request: &Request) -> Option<u32> {
        let slots = fixed_slots(provider)?;
        request.extra.find("id_slot").is_none().then(|| self.slot(slots))
    }
}

/// The number of slots that are handed out by a conversation's digest alone, as the file says it. With one there is
/// nothing to hand out, and llama-server drops `id_slot` on its Anthropic wire (measured with build 11669).
pub fn fixed_slots(provider: &Provider) -> Option<NonZeroU32> {
    match provider.slot_affinity_slots {
        SlotAffinity::Fixed(slots) if slots.get() > 1 && !slots::has_table(provider) => {
            Some(slots).filter(|_| provider.kind == ProviderKind::OpenAiCompat)
        }
        _ => None,
    }
}

/// Whether a turn instructs the model rather than talks to it.
pub(crate) fn is_instruction(role: Role) -> bool {
    matches!(role, Role::System | Role::Developer)
}

/// How the attribution block of Claude Code begins: a text, not a header (measured with 2.1.197).
pub(crate) const BILLING_LINE: &[u8] = b"x-anthropic-billing-header:";

fn each_text(content: &Content, mut see: impl FnMut(&Text)) {
    match content {
        Content::Absent => {}
        Content::Text(text) => see(text),
        Content::Parts(parts) => {
            for part in parts {
                if let PartKind::Text(text) = &part.kind {
                    see(text);
                }
            }
        }
    }
}

/// The ends and the length of a text: enough to tell conversations apart, and bounded.
fn sample(text: &Text, hash: &mut Sha256) {
    const END: usize = 512;
    let bytes = text.stored();
    if bytes.starts_with(BILLING_LINE) {
        return;
    }
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(&bytes[..bytes.len().min(END)]);
    hash.update(&bytes[bytes.len().saturating_sub(END)..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use canon::config::SlotFiles;
    use canon::dialect::Dialect;
    use canon::text::Json;

    fn slots(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn fixed(number: u32) -> SlotAffinity {
        SlotAffinity::Fixed(slots(number))
    }

    #[test]
    fn slots_are_those_of_the_python_program() {
        let of = |headers: &[(&str, &'static str)]| {
            let hints = Hints::read(headers.iter().map(|(name, value)| (*name, || *value)));
            Conversation::of(&Request::new(Dialect::Anthropic), &hints)
        };
        let session = ("x-claude-code-session-id", "S1");
        assert_eq!(of(&[session]).slot(slots(4)), 1);
        assert_eq!(of(&[session]), Conversation::named("S1"));
        for class in ["", " main ", "Compaction"] {
            assert_eq!(of(&[session, ("x-claude-code-request-class", class)]), Conversation::named("S1"));
        }
        let class = ("x-claude-code-request-class", "Subagent");
        assert_eq!(of(&[session, class]), Conversation::named("S1:subagent:"));
        let explore = ("x-claude-code-agent-type", "Explore");
        assert_eq!(of(&[session, class, explore]), Conversation::named("S1:subagent:explore"));
        let agent = ("x-claude-code-agent-id", "7");
        assert_eq!(of(&[session, agent, explore]), Conversation::named("S1:subagent:explore"));
        assert_eq!(of(&[("x-session-id", "b"), ("session-id", "a")]), Conversation::named("a"));
    }

    #[test]
    fn a_compaction_is_told_in_many_words() {
        let of = |value: &'static str| Hints::read([("x-claude-code-compaction", || value)]).compaction;
        assert!(["1", " true ", "YES", "on"].into_iter().all(of));
        assert!(!["", "0", "false", "no", "off", "2", "truely"].into_iter().any(of));
    }

    #[test]
    fn without_a_session_the_beginning_tells() {
        let of = |system: &[&str], turns: &[(Role, &str)]| {
            let request = fixture::request(Dialect::Anthropic, system, turns);
            Conversation::of(&request, &Hints::default())
        };
        let (line, other) = ("x-anthropic-billing-header: cch=1;", "x-anthropic-billing-header: cch=2;");
        let first = of(&[line, "be kind"], &[(Role::User, "hi")]);
        let grown = [(Role::User, "hi"), (Role::Assistant, "hello"), (Role::User, "go on")];
        assert_eq!(of(&[other, "be kind"], &grown), first);
        assert_ne!(of(&[line, "be kind"], &[(Role::User, "ho")]), first);
        assert_ne!(of(&[line, "be rude"], &[(Role::User, "hi")]), first);
        let turns = [(Role::System, "be kind"), (Role::User, "hi")];
        let chat =
            |turns| Conversation::of(&fixture::request(Dialect::OpenAi, &[], turns), &Hints::default());
        assert_eq!(chat(&turns), chat(&turns));
        assert_ne!(chat(&turns), chat(&turns[1..]));
    }

    #[test]
    fn only_managed_slots_are_pinned() {
        let (mut provider, mut request) = (fixture::provider("a"), Request::new(Dialect::OpenAi));
        let conversation = Conversation::named("S1");
        assert_eq!(conversation.pinned_slot(&provider, &request), None);
        provider.slot_affinity_slots = fixed(1);
        assert_eq!(conversation.pinned_slot(&provider, &request), None);
        provider.slot_affinity_slots = fixed(4);
        assert_eq!(conversation.pinned_slot(&provider, &request), Some(1));
        provider.slot_files = SlotFiles::Auto;
        assert_eq!(conversation.pinned_slot(&provider, &request), None, "a table hands them out");
        provider.slot_files = SlotFiles::Off;
        provider.kind = ProviderKind::Anthropic;
        assert_eq!(conversation.pinned_slot(&provider, &request), None);
        provider.kind = ProviderKind::OpenAiCompat;
        request.extra.push("id_slot".into(), Json::fixed("0"));
        assert_eq!(conversation.pinned_slot(&provider, &request), None);
    }
}
