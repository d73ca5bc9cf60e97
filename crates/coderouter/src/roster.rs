//! The roster of OpenRouter's free models: what is remembered of the last look, and what has changed since.
//!
//! The snapshot has the form of the Python program's, so that either goes on where the other left off. Nothing here
//! reads or writes a file.

mod changes;

pub use changes::{Change, Changes, prepend};

use crate::discovery::cloud::Listed;
use serde_json::{Value, json};

/// The one form of snapshots there is.
const VERSION: u64 = 1;

/// The free models at one time, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// When they were looked at, in UTC.
    pub fetched_at: String,
    /// The free models, sorted by name.
    pub models: Vec<Listed>,
}

/// Why a snapshot is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// It is no JSON, or has no entries.
    #[error("is no snapshot of a roster")]
    Form,
    /// It was written by a program that knows another form.
    #[error("has schema_version {0}, and this program reads {VERSION}")]
    Version(u64),
}

impl Roster {
    /// The free models of a list.
    pub fn of(mut models: Vec<Listed>, fetched_at: String) -> Self {
        models.retain(Listed::is_free);
        models.sort_by(|a, b| a.id.cmp(&b.id));
        models.dedup_by(|a, b| a.id == b.id);
        Self { fetched_at, models }
    }

    /// Reads a snapshot.
    ///
    /// # Errors
    /// If it is none, or of another form.
    pub fn from_snapshot(text: &str) -> Result<Self, SnapshotError> {
        let value: Value = serde_json::from_str(text).map_err(|_| SnapshotError::Form)?;
        let version = value.get("schema_version").and_then(Value::as_u64).ok_or(SnapshotError::Form)?;
        if version != VERSION {
            return Err(SnapshotError::Version(version));
        }
        let entries = value.get("entries").and_then(Value::as_array).ok_or(SnapshotError::Form)?;
        let fetched_at = value.get("fetched_at").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self::of(entries.iter().filter_map(Listed::of).collect(), fetched_at))
    }

    /// The snapshot as a file has it.
    pub fn to_snapshot(&self) -> String {
        let entry = |model: &Listed| {
            json!({
                "id": model.id,
                "context_length": model.context_length,
                "pricing_prompt": model.pricing_prompt,
                "pricing_completion": model.pricing_completion,
            })
        };
        let snapshot = json!({
            "schema_version": VERSION,
            "fetched_at": self.fetched_at,
            "entries": self.models.iter().map(entry).collect::<Vec<_>>(),
        });
        format!("{snapshot:#}\n")
    }

    /// Those that take tools, the largest window first: what an agent can use.
    pub fn with_tools(&self) -> Vec<&Listed> {
        let mut models: Vec<&Listed> = self.models.iter().filter(|model| model.has_tools).collect();
        models.sort_by(|a, b| b.context_length.cmp(&a.context_length).then_with(|| a.id.cmp(&b.id)));
        models
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_comes_back() {
        let model = |id: &str, price: &str| Listed {
            id: id.to_owned(),
            context_length: 8,
            pricing_prompt: price.to_owned(),
            pricing_completion: "0".to_owned(),
            has_tools: false,
        };
        let models = vec![model("b", "0"), model("a", "0.0"), model("paid", "0.1"), model("b", "0")];
        let roster = Roster::of(models, "2026-01-02T03:04:05Z".to_owned());
        assert_eq!(roster.models.len(), 2);
        let text = roster.to_snapshot();
        assert_eq!(Roster::from_snapshot(&text), Ok(roster));
        assert!(text.contains("\"schema_version\": 1") && text.ends_with("}\n"), "{text}");
    }

    #[test]
    fn other_files_are_refused() {
        for (text, expect) in [
            ("", SnapshotError::Form),
            ("[]", SnapshotError::Form),
            (r#"{"schema_version":1}"#, SnapshotError::Form),
            (r#"{"schema_version":2,"entries":[]}"#, SnapshotError::Version(2)),
        ] {
            assert_eq!(Roster::from_snapshot(text), Err(expect), "{text}");
        }
    }
}
