//! Going by a changed configuration file without a restart. A broken new file keeps the old configuration and says why.

use crate::config::{self, Env, LoadError, Loaded, Sources};
use crate::router::Router;
use canon::event::{Fact, Level, Notice};
use notify::{RecursiveMode, Watcher};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

/// How long the file must rest: editors write in several steps.
const SETTLE: Duration = Duration::from_millis(200);

/// Records what a person should hear about a configuration.
pub fn tell(router: &Router, loaded: &Loaded) {
    for notice in &loaded.notices {
        let mut fields = vec![("message", notice.to_string())];
        fields.extend(notice.hint().map(|hint| ("hint", hint.to_owned())));
        router.record(None, Fact::Notice(Notice { name: notice.event(), level: Level::Warning, fields }));
    }
    for unbuilt in &loaded.unbuilt {
        let fields = vec![("message", unbuilt.to_string())];
        router.record(
            None,
            Fact::Notice(Notice { name: "config-not-built-yet", level: Level::Warning, fields }),
        );
    }
}

/// A configuration file, and what its content is read with.
pub struct Watched {
    /// The file.
    pub path: PathBuf,
    /// Its content when it was loaded.
    pub known: Vec<u8>,
    /// The environment.
    pub env: Env,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// The current folder.
    pub cwd: PathBuf,
}

/// Watches the file's folder, as editors rename, and goes by the file whenever its content has changed.
pub async fn watch(router: Arc<Router>, watched: Watched) {
    let Watched { path, mut known, env, home, cwd } = watched;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (changed, mut changes) = mpsc::channel(1);
    let name = path.file_name().map(std::ffi::OsStr::to_owned);
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Logs and other files in the same folder change all the time.
        let ours = |path: &PathBuf| path.file_name() == name.as_deref();
        if event.is_ok_and(|event| !event.kind.is_access() && event.paths.iter().any(ours)) {
            // A full channel means that a change is waiting to be looked at already.
            let _ = changed.try_send(());
        }
    });
    let Ok(mut watcher) = watcher else { return unwatched(&router, "this system can't watch files") };
    if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
        return unwatched(&router, &error.to_string());
    }
    loop {
        // First without waiting: the file may have changed while the program started.
        if let Ok(now) = std::fs::read(&path)
            && now != known
        {
            known = now;
            let sources = Sources { path: Some(&path), env: &env, home: home.as_deref(), cwd: &cwd };
            reload(&router, sources, &env);
        }
        if changes.recv().await.is_none() {
            return;
        }
        tokio::time::sleep(SETTLE).await;
        let _ = changes.try_recv();
    }
}

fn reload(router: &Router, sources: Sources<'_>, env: &Env) {
    let result = config::load(sources).map_err(|error| match error {
        LoadError::Broken(report) => report.to_string(),
        nothing @ LoadError::NothingFound(_) => nothing.to_string(),
    });
    let replaced = result.and_then(|loaded| {
        let secrets = |name: &str| env.get(name).map(str::to_owned);
        let mut config = loaded.config.clone();
        // Sockets, files and folders stay as they were opened.
        let old = router.setup.load();
        config.server = old.config.server.clone();
        config.state = old.config.state.clone();
        router.replace(config, &secrets).map_err(|error| error.to_string())?;
        Ok(loaded)
    });
    match replaced {
        Ok(loaded) => {
            note(router, "config-reloaded", Level::Info, loaded.path.display().to_string());
            tell(router, &loaded);
        }
        Err(reason) => note(router, "config-reload-failed", Level::Error, reason),
    }
}

fn unwatched(router: &Router, reason: &str) {
    note(router, "config-not-watched", Level::Warning, reason.to_owned());
}

fn note(router: &Router, name: &'static str, level: Level, message: String) {
    router.record(None, Fact::Notice(Notice { name, level, fields: vec![("message", message)] }));
}

/// Whether another of us answers at an address.
pub async fn is_coderouter(address: SocketAddr) -> bool {
    const LIMIT: Duration = Duration::from_millis(300);
    let ask = async {
        let mut socket = tokio::net::TcpStream::connect(address).await.ok()?;
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        socket.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        socket.take(4096).read_to_end(&mut answer).await.ok()?;
        String::from_utf8(answer).ok()
    };
    let answer = tokio::time::timeout(LIMIT, ask).await.ok().flatten();
    answer.is_some_and(|answer| answer.contains("\"service\":\"coderouter\""))
}
