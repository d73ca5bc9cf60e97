//! Reads a small text file from disk, safely: never a folder, a pipe or a gigabyte.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most bytes a configuration or env file may have.
pub(crate) const MAX_BYTES: u64 = 1 << 20;

/// Why a file is not usable; the text follows its name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("is not there")]
    Missing,
    #[error("is a folder, not a file")]
    Folder,
    #[error("is not a regular file")]
    Special,
    #[error("is larger than 1 MiB")]
    TooLarge,
    #[error("holds a zero byte in line {line}, so it is not a text")]
    Binary { line: usize },
    #[error("is not UTF-8 text: line {line} has other bytes")]
    Encoding { line: usize },
    #[error("can't be read: {0}")]
    Io(io::Error),
}

/// The file's text without a byte order mark.
pub(crate) fn read(path: &Path) -> Result<String, Unusable> {
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Unusable::Missing,
        _ => Unusable::Io(error),
    })?;
    if metadata.is_dir() {
        return Err(Unusable::Folder);
    }
    if !metadata.is_file() {
        return Err(Unusable::Special);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Unusable::Io)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(Unusable::Io)?;
    decode(bytes)
}

pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, Unusable> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Unusable::TooLarge);
    }
    let line_of = |index: usize| bytes[..index].iter().filter(|byte| **byte == b'\n').count() + 1;
    if let Some(index) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Unusable::Binary { line: line_of(index) });
    }
    if let Err(error) = std::str::from_utf8(&bytes) {
        return Err(Unusable::Encoding { line: line_of(error.valid_up_to()) });
    }
    let text = String::from_utf8(bytes).map_err(|_| Unusable::Encoding { line: 1 })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// The permission bits with which others than the owner may read the file, if they may.
#[cfg(unix)]
pub(crate) fn mode_for_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o044 != 0).then_some(mode)
}

/// Other systems have no such bits.
#[cfg(not(unix))]
pub(crate) fn mode_for_others(_path: &Path) -> Option<u32> {
    None
}
