//! A server of fixed pages, for commands that look at other programs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// One page: its path, and its body.
type Page = (&'static str, String);

/// A running server; what it was asked is kept.
pub struct Pages {
    /// Its URL without a path.
    pub url: String,
    /// Every request's first line and body.
    pub asked: Arc<Mutex<Vec<(String, String)>>>,
    pages: Arc<Mutex<Vec<Page>>>,
}

impl Pages {
    /// Serves these; everything else is not found. The server ends with the process.
    pub fn serve(pages: &[(&'static str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let pages = pages.iter().map(|(path, body)| (*path, (*body).to_owned())).collect();
        let server = Self { url, asked: Arc::default(), pages: Arc::new(Mutex::new(pages)) };
        let (asked, pages) = (Arc::clone(&server.asked), Arc::clone(&server.pages));
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (asked, pages) = (Arc::clone(&asked), Arc::clone(&pages));
                thread::spawn(move || answer(socket, &asked, &pages));
            }
        });
        server
    }

    /// Puts another body on a page.
    pub fn replace(&self, path: &'static str, body: &str) {
        let mut pages = self.pages.lock().unwrap();
        pages.retain(|(known, _)| *known != path);
        pages.push((path, body.to_owned()));
    }
}

fn answer(socket: TcpStream, asked: &Mutex<Vec<(String, String)>>, pages: &Mutex<Vec<Page>>) -> Option<()> {
    let mut reader = BufReader::new(socket.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    asked.lock().unwrap().push((first.trim().to_owned(), String::from_utf8_lossy(&body).into_owned()));
    let page = pages.lock().unwrap().iter().find(|(known, _)| *known == path).map(|(_, body)| body.clone());
    let (status, page) = page.map_or(("404 Not Found", String::new()), |page| ("200 OK", page));
    let length = page.len();
    let mut socket = socket;
    write!(socket, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}").ok()
}
