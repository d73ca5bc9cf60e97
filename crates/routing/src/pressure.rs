//! Backends that ran out of memory: how their words are known, and how long one is left alone afterwards.
//!
//! Not here: whether a profile leaves such a provider out or only tells it.

use std::time::{Duration, Instant};

/// How much of an error is looked at, in bytes: all that is kept of one.
pub const LOOKED_AT: usize = 4096;

/// Words that are about memory whatever stands around them. Lower case, ASCII.
const PHRASES: &[&str] = &[
    // Covers what CUDA and Metal say, each with its name in front.
    "out of memory",
    "insufficient memory",
    "model requires more system memory",
    "failed to allocate",
    "ggml_cuda_host_malloc",
];

/// Said when memory is short, and just as well when a file is missing or broken.
const DOUBTFUL: &str = "failed to load model";

/// What shows that a model could not be loaded for another reason than memory. Waiting would not help.
const OTHER_REASONS: &[&str] = &[
    "no such file",
    "not found",
    "not exist",
    "cannot find",
    "can't find",
    "could not find",
    "unable to find",
    "failed to open",
    "permission denied",
    "access denied",
    "unauthorized",
    "unknown model",
    "unsupported",
    "not supported",
    "invalid",
    "corrupt",
];

/// Whether an error's text speaks of a lack of memory. Looks at the first [`LOOKED_AT`] bytes, whatever the
/// status was: backends say it with 500, 503 and 200 alike.
pub fn is_memory_pressure(text: &str) -> bool {
    let text = &text[..text.floor_char_boundary(LOOKED_AT)];
    PHRASES.iter().any(|phrase| contains(text, phrase))
        || has_word(text, "oom")
        || (contains(text, DOUBTFUL) && !OTHER_REASONS.iter().any(|reason| contains(text, reason)))
}

/// Whether `phrase`, which is lower case, stands somewhere in the text in whatever case.
fn contains(text: &str, phrase: &str) -> bool {
    places(text, phrase).next().is_some()
}

/// Whether the text holds `word` with nothing on either side that could be part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |neighbour: char| neighbour.is_alphanumeric() || neighbour == '_';
    places(text, word).any(|at| {
        let (before, behind) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        !before.is_some_and(joins) && !behind.is_some_and(joins)
    })
}

/// Where `phrase` begins. It is ASCII, so every place found is a boundary between characters.
fn places<'a>(text: &'a str, phrase: &'a str) -> impl Iterator<Item = usize> + 'a {
    let windows = text.as_bytes().windows(phrase.len()).enumerate();
    windows.filter(|(_, window)| window.eq_ignore_ascii_case(phrase.as_bytes())).map(|(at, _)| at)
}

/// How long one provider is left alone because it ran out of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Since when, and for how long. Kept as said, so that no sum can overflow.
    cooldown: Option<(Instant, Duration)>,
}

impl Pressure {
    /// The provider ran out of memory. Replaces a cooldown under way, be the new one longer or shorter.
    pub fn mark(&mut self, cooldown: Duration, now: Instant) {
        self.cooldown = Some((now, cooldown));
    }

    /// Whether the cooldown still runs. At its very end it does not.
    pub fn is_pressured(&self, now: Instant) -> bool {
        self.remaining(now).is_some()
    }

    /// What is left of the cooldown; none once it is over.
    pub fn remaining(&self, now: Instant) -> Option<Duration> {
        let (since, cooldown) = self.cooldown?;
        let left = cooldown.checked_sub(now.saturating_duration_since(since))?;
        (!left.is_zero()).then_some(left)
    }

    /// Whole seconds until the provider may be asked again, rounded up: at least 1 while the cooldown runs, and
    /// 0 afterwards.
    pub fn seconds_until_eligible(&self, now: Instant) -> u64 {
        let seconds = |left: Duration| left.as_secs().saturating_add(u64::from(left.subsec_nanos() > 0));
        self.remaining(now).map_or(0, seconds)
    }

