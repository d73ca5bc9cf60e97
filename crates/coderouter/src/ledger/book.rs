//! What is known, provider by provider.

use super::learned::{Learned, Thinking, ToolForm};
use canon::config::{Facts, Provider, ProviderKind, Support, Word};
use canon::id::ProviderName;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

/// The most providers that are remembered; the one that was learned of longest ago is forgotten first.
const LIMIT: usize = 256;

/// Who has found something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `coderouter doctor`.
    Probe,
    /// Requests of clients.
    Traffic,
}

/// What is known of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is: kind, address and model. Another one is another provider.
    pub of: String,
    /// What changes when the server's model does, where the server says so.
    pub fingerprint: Option<String>,
    /// What examinations have found.
    pub probed: Learned,
    /// When the last one was.
    pub probed_at: Option<SystemTime>,
    /// What traffic has shown.
    pub seen: Learned,
    /// Calls that were written as text, as far as they were counted.
    pub written_calls: u64,
    /// Calls of which none could be made, as far as they were counted.
    pub lost_calls: u64,
    /// When it showed something new.
    pub seen_at: Option<SystemTime>,
}

impl Entry {
    fn new(of: String) -> Self {
        Self {
            of,
            fingerprint: None,
            probed: Learned::default(),
            probed_at: None,
            seen: Learned::default(),
            written_calls: 0,
            lost_calls: 0,
            seen_at: None,
        }
    }

    /// Whether two entries are about one model, as far as can be told.
    fn is_of_the_model_of(&self, other: &Self) -> bool {
        let are_others =
            matches!((&self.fingerprint, &other.fingerprint), (Some(one), Some(another)) if one != another);
        self.of == other.of && !are_others
    }

    /// All that is known: what traffic shows goes before what a probe has found, where it is as new.
    pub fn known(&self) -> Learned {
        let (mut known, newer) = match self.probed_at > self.seen_at {
            true => (self.seen, self.probed),
            false => (self.probed, self.seen),
        };
        known.merge(&newer);
        known
    }

    /// A provider's facts with what is known laid over those that nobody has declared.
    pub fn over(&self, provider: &Provider) -> Facts {
        let known = self.known();
        let (declared, mut facts) = (&provider.declared, provider.facts.clone());
        if let Some(context) = known.context.filter(|_| !declared.max_context_tokens) {
            facts.max_context_tokens = Some(context);
        }
        if let Some(form) = known.tools.filter(|_| !declared.tools) {
            facts.tools = if form == ToolForm::None { Support::No } else { Support::Yes };
        }
        if !declared.vision && known.vision.is_some() {
            facts.vision = known.vision.into();
        }
        match known.thinking {
            Some(Thinking::Block) if !declared.thinking => facts.thinking = Support::Yes,
            Some(Thinking::None) if !declared.thinking => facts.thinking = Support::No,
            Some(Thinking::Field | Thinking::Tags) => facts.reasoning_model = true,
            _ => {}
        }
        if let Some(prefill) = known.prefill.filter(|_| !declared.prefill) {
            facts.prefill = prefill;
        }
        // Elsewhere a cache needs no markers.
        let has_markers = provider.kind == ProviderKind::Anthropic;
        if has_markers && !declared.prompt_cache && known.cache == Some(true) {
            facts.prompt_cache = Support::Yes;
        }
        facts
    }
}

/// All entries, by the providers' names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    pub(super) entries: BTreeMap<String, Entry>,
    /// Counts changes that routing may go by.
    revision: u64,
    /// What the providers are now, by their names.
    identities: BTreeMap<String, String>,
}

impl Book {
    /// What is known of a provider, if it is still the one that it is known of.
    pub fn of(&self, provider: &Provider) -> Option<&Entry> {
        self.entries.get(provider.name.as_str()).filter(|entry| entry.of == identity(provider))
    }

    /// Counts changes.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes something in. Whether that is anything new.
    pub(super) fn learn(
        &mut self,
        provider: &Provider,
        source: Source,
        learned: &Learned,
        fingerprint: Option<&str>,
        at: SystemTime,
    ) -> bool {
        let of = identity(provider);
        let is_another = self.entries.get(provider.name.as_str()).is_some_and(|entry| {
            let fingerprints = (entry.fingerprint.as_deref(), fingerprint);
            entry.of != of || matches!(fingerprints, (Some(old), Some(new)) if old != new)
        });
        if is_another {
            self.entries.remove(provider.name.as_str());
        }
        let name = provider.name.as_str();
        self.make_room_for(name);
        let entry = self.entries.entry(name.to_owned()).or_insert_with(|| Entry::new(of));
        if let Some(fingerprint) = fingerprint {
            entry.fingerprint = Some(fingerprint.to_owned());
        }
        let before = entry.known();
        match source {
            Source::Probe => {
                entry.probed.merge(learned);
                entry.probed_at = Some(at);
            }
            Source::Traffic => {
                let old = entry.seen;
                entry.seen.merge(learned);
                if entry.seen != old {
                    entry.seen_at = Some(at);
                }
            }
        }
        let is_new = is_another || entry.known() != before;
        self.revision += u64::from(is_new);
        is_new
    }

