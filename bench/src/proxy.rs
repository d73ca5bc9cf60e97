//! The proxies under measurement: nginx, with one worker and with two, and the router. Each runs as its own
//! process on a port of its own, in front of the same backend.

use crate::cores::Cores;
use crate::load;
use crate::request::{Dialect, profile};
use anyhow::{Context, Result, bail};
use std::fmt;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Which program stands between the client and the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// nginx with so many worker processes.
    Nginx(usize),
    /// The router. It has a thread for each core that it may use.
    Router,
}

/// Like beside like, so that what is compared is measured in short succession.
pub const KINDS: &[Kind] = &[Kind::Nginx(1), Kind::Router, Kind::Nginx(2)];

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nginx(1) => write!(out, "nginx, 1 worker"),
            Self::Nginx(workers) => write!(out, "nginx, {workers} workers"),
            Self::Router => write!(out, "router"),
        }
    }
}

/// The folder of a run, removed at its end, and what is run in it.
pub struct Place {
    folder: PathBuf,
    router: PathBuf,
    cores: Cores,
    without_guards: bool,
}

/// A running proxy; dropping it ends it.
pub struct Proxy {
    /// Which one it is.
    pub kind: Kind,
    /// The port it listens on, on 127.0.0.1.
    pub port: u16,
    child: Child,
}

/// All kinds, each ready.
pub async fn start_all(place: &Place, backend: u16) -> Result<Vec<Proxy>> {
    let mut proxies = Vec::new();
    for kind in KINDS {
        proxies.push(start(*kind, place, backend).await?);
    }
    Ok(proxies)
}

/// A proxy that has answered once.
pub async fn start(kind: Kind, place: &Place, backend: u16) -> Result<Proxy> {
    let proxy = spawn(kind, place, backend)?;
    let begun = Instant::now();
    while !load::answers(proxy.port).await {
        if begun.elapsed() > Duration::from_secs(10) {
            bail!("{kind} did not answer within 10 s");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(proxy)
}

/// A proxy that may not listen yet.
pub fn spawn(kind: Kind, place: &Place, backend: u16) -> Result<Proxy> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let folder = place.folder.join(format!("{port}"));
    fs::create_dir_all(&folder)?;
    let mut command = match kind {
        Kind::Nginx(workers) => nginx(place, &folder, workers, port, backend)?,
        Kind::Router => router(place, &folder, port, backend)?,
    };
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    Ok(Proxy { kind, port, child: child.with_context(|| format!("failed to start {kind}"))? })
}

impl Place {
    /// A fresh folder for a run with this router.
    pub fn new(router: &Path, cores: Cores, without_guards: bool) -> Result<Self> {
        let router = router.canonicalize().with_context(|| format!("no router at {}", router.display()))?;
        let folder = std::env::temp_dir().join(format!("coderouter-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, router, cores, without_guards })
    }

    /// Where a file of the run may lie.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Proxy {
    /// Its process; that of the master for nginx.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Proxy {
    /// Asks politely: nginx's workers would outlive a master that is killed.
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.pid().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// What a plain proxy in front of a streaming backend needs, and nothing that costs: connections kept on both
/// sides, no buffering of answers, request bodies in memory and not in files, no access log.
fn nginx(place: &Place, folder: &Path, workers: usize, port: u16, backend: u16) -> Result<Command> {
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("    {kind}_temp_path {}/{kind};\n", folder.display()))
        .concat();
    let text = format!(
        "worker_processes {workers};\ndaemon off;\npid {folder}/nginx.pid;\nerror_log /dev/null crit;\n\
         events {{ worker_connections 8192; }}\n\
         http {{\n{temporary}    access_log off;\n    tcp_nodelay on;\n    keepalive_requests 1000000000;\n\
         \x20   client_max_body_size 0;\n    client_body_buffer_size 256k;\n\
         \x20   upstream backend {{ server 127.0.0.1:{backend}; keepalive 64; keepalive_requests 1000000000; }}\n\
         \x20   server {{\n        listen 127.0.0.1:{port};\n        location / {{\n\
         \x20           proxy_pass http://backend;\n            proxy_http_version 1.1;\n\
         \x20           proxy_set_header Connection \"\";\n            proxy_buffering off;\n        }}\n    }}\n}}\n",
        folder = folder.display(),
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, text)?;
    let mut command = place.cores.command("nginx".as_ref());
    command.arg("-p").arg(folder).arg("-c").arg(path).stderr(Stdio::null());
    Ok(command)
}

/// Every guard that can be switched off, off.
const NO_GUARDS: &str = ", memory_pressure_action: off, backend_health_action: off, empty_response_action: off, \
                         stream_truncation_action: off, context_budget_action: off, drift_detection_action: off";

/// The router with its default logging, into a file.
fn router(place: &Place, folder: &Path, port: u16, backend: u16) -> Result<Command> {
    let (anthropic, openai) = (profile(Dialect::Anthropic), profile(Dialect::OpenAi));
    let guards = if place.without_guards { NO_GUARDS } else { "" };
    let shared = if place.without_guards { "health_cache: {action: off}\n" } else { "" };
    let text = format!(
        "providers:\n\
         \x20 - {{name: {anthropic}, kind: anthropic, base_url: \"http://127.0.0.1:{backend}\", model: backend-model}}\n\
         \x20 - {{name: {openai}, kind: openai_compat, base_url: \"http://127.0.0.1:{backend}/v1\", model: backend-model}}\n\
         profiles:\n\
         \x20 - {{name: {openai}, providers: [{openai}]{guards}}}\n\
         \x20 - {{name: {anthropic}, providers: [{anthropic}]{guards}}}\n\
         default_profile: {openai}\n{shared}",
    );
    let path = folder.join("providers.yaml");
    fs::write(&path, text)?;
    let mut command = place.cores.command(place.router.as_os_str());
    command.env_clear().env("HOME", folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.current_dir(folder).arg("serve").arg("--config").arg(path);
    command.args(["--port", &port.to_string(), "--log-format", "json"]);
    // In a folder of its own: that of the configuration is watched.
    command.stderr(File::create(place.file(&format!("{port}.log")))?);
    Ok(command)
}
