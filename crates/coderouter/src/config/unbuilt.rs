//! Keys that load and whose behaviour is not built: the one table that says so.
//!
//! Every key that is not in the table acts. A key is not named where its value asks for nothing (`off`, `false`).

use std::fmt;

use super::place::Lines;
use super::reader::SetKey;

/// A feature that is not built, and the keys that ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbuilt {
    /// The feature.
    pub feature: &'static str,
    /// The keys, in file order: path and line.
    pub keys: Vec<(String, usize)>,
}

impl fmt::Display for Unbuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not built yet: {} (", self.feature)?;
        for (index, (key, line)) in self.keys.iter().take(MAX_LISTED).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{key} in line {line}")?;
        }
        match self.keys.len().saturating_sub(MAX_LISTED) {
            0 => write!(f, ")"),
            more => write!(f, " and {more} more)"),
        }
    }
}

/// How many keys of one feature a line names.
const MAX_LISTED: usize = 3;

/// One row: a key, when it asks for something, and for what.
struct Row {
    /// The key's pattern; keys below it are meant too.
    key: &'static str,
    asks: Asks,
    feature: &'static str,
}

/// Which values of a key ask for its feature.
enum Asks {
    Always,
    /// These only.
    With(&'static [&'static str]),
}

const fn row(key: &'static str, asks: Asks, feature: &'static str) -> Row {
    Row { key, asks, feature }
}

const DECLARED: &str = "nothing reads these capability flags";

/// The table.
const TABLE: &[Row] = &[
    row("plugins", Asks::Always, "plugins (those of the Python program can't be loaded)"),
    row("launcher", Asks::Always, "the launcher"),
    row("providers[].kind", Asks::With(&["openai_responses", "gemini", "ollama"]), "this kind of provider"),
    row("providers[].kind", Asks::With(&["agent_cli"]), "agents as providers"),
    row("providers[].agent_cli", Asks::Always, "agents as providers"),
    row(
        "providers[].credential.source",
        Asks::With(&["cli_session"]),
        "credentials from another program's login",
    ),
    #[cfg(not(feature = "tokenizer"))]
    row(
        "providers[].tokenizer_path",
        Asks::Always,
        "exact token counts (this program was built without them)",
    ),
    row("providers[].capabilities.chat", Asks::Always, DECLARED),
    row("providers[].capabilities.streaming", Asks::Always, DECLARED),
    row("providers[].capabilities.openai_compatible", Asks::Always, DECLARED),
    row("providers[].capabilities.reasoning_control", Asks::Always, DECLARED),
    row("providers[].capabilities.mcp", Asks::Always, DECLARED),
];

/// The keys that load and whose behaviour is not built, each with the values that ask for it; all do where there are none.
pub fn keys() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    TABLE.iter().map(|row| match row.asks {
        Asks::Always => (row.key, &[][..]),
        Asks::With(loud) => (row.key, loud),
    })
}

/// The features that the keys of a file ask for and that are not built, in the file's order.
pub(super) fn find(text: &str, keys: &[SetKey]) -> Vec<Unbuilt> {
    let lines = Lines::of(text);
    let mut unbuilt: Vec<Unbuilt> = Vec::new();
    let mut keys: Vec<&SetKey> = keys.iter().collect();
    keys.sort_by_key(|key| key.at.start);
    for key in keys {
        let Some(row) = TABLE.iter().find(|row| row.key == key.pattern && row.asks.holds(key)) else {
            continue;
        };
        let entry = (key.path.clone(), lines.line(key.at).number);
        match unbuilt.iter_mut().find(|unbuilt| unbuilt.feature == row.feature) {
            Some(unbuilt) => unbuilt.keys.push(entry),
            None => unbuilt.push(Unbuilt { feature: row.feature, keys: vec![entry] }),
        }
    }
    unbuilt
}

impl Asks {
    fn holds(&self, key: &SetKey) -> bool {
        let value = key.value.as_deref().map(str::trim).unwrap_or_default();
        match self {
            Self::Always => true,
            Self::With(loud) => loud.contains(&value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row names a key that the file format has.
    #[test]
    fn the_table_names_real_keys() {
        let schema = crate::config::schema();
        for row in TABLE {
            let mut at = &schema;
            for step in row.key.split('.') {
                let (key, is_list) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
                at = &at["properties"][key];
                assert!(!at.is_null(), "{} is no key", row.key);
                if is_list {
                    at = &at["items"];
                }
            }
        }
    }
}
