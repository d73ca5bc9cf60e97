//! What a coding agent has to be told so that it asks the router, and nobody else: a table of agents, each with its
//! variables and arguments in a file of its own. Starting them is the command line's business.

mod agent;
mod aider;
mod claude_code;
mod codex;
mod environment;
mod gemini;
mod opencode;
mod other;
mod shell;

pub use agent::{AGENTS, Agent, Needs, Override, Surroundings, Target, Wish, agent_for, arguments_at};
pub use environment::{Environment, Value};
pub use shell::Shell;
