//! This machine as the checks of agents see it.

use super::program::{Call, Ran, Run};
use crate::config::Env;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long somebody who listens on this machine may take to say so.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the checks of agents look at.
#[derive(Clone, Copy)]
pub struct Machine<'a> {
    /// The environment agents are started with.
    pub env: &'a Env,
    /// The home folder, where there is one.
    pub home: Option<&'a Path>,
    /// The folder agents are started in.
    pub folder: &'a Path,
    /// The port the router listens on, or would.
    pub port: u16,
    /// How other programs are run.
    pub run: Run<'a>,
    /// Whether somebody listens at a host and port: [`listens`], or what a test says instead.
    pub listens: &'a dyn Fn(&str, u16) -> bool,
}

impl Machine<'_> {
    /// What a program says of its version.
    pub(super) fn version_of(&self, program: &str) -> Ran {
        (self.run)(Call { program, arguments: &["--version"], folder: None })
    }

    /// A path below the home folder.
    pub(super) fn at_home(&self, path: &str) -> Option<PathBuf> {
        self.home.map(|home| home.join(path))
    }
}

/// Whether somebody accepts connections there. Only this machine is asked.
pub fn listens(host: &str, port: u16) -> bool {
    let addresses = (host, port).to_socket_addrs().into_iter().flatten();
    addresses.filter(is_here).any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

fn is_here(address: &SocketAddr) -> bool {
    address.ip().is_loopback()
}

/// A file's text, of a size that settings have.
pub(super) fn text_of(path: &Path) -> Option<String> {
    crate::editing::read(path).ok().flatten()
}
