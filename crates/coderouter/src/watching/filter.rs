//! Which facts somebody wants to follow, as a query says it.

use canon::event::{Event, Level};
use percent_encoding::percent_decode_str;
use telemetry::line;

/// Which facts somebody wants, and from where on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Names of facts; all where there are none.
    events: Vec<String>,
    /// Names of providers; any where there are none.
    providers: Vec<String>,
    /// Names of profiles; any where there are none.
    profiles: Vec<String>,
    /// What a request's id begins with.
    request: Option<String>,
    /// How grave a fact is at least.
    level: Option<Level>,
    /// The number of the fact after which to begin.
    pub(super) after: Option<u64>,
    /// So many of the latest facts come first, where `after` says nothing.
    pub(super) last: usize,
    /// Whether the overview comes too.
    pub(super) overview: bool,
}

/// Why a query is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A name that no filter has.
    #[error(
        "no such filter: {0}; there are event, provider, profile, request, level, after, last and overview"
    )]
    Unknown(String),
    /// A value that means nothing.
    #[error("{name}: {wanted}")]
    Value {
        /// The filter.
        name: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
}

impl Filter {
    /// Reads a query such as `event=provider-failed,fallback-occurred&level=warning&last=20`.
    ///
    /// # Errors
    /// If it names what is no filter, or gives it a value that means nothing.
    pub fn read(query: &str) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8_lossy();
            let mut words =
                value.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
            let number = |name| value.parse().map_err(|_| FilterError::Value { name, wanted: NUMBER });
            match name {
                "event" => filter.events.extend(words),
                "provider" => filter.providers.extend(words),
                "profile" => filter.profiles.extend(words),
                "request" => filter.request = words.next(),
                "level" => filter.level = Some(level(&value)?),
                "after" => filter.after = Some(number("after")?),
                "last" => filter.last = usize::try_from(number("last")?).unwrap_or(usize::MAX),
                "overview" => filter.overview = !matches!(&*value, "0" | "false" | "no"),
                _ => {
                    let shown = name.chars().filter(char::is_ascii_graphic).take(40).collect();
                    return Err(FilterError::Unknown(shown));
                }
            }
        }
        Ok(filter)
    }

    /// The same for a reader who was here before, by the number of the last fact it got. A word that is no number says
    /// nothing.
    pub fn going_on(mut self, last_event_id: Option<&str>) -> Self {
        self.after = last_event_id.and_then(|id| id.parse().ok()).or(self.after);
        self
    }

    /// Whether a fact is wanted.
    pub(super) fn wants(&self, event: &Event) -> bool {
        let is_in = |words: &[String], word: Option<&str>| {
            words.is_empty() || word.is_some_and(|word| words.iter().any(|it| it == word))
        };
        let subject = line::subject(&event.fact);
        self.level.is_none_or(|level| line::level(&event.fact) >= level)
            && is_in(&self.events, Some(line::name(&event.fact).0))
            && is_in(&self.providers, subject.provider)
            && is_in(&self.profiles, subject.profile)
            && self.request.as_deref().is_none_or(|begin| {
                event.request.is_some_and(|request| request.to_string().starts_with(begin))
            })
    }
}

const NUMBER: &str = "a whole number that is not negative";

fn level(word: &str) -> Result<Level, FilterError> {
    match word.to_ascii_lowercase().as_str() {
        "debug" => Ok(Level::Debug),
        "info" => Ok(Level::Info),
        "warning" | "warn" => Ok(Level::Warning),
        "error" => Ok(Level::Error),
        _ => Err(FilterError::Value { name: "level", wanted: "debug, info, warning or error" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use canon::event::Fact;
    use canon::id::RequestId;
    use std::time::SystemTime;

    fn failed(provider: &str) -> Event {
        let fact = Fact::AttemptFailed {
            provider: provider.into(),
            status: Some(500),
            retryable: true,
            error: String::new(),
            midstream: false,
        };
        Event { at: SystemTime::UNIX_EPOCH, request: Some(RequestId::new(0xab)), fact }
    }

    #[test]
    fn a_filter_passes_what_it_names() {
        let event = failed("a b");
        for (query, expect) in [
            ("", true),
            ("event=provider-ok,provider-failed", true),
            ("event=provider-ok", false),
            ("provider=a%20b", true),
            ("provider=other", false),
            ("level=warning", true),
            ("level=error", false),
            ("request=req_00", true),
            ("request=req_ff", false),
            ("profile=x", false),
            ("event=provider-failed&provider=a%20b&level=info&last=3&overview", true),
        ] {
            assert_eq!(Filter::read(query).unwrap().wants(&event), expect, "{query}");
        }
    }

    #[test]
    fn what_is_no_filter_is_said() {
        for (query, expect) in [
            ("evnt=x", "no such filter: evnt"),
            ("level=loud", "level: debug, info, warning or error"),
            ("after=-1", "after: a whole number"),
            ("last=many", "last: a whole number"),
        ] {
            let error = Filter::read(query).unwrap_err().to_string();
            assert!(error.starts_with(expect), "{error}");
        }
    }
}
