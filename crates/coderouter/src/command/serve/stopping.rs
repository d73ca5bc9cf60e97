//! When to stop.

use futures_util::future::{self, Either};
use std::io;
use std::thread;
use tokio::sync::oneshot;

/// Ready when the program is asked to stop, or, where it belongs to another one, when that is gone. Listens from the
/// call on, not from the first poll.
pub fn stop(attached: bool) -> io::Result<impl Future<Output = ()>> {
    let asked = asked()?;
    let input = if attached { Either::Left(end_of_input()?) } else { Either::Right(future::pending()) };
    Ok(async move {
        tokio::select! {
            () = asked => {}
            () = input => {}
        }
    })
}

/// Ready when standard input ends, which it does however the program at its other end does.
fn end_of_input() -> io::Result<impl Future<Output = ()>> {
    let (ended, end) = oneshot::channel();
    // A thread of its own, that nobody waits for: reading can't be broken off.
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        // An error is an end as well.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ended.send(());
    })?;
    Ok(async move { drop(end.await) })
}

/// Ready when the system asks the program to stop.
#[cfg(unix)]
fn asked() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready when the user asks the program to stop.
#[cfg(not(unix))]
fn asked() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
