//! Ids of calls in the form a backend takes. A conversation that moves between backends brings ids of other makers, and
//! each has rules of its own: Mistral takes nine letters and digits, Kimi K2 reads the tool's name out of the id.
//!
//! What an id becomes follows from the id, or from the call's place, alone. So nothing has to be remembered, a call
//! and its result stay a pair, and the prompt of a turn begins with that of the turn before.

use super::{Draft, ShapeNote};
use canon::config::{Provider, ProviderKind};
use canon::request::{Content, PartKind, Request};
use canon::text::Text;
use std::collections::{HashMap, HashSet};

/// The longest id that OpenAI's API takes, in characters.
const LONGEST: usize = 64;

/// How long an id is that Mistral's API takes, in characters.
const MISTRAL: usize = 9;

pub(super) fn fit(draft: &mut Draft<'_>) {
    if call_ids(&draft.request).next().is_none() {
        return;
    }
    let rule = Rule::of(draft.provider);
    if rule.is_kept(&draft.request) {
        return;
    }
    let renamed = renamed(&draft.request, rule);
    if renamed.is_empty() {
        return;
    }
    let request = draft.request.to_mut();
    let count = renamed.len();
    for (place, id) in renamed {
        set(request, place, id);
    }
    draft.notes.push(ShapeNote::CallIdsFitted(count));
}

/// The ids of a conversation's calls, in order.
fn call_ids(request: &Request) -> impl Iterator<Item = &[u8]> {
    let parts = request.messages.iter().flat_map(|message| match &message.content {
        Content::Parts(parts) => parts.as_slice(),
        Content::Absent | Content::Text(_) => &[],
    });
    parts.filter_map(|part| match &part.kind {
        PartKind::Call(call) => Some(&**call.id.stored()),
        _ => None,
    })
}

/// What a backend asks of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Letters, digits, `_` and `-`, each id once in a conversation.
    Anthropic,
    /// At most [`LONGEST`] characters, each id once.
    OpenAi,
    /// [`MISTRAL`] letters and digits.
    Mistral,
    /// `functions.NAME:IDX`, the index counted through the conversation.
    Kimi,
}

impl Rule {
    fn of(provider: &Provider) -> Self {
        const MISTRALS: &[&str] =
            &["mistral", "mixtral", "devstral", "magistral", "ministral", "codestral", "pixtral"];
        let model = provider.model.as_str().to_lowercase();
        if MISTRALS.iter().any(|name| model.contains(name)) {
            Self::Mistral
        } else if model.contains("kimi-k2") || model.contains("kimi_k2") {
            Self::Kimi
        } else if provider.kind == ProviderKind::Anthropic {
            Self::Anthropic
        } else {
            Self::OpenAi
        }
    }

    /// Whether every id can stay, which most can: told without reading or copying any.
    fn is_kept(self, request: &Request) -> bool {
        let mut seen = HashSet::new();
        call_ids(request).all(|id| {
            let fits = match self {
                Self::Kimi => false,
                Self::Mistral => id.len() == MISTRAL && id.iter().all(u8::is_ascii_alphanumeric),
                Self::Anthropic => id.iter().all(|it| is_plain(char::from(*it))),
                Self::OpenAi => id.len() <= LONGEST && !id.contains(&b'\\'),
            };
            fits && !id.is_empty() && seen.insert(id)
        })
    }

    /// The id that the call at a place of the count gets.
    fn fitted(self, id: &str, name: &str, place: usize, is_first: bool) -> String {
        let marked = |id: &str| format!("{id}_{}", short(&format!("{id} {place}"), MISTRAL));
        match self {
            Self::Kimi => format!("functions.{name}:{place}"),
            Self::Mistral
                if is_first && id.len() == MISTRAL && id.bytes().all(|it| it.is_ascii_alphanumeric()) =>
            {
                id.to_owned()
            }
            Self::Mistral if is_first => short(id, MISTRAL),
            Self::Mistral => short(&format!("{id} {place}"), MISTRAL),
            Self::Anthropic if is_first && !id.is_empty() && id.chars().all(is_plain) => id.to_owned(),
            Self::Anthropic => {
                let plain: String =
                    id.chars().map(|it| if is_plain(it) { it } else { '_' }).take(40).collect();
                if is_first && !id.is_empty() {
                    format!("{plain}_{}", short(id, MISTRAL))
                } else {
                    marked(&plain)
                }
            }
            Self::OpenAi if is_first && !id.is_empty() && id.chars().count() <= LONGEST => id.to_owned(),
            Self::OpenAi if is_first && !id.is_empty() => {
                format!("call_{}{}", short(id, MISTRAL), short(&format!("{id} "), MISTRAL))
            }
            Self::OpenAi => marked(&id.chars().take(LONGEST - MISTRAL - 1).collect::<String>()),
        }
    }
}

fn is_plain(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_' || it == '-'
}

/// Where a part lies: its turn, and its place in it.
type Place = (usize, usize);

/// The calls and results whose id changes, with the new one. A result belongs to the latest call of its id.
fn renamed(request: &Request, rule: Rule) -> Vec<(Place, Text)> {
    let mut current: HashMap<String, String> = HashMap::new();
    let mut renamed = Vec::new();
    let mut count = 0;
    for (turn, message) in request.messages.iter().enumerate() {
        let Content::Parts(parts) = &message.content else { continue };
        for (at, part) in parts.iter().enumerate() {
            let (old, new) = match &part.kind {
                PartKind::Call(call) => {
                    let id = call.id.read();
                    let fitted = rule.fitted(&id, &call.name.read(), count, !current.contains_key(&*id));
                    count += 1;
                    current.insert(id.clone().into_owned(), fitted.clone());
                    (id, fitted)
                }
                PartKind::CallResult(result) => match current.get(&*result.call_id.read()) {
                    Some(fitted) => (result.call_id.read(), fitted.clone()),
                    None => continue,
                },
                _ => continue,
            };
            if *old != *new {
                renamed.push(((turn, at), Text::plain(new)));
            }
        }
    }
    renamed
}

