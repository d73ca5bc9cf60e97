//! Steps: the only things a connection does with its socket once a request has been read. What the bytes say
//! is decided elsewhere.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::WriteHalf;

/// One thing done to the socket. Each write is a system call of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Writes these bytes.
    Write(Bytes),
    /// Waits this long.
    Pause(Duration),
    /// Writes the same bytes again and again.
    Repeat(Repeat),
    /// Sends FIN and goes on reading: the connection is half open.
    HalfClose,
    /// Does nothing more until the client leaves.
    Hang,
    /// Closes the connection with FIN.
    Close,
    /// Breaks the connection with RST.
    Reset,
}

/// Bytes that are written many times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// What is written.
    pub bytes: Bytes,
    /// How often; `None` is for ever.
    pub times: Option<u64>,
    /// The pause after each time.
    pub every: Duration,
}

/// What becomes of the connection after the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Kept,
    Over,
}

/// Does the steps in order and counts what was written. Dropping it leaves the rest undone.
pub(crate) async fn play(socket: &mut WriteHalf<'_>, steps: &[Step], sent: &AtomicU64) -> io::Result<After> {
    for step in steps {
        match step {
            Step::Write(bytes) => write(socket, bytes, sent).await?,
            Step::Pause(time) => tokio::time::sleep(*time).await,
            Step::Repeat(repeat) => write_again(socket, repeat, sent).await?,
            Step::HalfClose => socket.shutdown().await?,
            Step::Hang => std::future::pending().await,
            Step::Close => {
                socket.shutdown().await?;
                return Ok(After::Over);
            }
            Step::Reset => {
                socket.as_ref().set_zero_linger()?;
                return Ok(After::Over);
            }
        }
    }
    Ok(After::Kept)
}

async fn write(socket: &mut WriteHalf<'_>, bytes: &Bytes, sent: &AtomicU64) -> io::Result<()> {
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let written = socket.write(rest).await?;
        sent.fetch_add(written as u64, Ordering::Relaxed);
        rest = &rest[written..];
    }
    Ok(())
}

async fn write_again(socket: &mut WriteHalf<'_>, repeat: &Repeat, sent: &AtomicU64) -> io::Result<()> {
    let mut left = repeat.times;
    while left != Some(0) {
        write(socket, &repeat.bytes, sent).await?;
        // Without a pause nothing else would let other tasks run while the client keeps up.
        if repeat.every.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(repeat.every).await;
        }
        left = left.map(|times| times - 1);
    }
    Ok(())
}
