//! The laws of the table: a busy slot is nobody else's, a main conversation is never pushed out by a side request,
//! and without files nobody is pushed out at all.

use super::*;
use crate::fixture;
use canon::dialect::Dialect;
use canon::request::{Role, ToolKind};
use proptest::prelude::*;
use std::num::NonZeroU32;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A table and a clock.
struct Rig {
    table: Table,
    now: Instant,
}

impl Rig {
    fn new(total: u32, files: bool) -> Self {
        Self { table: Table::new(total, files), now: Instant::now() }
    }

    fn ask(&mut self, name: &str, is_main: bool) -> Assignment {
        let holder = Holder { conversation: Conversation::named(name), tools: is_main };
        self.table.assign(&Asking { holder, is_main, beginning: 1, now: self.now })
    }

    /// A whole turn of a main conversation: its slot and its steps; none where the server chooses.
    fn turn(&mut self, name: &str) -> Option<(u32, Vec<Step>)> {
        let Assignment::Pinned(pin) = self.ask(name, true) else { return None };
        for step in &pin.steps {
            if let Step::Save { file, .. } = step {
                self.table.written(*file, 1_000);
            }
        }
        self.table.release(pin.slot, self.now);
        self.now += Duration::from_secs(1);
        Some((pin.slot, pin.steps))
    }
}

fn save(slot: u32, file: usize) -> Step {
    Step::Save { slot, file: File(file) }
}

fn restore(slot: u32, file: usize) -> Step {
    Step::Restore { slot, file: File(file) }
}

#[test]
fn conversations_keep_their_slots() {
    let mut rig = Rig::new(2, false);
    for _ in 0..3 {
        assert_eq!(rig.turn("a"), Some((0, vec![])));
        assert_eq!(rig.turn("b"), Some((1, vec![])));
    }
    assert_eq!(rig.table.pinned(), 2);
}

#[test]
fn one_slot_without_files_is_left_to_the_server() {
    let mut rig = Rig::new(1, false);
    assert_eq!(rig.ask("a", true), Assignment::Free);
    let holder = Holder { conversation: Conversation::named("a"), tools: true };
    assert!(!rig.table.is_managed() && !rig.table.drops_line(holder));
}

#[test]
fn more_conversations_than_slots_are_left_to_the_server() {
    let mut rig = Rig::new(2, false);
    for name in ["a", "b"] {
        assert!(rig.turn(name).is_some());
    }
    for name in ["c", "a", "b", "c"] {
        assert_eq!(rig.turn(name), None, "{name}");
    }
    assert_eq!(rig.table.pinned(), 0);
    rig.now += ACTIVE_WINDOW;
    assert!(rig.turn("a").is_some(), "the others have rested for long");
    assert!(rig.turn("b").is_some());
}

#[test]
fn whoever_has_rested_for_long_loses_its_slot_without_files() {
    let mut rig = Rig::new(2, false);
    assert_eq!(rig.turn("a"), Some((0, vec![])));
    assert_eq!(rig.turn("b"), Some((1, vec![])));
    rig.now += ACTIVE_WINDOW - MINUTE;
    assert_eq!(rig.turn("b"), Some((1, vec![])));
    rig.now += MINUTE;
    assert_eq!(rig.turn("c"), Some((0, vec![])));
}

#[test]
fn with_files_prompts_are_moved_out_and_in() {
    let mut rig = Rig::new(1, true);
    assert_eq!(rig.turn("a"), Some((0, vec![])));
    assert_eq!(rig.turn("b"), Some((0, vec![save(0, 0)])), "it goes on from the same beginning");
    assert_eq!(rig.turn("a"), Some((0, vec![save(0, 1), restore(0, 0)])));
    assert_eq!(rig.turn("b"), Some((0, vec![save(0, 0), restore(0, 1)])));
    assert_eq!(rig.turn("b"), Some((0, vec![])));
}

#[test]
fn an_empty_slot_is_warmed_from_one_with_the_same_beginning() {
    let mut rig = Rig::new(2, true);
    assert_eq!(rig.turn("a"), Some((0, vec![])));
    assert_eq!(rig.turn("b"), Some((1, vec![save(0, 0), restore(1, 0)])));
    assert_eq!(rig.turn("c"), Some((0, vec![save(0, 0)])), "a has rested longest");
    assert_eq!(rig.turn("a"), Some((1, vec![save(1, 1), restore(1, 0)])));
}

#[test]
fn a_busy_slot_is_waited_for_where_a_prompt_would_be_lost() {
    let mut rig = Rig::new(1, true);
    assert!(matches!(rig.ask("a", true), Assignment::Pinned(_)));
    assert_eq!(rig.ask("b", true), Assignment::Busy);
    assert_eq!(rig.ask("a", true), Assignment::Busy, "another request of the same conversation");
    assert_eq!(rig.ask("title", false), Assignment::Free);
    rig.table.release(0, rig.now);
    assert!(matches!(rig.ask("b", true), Assignment::Pinned(_)));
}

