//! The table of one server's slots: who has which, and who gets one next.

use super::files::Files;
use super::{Asking, Assignment, File, Habits, Holder, Offer, Pin, Rank, Step};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a conversation that rests counts as one that goes on.
pub const ACTIVE_WINDOW: Duration = Duration::from_secs(600);

/// The most conversations that are known of one server; the one that was seen longest ago is forgotten first.
pub const HOLDERS_LIMIT: usize = 1_024;

/// The most slots of a server that are handed out.
pub const SLOTS_LIMIT: u32 = 256;

/// The slots of one server.
#[derive(Debug)]
pub struct Table {
    /// One entry a slot; at least one, at most [`SLOTS_LIMIT`].
    slots: Vec<Slot>,
    /// None where the server has no place for files.
    files: Option<Files>,
    /// Whether the server's template takes instructions in the middle of a conversation.
    system_turns: bool,
    seen: HashMap<Holder, Seen>,
    /// Counts assignments, so that it is known who has rested longest.
    uses: u64,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    owner: Option<Owner>,
    /// How the prompt in it begins, as far as that is known. It stays when its owner is gone.
    beginning: Option<u64>,
    /// Whether the prompt in it is not its owner's, but that of a request which used it while the owner rested.
    is_lent: bool,
    work: Work,
    /// The longest that its owner's answers were waited for: about as long as its prompt takes to be read.
    reading: Duration,
    /// The assignment that used it last; 0 before the first.
    used: u64,
}

/// What is done with a slot just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Work {
    #[default]
    Resting,
    /// Its prompt is being copied for another slot.
    Lending,
    /// It was given away then, and nothing of the answer is there yet.
    Reading(Instant),
    /// The answer began then.
    Writing(Instant),
}

#[derive(Clone, Copy, Debug)]
struct Owner {
    holder: Holder,
    is_main: bool,
    at: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Instant,
    is_main: bool,
    habits: Habits,
}

impl Table {
    /// The table of a server with so many slots, and with or without a place for slot files.
    pub fn new(total: u32, files: bool) -> Self {
        let total = total.clamp(1, SLOTS_LIMIT) as usize;
        Self {
            slots: vec![Slot::default(); total],
            files: files.then(Files::default),
            system_turns: false,
            seen: HashMap::new(),
            uses: 0,
        }
    }

    /// Goes by what the server says of itself now: whether that is another number of slots, so that nobody has one any
    /// more.
    pub fn follow(&mut self, offer: Offer) -> bool {
        let Offer { slots, files, system_turns } = offer;
        let total = slots.clamp(1, SLOTS_LIMIT) as usize;
        self.system_turns = system_turns;
        if files != self.files.is_some() {
            self.files = files.then(Files::default);
        }
        let is_new = total != self.slots.len();
        if is_new {
            self.slots = vec![Slot::default(); total];
        }
        is_new
    }

    /// The server has been started anew, or will have to be: its slots are empty.
    pub fn restarted(&mut self) {
        self.slots.fill(Slot::default());
    }

    /// Whether slots are handed out at all: with a single one that can't be moved there is nothing to hand out.
    pub fn is_managed(&self) -> bool {
        self.slots.len() > 1 || self.files.is_some()
    }

    /// How a conversation's prompts are written. They go without the attribution line, so that they share a beginning
    /// with others, where files keep them apart; else those of sub-agents alone, as main conversations that begin alike
    /// take each other's slot once there are more of them than slots.
    pub fn habits(&self, asking: &Asking) -> Habits {
        let drops_line = self.files.is_some() || (self.is_managed() && !is_main(asking));
        let for_new = Habits { drops_line, system_turns: self.system_turns };
        self.seen.get(&asking.holder).map_or(for_new, |seen| seen.habits)
    }

    /// Decides on a request. A slot that is given has to be given back by [`Self::release`].
    pub fn assign(&mut self, asking: &Asking) -> Assignment {
        self.see(asking);
        if !self.is_managed() {
            return Assignment::Free;
        }
        if let Some(slot) = self.slot_of(asking) {
            return match self.slots[slot].is_busy() {
                // Two requests of one conversation at once.
                true => self.without_own(asking),
                false => self.pin(slot, asking, Vec::new()),
            };
        }
        if is_main(asking) && self.is_crowded(asking.now) {
            self.disown_all();
            return Assignment::Free;
        }
        let Some(slot) = self.choose(asking) else {
            return self.without_own(asking);
        };
        if let Some(wait) = self.wait_for_beginning(slot, asking) {
            return wait;
        }
        let steps = self.steps(slot, asking);
        self.pin(slot, asking, steps)
    }

    /// The answer of a slot begins: its prompt has been read.
    pub fn begin(&mut self, slot: u32, now: Instant) {
        if let Some(slot) = self.slots.get_mut(slot as usize)
            && let Work::Reading(since) = slot.work
        {
            slot.work = Work::Writing(now);
            slot.reading = slot.reading.max(now.saturating_duration_since(since));
        }
    }

