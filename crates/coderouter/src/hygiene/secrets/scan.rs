//! Looks for exact values in files of any size, a piece at a time.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What is written to a state folder.
const FILES: [&str; 7] = [
    // Also what the Python program has left there.
    "requests.jsonl",
    "requests.jsonl.1",
    "audit.jsonl",
    "audit.jsonl.1",
    "state.db",
    "state.db-wal",
    "coderouter.db",
];

/// How much is looked at together.
const PIECE: usize = 1 << 20;

/// How many hits are kept of a file.
const MAX_HITS: usize = 20;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The files that were read.
    pub(super) files: Vec<&'static str>,
    pub(super) hits: Vec<Hit>,
    /// Files that could not be read.
    pub(super) unread: Vec<String>,
}

/// A value in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hit {
    file: &'static str,
    /// Counted from 1; a database has none.
    line: Option<usize>,
    label: String,
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line} ({})", self.file, self.label),
            None => write!(f, "{} ({})", self.file, self.label),
        }
    }
}

/// Looks through the files of a folder for values, each with its label.
pub(super) fn folder(dir: &Path, needles: &[(&str, &str)]) -> Found {
    let mut found = Found::default();
    // In JSON some characters are written as escapes.
    let forms: Vec<(&str, Vec<u8>)> = needles
        .iter()
        .flat_map(|(label, value)| {
            let json = serde_json::Value::from(*value).to_string();
            let escaped = json[1..json.len() - 1].to_owned();
            let forms = if escaped == *value { vec![escaped] } else { vec![(*value).to_owned(), escaped] };
            forms.into_iter().map(move |form| (*label, form.into_bytes()))
        })
        .collect();
    for name in FILES {
        let path = dir.join(name);
        if !path.exists() {
            continue;
        }
        match File::open(&path).and_then(|mut file| look(&mut file, name, &forms)) {
            Ok(hits) => {
                found.files.push(name);
                found.hits.extend(hits);
            }
            Err(_) => found.unread.push(name.to_owned()),
        }
    }
    found
}

fn look(file: &mut impl Read, name: &'static str, forms: &[(&str, Vec<u8>)]) -> std::io::Result<Vec<Hit>> {
    let finders: Vec<_> =
        forms.iter().map(|(label, form)| (*label, memchr::memmem::Finder::new(form))).collect();
    // What may begin in one piece and end in the next is looked at again with that.
    let overlap = forms.iter().map(|(_, form)| form.len()).max().unwrap_or(1) - 1;
    let is_text = name.contains(".json");
    let (mut hits, mut buffer, mut kept, mut line) = (Vec::new(), vec![0; PIECE + overlap], 0, 1);
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 || hits.len() >= MAX_HITS {
            return Ok(hits);
        }
        let piece = &buffer[..kept + read];
        for (label, finder) in &finders {
            for at in finder.find_iter(piece) {
                // A hit that ended in what was kept has been told before.
                if at + finder.needle().len() > kept {
                    let line = is_text.then(|| line + newlines(&piece[..at]));
                    hits.push(Hit { file: name, line, label: (*label).to_owned() });
                }
            }
        }
        let keep = overlap.min(piece.len());
        line += newlines(&piece[..piece.len() - keep]);
        let end = piece.len();
        buffer.copy_within(end - keep..end, 0);
        kept = keep;
    }
}

fn newlines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a text out in pieces of a few bytes.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let size = self.1.min(buffer.len()).min(self.0.len());
            buffer[..size].copy_from_slice(&self.0[..size]);
            self.0 = &self.0[size..];
            Ok(size)
        }
    }

    #[test]
    fn cuts_change_nothing() {
        let text = b"one\ntwo secret-1 secret-1\n\nsecret-22 secret-2\nsecret-1";
        let forms = [("A", b"secret-1".to_vec()), ("B", b"secret-2".to_vec())];
        let mut told: Vec<_> =
            look(&mut &text[..], "x.jsonl", &forms).unwrap().iter().map(Hit::to_string).collect();
        told.sort();
        let expected = ["x.jsonl:2 (A)", "x.jsonl:2 (A)", "x.jsonl:4 (B)", "x.jsonl:4 (B)", "x.jsonl:5 (A)"];
        assert_eq!(told, expected);
        for size in 1..20 {
            let hits = look(&mut Slow(text, size), "x.jsonl", &forms).unwrap();
            let mut again: Vec<_> = hits.iter().map(Hit::to_string).collect();
            again.sort();
            assert_eq!(again, expected, "{size} bytes at a time");
        }
        assert_eq!(look(&mut &text[..], "state.db", &forms).unwrap()[0].to_string(), "state.db (A)");
    }
}
