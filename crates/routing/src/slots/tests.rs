//! Who gets which slot, case by case.

mod laws;

use super::Rank::{Main, Passing, Side};
use super::*;
use crate::fixture;
use canon::dialect::Dialect;
use canon::request::{Role, ToolKind};
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

    fn asking(&self, name: &str, rank: Rank) -> Asking {
        let holder = Holder { conversation: Conversation::named(name), tools: rank == Main };
        Asking { holder, rank, beginning: 1, since: self.now, now: self.now }
    }

    fn ask(&mut self, name: &str, rank: Rank) -> Assignment {
        self.table.assign(&self.asking(name, rank))
    }

    fn drops_line(&self, name: &str, rank: Rank) -> bool {
        self.table.habits(&self.asking(name, rank)).drops_line
    }

    /// A whole turn of a main conversation: its slot and its steps; none where the server chooses.
    fn turn(&mut self, name: &str) -> Option<(u32, Vec<Step>)> {
        let Assignment::Pinned(pin) = self.ask(name, Main) else { return None };
        for step in &pin.steps {
            if let Step::Save { file, .. } = step {
                self.table.written(*file, 1_000);
            }
        }
        pin.source().into_iter().for_each(|source| self.table.release(source, self.now));
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
    assert_eq!(rig.ask("a", Main), Assignment::Free);
    assert!(!rig.table.is_managed() && !rig.drops_line("a", Main) && !rig.drops_line("a", Side));
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
    assert!(matches!(rig.ask("a", Main), Assignment::Pinned(_)));
    assert_eq!(rig.ask("b", Main), Assignment::Busy(None));
    assert_eq!(rig.ask("a", Main), Assignment::Busy(None), "another request of the same conversation");
    assert_eq!(rig.ask("title", Side), Assignment::Busy(None));
    rig.table.release(0, rig.now);
    assert!(matches!(rig.ask("b", Main), Assignment::Pinned(_)));
}

#[test]
fn a_beginning_that_is_being_read_is_waited_for() {
    let mut rig = Rig::new(2, true);
    assert!(matches!(rig.ask("a", Main), Assignment::Pinned(_)));
    let waiting = rig.asking("b", Main);
    assert_eq!(rig.ask("b", Main), Assignment::Busy(None), "nobody knows how long it takes");
    rig.now += MINUTE;
    rig.table.begin(0, rig.now);
    let waiting = Asking { now: rig.now, ..waiting };
    assert_eq!(rig.table.assign(&waiting), Assignment::Busy(Some(rig.now + MINUTE)), "as long as it took");
    rig.table.release(0, rig.now);
    let given = Pin { slot: 1, steps: vec![save(0, 0), restore(1, 0)] };
    assert_eq!(rig.table.assign(&waiting), Assignment::Pinned(given));
    assert_eq!(rig.ask("a", Main), Assignment::Busy(None), "its prompt is being copied");
    rig.table.release(0, rig.now);
    assert!(matches!(rig.ask("a", Main), Assignment::Pinned(_)), "it has its slot still");
}

#[test]
fn an_answer_that_takes_longer_than_its_prompt_is_not_waited_for() {
    let mut rig = Rig::new(2, true);
    assert!(matches!(rig.ask("a", Main), Assignment::Pinned(_)));
    rig.now += MINUTE;
    rig.table.begin(0, rig.now);
    rig.now += 5 * MINUTE;
    let waiting = rig.asking("b", Main);
    assert_eq!(
        rig.table.assign(&waiting),
        Assignment::Busy(Some(rig.now + MINUTE)),
        "from its own arrival on"
    );
    let waiting = Asking { now: rig.now + MINUTE, ..waiting };
    assert_eq!(rig.table.assign(&waiting), Assignment::Pinned(Pin { slot: 1, steps: vec![] }));
}

