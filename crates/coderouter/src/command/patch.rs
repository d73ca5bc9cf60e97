//! What a command changes in a file, shown to a person: without secrets, and with nothing that steers a terminal.

use super::plain::plain;
use super::talk;
use crate::config::mask_text;
use std::io::IsTerminal;

/// The patch without secrets; it can be applied where none was in it.
pub fn shown(diff: &str) -> String {
    // Line by line: a name at the end of one says nothing of the next.
    diff.split_inclusive('\n').map(mask_text).collect()
}

/// Prints a patch; to a terminal without what steers one.
pub fn print(diff: &str) {
    let is_terminal = std::io::stdout().is_terminal();
    for line in shown(diff).split_terminator('\n') {
        if is_terminal {
            talk::print(line.split('\t').map(plain).collect::<Vec<_>>().join("\t"));
        } else {
            talk::print(line);
        }
    }
}
