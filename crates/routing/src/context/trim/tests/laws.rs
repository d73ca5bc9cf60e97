//! What holds for every conversation, however it is cut: it stays legal, keeps what must stay, and its prompt
//! grows at the end between two steps.

use super::*;
use crate::shapes::{ShapeNote, Terms, shape};
use canon::request::Role;
use proptest::prelude::*;
use std::collections::HashSet;

/// What a client adds between two requests.
#[derive(Clone, Debug)]
enum Round {
    /// The model answers, and the person goes on.
    Talk,
    /// The model calls so many tools, and gets their results, of so many tokens each.
    Tools(usize, usize),
    /// As `Talk`, with instructions behind what the person says.
    Reminder,
    /// The model calls a tool and the person says something else.
    Interrupted,
}

fn round() -> impl Strategy<Value = Round> {
    prop_oneof![
        2 => Just(Round::Talk),
        5 => (1..4_usize, prop_oneof![4 => 1..200_usize, 1 => 600..3_000_usize])
            .prop_map(|(calls, size)| Round::Tools(calls, size)),
        1 => Just(Round::Reminder),
        1 => Just(Round::Interrupted),
    ]
}

/// A conversation as a client builds it: it grows at its end. The requests it consists of, the last one whole.
fn growing(dialect: Dialect, instructed: bool, rounds: &[Round]) -> Vec<Request> {
    let mut request = Request::new(dialect);
    let say = |request: &mut Request, word: &str, tokens| {
        let turns = request.messages.edit();
        turns.push(said(dialect, turns.len(), word, tokens));
    };
    if instructed && dialect == Dialect::OpenAi {
        say(&mut request, "s", 40);
    }
    say(&mut request, "u", 30);
    let mut requests = vec![request.clone()];
    for (at, round) in rounds.iter().enumerate() {
        let ids: Vec<char> = (0..3).filter_map(|of| char::from_u32(0x4e00 + (at * 3 + of) as u32)).collect();
        match round {
            Round::Talk => ["a", "u"].iter().for_each(|word| say(&mut request, word, 30)),
            Round::Reminder => ["a", "u", "s"].iter().for_each(|word| say(&mut request, word, 30)),
            Round::Interrupted => {
                say(&mut request, &format!("c{}", ids[0]), 20);
                say(&mut request, "u", 20);
            }
            Round::Tools(calls, size) => {
                let ids: String = ids[..*calls].iter().collect();
                say(&mut request, &format!("c{ids}"), 20);
                if dialect == Dialect::OpenAi {
                    ids.chars().for_each(|id| say(&mut request, &format!("r{id}"), *size));
                } else {
                    say(&mut request, &format!("r{ids}"), *size);
                }
            }
        }
        requests.push(request.clone());
    }
    requests
}

fn grown(dialect: Dialect, instructed: bool, rounds: &[Round]) -> Request {
    growing(dialect, instructed, rounds).pop().unwrap()
}

fn dialects() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Dialect::Anthropic), Just(Dialect::OpenAi)]
}

fn parts(turn: &Message) -> &[Part] {
    match &turn.content {
        Content::Parts(parts) => parts,
        _ => &[],
    }
}

/// Whether a conversation can be sent: a person begins, results follow their calls at once, and no call that had
/// results has lost one.
fn check_legal(before: &Request, left: &Request) -> Result<(), TestCaseError> {
    let turns = &left.messages;
    let first = turns.iter().find(|turn| turn.role != Role::System).map(|turn| turn.role);
    prop_assert_eq!(first, Some(Role::User));
    let (mut open, mut answered) = (HashSet::new(), HashSet::new());
    for turn in turns.iter() {
        let is_answer = parts(turn).iter().any(|part| matches!(part.kind, PartKind::CallResult(_)));
        if !is_answer {
            open.clear();
        }
        for part in parts(turn) {
            match &part.kind {
                PartKind::Call(call) => drop(open.insert(call.id.to_string())),
                PartKind::CallResult(result) => {
                    prop_assert!(open.remove(&result.call_id.to_string()), "an orphan in {}", words(left));
                    answered.insert(result.call_id.to_string());
                }
                _ => {}
            }
        }
    }
    let calls = |request: &Request| -> HashSet<String> {
        let of = |part: &Part| match &part.kind {
            PartKind::Call(call) => Some(call.id.to_string()),
            _ => None,
        };
        request.messages.iter().flat_map(|turn| parts(turn).iter().filter_map(of)).collect()
    };
    let results = |request: &Request| -> HashSet<String> {
        let of = |part: &Part| match &part.kind {
            PartKind::CallResult(result) => Some(result.call_id.to_string()),
            _ => None,
        };
        request.messages.iter().flat_map(|turn| parts(turn).iter().filter_map(of)).collect()
    };
    for id in calls(left).intersection(&results(before)) {
        prop_assert!(answered.contains(id), "{id} lost its result in {}", words(left));
    }
    Ok(())
}

