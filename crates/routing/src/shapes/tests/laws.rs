//! What holds for every conversation: a turn's prompt begins with that of the turn before, and shaping again
//! gives the same.

use super::*;
use canon::extra::Extra;
use canon::request::Message;
use proptest::prelude::*;

/// What a client adds between two requests: an answer, and what the person and the harness say to it.
#[derive(Clone, Debug)]
struct Step {
    answer: String,
    said: Vec<String>,
    reminder: Option<String>,
}

fn step() -> impl Strategy<Value = Step> {
    let text = "[a-z ]{0,6}";
    (text, proptest::collection::vec(text, 1..3), proptest::option::of(text))
        .prop_map(|(answer, said, reminder)| Step { answer, said, reminder })
}

/// Builds the conversation as a client does: it grows at its end, and the cache marker moves to the last block.
fn grown(dialect: Dialect, line: &str, steps: &[Step]) -> Request {
    let mut turns = Vec::new();
    let said = |role, texts: &[String]| Message {
        role,
        content: Content::Parts(texts.iter().map(|text| Part::text(text.as_str())).collect()),
        extra: Extra::default(),
    };
    for (place, step) in steps.iter().enumerate() {
        if place > 0 {
            turns.push(said(Role::Assistant, std::slice::from_ref(&step.answer)));
        }
        turns.push(said(Role::User, &step.said));
        turns.extend(step.reminder.iter().map(|text| said(Role::System, std::slice::from_ref(text))));
    }
    if let Some(last) = turns.last_mut().and_then(|turn| turn.content.parts_mut().last_mut()) {
        last.cache_control = Some(Json::EMPTY_OBJECT);
    }
    let mut request = request(dialect, &[line, "be kind"], &[]);
    request.messages = sourced(turns.into_iter().map(sourced).collect());
    if dialect == Dialect::OpenAi {
        let system = request.system.take().unwrap();
        request.messages.edit().insert(0, turn(Role::System, (*system).clone()));
    }
    request
}

/// The prompt a model reads: markers are no part of it.
fn prompt(request: &Request) -> Vec<String> {
    let mut all: Vec<String> = request.system.iter().map(|system| picture(system)).collect();
    all.extend(request.messages.iter().map(|turn| format!("{:?}: {}", turn.role, picture(&turn.content))));
    all.iter().map(|line| line.replace('!', "")).collect()
}

proptest! {
    #[test]
    fn a_turns_prompt_begins_with_that_of_the_turn_before(
        steps in proptest::collection::vec(step(), 2..6),
        native_host: bool,
        chat: bool,
        refused in proptest::sample::subsequence(vec![Droppable::SystemTurns, Droppable::CacheControl], 0..=2),
        appended in proptest::option::of("[a-z]{1,5}"),
        slots in 0..4_u32,
    ) {
        let mut provider = if native_host { native("a", LOCAL) } else { provider("a") };
        provider.append_system_prompt = appended.map(Into::into);
        provider.slot_affinity_slots = NonZeroU32::new(slots).map_or(SlotAffinity::Off, SlotAffinity::Fixed);
        let (profile, dialect) = (profile("p", &[]), if chat { Dialect::OpenAi } else { Dialect::Anthropic });
        let mut before: Vec<String> = Vec::new();
        for turn in 1..=steps.len() {
            let line = format!("x-anthropic-billing-header: cc_version=2.1.40; cch={turn:05x};");
            let asked = grown(dialect, &line, &steps[..turn]);
            let shaped = shape(&asked, &provider, &profile, super::refused(&refused));
            let now = prompt(&shaped.request);
            prop_assert!(now.starts_with(&before), "{before:#?}\nis no beginning of\n{now:#?}");
            let again = shape(&asked, &provider, &profile, super::refused(&refused));
            prop_assert_eq!(lines(&again.request), lines(&shaped.request));
            before = now;
        }
    }
}
