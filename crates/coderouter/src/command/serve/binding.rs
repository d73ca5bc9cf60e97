//! The address to listen on.

use crate::reload;
use anyhow::{Context, bail};
use canon::config::Server;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use tokio::net::TcpListener;

/// How many ports behind a taken one are looked at.
const NEAR: u16 = 20;

/// Binds the address. Strangers can reach anything but loopback, so that needs a token.
pub async fn bind(server: &Server, has_token: bool) -> anyhow::Result<TcpListener> {
    let addresses = addresses(server, has_token)?;
    match TcpListener::bind(&*addresses).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("{}", busy(server.port, &addresses).await)
        }
        Err(error) => Err(refused(server, error)),
    }
}

/// The same on the next free port where the wanted one is taken.
pub async fn bind_near(server: &Server, has_token: bool) -> anyhow::Result<TcpListener> {
    let mut addresses = addresses(server, has_token)?;
    for port in ports(server.port) {
        addresses.iter_mut().for_each(|address| address.set_port(port));
        match TcpListener::bind(&*addresses).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(refused(server, error)),
            Ok(listener) => return Ok(listener),
        }
    }
    bail!("port {} and the {NEAR} behind it are taken\nhint: name another one with --port", server.port)
}

fn addresses(server: &Server, has_token: bool) -> anyhow::Result<Vec<SocketAddr>> {
    let place = (server.host.trim_matches(['[', ']']), server.port);
    let addresses: Vec<SocketAddr> =
        place.to_socket_addrs().with_context(|| format!("{} is no address", server.host))?.collect();
    let is_private = addresses.iter().all(|address| is_loopback(address.ip()));
    if !is_private && !has_token {
        bail!(
            "{} can be reached by others, so clients need a token\nhint: {}=$(openssl rand -hex 16) coderouter serve --host {}",
            server.host,
            server.token_env,
            server.host
        );
    }
    Ok(addresses)
}

fn refused(server: &Server, error: io::Error) -> anyhow::Error {
    anyhow::Error::new(error).context(format!("cannot listen on {}:{}", server.host, server.port))
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// A port and those behind it.
fn ports(first: u16) -> std::ops::RangeInclusive<u16> {
    first..=first.saturating_add(NEAR)
}

/// Who holds the port, if it is one of us, and which is free.
async fn busy(port: u16, addresses: &[SocketAddr]) -> String {
    let mut text = format!("port {port} is taken");
    if let Some(address) = addresses.first()
        && reload::is_coderouter(*address).await
    {
        text.push_str(" by another coderouter");
    }
    let free = ports(port).skip(1).find(|port| {
        addresses.first().is_some_and(|address| std::net::TcpListener::bind((address.ip(), *port)).is_ok())
    });
    if let Some(free) = free {
        text.push_str(&format!("\nhint: coderouter serve --port {free}"));
    }
    text
}
