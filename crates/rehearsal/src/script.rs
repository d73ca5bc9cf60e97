//! Scripts: which act answers which request. Acts themselves are `act`'s, scripts by name `scenario`'s.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

pub use crate::scenario::UnknownScenario;

use crate::act::Act;
use crate::answer::Answer;
use crate::ask::{Ask, Endpoint};
use crate::bench::Bench;
use crate::seen::Seen;
use crate::step::Step;
use crate::task::Task;
use crate::{house, scenario};

/// What a backend does, request by request.
///
/// Acts answer model calls (`/v1/messages`, `/v1/chat/completions`). Model lists, token counts and `/` get
/// the house's usual answers and use up no act, unless the script plays [`everywhere`](Self::everywhere) or
/// has an act for [that path](Self::at).
#[derive(Debug)]
pub struct Script {
    stage: Stage,
    paths: Vec<(String, Act)>,
    models: Vec<String>,
    reach: Reach,
    start: Start,
}

#[derive(Debug)]
enum Stage {
    /// Acts in turn, the last again and again.
    Queue {
        acts: Vec<Act>,
        next: AtomicUsize,
    },
    /// Scripts by the beginning of the path.
    Prefixes(Vec<(String, Script)>),
    Bench(Bench),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    ModelCalls,
    Everything,
}

/// When an act starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    AfterBody,
    /// At the head; the body is never read, and the connection is closed.
    AfterHead,
}

impl Script {
    /// The same act every time.
    pub fn always(act: impl Into<Act>) -> Self {
        Self::first(act)
    }

    /// This act once, then what [`then`](Self::then) adds; the last act is repeated.
    pub fn first(act: impl Into<Act>) -> Self {
        Self::on(Stage::Queue { acts: vec![act.into()], next: AtomicUsize::new(0) })
    }

    /// The same with one more act. A script by prefix or for measurements takes none and stays as it is.
    #[must_use]
    pub fn then(mut self, act: impl Into<Act>) -> Self {
        if let Stage::Queue { acts, .. } = &mut self.stage {
            acts.push(act.into());
        }
        self
    }

    /// Decides anew for every request.
    pub fn function(decide: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        Self::always(Act::decide(decide))
    }

    /// One script for each beginning of the path, so that one backend stands for many: with `/a` a provider's
    /// base URL is `http://127.0.0.1:PORT/a/v1`. The longest that fits is taken; without one the answer is
    /// 404.
    pub fn by_prefix(scripts: impl IntoIterator<Item = (impl Into<String>, Self)>) -> Self {
        let mut scripts: Vec<_> =
            scripts.into_iter().map(|(prefix, script)| (prefix.into(), script)).collect();
        scripts.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Self::on(Stage::Prefixes(scripts))
    }

    /// An agent's model: calls the tool, and says `done` once it has returned.
    pub fn agent_task(tool: impl Into<String>, arguments: Value, done: impl Into<String>) -> Self {
        Self::always(Task::call(tool, arguments, done))
    }

    /// For measurements: the answer in all forms is written now, requests are neither parsed nor recorded.
    pub fn bench(answer: impl Into<Answer>, pace: Duration) -> Self {
        Self::on(Stage::Bench(Bench::new(&answer.into(), pace)))
    }

    /// Scripts in words: acts by name ([`scenario`]), separated by commas, the last one repeated;
    /// `NAME:NUMBER` gives the scenario's argument, `*COUNT` plays it that often. `429:2*3, ok` refuses three
    /// times and then answers. Several such lists, separated by semicolons, each behind a path prefix, make a
    /// script by prefix: `/slow hang; /good ok`.
    pub fn from_name(text: &str) -> Result<Self, UnknownScenario> {
        scenario::parse(text)
    }

    /// The same with an act for this path (without query, behind the prefix), whatever else is played. In a
    /// script by prefix it belongs to the scripts inside.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>, act: impl Into<Act>) -> Self {
        self.paths.push((path.into(), act.into()));
        self
    }

    /// The same for every request, model lists and token counts too. Answers still go to model calls only.
    #[must_use]
    pub fn everywhere(mut self) -> Self {
        self.reach = Reach::Everything;
        self
    }

    /// The same, played as soon as a request's head has come: its body is never read, the connection is
    /// closed after.
    #[must_use]
    pub fn before_body(mut self) -> Self {
        self.start = Start::AfterHead;
        self
    }

    /// The same with these models listed.
    #[must_use]
    pub fn models(mut self, models: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.models = models.into_iter().map(Into::into).collect();
        self
    }

    fn on(stage: Stage) -> Self {
        let models = vec![String::from("rehearsal")];
        Self { stage, paths: Vec::new(), models, reach: Reach::ModelCalls, start: Start::AfterBody }
    }

    /// The script that plays at a path, and the path behind its prefix.
    pub(crate) fn route<'a>(&self, path: &'a str) -> Option<(&Self, &'a str)> {
        let Stage::Prefixes(scripts) = &self.stage else {
            return Some((self, path));
        };
        scripts.iter().find_map(|(prefix, script)| {
            let rest = path.strip_prefix(prefix.as_str())?;
            let whole_segment = rest.is_empty() || rest.starts_with('/');
            if whole_segment { script.route(rest) } else { None }
        })
    }

    pub(crate) fn start(&self) -> Start {
        self.start
    }

    /// The prepared answers, where the script is one for measurements.
    pub(crate) fn prepared(&self) -> Option<&Bench> {
        match &self.stage {
            Stage::Bench(bench) => Some(bench),
            Stage::Queue { .. } | Stage::Prefixes(_) => None,
        }
    }

    /// The steps that answer a request whose path behind the prefix is given.
    pub(crate) fn play(&self, seen: &Seen, path: &str) -> Vec<Step> {
        let ask = Ask::read(seen, path);
        if let Some((_, act)) = self.paths.iter().find(|(known, _)| known == path) {
            return act.play(seen, &ask, &self.models);
        }
        match &self.stage {
            Stage::Queue { acts, next } if self.reaches(&ask) => {
                let turn = next.fetch_add(1, Ordering::Relaxed).min(acts.len() - 1);
                acts[turn].play(seen, &ask, &self.models)
            }
            _ => house::steps(seen, &ask, &self.models),
        }
    }

    fn reaches(&self, ask: &Ask) -> bool {
        self.reach == Reach::Everything || matches!(ask.endpoint, Endpoint::Generate(_))
    }
}