#[test]
fn nobody_waits_for_what_is_in_a_file_or_begins_otherwise() {
    let mut rig = Rig::new(2, true);
    let other = Asking { beginning: 2, ..rig.asking("b", Main) };
    assert!(matches!(rig.ask("a", Main), Assignment::Pinned(_)));
    assert_eq!(rig.table.assign(&other), Assignment::Pinned(Pin { slot: 1, steps: vec![] }));
    let mut rig = Rig::new(2, true);
    for name in ["a", "b"] {
        assert!(rig.turn(name).is_some());
    }
    assert!(matches!(rig.ask("a", Main), Assignment::Pinned(_)));
    assert_eq!(
        rig.ask("c", Main),
        Assignment::Pinned(Pin { slot: 1, steps: vec![save(1, 1)] }),
        "a slot is warm"
    );
    rig.table.release(1, rig.now);
    rig.table.restarted();
    assert!(matches!(rig.ask("a", Main), Assignment::Pinned(_)));
    let given = Pin { slot: 1, steps: vec![restore(1, 0)] };
    assert_eq!(rig.ask("d", Main), Assignment::Pinned(given), "a file has it");
    let mut rig = Rig::new(2, false);
    assert!(matches!(rig.ask("a", Main), Assignment::Pinned(_)));
    assert!(matches!(rig.ask("b", Main), Assignment::Pinned(_)), "without files it could not be had");
}

#[test]
fn side_requests_take_what_is_left_over() {
    let mut rig = Rig::new(2, true);
    assert_eq!(rig.turn("a"), Some((0, vec![])));
    let title = rig.ask("title", Side);
    assert_eq!(title, Assignment::Pinned(Pin { slot: 1, steps: vec![] }));
    let summary = rig.ask("summary", Side);
    assert_eq!(summary, Assignment::Pinned(Pin { slot: 0, steps: vec![] }), "a's slot is borrowed");
    [0, 1].into_iter().for_each(|slot| rig.table.release(slot, rig.now));
    let (slot, _) = rig.turn("b").expect("a slot");
    assert_eq!(slot, 1, "a side request's slot is the first to go");
}

#[test]
fn what_is_in_a_borrowed_slot_is_not_its_owners() {
    let mut rig = Rig::new(1, true);
    assert!(rig.turn("a").is_some());
    let title = Asking { beginning: 2, ..rig.asking("title", Passing) };
    assert_eq!(rig.table.assign(&title), Assignment::Pinned(Pin { slot: 0, steps: vec![] }));
    assert_eq!(rig.ask("a", Main), Assignment::Busy(None));
    rig.table.release(0, rig.now);
    assert_eq!(rig.turn("b"), Some((0, vec![])), "not written to a file in a's name");
    assert_eq!(rig.turn("a"), Some((0, vec![save(0, 0)])), "it goes on from b's beginning");
    assert!(matches!(rig.table.assign(&title), Assignment::Pinned(_)));
    rig.table.release(0, rig.now);
    assert_eq!(rig.turn("a"), Some((0, vec![])), "its own slot still");
}

#[test]
fn what_nobody_goes_on_with_keeps_nothing() {
    let mut rig = Rig::new(2, false);
    for name in ["title", "another title"] {
        assert_eq!(rig.ask(name, Passing), Assignment::Pinned(Pin { slot: 0, steps: vec![] }), "{name}");
        rig.table.release(0, rig.now);
    }
    assert_eq!(rig.table.pinned(), 0);
    assert!(rig.turn("a").is_some() && rig.turn("b").is_some());
    assert_eq!(rig.ask("title", Passing), Assignment::Free, "all slots are somebody's");
}

