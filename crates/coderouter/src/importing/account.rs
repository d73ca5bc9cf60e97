//! What became of every setting, for the person whose settings they are.

use super::source::At;
use crate::config::Mistake;
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How far a setting came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carried {
    /// It means the same here.
    Exactly,
    /// It means nearly the same; the row says how it differs.
    Roughly,
    /// It has no place here; the row says what to do.
    Not,
}

impl Carried {
    /// All of them, in the order they are told.
    pub const ALL: [Self; 3] = [Self::Exactly, Self::Roughly, Self::Not];

    /// Its name in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exactly => "exactly",
            Self::Roughly => "roughly",
            Self::Not => "not",
        }
    }
}

/// One setting of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// How far it came.
    pub carried: Carried,
    /// Its path in the source, such as `Providers[0].models`.
    pub setting: String,
    /// Its line in the source.
    pub line: usize,
    /// What it is now, how that differs, or what to do.
    pub note: String,
}

/// A key that has to be in the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The variable.
    pub variable: String,
    /// Where the key itself stands in the source, if it does.
    pub written_in: Option<(String, usize)>,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The settings, in the source's order.
    pub rows: Vec<Row>,
    /// The keys.
    pub keys: Vec<Key>,
    /// What to know or do beside.
    pub advice: Vec<String>,
    /// The variables given to keys that stand in the source, and what tells those keys apart.
    given: Vec<(String, u64)>,
    /// What is wrong with the source.
    pub(super) mistakes: Vec<Mistake>,
}

impl Account {
    /// A setting that means the same here.
    pub(super) fn exactly(&mut self, at: &At<'_>, note: impl Into<String>) {
        self.row(Carried::Exactly, at, note.into());
    }

    /// A setting that means nearly the same.
    pub(super) fn roughly(&mut self, at: &At<'_>, note: impl Into<String>) {
        self.row(Carried::Roughly, at, note.into());
    }

    /// A setting that has no place here.
    pub(super) fn not(&mut self, at: &At<'_>, note: impl Into<String>) {
        self.row(Carried::Not, at, note.into());
    }

    /// A setting that nobody knows.
    pub(super) fn unknown(&mut self, at: &At<'_>) {
        self.not(at, "not known here; look whether you need it");
    }

    /// All below a setting that nothing was said of yet goes with it.
    pub(super) fn leave_out(&mut self, at: &At<'_>, note: &str) {
        for leaf in at.leaves() {
            if !self.rows.iter().any(|row| row.setting == leaf.path()) {
                self.not(&leaf, note);
            }
        }
    }

    /// Something to know or do.
    pub(super) fn advise(&mut self, advice: String) {
        if !self.advice.contains(&advice) {
            self.advice.push(advice);
        }
    }

    /// A key that is needed.
    pub(super) fn need(&mut self, variable: &str, written_in: Option<&At<'_>>) {
        let written_in = written_in.map(|at| (at.path().to_owned(), at.line()));
        match self.keys.iter_mut().find(|key| key.variable == variable) {
            Some(key) => key.written_in = key.written_in.take().or(written_in),
            None => self.keys.push(Key { variable: variable.to_owned(), written_in }),
        }
    }

    /// The variable for a key that stands in the source: like this name, and another one for every other key.
    pub(super) fn variable_for(&mut self, like: &str, key: &str) -> String {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let mark = hasher.finish();
        let mut name = like.to_owned();
        let mut count = 1;
        loop {
            let given = self.given.iter().find(|(given, _)| *given == name);
            // A variable that the source names itself holds nobody knows what.
            let is_theirs = given.is_none() && self.keys.iter().any(|key| key.variable == name);
            match given {
                Some((_, known)) if *known == mark => return name,
                None if !is_theirs => break,
                _ => {}
            }
            count += 1;
            name = format!("{like}_{count}");
        }
        self.given.push((name.clone(), mark));
        name
    }

    /// Something wrong with the source.
    pub(super) fn mistake(&mut self, mistake: Mistake) {
        self.mistakes.push(mistake);
    }

    fn row(&mut self, carried: Carried, at: &At<'_>, note: String) {
        self.rows.push(Row { carried, setting: at.path().to_owned(), line: at.line(), note });
    }

    /// Brings the rows into the source's order.
    pub(super) fn sort(&mut self) {
        self.rows.sort_by_key(|row| row.line);
    }

    /// The rows of one kind.
    pub fn rows(&self, carried: Carried) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.carried == carried)
    }

    /// Whether everything means what it meant, and no key has to be moved.
    pub fn is_exact(&self) -> bool {
        self.rows.iter().all(|row| row.carried == Carried::Exactly)
            && self.keys.iter().all(|key| key.written_in.is_none())
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        let row = |row: &Row| json!({"setting": row.setting, "line": row.line, "note": row.note});
        let rows = Carried::ALL.map(|carried| {
            (carried.word().to_owned(), self.rows(carried).map(row).collect::<Vec<Value>>().into())
        });
        let key = |key: &Key| {
            json!({
                "variable": key.variable,
                "written_in": key.written_in.as_ref().map(|(setting, line)| json!({"setting": setting, "line": line})),
            })
        };
        json!({
            "carried": serde_json::Map::from_iter(rows),
            "keys": self.keys.iter().map(key).collect::<Vec<_>>(),
            "advice": self.advice,
        })
    }
}