/// Adjacent turns of persons that were not adjacent before.
fn collisions(request: &Request) -> usize {
    let roles: Vec<Role> =
        request.messages.iter().map(|turn| turn.role).filter(|role| *role != Role::System).collect();
    roles.windows(2).filter(|pair| pair == &[Role::User, Role::User]).count()
}

/// All that the turns say.
fn contents(request: &Request) -> Vec<(Role, Content)> {
    request.messages.iter().map(|turn| (turn.role, turn.content.clone())).collect()
}

proptest! {
    #[test]
    fn whatever_is_cut_what_is_left_is_legal_and_has_what_must_stay(
        dialect in dialects(),
        instructed: bool,
        rounds in proptest::collection::vec(round(), 0..24),
        window in 50..6_000_u32,
        preserve_last in 0..8_u32,
        counted: bool,
    ) {
        let request = grown(dialect, instructed, &rounds);
        let (before, room) = (contents(&request), room(window, preserve_last));
        let tool_content = if counted { ToolContent::Counted } else { ToolContent::LeftOut };
        let measure = Measure::untaught(tool_content);
        let decision = decide(&request, &measure, &room, None);
        let left = trimmed(&request, decision.cut.as_ref());
        prop_assert_eq!(&before, &contents(&request));
        prop_assert!(!left.messages.is_empty());
        check_legal(&request, &left)?;
        prop_assert!(measure.request(&left) <= measure.request(&request));
        let after = contents(&left);
        let tail = before.len() - (preserve_last.max(1) as usize).min(before.len());
        prop_assert!(after.ends_with(&before[tail..]));
        let task = request.messages.iter().position(|turn| turn.role == Role::User).unwrap();
        prop_assert_eq!(&after[..=task], &before[..=task]);
        if let Some(cut) = decision.cut {
            prop_assert_eq!(cut.trimmed.tokens_after, measure.request(&left));
            prop_assert_eq!(cut.trimmed.tokens_before, measure.request(&request));
            prop_assert_eq!(cut.trimmed.aim == Aim::Met, cut.trimmed.tokens_after <= room.target);
            for turn in left.messages.iter() {
                prop_assert!(turn.source().is_some() || turn.role != Role::Assistant);
            }
        } else {
            prop_assert_eq!(before, after);
        }
    }

    #[test]
    fn what_was_cut_is_not_cut_again(
        dialect in dialects(),
        rounds in proptest::collection::vec(round(), 0..24),
        window in 50..6_000_u32,
        preserve_last in 0..8_u32,
    ) {
        let (request, room) = (grown(dialect, true, &rounds), room(window, preserve_last));
        let Decision { cut, held } = decide(&request, &MEASURE, &room, None);
        let left = trimmed(&request, cut.as_ref());
        let again = decide(&left, &MEASURE, &room, held);
        prop_assert_eq!(contents(&trimmed(&left, again.cut.as_ref())), contents(&left));
        let same = decide(&request, &MEASURE, &room, held);
        prop_assert_eq!(contents(&trimmed(&request, same.cut.as_ref())), contents(&left));
    }

    #[test]
    fn a_cut_held_from_another_state_of_the_conversation_is_legal_too(
        dialect in dialects(),
        rounds in proptest::collection::vec(round(), 1..24),
        cut_at in any::<proptest::sample::Index>(),
        sent in any::<proptest::sample::Index>(),
        (window, other) in (50..6_000_u32, 50..6_000_u32),
        preserve_last in 1..8_u32,
    ) {
        let requests = growing(dialect, true, &rounds);
        let held = decide(cut_at.get(&requests), &MEASURE, &room(other, preserve_last), None).held;
        let request = sent.get(&requests);
        let left = trimmed(request, decide(request, &MEASURE, &room(window, preserve_last), held).cut.as_ref());
        check_legal(request, &left)?;
        let (before, after) = (contents(request), contents(&left));
        prop_assert!(after.ends_with(&before[before.len().saturating_sub(preserve_last as usize)..]));
        prop_assert!(MEASURE.request(&left) <= MEASURE.request(request));
    }

    #[test]
    fn between_two_steps_the_prompt_grows_at_its_end(
        dialect in dialects(),
        rounds in proptest::collection::vec(round(), 20..60),
        window in 1_500..8_000_u32,
        preserve_last in 1..6_u32,
    ) {
        let room = room(window, preserve_last);
        let (mut held, mut before, mut steps, mut missed) = (None, Vec::new(), 0, 0);
        for request in growing(dialect, true, &rounds) {
            let decision = decide(&request, &MEASURE, &room, held);
            held = decision.held;
            let now = contents(&trimmed(&request, decision.cut.as_ref()));
            match decision.cut.map(|cut| cut.trimmed) {
                Some(Trimmed { step: Step::Taken, aim, .. }) => {
                    steps += 1;
                    missed += usize::from(aim == Aim::Missed);
                }
                _ => prop_assert!(now.starts_with(&before), "no beginning of {}", words(&request)),
            }
            before = now;
        }
        // A step that met its target serves until the prompt has grown from the target to the trim level.
        let grown = MEASURE.request(&grown(dialect, true, &rounds));
        let served = (room.trim - room.target) as usize;
        prop_assert!(steps - missed <= 1 + grown as usize / served, "{steps} steps for {grown} tokens");
    }

    #[test]
    fn roles_take_turns_wherever_enough_goes_with_it(
        rounds in proptest::collection::vec(
            prop_oneof![Just(Round::Talk), (1..4_usize, 1..200_usize).prop_map(|(n, size)| Round::Tools(n, size))],
            4..24,
        ),
        window in 300..3_000_u32,
    ) {
        let request = grown(Dialect::Anthropic, false, &rounds);
        prop_assert_eq!(collisions(&request), 0);
        let room = room(window, 4);
        let Some(cut) = decide(&request, &MEASURE, &room, None).cut else { return Ok(()) };
        let left = trimmed(&request, Some(&cut));
        prop_assert!(collisions(&left) <= 1, "{}", words(&left));
        if collisions(&left) == 1 {
            // Wherever they would, too much would be left.
            let survey = Survey::of(&request, &MEASURE, &room).unwrap();
            let smooth = survey.outline.starts.iter().skip(1).filter(|from| survey.outline.alternates(**from));
            for from in smooth {
                let place = Place { from: *from, shorten: cut.shorten.max(*from) };
                prop_assert!(survey.left(place) > room.target, "{} from {from}", words(&left));
            }
        }
    }
}

