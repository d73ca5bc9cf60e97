//! Acts: what a backend does with one request. Which act comes when is `script`'s to say.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::answer::Answer;
use crate::ask::{Ask, Endpoint};
use crate::house;
use crate::reply::Reply;
use crate::response::Response;
use crate::seen::Seen;
use crate::step::{Repeat, Step};
use crate::task::Task;
use crate::transport::{Framing, Transport};

/// What is done with one request: what is said, and how HTTP carries it.
///
/// The methods that bend HTTP ([`Act::delay`] to [`Act::surplus`]) act on answers and responses; steps are
/// played as they are, and a decision's outcome brings its own.
#[derive(Clone, Debug)]
pub struct Act {
    content: Content,
    transport: Transport,
}

#[derive(Clone)]
enum Content {
    Answer(Box<Answer>),
    Response(Box<Response>),
    Steps(Vec<Step>),
    Decide(Arc<dyn Fn(&Seen) -> Act + Send + Sync>),
}

impl Act {
    /// Reads the request before it decides.
    pub fn decide(decide: impl Fn(&Seen) -> Self + Send + Sync + 'static) -> Self {
        Self::of(Content::Decide(Arc::new(decide)))
    }

    /// Does exactly this. Where the steps don't end the connection it is kept for the next request.
    pub fn steps(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::of(Content::Steps(steps.into_iter().collect()))
    }

    /// Writes these bytes and closes.
    pub fn raw(bytes: impl Into<Bytes>) -> Self {
        Self::steps([Step::Write(bytes.into()), Step::Close])
    }

    /// Never answers.
    pub fn hang() -> Self {
        Self::steps([Step::Hang])
    }

    /// Closes the connection instead of answering.
    pub fn drop_connection() -> Self {
        Self::steps([Step::Close])
    }

    /// Breaks the connection instead of answering.
    pub fn reset() -> Self {
        Self::steps([Step::Reset])
    }

    /// A status line and headers without end.
    pub fn endless_headers() -> Self {
        let start = Bytes::from_static(b"HTTP/1.1 200 OK\r\n");
        Self::flood(start, b"x-rehearsal: and one more header that nobody will ever read\r\n")
    }

    /// One header line without end.
    pub fn endless_header_line() -> Self {
        Self::flood(Bytes::from_static(b"HTTP/1.1 200 OK\r\nx-rehearsal: "), b"aaaaaaaa")
    }

    /// 103 answers without end.
    pub fn endless_interim() -> Self {
        Self::flood(Bytes::new(), b"HTTP/1.1 103 Early Hints\r\nlink: </rehearsal>\r\n\r\n")
    }

    fn flood(start: Bytes, again: &[u8]) -> Self {
        let repeat = Repeat { bytes: again.repeat(256).into(), times: None, every: Duration::ZERO };
        Self::steps([Step::Write(start), Step::Repeat(repeat)])
    }

    fn of(content: Content) -> Self {
        Self { content, transport: Transport::default() }
    }

    /// The same after this long.
    #[must_use]
    pub fn delay(mut self, time: Duration) -> Self {
        self.transport.before_head = time;
        self
    }

    /// The same with this long between the head and the body.
    #[must_use]
    pub fn delay_body(mut self, time: Duration) -> Self {
        self.transport.before_body = time;
        self
    }

    /// The same with this pause between the pieces of the body.
    #[must_use]
    pub fn pace(mut self, pause: Duration) -> Self {
        self.transport.pace = pause;
        self
    }

    /// The same byte by byte, with this pause behind each.
    #[must_use]
    pub fn drip(mut self, pause: Duration) -> Self {
        self.transport.drip = Some(pause);
        self
    }

    /// The same with its body framed differently.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.transport.framing = Some(framing);
        self
    }

    /// The same behind this many 103 answers.
    #[must_use]
    pub fn interim(mut self, count: u64) -> Self {
        self.transport.interim = count;
        self
    }

    /// The first bytes of its head only, then the connection closes.
    #[must_use]
    pub fn cut_head(mut self, bytes: usize) -> Self {
        self.transport.head_cut = Some(bytes);
        self
    }

    /// The same with bytes nobody asked for behind it on the same connection, this much later.
    #[must_use]
    pub fn surplus(mut self, later: Duration, bytes: impl Into<Bytes>) -> Self {
        self.transport.surplus = Some((later, bytes.into()));
        self
    }

    /// The steps that answer this request. Only model calls get an answer's reply; to anything else an answer
    /// is the house's usual one.
    pub(crate) fn play(&self, seen: &Seen, ask: &Ask, models: &[String]) -> Vec<Step> {
        let message = match &self.content {
            Content::Decide(decide) => return decide(seen).play(seen, ask, models),
            Content::Steps(steps) => return steps.clone(),
            Content::Response(response) => response.to_message(ask.dialect()),
            Content::Answer(answer) => match ask.endpoint {
                Endpoint::Generate(dialect) if !ask.readable => {
                    Response::status(400).message("the body is no JSON object").to_message(dialect)
                }
                Endpoint::Generate(_) => answer.to_message(ask),
                _ => return house::steps(seen, ask, models),
            },
        };
        self.transport.steps(message, ask.head_only)
    }
}

impl From<Reply> for Act {
    fn from(reply: Reply) -> Self {
        Self::from(Answer::from(reply))
    }
}

impl From<Answer> for Act {
    fn from(answer: Answer) -> Self {
        Self::of(Content::Answer(Box::new(answer)))
    }
}

impl From<Response> for Act {
    fn from(response: Response) -> Self {
        Self::of(Content::Response(Box::new(response)))
    }
}

impl From<Task> for Act {
    fn from(task: Task) -> Self {
        Self::decide(move |seen| task.reply(seen).into())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => answer.fmt(f),
            Self::Response(response) => response.fmt(f),
            Self::Steps(steps) => steps.fmt(f),
            Self::Decide(_) => f.write_str("Decide"),
        }
    }
}