#[test]
fn side_requests_take_what_is_left_over() {
    let mut rig = Rig::new(2, true);
    assert_eq!(rig.turn("a"), Some((0, vec![])));
    let title = rig.ask("title", false);
    assert_eq!(title, Assignment::Pinned(Pin { slot: 1, steps: vec![] }));
    assert_eq!(rig.ask("summary", false), Assignment::Free, "a's slot is not taken");
    rig.table.release(1, rig.now);
    let (slot, _) = rig.turn("b").expect("a slot");
    assert_eq!(slot, 1, "a side request's slot is the first to go");
}

#[test]
fn a_file_that_is_not_written_is_not_read() {
    let mut rig = Rig::new(1, true);
    assert!(rig.turn("a").is_some());
    let Assignment::Pinned(pin) = rig.ask("b", true) else { panic!("a slot") };
    assert_eq!(pin.steps, [save(0, 0)]);
    rig.table.file_failed(File(0));
    rig.table.release(0, rig.now);
    assert_eq!(rig.turn("a"), Some((0, vec![save(0, 1)])), "nothing to restore");
}

#[test]
fn what_failed_is_nobodys() {
    let mut rig = Rig::new(2, false);
    assert!(rig.turn("a").is_some());
    rig.table.disown(0);
    assert_eq!(rig.table.pinned(), 0);
}

#[test]
fn large_prompts_have_fewer_files() {
    let mut rig = Rig::new(1, true);
    let mut names = std::collections::HashSet::new();
    for number in 0..40 {
        let Assignment::Pinned(pin) = rig.ask(&format!("{number}"), true) else { panic!("a slot") };
        for step in &pin.steps {
            if let Step::Save { file, .. } = step {
                rig.table.written(*file, FILE_BYTES_LIMIT / 3);
                names.insert(*file);
            }
        }
        rig.table.release(pin.slot, rig.now);
    }
    assert!(names.len() <= 3, "{names:?}");
    let Assignment::Pinned(_) = rig.ask("last", true) else { panic!("a slot") };
    rig.table.written(File(0), FILE_BYTES_LIMIT + 1);
    rig.table.release(0, rig.now);
    assert_eq!(
        rig.turn("one more").map(|(_, steps)| steps.iter().any(|step| matches!(step, Step::Save { .. }))),
        Some(false)
    );
}

#[test]
fn the_line_stays_as_it_was_when_a_conversation_began() {
    let mut rig = Rig::new(1, false);
    let old = Holder { conversation: Conversation::named("a"), tools: true };
    let new = Holder { conversation: Conversation::named("b"), tools: true };
    rig.turn("a");
    rig.table.follow(2, false);
    assert!(!rig.table.drops_line(old) && rig.table.drops_line(new));
    rig.turn("a");
    assert!(!rig.table.drops_line(old));
}

#[test]
fn a_table_serves_what_the_file_and_the_server_say() {
    let mut provider = fixture::provider("a");
    assert!(!has_table(&provider));
    provider.slot_affinity_slots = SlotAffinity::Auto;
    assert!(has_table(&provider));
    provider.kind = ProviderKind::Anthropic;
    assert!(!has_table(&provider), "that wire drops the slot");
    provider.kind = ProviderKind::OpenAiCompat;
    provider.local = false;
    provider.slot_files = SlotFiles::Auto;
    assert!(!has_table(&provider) && !wants_files(&provider), "not on another's machine");
    provider.local = true;
    provider.slot_affinity_slots = SlotAffinity::Fixed(NonZeroU32::MIN);
    assert!(has_table(&provider), "with files one slot is enough");
    provider.slot_affinity_slots = SlotAffinity::Off;
    assert!(!has_table(&provider));
}

#[test]
fn a_beginning_is_instructions_and_tools() {
    let asking = |dialect, system: &[&str], turns: &[(Role, &str)], tool: Option<&str>| {
        let mut request = fixture::request(dialect, system, turns);
        request.tools.edit().extend(tool.map(|name| fixture::tool(name, ToolKind::Function)));
        request.tools.edit().iter_mut().for_each(|tool| drop(tool.edit()));
        Asking::of(&request, Conversation::named("a"), Priority::Main, Instant::now())
    };
    let line = "x-anthropic-billing-header: cc_version=1;";
    let (hi, ho) = ([(Role::User, "hi")], [(Role::User, "ho")]);
    let first = asking(Dialect::Anthropic, &[line, "be kind"], &hi, Some("Read"));
    let second = asking(Dialect::Anthropic, &["be kind"], &ho, Some("Read"));
    assert_eq!(first.beginning, second.beginning);
    assert!(first.is_main && first.holder.tools);
    assert_ne!(asking(Dialect::Anthropic, &["be rude"], &hi, Some("Read")).beginning, first.beginning);
    assert_ne!(asking(Dialect::Anthropic, &["be kind"], &hi, Some("Write")).beginning, first.beginning);
    let chat = [(Role::System, "be kind"), (Role::User, "hi")];
    let rude = [(Role::System, "be rude"), (Role::User, "hi")];
    let [kind, rude] = [chat, rude].map(|turns| asking(Dialect::OpenAi, &[], &turns, None));
    assert_ne!(kind.beginning, rude.beginning);
    assert!(!kind.is_main, "nothing without tools pushes anybody out");
}

