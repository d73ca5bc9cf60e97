//! What is looked at, in order. One item, one file; each asks and judges, and changes nothing.

mod agent;
mod basic;
mod cache;
mod cache_reuse;
mod context;
mod long_prompt;
mod num_ctx;
mod parallel_tools;
mod prefill;
mod reasoning_leak;
mod restraint;
mod streaming;
mod thinking;
mod tool_calls;
mod tool_result;
mod tool_streaming;
mod vision;

use super::finding::Finding;
use super::patient::Patient;
use futures_util::future::BoxFuture;

/// When a probe is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    /// Always: a short question or two.
    Short,
    /// Unless only a quick look is wanted.
    Some,
    /// Reads a prompt as long as an agent's: always on a server of one's own, elsewhere where it is asked for.
    Long,
}

/// One thing that is looked at.
pub struct Probe {
    /// Its name in reports.
    pub name: &'static str,
    /// What it finds out, for people.
    pub about: &'static str,
    /// What it costs.
    pub cost: Cost,
    /// Asks and judges.
    pub run: for<'a> fn(&'a Patient) -> BoxFuture<'a, Finding>,
}

/// All of them, in order. If the first finds a blocker, the others are left out.
pub const PROBES: &[Probe] = &[
    Probe {
        name: "auth+basic-chat",
        about: "it answers at all",
        cost: Cost::Short,
        run: |p| Box::pin(basic::run(p)),
    },
    Probe {
        name: "context",
        about: "how long a prompt may be",
        cost: Cost::Short,
        run: |p| Box::pin(context::run(p)),
    },
    Probe {
        name: "num_ctx",
        about: "the front of a prompt is read",
        cost: Cost::Short,
        run: |p| Box::pin(num_ctx::run(p)),
    },
    Probe {
        name: "agent",
        about: "an agent's turn through the router, repair included",
        cost: Cost::Short,
        run: |p| Box::pin(agent::run(p)),
    },
    Probe {
        name: "tool_calls",
        about: "it calls tools",
        cost: Cost::Short,
        run: |p| Box::pin(tool_calls::run(p)),
    },
    Probe {
        name: "thinking",
        about: "it takes a thinking block",
        cost: Cost::Short,
        run: |p| Box::pin(thinking::run(p)),
    },
    Probe {
        name: "reasoning-leak",
        about: "no thinking or markers in the text",
        cost: Cost::Short,
        run: |p| Box::pin(reasoning_leak::run(p)),
    },
    Probe {
        name: "streaming",
        about: "a stream comes whole",
        cost: Cost::Short,
        run: |p| Box::pin(streaming::run(p)),
    },
    Probe { name: "cache", about: "cache markers act", cost: Cost::Short, run: |p| Box::pin(cache::run(p)) },
    Probe {
        name: "tool_streaming",
        about: "calls in a stream come whole",
        cost: Cost::Some,
        run: |p| Box::pin(tool_streaming::run(p)),
    },
    Probe {
        name: "parallel_tools",
        about: "it makes two calls at once",
        cost: Cost::Some,
        run: |p| Box::pin(parallel_tools::run(p)),
    },
    Probe {
        name: "tool_result",
        about: "it goes on after a tool's result",
        cost: Cost::Some,
        run: |p| Box::pin(tool_result::run(p)),
    },
    Probe {
        name: "restraint",
        about: "it does not call tools for a greeting",
        cost: Cost::Some,
        run: |p| Box::pin(restraint::run(p)),
    },
    Probe { name: "vision", about: "it sees pictures", cost: Cost::Some, run: |p| Box::pin(vision::run(p)) },
    Probe {
        name: "prefill",
        about: "it goes on with an answer that was begun",
        cost: Cost::Some,
        run: |p| Box::pin(prefill::run(p)),
    },
    Probe {
        name: "long_prompt",
        about: "a prompt as long as an agent's",
        cost: Cost::Long,
        run: |p| Box::pin(long_prompt::run(p)),
    },
    Probe {
        name: "cache_reuse",
        about: "the same prompt again is not read again",
        cost: Cost::Long,
        run: |p| Box::pin(cache_reuse::run(p)),
    },
];
