//! The scripted backend behind all proxies, on a thread of its own: what it answers is set per scenario.

use anyhow::Result;
use rehearsal::{Backend, Reply, Script};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Content chunks of every stream that is counted by chunk.
pub const CHUNKS: usize = 200;

/// The last words of every answer: a reply that has them came through whole.
pub const LAST: &str = "that-was-all";

/// A running backend that answers what it is told to.
pub struct Stage {
    backend: Backend,
    _runtime: Runtime,
}

/// What the backend answers, in the dialect and form it is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A sentence.
    Short,
    /// [`CHUNKS`] words with this long between them.
    Words(Duration),
    /// A few words that take their time.
    Slow,
}

impl Stage {
    /// Starts it on a free port.
    pub fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let backend = runtime.block_on(Backend::start(Answer::Short.script()))?;
        Ok(Self { backend, _runtime: runtime })
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.backend.addr().port()
    }

    /// Answers so from the next request on.
    pub fn answer(&self, answer: Answer) {
        self.backend.switch_to(answer.script());
    }
}

impl Answer {
    fn script(self) -> Script {
        let (words, pace) = match self {
            Self::Short => (12, Duration::ZERO),
            Self::Words(pace) => (CHUNKS, pace),
            Self::Slow => (40, Duration::from_millis(500)),
        };
        let mut text: String = (1..words).map(|word| format!("word{word} ")).collect();
        text.push_str(LAST);
        Script::bench(Reply::words(&text), pace)
    }
}