/// What happens to a table.
#[derive(Clone, Copy, Debug)]
enum Move {
    Ask {
        who: u8,
        is_main: bool,
        beginning: u64,
    },
    /// The oldest of those that are busy is given back.
    Release,
    Wait(u16),
    Fail(u8),
    Restart {
        total: u32,
        files: bool,
    },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (0..6_u8, any::<bool>(), 0..2_u64).prop_map(|(who, is_main, beginning)| Move::Ask { who, is_main, beginning }),
        5 => Just(Move::Release),
        1 => (0..900_u16).prop_map(Move::Wait),
        1 => (0..4_u8).prop_map(Move::Fail),
        1 => (1..4_u32, any::<bool>()).prop_map(|(total, files)| Move::Restart { total, files }),
    ];
    proptest::collection::vec(one, 1..60)
}

/// Plays moves; `check` sees every assignment with the slots that were busy before it, and the table after it.
fn play(moves: &[Move], start: Instant, mut check: impl FnMut(&Asking, &Assignment, &[u32], &Table)) {
    let (mut total, mut now) = (2, start);
    let mut table = Table::new(total, false);
    let mut busy: Vec<u32> = Vec::new();
    for step in moves {
        now += Duration::from_millis(1);
        match *step {
            Move::Ask { who, is_main, beginning } => {
                let holder = Holder { conversation: Conversation::named(&who.to_string()), tools: is_main };
                let asking = Asking { holder, is_main, beginning, now };
                let assignment = table.assign(&asking);
                check(&asking, &assignment, &busy, &table);
                if let Assignment::Pinned(pin) = assignment {
                    assert!(pin.slot < total);
                    busy.push(pin.slot);
                    for step in pin.steps {
                        if let Step::Save { file, .. } = step {
                            table.written(file, 1);
                        }
                    }
                }
            }
            Move::Release if !busy.is_empty() => table.release(busy.remove(0), now),
            Move::Release => {}
            Move::Wait(seconds) => now += Duration::from_secs(seconds.into()),
            Move::Fail(file) => table.file_failed(File(file.into())),
            Move::Restart { total: new, files } => {
                if new != total {
                    busy.clear();
                }
                total = new;
                table.follow(new, files);
            }
        }
    }
}

proptest! {
    #[test]
    fn a_busy_slot_is_never_given_to_another(moves in moves()) {
        play(&moves, Instant::now(), |_, assignment, busy, table| {
            if let Assignment::Pinned(pin) = assignment {
                assert!(!busy.contains(&pin.slot), "{pin:?} of {busy:?}");
                let saved = pin.steps.iter().filter_map(|step| match step {
                    Step::Save { slot, .. } => Some(slot),
                    Step::Restore { .. } => None,
                });
                assert!(saved.into_iter().all(|slot| !busy.contains(slot)), "a busy slot is not moved");
                assert!(pin.steps.iter().all(|step| !matches!(step, Step::Restore { slot, .. } if *slot != pin.slot)));
            }
            assert!(table.pinned() <= 3);
        });
    }

    #[test]
    fn the_same_moves_give_the_same_slots(moves in moves()) {
        let start = Instant::now();
        let run = || {
            let mut all = Vec::new();
            play(&moves, start, |_, assignment, _, _| all.push(assignment.clone()));
            all
        };
        prop_assert_eq!(run(), run());
    }

    /// Whoever is pushed out of a slot has its prompt written to a file first, and side requests push nobody out.
    #[test]
    fn no_main_conversation_loses_its_prompt(asks in proptest::collection::vec((0..6_u8, any::<bool>()), 1..60)) {
        let mut rig = Rig::new(3, true);
        let mut owners: [Option<u8>; 3] = [None; 3];
        for (who, is_main) in asks {
            let Assignment::Pinned(pin) = rig.ask(&who.to_string(), is_main) else { continue };
            let owner = owners[pin.slot as usize];
            if let Some(owner) = owner.filter(|owner| *owner != who || !is_main) {
                let is_saved = pin.steps.iter().any(|step| matches!(step, Step::Save { slot, .. } if *slot == pin.slot));
                prop_assert!(is_main && is_saved, "{} took the slot of {}: {:?}", who, owner, pin);
            }
            if is_main {
                owners.iter_mut().filter(|owner| **owner == Some(who)).for_each(|owner| *owner = None);
                owners[pin.slot as usize] = Some(who);
            }
            for step in &pin.steps {
                if let Step::Save { file, .. } = step {
                    rig.table.written(*file, 1);
                }
            }
            rig.table.release(pin.slot, rig.now);
            rig.now += MINUTE;
        }
    }
}