    /// Goes by the providers that there are: traffic names them and does not say what they are.
    pub(super) fn follow(&mut self, providers: &[Arc<Provider>]) {
        self.identities = providers
            .iter()
            .map(|provider| (provider.name.as_str().to_owned(), identity(provider)))
            .collect();
    }

    /// What is known of a provider of that name as it is now, made where nothing is.
    fn entry(&mut self, provider: &ProviderName) -> Option<&mut Entry> {
        let of = self.identities.get(provider.as_str())?;
        let name = provider.as_str();
        if self.entries.get(name).is_none_or(|entry| entry.of != *of) {
            let entry = Entry::new(of.clone());
            self.make_room_for(name);
            self.entries.insert(name.to_owned(), entry);
        }
        self.entries.get_mut(name)
    }

    /// Something came that was to be a call, and is none.
    pub(super) fn lost_a_call(&mut self, provider: &ProviderName) {
        if let Some(entry) = self.entry(provider) {
            entry.lost_calls = entry.lost_calls.saturating_add(1);
        }
    }

    /// A call came as text, and the router made one of it. Whether that is anything new.
    pub(super) fn wrote_a_call(&mut self, provider: &ProviderName, at: SystemTime) -> bool {
        let Some(entry) = self.entry(provider) else { return false };
        entry.written_calls = entry.written_calls.saturating_add(1);
        let is_new = !matches!(entry.known().tools, Some(ToolForm::Structured | ToolForm::Written));
        if is_new {
            entry.seen.tools = Some(ToolForm::Written);
            entry.seen_at = Some(at);
        }
        self.revision += u64::from(is_new);
        is_new
    }

    /// A provider answered a prompt of so many tokens, some of them from its cache or not. Whether that is anything new.
    /// Who answers a prompt that is longer than its window was thought to be has a longer one.
    pub(super) fn answered(&mut self, provider: &ProviderName, prompt: u64, from_cache: bool) -> bool {
        let is_known = self.entries.contains_key(provider.as_str());
        let Some(entry) = (is_known || from_cache).then(|| self.entry(provider)).flatten() else {
            return false;
        };
        let mut is_new = from_cache && entry.seen.cache != Some(true);
        if is_new {
            entry.seen.cache = Some(true);
        }
        if entry.known().context.is_some_and(|context| u64::from(context) < prompt) {
            (entry.seen.context, entry.probed.context) = (None, None);
            is_new = true;
        }
        self.revision += u64::from(is_new);
        is_new
    }

    /// Takes in the book of another process: of each provider what is newer. Whether that was anything.
    pub(super) fn take_in(&mut self, theirs: Self) -> bool {
        let before = self.revision;
        for (name, their) in theirs.entries {
            match self.entries.get_mut(&name) {
                Some(ours) if ours.is_of_the_model_of(&their) => {
                    if their.probed_at > ours.probed_at {
                        self.revision += u64::from(their.probed != ours.probed);
                        ours.fingerprint = their.fingerprint;
                        (ours.probed, ours.probed_at) = (their.probed, their.probed_at);
                    }
                    if their.seen_at > ours.seen_at {
                        self.revision += u64::from(their.seen != ours.seen);
                        (ours.seen, ours.seen_at) = (their.seen, their.seen_at);
                    }
                    ours.written_calls = ours.written_calls.max(their.written_calls);
                    ours.lost_calls = ours.lost_calls.max(their.lost_calls);
                }
                // Of two models behind one address the one that was examined last is there now.
                Some(ours) if ours.of == their.of && their.probed_at <= ours.probed_at => {}
                Some(ours) if ours.of != their.of && latest(&their) <= latest(ours) => {}
                _ => {
                    self.revision += 1;
                    self.make_room_for(&name);
                    self.entries.insert(name, their);
                }
            }
        }
        self.revision != before
    }

    fn make_room_for(&mut self, name: &str) {
        while self.entries.len() >= LIMIT && !self.entries.contains_key(name) {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| latest(entry));
            let Some(name) = oldest.map(|(name, _)| name.clone()) else { return };
            self.entries.remove(&name);
        }
    }
}

fn latest(entry: &Entry) -> Option<SystemTime> {
    entry.probed_at.max(entry.seen_at)
}

