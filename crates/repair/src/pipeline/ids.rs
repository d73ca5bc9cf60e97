//! Ids of calls: each one different within an answer, in an alphabet that every client takes.

/// How many ids are remembered; no answer that is not an attack has more.
const MAX_IDS: usize = 1_024;

/// Makes and keeps apart the ids of one answer.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
    used: Vec<String>,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, used: Vec::new() }
    }

    /// Another id for one that is missing or was used; `None` if it can stay.
    pub(super) fn unique(&mut self, id: &str) -> Option<String> {
        if !id.is_empty() && !self.used.iter().any(|used| used == id) {
            self.remember(id.to_owned());
            return None;
        }
        Some(self.fresh())
    }

    /// The id for a call that was found: the one it was written with, where every client takes it.
    pub(super) fn given(&mut self, written: Option<&str>) -> String {
        let legal = |id: &&str| {
            (6..=64).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        };
        match written.filter(legal) {
            Some(id) if self.unique(id).is_none() => id.to_owned(),
            _ => self.fresh(),
        }
    }

    fn fresh(&mut self) -> String {
        // SplitMix64: enough for ids that need only differ.
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let id = format!("call_{:016x}", mixed ^ (mixed >> 31));
        self.remember(id.clone());
        id
    }

    fn remember(&mut self, id: String) {
        if self.used.len() < MAX_IDS {
            self.used.push(id);
        }
    }
}