#[test]
fn a_file_that_is_not_written_is_not_read() {
    let mut rig = Rig::new(1, true);
    assert!(rig.turn("a").is_some());
    let Assignment::Pinned(pin) = rig.ask("b", Main) else { panic!("a slot") };
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
fn a_server_that_starts_anew_has_nobodys_slots_and_all_files() {
    let mut rig = Rig::new(1, true);
    rig.turn("a");
    assert_eq!(rig.turn("b"), Some((0, vec![save(0, 0)])));
    assert!(matches!(rig.ask("b", Main), Assignment::Pinned(_)));
    rig.table.restarted();
    assert_eq!(rig.table.pinned(), 0);
    assert_eq!(rig.turn("a"), Some((0, vec![restore(0, 0)])), "nothing is left that could be saved");
}

#[test]
fn large_prompts_have_fewer_files() {
    let mut rig = Rig::new(1, true);
    let mut names = std::collections::HashSet::new();
    for number in 0..40 {
        let Assignment::Pinned(pin) = rig.ask(&format!("{number}"), Main) else { panic!("a slot") };
        for step in &pin.steps {
            if let Step::Save { file, .. } = step {
                rig.table.written(*file, FILE_BYTES_LIMIT / 3);
                names.insert(*file);
            }
        }
        rig.table.release(pin.slot, rig.now);
    }
    assert!(names.len() <= 3, "{names:?}");
    let Assignment::Pinned(_) = rig.ask("last", Main) else { panic!("a slot") };
    rig.table.written(File(0), FILE_BYTES_LIMIT + 1);
    rig.table.release(0, rig.now);
    assert_eq!(
        rig.turn("one more").map(|(_, steps)| steps.iter().any(|step| matches!(step, Step::Save { .. }))),
        Some(false)
    );
}

#[test]
fn the_line_goes_where_prompts_are_kept_apart() {
    let (slots, files) = (Rig::new(2, false), Rig::new(1, true));
    assert!(!slots.drops_line("a", Main) && slots.drops_line("a", Side));
    assert!(files.drops_line("a", Main) && files.drops_line("a", Side));
}

#[test]
fn prompts_are_written_as_when_the_conversation_began() {
    let mut rig = Rig::new(1, false);
    rig.turn("a");
    rig.table.follow(Offer { slots: 1, files: true, system_turns: true });
    let habits = |rig: &Rig, name| rig.table.habits(&rig.asking(name, Main));
    assert_eq!(habits(&rig, "a"), Habits::default());
    assert_eq!(habits(&rig, "b"), Habits { drops_line: true, system_turns: true });
    rig.turn("a");
    assert_eq!(habits(&rig, "a"), Habits::default());
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
        for tool in request.tools.edit() {
            // Without a source it is read field by field.
            tool.edit();
        }
        Asking::of(&request, Conversation::named("a"), Priority::Main, Instant::now(), true)
    };
    let line = "x-anthropic-billing-header: cc_version=1;";
    let (hi, ho) = ([(Role::User, "hi")], [(Role::User, "ho")]);
    let first = asking(Dialect::Anthropic, &[line, "be kind"], &hi, Some("Read"));
    let second = asking(Dialect::Anthropic, &["be kind"], &ho, Some("Read"));
    assert_eq!(first.beginning, second.beginning);
    assert!(first.rank == Main && first.holder.tools);
    assert_ne!(asking(Dialect::Anthropic, &["be rude"], &hi, Some("Read")).beginning, first.beginning);
    assert_ne!(asking(Dialect::Anthropic, &["be kind"], &hi, Some("Write")).beginning, first.beginning);
    let chat = [(Role::System, "be kind"), (Role::User, "hi")];
    let rude = [(Role::System, "be rude"), (Role::User, "hi")];
    let [kind, rude] = [chat, rude].map(|turns| asking(Dialect::OpenAi, &[], &turns, None));
    assert_ne!(kind.beginning, rude.beginning);
    assert_eq!(kind.rank, Passing, "nothing without tools pushes anybody out");
    let chat = [chat[0], chat[1], (Role::Assistant, "hello"), (Role::User, "go on")];
    assert_eq!(asking(Dialect::OpenAi, &[], &chat, None).rank, Side);
}