fn set(request: &mut Request, (turn, at): Place, id: Text) {
    let Some(message) = request.messages.edit().get_mut(turn) else { return };
    match message.edit().content.parts_mut().get_mut(at).map(|part| &mut part.kind) {
        Some(PartKind::Call(call)) => call.id = id,
        Some(PartKind::CallResult(result)) => result.call_id = id,
        _ => {}
    }
}

/// So many letters and digits that follow from a text.
fn short(text: &str, length: usize) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    // FNV-1a with a last mix: enough to keep apart the ids of one conversation.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut left = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut letters = String::with_capacity(length);
    for _ in 0..length {
        letters.push(char::from(LETTERS[(left % 62) as usize]));
        left /= 62;
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{native, profile, provider, turn};
    use crate::shapes::{Terms, shape};
    use canon::dialect::Dialect;
    use canon::request::{Arguments, Call, CallResult, Part, Role};
    use canon::text::Json;

    /// A conversation of calls, each answered at once.
    fn conversation(calls: &[(&str, &str)]) -> Request {
        let mut request = Request::new(Dialect::OpenAi);
        for (id, name) in calls {
            let call = Call {
                id: (*id).into(),
                name: (*name).into(),
                arguments: Arguments::Value(Json::EMPTY_OBJECT),
            };
            let result = CallResult {
                call_id: (*id).into(),
                name: None,
                content: Content::Text("ok".into()),
                is_error: None,
            };
            let parts = |kind| Content::Parts(vec![Part::new(kind)]);
            request.messages.edit().push(turn(Role::Assistant, parts(PartKind::Call(call))));
            request.messages.edit().push(turn(Role::Tool, parts(PartKind::CallResult(result))));
        }
        request
    }

    /// The ids a provider gets: that of each call, which its result must have too.
    fn ids(provider: &Provider, calls: &[(&str, &str)]) -> Vec<String> {
        let request = conversation(calls);
        let profile = profile("p", &[]);
        let shaped = shape(&request, provider, &profile, Terms::default());
        let found: Vec<String> = shaped
            .request
            .messages
            .iter()
            .map(|message| match &message.content {
                Content::Parts(parts) => match &parts[0].kind {
                    PartKind::Call(call) => call.id.read().into_owned(),
                    PartKind::CallResult(result) => result.call_id.read().into_owned(),
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(found.chunks(2).all(|pair| pair[0] == pair[1]), "{found:?}");
        found.into_iter().step_by(2).collect()
    }

    fn model(name: &str) -> Provider {
        Provider { model: name.into(), ..provider("p") }
    }

    const FOREIGN: &[(&str, &str)] = &[
        ("toolu_01Ab", "Read"),
        ("functions.Bash:1", "Bash"),
        ("", "Bash"),
        ("Read:0", "Read"),
        ("Read:0", "Read"),
    ];

    #[test]
    fn every_backend_gets_ids_it_takes() {
        let mistral = ids(&model("devstral-small"), FOREIGN);
        assert!(
            mistral.iter().all(|id| id.len() == 9 && id.bytes().all(|it| it.is_ascii_alphanumeric())),
            "{mistral:?}"
        );
        let kimi = ids(&model("moonshotai/kimi-k2-instruct"), FOREIGN);
        assert_eq!(
            kimi,
            [
                "functions.Read:0",
                "functions.Bash:1",
                "functions.Bash:2",
                "functions.Read:3",
                "functions.Read:4"
            ]
        );
        let claude = ids(&native("p", "https://api.anthropic.com"), FOREIGN);
        assert!(claude.iter().all(|id| !id.is_empty() && id.chars().all(is_plain)), "{claude:?}");
        assert_eq!(claude[0], "toolu_01Ab");
        let long = "x".repeat(80);
        let open = ids(&model("qwen"), &[FOREIGN, &[(&long, "Read")]].concat());
        assert!(open.iter().all(|id| !id.is_empty() && id.len() <= 64), "{open:?}");
        assert_eq!(open[..2], ["toolu_01Ab", "functions.Bash:1"]);
        for found in [mistral, kimi, claude, open] {
            assert!(found.iter().enumerate().all(|(at, id)| !found[..at].contains(id)), "{found:?}");
        }
    }

    #[test]
    fn ids_stay_from_turn_to_turn() {
        for provider in
            [model("mistral"), model("kimi-k2"), model("qwen"), native("p", "https://api.anthropic.com")]
        {
            let all = ids(&provider, FOREIGN);
            for turns in 1..FOREIGN.len() {
                assert_eq!(ids(&provider, &FOREIGN[..turns]), all[..turns]);
            }
        }
    }

    #[test]
    fn ids_that_fit_are_left_alone() {
        let calls = [("q9Zt3kLm2", "Read"), ("abcdefgh1", "Bash")];
        for provider in [model("mistral"), model("qwen"), native("p", "https://api.anthropic.com")] {
            assert_eq!(ids(&provider, &calls), ["q9Zt3kLm2", "abcdefgh1"]);
        }
    }
}