    /// A slot is given back: its answer is over.
    pub fn release(&mut self, slot: u32, now: Instant) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            slot.work = Work::Resting;
            slot.owner.iter_mut().for_each(|owner| owner.at = now);
        }
    }

    /// A slot can't be used as it was meant: nobody has it any more, and what is in it is unknown.
    pub fn disown(&mut self, slot: u32) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            (slot.owner, slot.beginning) = (None, None);
        }
    }

    /// A file has been written, with so many bytes.
    pub fn written(&mut self, file: File, bytes: u64) {
        self.files.iter_mut().for_each(|files| files.written(file, bytes));
    }

    /// A file could not be written or read.
    pub fn file_failed(&mut self, file: File) {
        self.files.iter_mut().for_each(|files| files.failed(file));
    }

    /// How many conversations have a slot.
    pub fn pinned(&self) -> usize {
        self.slots.iter().filter(|slot| slot.owner.is_some()).count()
    }

    fn see(&mut self, asking: &Asking) {
        let habits = self.habits(asking);
        if self.seen.len() >= HOLDERS_LIMIT
            && !self.seen.contains_key(&asking.holder)
            && let Some(oldest) = self.seen.iter().min_by_key(|(_, seen)| seen.at).map(|(holder, _)| *holder)
        {
            self.seen.remove(&oldest);
        }
        self.seen.insert(asking.holder, Seen { at: asking.now, is_main: is_main(asking), habits });
    }

    fn slot_of(&self, asking: &Asking) -> Option<usize> {
        let owns = |owner: Owner| owner.holder == asking.holder;
        // A title has the name of the chat without tools that its session may be.
        let is_own = |slot: &Slot| asking.rank != Rank::Passing && slot.owner.is_some_and(owns);
        self.slots.iter().position(is_own)
    }

    /// Whether more conversations go on than there are slots. Without files each would push another one out with
    /// every turn, and the server's own choice is better than that.
    fn is_crowded(&self, now: Instant) -> bool {
        let is_going_on = |seen: &&Seen| seen.is_main && is_active(seen.at, now);
        self.files.is_none() && self.seen.values().filter(is_going_on).count() > self.slots.len()
    }

    /// The server chooses from here on, for all: who keeps a slot would be robbed of it by those who have none.
    fn disown_all(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.owner = None);
    }

    /// What a request gets that can't have a slot of its own. With files nothing is left to the server: a save that has
    /// to wait there, for a request that was put into the slot, keeps what comes behind it waiting for good (seen).
    /// Main conversations wait for a slot, others borrow one.
    fn without_own(&mut self, asking: &Asking) -> Assignment {
        match self.files {
            None => Assignment::Free,
            Some(_) if is_main(asking) => Assignment::Busy(None),
            Some(_) => self.borrow(asking),
        }
    }

    /// A slot at rest for one request. It stays its owner's, whose prompt the server keeps in memory.
    fn borrow(&mut self, asking: &Asking) -> Assignment {
        let resting = self.slots.iter_mut().enumerate().filter(|(_, slot)| !slot.is_busy());
        let price = |slot: &Slot| (slot.beginning != Some(asking.beginning), slot.used);
        let Some((number, slot)) = resting.min_by_key(|(_, slot)| price(slot)) else {
            return Assignment::Busy(None);
        };
        slot.work = Work::Reading(asking.now);
        (slot.beginning, slot.is_lent) = (Some(asking.beginning), true);
        Assignment::Pinned(Pin { slot: number as u32, steps: Vec::new() })
    }

    /// The slot that costs least to take: one that nobody has, with the same beginning if there is one; for a main
    /// conversation also one of a side request, or with files that of the main one that has rested longest.
    fn choose(&self, asking: &Asking) -> Option<usize> {
        let price = |slot: &Slot| match slot.owner {
            None => Some(0),
            Some(owner) if self.is_abandoned(owner, asking.now) => Some(0),
            Some(owner) if is_main(asking) && !owner.is_main => Some(1),
            Some(_) if is_main(asking) && self.files.is_some() => Some(2),
            Some(_) => None,
        };
        let resting = self.slots.iter().enumerate().filter(|(_, slot)| !slot.is_busy());
        let takable = resting.filter_map(|(number, slot)| {
            let begins_otherwise = slot.beginning != Some(asking.beginning);
            price(slot).map(|price| (price, price == 0 && begins_otherwise, slot.used, number))
        });
        takable.min().map(|(.., number)| number)
    }

    /// A newcomer whose beginning is nowhere but in a slot that is busy waits for it: to read it once more, beside the
    /// other one, takes longer than what is left of reading it, and would be paid twice. Once the answer has begun
    /// nobody knows how long it will be, so it is waited for only as long as the prompt took to be read: whoever waits
    /// in vain has lost no more than it could have won.
    fn wait_for_beginning(&self, chosen: usize, asking: &Asking) -> Option<Assignment> {
        let files = self.files.as_ref().filter(|_| is_main(asking))?;
        let begins_so = |slot: &&Slot| slot.beginning == Some(asking.beginning);
        let is_kept = |slot: &&Slot| slot.is_kept();
        let is_here = begins_so(&&self.slots[chosen])
            || files.can_start(asking.holder, asking.beginning)
            || self.slots.iter().filter(begins_so).filter(is_kept).any(|slot| !slot.is_busy());
        if is_here {
            return None;
        }
        let mut busy = self.slots.iter().filter(begins_so).filter(is_kept).map(|slot| match slot.work {
            Work::Writing(since) => Some(since.max(asking.since) + slot.reading),
            Work::Reading(_) | Work::Lending | Work::Resting => None,
        });
        let first = busy.next()?;
        // None is the end of a reading, which nobody knows.
        let until = busy.fold(first, |until, other| Some(until?.max(other?)));
        until.is_none_or(|until| asking.now < until).then_some(Assignment::Busy(until))
    }

    /// Whether nothing is lost with an owner: its prompt can't be kept in a file, and it has rested for long.
    fn is_abandoned(&self, owner: Owner, now: Instant) -> bool {
        let is_kept = self.files.is_some() && owner.is_main;
        !is_kept && !is_active(owner.at, now)
    }

    /// What has to be moved before a newcomer uses a slot.
    fn steps(&mut self, slot: usize, asking: &Asking) -> Vec<Step> {
        let mut steps = Vec::new();
        if !is_main(asking) || self.files.is_none() {
            return steps;
        }
        let evicted = self.slots[slot].owner.map(|owner| owner.holder);
        let needed = [asking.holder, evicted.unwrap_or(asking.holder)];
        steps.extend(self.save(slot, &needed[..1]));
        let is_warm = self.slots[slot].beginning == Some(asking.beginning);
        let own = self.files.as_mut().and_then(|files| files.of(asking.holder));
        let file = match own {
            Some(file) => Some(file),
            None if is_warm => None,
            None => self.warm(asking.beginning, &needed, &mut steps),
        };
        steps.extend(file.map(|file| Step::Restore { slot: slot as u32, file }));
        steps
    }

    /// Keeps the prompt of the main conversation that has a slot.
    fn save(&mut self, slot: usize, needed: &[Holder]) -> Option<Step> {
        if !self.slots[slot].is_kept() {
            return None;
        }
        let (owner, beginning) = (self.slots[slot].owner?, self.slots[slot].beginning?);
        let file = self.files.as_mut()?.place(owner.holder, beginning, needed)?;
        Some(Step::Save { slot: slot as u32, file })
    }

    /// A file with the same beginning: there is one, or a slot at rest is written to one.
    fn warm(&mut self, beginning: u64, needed: &[Holder], steps: &mut Vec<Step>) -> Option<File> {
        if let Some(file) = self.files.as_mut()?.beginning_with(beginning) {
            return Some(file);
        }
        let begins_so = |slot: &Slot| !slot.is_busy() && slot.beginning == Some(beginning);
        let source = self.slots.iter().position(|slot| begins_so(slot) && slot.is_kept())?;
        let step = self.save(source, needed)?;
        self.slots[source].work = Work::Lending;
        steps.push(step);
        let (Step::Save { file, .. } | Step::Restore { file, .. }) = step;
        Some(file)
    }

    fn pin(&mut self, number: usize, asking: &Asking, steps: Vec<Step>) -> Assignment {
        self.uses += 1;
        let Asking { holder, beginning, now, .. } = *asking;
        let keeps = asking.rank != Rank::Passing;
        let owner = keeps.then_some(Owner { holder, is_main: is_main(asking), at: now });
        let slot = &mut self.slots[number];
        let is_same = slot.owner.is_some_and(|owner| owner.holder == holder);
        let reading = if is_same { slot.reading } else { Duration::ZERO };
        let work = Work::Reading(now);
        *slot = Slot { owner, beginning: Some(beginning), is_lent: false, work, reading, used: self.uses };
        Assignment::Pinned(Pin { slot: number as u32, steps })
    }
}

impl Slot {
    fn is_busy(&self) -> bool {
        self.work != Work::Resting
    }

    /// Whether it holds the prompt of a main conversation, its owner's.
    fn is_kept(&self) -> bool {
        !self.is_lent && self.owner.is_some_and(|owner| owner.is_main)
    }
}

fn is_main(asking: &Asking) -> bool {
    asking.rank == Rank::Main
}

fn is_active(at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(at) < ACTIVE_WINDOW
}
