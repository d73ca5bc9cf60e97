//! What has changed from one look to the next.

use super::Roster;
use crate::discovery::cloud::Listed;
use serde_json::{Value, json};
use std::fmt::Write;

/// A model whose value is another one now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The model.
    pub id: String,
    /// Its value before.
    pub before: String,
    /// Its value now.
    pub now: String,
}

/// All that has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Models that are gone, or cost money now.
    pub removed: Vec<String>,
    /// Models that were not free before.
    pub added: Vec<String>,
    /// Models whose prices are written otherwise.
    pub prices: Vec<Change>,
    /// Models whose window is another one.
    pub contexts: Vec<Change>,
}

impl Changes {
    /// From one look to a later one.
    pub fn between(before: &Roster, now: &Roster) -> Self {
        let mut changes = Self::default();
        for model in &now.models {
            match find(before, &model.id) {
                None => changes.added.push(model.id.clone()),
                Some(old) => changes.compare(old, model),
            }
        }
        let gone = before.models.iter().filter(|model| find(now, &model.id).is_none());
        changes.removed.extend(gone.map(|model| model.id.clone()));
        changes
    }

    fn compare(&mut self, old: &Listed, new: &Listed) {
        let change = |before: String, now: String| Change { id: new.id.clone(), before, now };
        if prices(old) != prices(new) {
            self.prices.push(change(written(old), written(new)));
        }
        if old.context_length != new.context_length {
            self.contexts.push(change(old.context_length.to_string(), new.context_length.to_string()));
        }
    }

    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// All of it in one line.
    pub fn summary(&self) -> String {
        if self.is_empty() {
            return "no changes".to_owned();
        }
        let Self { removed, added, prices, contexts } = self;
        let counts = [added.len(), removed.len(), prices.len(), contexts.len()];
        format!("changes: +{} -{} Δprice={} Δctx={}", counts[0], counts[1], counts[2], counts[3])
    }

    /// The section of a list of changes, in Markdown.
    pub fn section(&self, at: &str) -> String {
        let mut text = format!("## {at}\n");
        for (title, ids) in [("Removed", &self.removed), ("Added", &self.added)] {
            let lines: Vec<String> = ids.iter().map(|id| format!("- `{id}`")).collect();
            part(&mut text, title, &lines);
        }
        for (title, changes) in [("Pricing changed", &self.prices), ("Context changed", &self.contexts)] {
            let line = |change: &Change| format!("- `{}`: {} → {}", change.id, change.before, change.now);
            part(&mut text, title, &changes.iter().map(line).collect::<Vec<_>>());
        }
        text
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        let changes = |all: &[Change]| {
            let one = |change: &Change| json!({"id": change.id, "before": change.before, "now": change.now});
            all.iter().map(one).collect::<Vec<Value>>()
        };
        json!({
            "removed": self.removed,
            "added": self.added,
            "pricing": changes(&self.prices),
            "context": changes(&self.contexts),
        })
    }
}

/// A list of changes with a section put before the earlier ones, behind its title.
pub fn prepend(section: &str, earlier: &str) -> String {
    let (title, rest) = match earlier.find("## ") {
        Some(at) if at == 0 || earlier[..at].ends_with('\n') => earlier.split_at(at),
        _ => (earlier, ""),
    };
    let title = if title.trim().is_empty() { TITLE } else { title.trim_end() };
    let gap = if rest.is_empty() { "" } else { "\n" };
    format!("{title}\n\n{section}{gap}{rest}")
}

const TITLE: &str = "# Free models of OpenRouter: what has changed";

fn part(text: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = write!(text, "\n### {title}\n\n{}\n", lines.join("\n"));
    }
}

fn find<'a>(roster: &'a Roster, id: &str) -> Option<&'a Listed> {
    roster.models.binary_search_by(|model| model.id.as_str().cmp(id)).ok().map(|at| &roster.models[at])
}

fn prices(model: &Listed) -> [Option<f64>; 2] {
    [&model.pricing_prompt, &model.pricing_completion].map(|price| price.trim().parse().ok())
}

fn written(model: &Listed) -> String {
    format!("{} / {}", model.pricing_prompt, model.pricing_completion)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster(models: &[(&str, u64)]) -> Roster {
        let model = |&(id, context_length): &(&str, u64)| Listed {
            id: id.to_owned(),
            context_length,
            pricing_prompt: "0".to_owned(),
            pricing_completion: "0".to_owned(),
            has_tools: true,
        };
        Roster::of(models.iter().map(model).collect(), "now".to_owned())
    }

    #[test]
    fn changes_are_named() {
        let before = roster(&[("gone", 1), ("grows", 8), ("stays", 4)]);
        let now = roster(&[("grows", 16), ("new", 2), ("stays", 4)]);
        let changes = Changes::between(&before, &now);
        assert_eq!(changes.summary(), "changes: +1 -1 Δprice=0 Δctx=1");
        assert_eq!(
            changes.section("2026"),
            "## 2026\n\n### Removed\n\n- `gone`\n\n### Added\n\n- `new`\n\n### Context changed\n\n- `grows`: 8 → 16\n"
        );
        assert_eq!(Changes::between(&now, &now).summary(), "no changes");
    }

    #[test]
    fn the_latest_section_stands_first() {
        let first = prepend("## 1\n", "");
        assert_eq!(first, format!("{TITLE}\n\n## 1\n"));
        assert_eq!(prepend("## 2\n", &first), format!("{TITLE}\n\n## 2\n\n## 1\n"));
        assert_eq!(prepend("## 2\n", "# My own\n\n## 1\n"), "# My own\n\n## 2\n\n## 1\n");
        assert_eq!(prepend("## 2\n", "words\n"), "words\n\n## 2\n");
    }
}
