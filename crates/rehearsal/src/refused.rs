//! An address that refuses connections. It never listens; backends that listen and then misbehave are
//! scripts.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// A port on 127.0.0.1 that is taken but not listened on, so that every connection is refused and no other
/// process can get the port meanwhile. Dropping it frees the port.
#[derive(Debug)]
pub struct Refused {
    addr: SocketAddr,
    _held: TcpSocket,
}

impl Refused {
    /// Takes a free port; fails as binding does.
    pub fn bind() -> io::Result<Self> {
        let held = TcpSocket::new_v4()?;
        held.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        Ok(Self { addr: held.local_addr()?, _held: held })
    }

    /// `http://127.0.0.1:PORT`, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}
