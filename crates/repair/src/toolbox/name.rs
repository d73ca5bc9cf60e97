//! From the name a model wrote to the tool that is declared: exact first, then by ever looser rules, each of which must
//! be unique.

use super::{Tool, respelt};
use crate::damage::Damages;
pub(super) use crate::markup::fold;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Where a name was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) place: usize,
    pub(super) damage: Damages,
}

/// All names, in the forms they are looked up by.
#[derive(Debug)]
pub(super) struct Names {
    exact: Index<usize>,
    /// Lower case; `None` where two names fall together.
    lower: Index<Option<usize>>,
    /// Letters and digits only.
    folded: Index<Option<usize>>,
    /// The last part of names such as `mcp__server__tool`.
    suffixes: Index<Option<usize>>,
}

/// Few and short keys, from the client itself: a hash that is quick for these is good enough.
type Index<V> = HashMap<String, V, BuildHasherDefault<Fnv>>;

/// What is put before names by templates of some models.
const PREFIXES: &[&str] = &[
    "functions.",
    "functions::",
    "functions:",
    "function.",
    "function:",
    "tools.",
    "tool.",
    "default_api:",
    "default_api.",
    "functions/",
    "functions_",
    "namespace.",
];

/// Names that other agents' tools of the same purpose have: the names of one row mean the same.
const ALIASES: &[&[&str]] = &[
    &["read", "readfile", "viewfile", "openfile", "cat", "fileread"],
    &["write", "writefile", "createfile", "writetofile", "savefile", "filewrite"],
    &["edit", "editfile", "strreplace", "replace", "replaceinfile", "strreplaceeditor", "fileedit"],
    &[
        "bash",
        "shell",
        "executebash",
        "runshellcommand",
        "executecommand",
        "terminal",
        "runcommand",
        "exec",
        "sh",
        "shellcommand",
        "runbash",
    ],
    &["grep", "grepsearch", "searchfilecontent", "ripgrep", "searchfiles"],
    &["glob", "globsearch", "findfiles", "filesearch"],
    &["webfetch", "fetch", "fetchurl", "browse"],
];

impl Names {
    pub(super) fn new(names: impl Iterator<Item = String>) -> Self {
        let mut all = Self {
            exact: Index::default(),
            lower: Index::default(),
            folded: Index::default(),
            suffixes: Index::default(),
        };
        for (place, name) in names.enumerate() {
            let unique = |map: &mut Index<Option<usize>>, key: String| {
                map.entry(key).and_modify(|it| *it = None).or_insert(Some(place));
            };
            unique(&mut all.lower, name.to_lowercase());
            unique(&mut all.folded, fold(&name));
            if let Some((_, last)) = name.rsplit_once("__") {
                unique(&mut all.suffixes, fold(last));
            }
            all.exact.entry(name).or_insert(place);
        }
        all
    }

    /// The tool a name means, if exactly one can be meant.
    pub(super) fn find(&self, written: &str) -> Option<Found> {
        if let Some(place) = self.exact.get(written) {
            return Some(Found { place: *place, damage: Damages::NONE });
        }
        let trimmed = trimmed(written);
        let bare = without_prefix(trimmed);
        let stem = without_index(bare);
        // Each is a part of the one before: what is as long is the same and was looked for.
        let mut before = written;
        let found = [trimmed, bare, stem].into_iter().find_map(|name| {
            let looked_for = name.len() == before.len();
            before = name;
            if looked_for { None } else { self.exact.get(name).copied() }
        });
        let place = match found {
            Some(place) => place,
            None => {
                let folded = fold(bare);
                let numbered = stem.len() < bare.len() && !self.folded.contains_key(&folded);
                if numbered { self.loosely(stem, &fold(stem))? } else { self.loosely(bare, &folded)? }
            }
        };
        Some(Found { place, damage: respelt(false) })
    }

    fn loosely(&self, name: &str, folded: &str) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        let is_lower = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let lower = if is_lower { Cow::Borrowed(name) } else { Cow::Owned(name.to_lowercase()) };
        if let Some(place) = self.lower.get(&*lower).or_else(|| self.folded.get(folded)) {
            return *place;
        }
        if self.suffixes.is_empty() {
            return None;
        }
        let last = name.rsplit("__").next().unwrap_or(name);
        *self.suffixes.get(folded).or_else(|| self.suffixes.get(&fold(last)))?
    }

    /// The tool of the same purpose under another name, if it alone has all these arguments.
    pub(super) fn alias(&self, written: &str, keys: &[&str], tools: &[Tool]) -> Option<Found> {
        let place = self.purpose(written)?;
        let schema = tools[place].schema();
        let known = |key: &&str| schema.properties().any(|property| super::arguments::is_near(key, property));
        keys.iter().all(known).then(|| Found { place, damage: respelt(false) })
    }

    /// The one tool of the same purpose.
    pub(super) fn purpose(&self, written: &str) -> Option<usize> {
        let folded = fold(without_prefix(trimmed(written)));
        let row = ALIASES.iter().find(|row| row.contains(&folded.as_str()))?;
        let mut fitting = row.iter().filter_map(|name| *self.folded.get(*name)?);
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// Whether a word may be the beginning of a name, a prefix before it included.
    pub(super) fn begins(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        if PREFIXES.iter().any(|prefix| prefix.starts_with(&word) || word.starts_with(prefix))
            || self.lower.keys().any(|name| name.starts_with(&word))
        {
            return true;
        }
        let folded = fold(&word);
        self.folded.keys().any(|name| name.starts_with(&folded))
    }
}

/// Whether a name is one of those that mean the same.
pub(super) fn is_alias(written: &str) -> bool {
    let folded = fold(without_prefix(trimmed(written)));
    ALIASES.iter().any(|row| row.contains(&folded.as_str()))
}

/// A name without what is not part of it: quotes, blanks, and debris of a template behind it.
fn trimmed(name: &str) -> &str {
    let debris = if name.contains('<') { name.find("<|").or_else(|| name.find("<｜")) } else { None };
    let name = debris.map_or(name, |at| &name[..at]);
    name.trim_matches(|it: char| {
        it.is_whitespace() || matches!(it, '"' | '\'' | '`' | '“' | '”' | '*' | ':' | '?')
    })
}

fn without_prefix(name: &str) -> &str {
    PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// Without the running number that Kimi models put behind a name.
fn without_index(name: &str) -> &str {
    let stem = name.trim_end_matches(|it: char| it.is_ascii_digit());
    if stem.len() == name.len() {
        return name;
    }
    stem.strip_suffix([':', '_']).unwrap_or(name)
}

/// The hash of Fowler, Noll and Vo.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
