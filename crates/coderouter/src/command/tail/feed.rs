//! The router's feed, and how far it has been read.

use crate::agent::Coming;
use anyhow::{Context, anyhow};
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;
use wire::sse::{Frame, Splitter};

/// How long the router may say nothing; it sends a comment every 15 s.
const SILENCE: Duration = Duration::from_secs(40);

/// The feed over one connection.
pub(super) struct Feed {
    coming: Coming,
    splitter: Splitter,
    frames: VecDeque<Frame>,
}

/// What comes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// A run of the router, and the number of the fact after which it tells.
    Begun(Begun),
    /// A fact as a JSON line, and its number.
    Fact(Option<u64>, String),
    /// So many facts are gone.
    Missed(u64),
}

/// Where a connection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    /// The run. Numbers of facts are its own.
    pub(super) run: u64,
    /// The number of the last fact before.
    pub(super) after: Option<u64>,
}

/// How far facts have been read, and of which run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    run: Option<u64>,
    after: Option<u64>,
}

impl Feed {
    pub(super) fn new(coming: Coming) -> Self {
        Self { coming, splitter: Splitter::default(), frames: VecDeque::new() }
    }

    /// The next of what comes.
    ///
    /// # Errors
    /// If the connection ends, breaks, or has nothing to say for too long.
    pub(super) async fn next(&mut self) -> anyhow::Result<News> {
        loop {
            while let Some(frame) = self.frames.pop_front() {
                if let Some(news) = read(&frame) {
                    return Ok(news);
                }
            }
            let next = tokio::time::timeout(SILENCE, self.coming.next()).await;
            let bytes = next.context("the router is silent")?.context("the router is gone")?;
            let bytes = bytes.ok_or_else(|| anyhow!("the router has ended"))?;
            let mut frames = Vec::new();
            self.splitter.push(bytes, &mut frames).map_err(|fault| anyhow!("{}", fault.message))?;
            self.frames.extend(frames);
        }
    }
}

impl Cursor {
    /// What the next connection begins after; none where it begins with the latest.
    pub(super) fn after(&self) -> Option<u64> {
        self.after
    }

    /// A connection begins. False where it tells of another run than the one that was read, and has to begin anew.
    pub(super) fn begin(&mut self, begun: Begun) -> bool {
        if self.run.is_some_and(|run| run != begun.run) {
            *self = Self { run: Some(begun.run), after: Some(0) };
            return false;
        }
        self.run = Some(begun.run);
        self.after = self.after.or(begun.after);
        true
    }

    /// A fact has been read.
    pub(super) fn reach(&mut self, number: Option<u64>) {
        self.after = number.or(self.after);
    }
}

fn read(frame: &Frame) -> Option<News> {
    let data = String::from_utf8_lossy(&frame.data);
    let field = |name: &str| serde_json::from_str::<Value>(&data).ok()?.get(name)?.as_u64();
    match frame.event.as_deref() {
        Some(b"fact") => Some(News::Fact(number(frame), data.into_owned())),
        Some(b"missed") => field("missed").map(News::Missed),
        Some(b"begin") => field("run").map(|run| News::Begun(Begun { run, after: number(frame) })),
        // What later routers tell besides.
        _ => None,
    }
}

/// The number on a frame's `id:` line.
fn number(frame: &Frame) -> Option<u64> {
    let mut lines = frame.bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
    let value = lines.find_map(|line| line.strip_prefix(b"id:"))?;
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_read() {
        let text = "id: 4\nevent: begin\ndata: {\"run\": 77}\n\n:\n\nid: 5\nevent: fact\ndata: {\"msg\":\"a\"}\n\n\
                    event: overview\ndata: {}\n\nevent: missed\ndata: {\"missed\": 3}\n\n";
        let mut frames = Vec::new();
        Splitter::default().push(text.as_bytes().to_vec().into(), &mut frames).unwrap();
        let news: Vec<News> = frames.iter().filter_map(read).collect();
        let begun = Begun { run: 77, after: Some(4) };
        let fact = News::Fact(Some(5), "{\"msg\":\"a\"}".to_owned());
        assert_eq!(news, [News::Begun(begun), fact, News::Missed(3)]);
    }

    #[test]
    fn another_run_is_read_from_its_beginning() {
        let mut cursor = Cursor::default();
        assert!(cursor.begin(Begun { run: 1, after: Some(40) }));
        assert_eq!(cursor.after(), Some(40));
        cursor.reach(Some(43));
        assert!(cursor.begin(Begun { run: 1, after: Some(43) }));
        assert_eq!(cursor.after(), Some(43));
        assert!(!cursor.begin(Begun { run: 2, after: Some(43) }));
        assert_eq!(cursor.after(), Some(0));
        assert!(cursor.begin(Begun { run: 2, after: Some(0) }));
    }
}
