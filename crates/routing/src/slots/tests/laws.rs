//! The laws of the table: a busy slot is nobody else's, the same moves give the same slots, a main conversation is
//! pushed out only by another one, and not before its prompt is kept, and what begins alike is read once.

use super::*;
use proptest::prelude::*;

/// What happens to a table.
#[derive(Clone, Copy, Debug)]
enum Move {
    Ask {
        who: u8,
        rank: Rank,
        beginning: u64,
    },
    /// The oldest of those that are busy is given back.
    Release,
    /// The answer of a slot begins.
    Begin(u32),
    Wait(u16),
    Fail(u8),
    Restart {
        total: u32,
        files: bool,
    },
}

/// Where a server has the beginning that all have in common, and how often it has read it.
struct Server {
    has_read: Vec<bool>,
    is_written: [bool; FILES_LIMIT],
    cold: usize,
}

impl Server {
    fn serve(&mut self, pin: &Pin, table: &mut Table) {
        for step in &pin.steps {
            match *step {
                Step::Save { slot, file } => {
                    self.is_written[file.0] = self.has_read[slot as usize];
                    table.written(file, 1);
                }
                Step::Restore { slot, file } => self.has_read[slot as usize] = self.is_written[file.0],
            }
        }
        let has_read = &mut self.has_read[pin.slot as usize];
        self.cold += usize::from(!std::mem::replace(has_read, true));
    }
}

fn ranks() -> impl Strategy<Value = Rank> {
    prop_oneof![Just(Main), Just(Side), Just(Passing)]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (0..6_u8, ranks(), 0..2_u64).prop_map(|(who, rank, beginning)| Move::Ask { who, rank, beginning }),
        5 => Just(Move::Release),
        2 => (0..4_u32).prop_map(Move::Begin),
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
            Move::Ask { who, rank, beginning } => {
                let holder =
                    Holder { conversation: Conversation::named(&who.to_string()), tools: rank == Main };
                let asking = Asking { holder, rank, beginning, since: now, now };
                let assignment = table.assign(&asking);
                check(&asking, &assignment, &busy, &table);
                if let Assignment::Pinned(pin) = assignment {
                    assert!(pin.slot < total);
                    busy.push(pin.slot);
                    pin.source().into_iter().for_each(|source| table.release(source, now));
                    for step in pin.steps {
                        if let Step::Save { file, .. } = step {
                            table.written(file, 1);
                        }
                    }
                }
            }
            Move::Release if !busy.is_empty() => table.release(busy.remove(0), now),
            Move::Release => {}
            Move::Begin(slot) => table.begin(slot, now),
            Move::Wait(seconds) => now += Duration::from_secs(seconds.into()),
            Move::Fail(file) => table.file_failed(File(file.into())),
            Move::Restart { total: new, files } => {
                if new != total {
                    busy.clear();
                }
                total = new;
                table.follow(Offer { slots: new, files, system_turns: false });
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

    /// Whoever waits does so for a busy slot, and never for a moment that is past.
    #[test]
    fn whoever_waits_has_somebody_to_wait_for(moves in moves()) {
        play(&moves, Instant::now(), |asking, assignment, busy, _| {
            if let Assignment::Busy(until) = assignment {
                assert!(!busy.is_empty());
                assert!(until.is_none_or(|until| until > asking.now && asking.rank == Main));
            }
        });
    }

    /// Conversations that begin alike and start in one moment: their beginning is read once.
    #[test]
    fn a_common_beginning_is_read_once(total in 1..5_u32, count in 1..8_usize) {
        let mut rig = Rig::new(total, true);
        let mut server = Server { has_read: vec![false; total as usize], is_written: [false; FILES_LIMIT], cold: 0 };
        let mut waiting: Vec<usize> = (0..count).collect();
        while !waiting.is_empty() {
            let mut busy = Vec::new();
            waiting.retain(|name| match rig.ask(&name.to_string(), Main) {
                Assignment::Pinned(pin) => {
                    server.serve(&pin, &mut rig.table);
                    busy.push(pin.slot);
                    busy.extend(pin.source());
                    false
                }
                Assignment::Busy(_) => true,
                Assignment::Free => panic!("left to the server"),
            });
            prop_assert!(!busy.is_empty(), "all wait for nobody");
            for slot in busy {
                rig.table.begin(slot, rig.now);
                rig.table.release(slot, rig.now);
            }
        }
        prop_assert_eq!(server.cold, 1);
    }

    /// Whoever is pushed out of a slot has its prompt written to a file first. Side requests push nobody out: what they
    /// borrow stays its owner's. And nobody is left to the server.
    #[test]
    fn no_main_conversation_loses_its_prompt(asks in proptest::collection::vec((0..6_u8, ranks()), 1..60)) {
        let mut rig = Rig::new(3, true);
        let mut owners: [Option<u8>; 3] = [None; 3];
        let mut lent = [false; 3];
        for (who, rank) in asks {
            let is_main = rank == Main;
            let assignment = rig.ask(&who.to_string(), rank);
            let Assignment::Pinned(pin) = assignment else { panic!("{assignment:?}, and all are at rest") };
            let is_lent = std::mem::replace(&mut lent[pin.slot as usize], !is_main);
            let owner = owners[pin.slot as usize];
            if let Some(owner) = owner.filter(|owner| *owner != who || !is_main) {
                let is_saved = pin.steps.iter().any(|step| matches!(step, Step::Save { slot, .. } if *slot == pin.slot));
                let is_kept = if is_main { is_saved || is_lent } else { pin.steps.is_empty() };
                prop_assert!(is_kept, "{} took the slot of {}: {:?}", who, owner, pin);
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
            pin.source().into_iter().for_each(|source| rig.table.release(source, rig.now));
            rig.table.release(pin.slot, rig.now);
            rig.now += MINUTE;
        }
    }
}