    /// Forgets the cooldown.
    pub fn reset(&mut self) {
        self.cooldown = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(expected: bool, texts: &[&str]) {
        for text in texts {
            assert_eq!(is_memory_pressure(text), expected, "{text}");
        }
    }

    #[test]
    fn lack_of_memory_is_known_in_all_its_words() {
        check(
            true,
            &[
                "out of memory",
                "CUDA error: out of memory",
                "CUDA Out Of Memory. Tried to allocate 2.00 GiB",
                "Metal out of memory",
                "insufficient memory for the request",
                r#"{"error":"model requires more system memory (18.1 GiB) than is available (7.2 GiB)"}"#,
                "ggml_backend_alloc_ctx_tensors: failed to allocate buffer of size 4096",
                "GGML_CUDA_HOST_MALLOC: failed",
                "Failed to load model",
                r#"{"error":{"message":"Failed to load model \"qwen\". Error: exit code 137"}}"#,
            ],
        );
    }

    #[test]
    fn oom_counts_as_a_whole_word() {
        check(true, &["oom", "OOM", "worker died: OOM.", "(oom)", "killed-oom-9", "«oom»", "exit=oom"]);
        check(
            false,
            &["room", "zoom", "oom_killer", "oomph", "no room, big room", "boom", "éoom", "oomé", "oom1"],
        );
        check(true, &["a room where the oom came"]);
    }

    #[test]
    fn a_model_that_is_missing_or_broken_is_no_lack_of_memory() {
        check(
            false,
            &[
                "failed to load model: no such file or directory",
                "Failed to load model 'qwen3': model not found",
                "failed to load model: /m/a.gguf does not exist",
                "failed to load model: error: failed to open GGUF file",
                "failed to load model: Permission denied",
                "failed to load model: unknown model architecture: 'zeta'",
                "failed to load model: invalid magic characters",
                "failed to load model: file is corrupted or incomplete",
            ],
        );
        check(
            true,
            &["failed to load model: out of memory (cache file not found)", "not found, but OOM it is"],
        );
    }

    #[test]
    fn other_faults_are_no_lack_of_memory() {
        check(
            false,
            &["", "o", "rate limit exceeded", "memory", "context length exceeded", "model not found"],
        );
    }

    #[test]
    fn words_deep_in_an_error_are_seen_up_to_the_bound() {
        let deep = |before: usize| format!("{}out of memory", "x".repeat(before));
        check(true, &[&deep(200), &deep(LOOKED_AT - 13)]);
        check(false, &[&deep(LOOKED_AT - 12), &deep(LOOKED_AT)]);
        check(false, &[&format!("{}oom", "é".repeat(LOOKED_AT))]);
    }

    #[test]
    fn a_cooldown_ends_at_its_deadline() {
        let (mut pressure, start) = (Pressure::default(), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        assert!(!pressure.is_pressured(start));
        assert_eq!(pressure.seconds_until_eligible(start), 0);
        pressure.mark(Duration::from_secs(120), start);
        let table =
            [(0, true, 120), (1, true, 120), (1_000, true, 119), (119_999, true, 1), (120_000, false, 0)];
        for (millis, pressured, seconds) in table {
            assert_eq!(pressure.is_pressured(at(millis)), pressured, "{millis}");
            assert_eq!(pressure.seconds_until_eligible(at(millis)), seconds, "{millis}");
        }
        assert_eq!(pressure.remaining(at(119_000)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_new_mark_replaces_the_old_one() {
        let (mut pressure, start) = (Pressure::default(), Instant::now());
        pressure.mark(Duration::from_secs(600), start);
        pressure.mark(Duration::from_secs(10), start);
        assert_eq!(pressure.seconds_until_eligible(start), 10);
        pressure.mark(Duration::MAX, start);
        assert_eq!(pressure.seconds_until_eligible(start), u64::MAX);
        pressure.reset();
        assert!(!pressure.is_pressured(start));
    }

    proptest! {
        #[test]
        fn case_and_surroundings_do_not_matter(before in ".{0,40}", behind in ".{0,40}", phrase in 0..PHRASES.len()) {
            let text = format!("{before}{}{behind}", PHRASES[phrase]);
            prop_assert!(is_memory_pressure(&text));
            prop_assert!(is_memory_pressure(&text.to_ascii_uppercase()));
        }

        #[test]
        fn any_text_can_be_asked(text in "[ooOm_ é\u{1F600}]{0,40}", far in 4080usize..4100) {
            let long = format!("{}{text}", "é".repeat(far / 2));
            is_memory_pressure(&long);
            let word = |part: &str| part.eq_ignore_ascii_case("oom");
            let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            prop_assert_eq!(is_memory_pressure(&text), words.into_iter().any(word));
        }
    }
}
