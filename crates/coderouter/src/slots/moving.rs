//! Moves prompts between a server's slots and its files. What fails costs a prompt that is read again, never a request.

use super::{Held, Server};
use crate::router::Router;
use crate::upstream::Backend;
use bytes::Bytes;
use canon::event::{Fact, Level, Notice};
use routing::slots::{File, Step};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// How long one move may take: some gigabytes, to a disk.
const LIMIT: Duration = Duration::from_secs(60);

/// What is said of a prompt that was saved.
#[derive(Deserialize)]
struct Saved {
    n_written: u64,
}

/// Does the steps in order. Where one fails the others are left out, and the slot is nobody's: false.
pub(super) async fn run(
    router: &Router,
    backend: &Arc<Backend>,
    server: &Arc<Server>,
    held: &Held,
    steps: &[Step],
) -> bool {
    for step in steps {
        if let Err(error) = moved(backend, server, *step).await {
            let (Step::Save { file, .. } | Step::Restore { file, .. }) = *step;
            let mut state = server.state();
            state.table.file_failed(file);
            state.table.disown(held.slot);
            // Asked again, it says whether it has a folder still.
            state.asked = None;
            let is_told = std::mem::replace(&mut state.is_told, true);
            drop(state);
            if !is_told {
                tell(router, backend, &error);
            }
            return false;
        }
    }
    true
}

async fn moved(backend: &Arc<Backend>, server: &Arc<Server>, step: Step) -> Result<(), String> {
    let (slot, file, action) = match step {
        Step::Save { slot, file } => (slot, file, "save"),
        Step::Restore { slot, file } => (slot, file, "restore"),
    };
    let path = format!("/slots/{slot}?action={action}");
    let body = Bytes::from(format!("{{\"filename\":\"{}\"}}", file_name(server, file)));
    let (status, answer) =
        backend.question(&path, Some(body), LIMIT).await.map_err(|fault| fault.to_string())?;
    if !status.is_success() {
        return Err(format!("{action} of slot {slot}: {status}"));
    }
    if let Step::Save { file, .. } = step {
        let bytes = serde_json::from_slice::<Saved>(&answer).map_or(0, |saved| saved.n_written);
        server.state().table.written(file, bytes);
    }
    Ok(())
}

fn file_name(server: &Server, File(number): File) -> String {
    format!("coderouter-{}-{number}.bin", server.name)
}

fn tell(router: &Router, backend: &Backend, error: &str) {
    let fields =
        vec![("provider", backend.provider.name.as_str().to_owned()), ("error", router.clean(error))];
    router.record(None, Fact::Notice(Notice { name: "slot-files-failed", level: Level::Warning, fields }));
}
