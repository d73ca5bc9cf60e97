//! What commands say to people: on standard error, terse, in words that need no colour.

use super::plain::plain_json;
use serde_json::Value;
use std::io::Write;

/// Says one line.
pub fn say(line: impl AsRef<str>) {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "{}", line.as_ref());
}

/// Prints one line of data.
pub fn print(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
}

/// Prints a JSON document as one line, in which nothing steers a terminal.
pub fn print_json(document: &Value) {
    print(plain_json(&document.to_string()));
}

/// Says what went wrong, each cause on a line of its own.
pub fn complain(error: &anyhow::Error) {
    say(format!("error: {error}"));
    for cause in error.chain().skip(1) {
        say(format!("  caused by: {cause}"));
    }
}