/// What makes a provider another one.
fn identity(provider: &Provider) -> String {
    format!("{} {} {}", provider.kind.word(), provider.endpoint, provider.model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use canon::config::{Endpoint, Scheme};
    use std::time::{Duration, UNIX_EPOCH};

    fn provider(model: &str) -> Provider {
        let endpoint =
            Endpoint { scheme: Scheme::Http, host: "127.0.0.1".into(), port: 1, path: String::new() };
        Provider::new("p".into(), ProviderKind::OpenAiCompat, endpoint, model.into())
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn context(tokens: u32) -> Learned {
        Learned { context: Some(tokens), ..Learned::default() }
    }

    #[test]
    fn what_is_declared_stays() {
        let mut book = Book::default();
        let mut provider = provider("m");
        assert!(book.learn(&provider, Source::Probe, &context(4_096), None, at(1)));
        assert_eq!(book.of(&provider).unwrap().over(&provider).max_context_tokens, Some(4_096));
        provider.declared.max_context_tokens = true;
        provider.facts.max_context_tokens = Some(9);
        assert_eq!(book.of(&provider).unwrap().over(&provider).max_context_tokens, Some(9));
    }

    #[test]
    fn another_model_is_unknown() {
        let mut book = Book::default();
        book.learn(&provider("m"), Source::Probe, &context(4_096), Some("digest"), at(1));
        assert!(book.of(&provider("n")).is_none());
        let tools = Learned { tools: Some(ToolForm::Written), ..Learned::default() };
        book.learn(&provider("m"), Source::Probe, &tools, Some("another digest"), at(2));
        assert_eq!(book.of(&provider("m")).unwrap().known(), tools);
    }

    #[test]
    fn the_newer_goes_before() {
        let mut book = Book::default();
        book.learn(&provider("m"), Source::Probe, &context(4_096), None, at(1));
        book.learn(&provider("m"), Source::Traffic, &context(2_048), None, at(2));
        assert_eq!(book.of(&provider("m")).unwrap().known(), context(2_048));
        book.learn(&provider("m"), Source::Probe, &context(8_192), None, at(3));
        assert_eq!(book.of(&provider("m")).unwrap().known(), context(8_192));
        assert!(!book.learn(&provider("m"), Source::Traffic, &context(2_048), None, at(4)), "nothing new");
    }

    #[test]
    fn who_answers_a_longer_prompt_has_a_longer_window() {
        let mut book = Book::default();
        book.follow(&[Arc::new(provider("m"))]);
        book.learn(&provider("m"), Source::Traffic, &context(4_096), None, at(1));
        assert!(
            !book.answered(&"p".into(), 4_096, false)
                && book.of(&provider("m")).unwrap().known() == context(4_096)
        );
        assert!(book.answered(&"p".into(), 5_000, false));
        assert_eq!(book.of(&provider("m")).unwrap().known().context, None);
    }

    #[test]
    fn traffic_shows_what_an_examination_has_missed() {
        let mut book = Book::default();
        let none = Learned { tools: Some(ToolForm::None), ..Learned::default() };
        book.learn(&provider("m"), Source::Probe, &none, None, at(1));
        assert!(!book.wrote_a_call(&"p".into(), at(2)), "nobody of that name is there");
        book.follow(&[Arc::new(provider("m"))]);
        assert!(book.wrote_a_call(&"p".into(), at(2)) && !book.wrote_a_call(&"p".into(), at(3)));
        let entry = book.of(&provider("m")).unwrap();
        assert_eq!((entry.known().tools, entry.written_calls), (Some(ToolForm::Written), 2));
        book.follow(&[Arc::new(provider("n"))]);
        assert!(book.answered(&"p".into(), 9, true) && book.of(&provider("m")).is_none());
        assert_eq!(book.of(&provider("n")).unwrap().known().cache, Some(true));
    }

    #[test]
    fn books_are_put_together() {
        let (mut ours, mut theirs) = (Book::default(), Book::default());
        ours.learn(&provider("m"), Source::Traffic, &context(1_000), None, at(5));
        theirs.learn(&provider("m"), Source::Probe, &context(2_000), None, at(6));
        assert!(ours.take_in(theirs.clone()));
        assert_eq!(ours.of(&provider("m")).unwrap().known(), context(2_000));
        assert!(!ours.take_in(theirs), "the same again");
    }

    #[test]
    fn a_model_that_was_exchanged_takes_nothing_from_the_one_before() {
        let (mut router, mut doctor) = (Book::default(), Book::default());
        let tools = Learned { tools: Some(ToolForm::Written), ..Learned::default() };
        router.learn(&provider("m"), Source::Probe, &tools, Some("old"), at(1));
        router.learn(&provider("m"), Source::Traffic, &context(1_000), None, at(2));
        doctor.take_in(router.clone());
        doctor.learn(&provider("m"), Source::Probe, &context(2_000), Some("new"), at(3));
        assert!(!doctor.take_in(router.clone()), "the one before is gone");
        assert!(router.take_in(doctor));
        assert_eq!(router.of(&provider("m")).unwrap().known(), context(2_000));
    }

    #[test]
    fn it_is_bounded() {
        let mut book = Book::default();
        for number in 0..1_000_u64 {
            let mut provider = provider("m");
            provider.name = format!("p{number}").as_str().into();
            book.learn(&provider, Source::Probe, &context(1), None, at(number));
        }
        assert_eq!(book.entries.len(), LIMIT);
        assert!(book.entries.contains_key("p999"));
    }
}