#[test]
fn the_shape_sends_what_is_left_and_copies_nothing_else() {
    let request = conversation(Dialect::Anthropic, "u c1 r1 c2 r2 c3 r3", 100);
    let (provider, profile) = (fixture::native("a", "http://127.0.0.1:8080"), fixture::profile("p", &[]));
    let decision = decide(&request, &MEASURE, &room(700, 2), None);
    let terms = Terms { cut: decision.cut.as_ref(), ..Terms::default() };
    let shaped = shape(&request, &provider, &profile, terms);
    assert_eq!(words(&shaped.request), "u c2 r2 c3 r3");
    let told = decision.cut.as_ref().unwrap().trimmed;
    assert_eq!(shaped.notes, [ShapeNote::ContextTrimmed(told)]);
    // A cut of another request changes nothing.
    let other = conversation(Dialect::Anthropic, "u a u", 100);
    let shaped = shape(&other, &provider, &profile, terms);
    assert_eq!((words(&shaped.request).as_str(), shaped.notes), ("u a u", vec![]));
}

/// A step over a conversation looks at each turn a bounded number of times: with a square of them this test would
/// go on for minutes.
#[test]
fn long_conversations_are_no_trouble() {
    for words in ["c0 r0 ".repeat(20_000), "a u s ".repeat(14_000), "u ".repeat(40_000)] {
        let request = conversation(Dialect::Anthropic, &format!("u {words}"), 1);
        let room = room(9_000, 4);
        let first = decide(&request, &MEASURE, &room, None);
        let told = first.cut.as_ref().unwrap().trimmed;
        assert!(told.aim == Aim::Met && told.messages_after > 100, "{told:?}");
        let again = decide(&request, &MEASURE, &room, first.held);
        assert_eq!(again.cut.unwrap().trimmed.step, Step::Kept);
    }
}
