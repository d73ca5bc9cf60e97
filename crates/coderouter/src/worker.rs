//! Threads that serve: each has an async runtime of its own and keeps its connections, to clients and to backends, so
//! that no request ever wakes another thread.

use std::cell::Cell;
use std::num::NonZero;
use std::thread;

thread_local! {
    static INDEX: Cell<usize> = const { Cell::new(0) };
}

/// Most threads: a router moves bytes, and a few cores move more of them than backends can make.
const MOST: usize = 8;

/// How many threads serve.
pub fn count() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST)
}

/// Which of them this thread is; 0 for every thread that does not serve.
pub fn index() -> usize {
    INDEX.get()
}

/// Runs a future on a new serving thread until it ends.
///
/// # Errors
/// If the system gives no thread or no runtime.
pub fn start<F: Future<Output = ()>>(
    index: usize,
    work: impl FnOnce() -> F + Send + 'static,
) -> std::io::Result<thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name(format!("serve-{index}")).spawn(move || {
        INDEX.set(index);
        runtime.block_on(async { work().await });
        runtime.shutdown_background();
    })
}
