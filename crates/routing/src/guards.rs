//! The guards: what a request as a whole is judged by before anybody is asked, one small file each, in order.
//!
//! They read the conversation alone, so they judge every dialect alike, and walk it from its end, no further than they
//! need. Nothing is remembered between requests; which provider gets the request is not decided here.

mod arguments;
mod history;
mod person;
mod tool_count;
mod tool_loop;

use canon::config::Profile;
use canon::event::Fact;
use canon::fault::Fault;
use canon::request::Request;

/// What the guards think of a request.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What they saw, in order; no call's arguments are in it.
    pub facts: Vec<Fact>,
    /// What becomes of the request.
    pub action: Action,
}

/// What becomes of a request.
#[derive(Debug, Default)]
pub enum Action {
    /// It goes on as it is.
    #[default]
    Go,
    /// It goes on, and this is appended to its system prompt at every attempt.
    Hint(String),
    /// It is refused before anything is sent, streams too: the client gets a real status.
    Refuse(Box<Fault>),
}

/// Judges a request under the profile that answers it.
pub fn judge(request: &Request, profile: &Profile) -> Verdict {
    let mut verdict = Verdict::default();
    for guard in GUARDS {
        let Some(sighting) = guard(request, profile) else { continue };
        verdict.facts.push(sighting.fact);
        match sighting.action {
            Action::Go => {}
            Action::Hint(_) => verdict.action = sighting.action,
            Action::Refuse(_) => {
                verdict.action = sighting.action;
                break;
            }
        }
    }
    verdict
}

/// Looks at a request, and tells what it saw and what comes of it.
type Guard = fn(&Request, &Profile) -> Option<Sighting>;

/// Every guard. A refusal ends the list.
const GUARDS: &[Guard] = &[
    // The cap is cheaper to look at than a loop, and the harder word.
    tool_count::judge,
    // A model that repeats itself won't stop by being asked again.
    tool_loop::judge,
];

/// What one guard saw.
struct Sighting {
    fact: Fact,
    action: Action,
}

#[cfg(test)]
mod tests;
