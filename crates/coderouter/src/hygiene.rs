//! What may be wrong around the router: env files, keys that got somewhere, and how agents on this machine are set up.
//!
//! Each check reads and returns findings; none writes, none opens a connection but to see whether somebody listens. Paths,
//! the environment and other programs are arguments. Who asks, and what is done about it, is no business of this room.

mod base_url;
pub mod claude_code;
pub mod codex;
pub mod env_file;
mod machine;
pub mod opencode;
pub mod program;
mod proxy;
pub mod secrets;
#[cfg(test)]
mod stage;
mod version;

pub use machine::{Machine, listens};

use serde_json::{Value, json};
use std::fmt::Write;

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the check.
    pub check: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// What is so. It may repeat what stands in files, but never a secret.
    pub detail: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// How a check went, the lesser trouble first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// There was nothing to check, or no way to.
    Skip,
    /// Good to know.
    Info,
    /// To be looked at.
    Warn,
    /// To be mended first.
    Error,
}

impl Verdict {
    /// Its word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skip => "skip",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl Finding {
    fn new(check: &'static str, verdict: Verdict, detail: impl Into<String>) -> Self {
        Self { check, verdict, detail: detail.into(), fix: None }
    }

    fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self::new(check, Verdict::Ok, detail)
    }

    fn skip(check: &'static str, detail: impl Into<String>) -> Self {
        Self::new(check, Verdict::Skip, detail)
    }

    fn info(check: &'static str, detail: impl Into<String>) -> Self {
        Self::new(check, Verdict::Info, detail)
    }

    fn warn(check: &'static str, detail: impl Into<String>) -> Self {
        Self::new(check, Verdict::Warn, detail)
    }

    fn error(check: &'static str, detail: impl Into<String>) -> Self {
        Self::new(check, Verdict::Error, detail)
    }

    fn with_fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }
}

/// The exit code of all findings together: 1 with an error among them, else 2 with a warning, else 0.
pub fn exit_code<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> u8 {
    match findings.into_iter().map(|finding| finding.verdict).max() {
        Some(Verdict::Error) => 1,
        Some(Verdict::Warn) => 2,
        _ => 0,
    }
}

/// The findings as a page for people. What comes from outside is as it came; the caller makes it plain.
pub fn report(title: &str, findings: &[Finding]) -> String {
    let mut page = format!("{}\n{title}\nChecks:\n", "─".repeat(60));
    for finding in findings {
        let badge = finding.verdict.as_str().to_uppercase();
        // A page in memory takes whatever is written.
        let _ = writeln!(page, "  [{badge:<6}] {}", finding.check);
        for line in finding.detail.lines() {
            let _ = writeln!(page, "          {line}");
        }
        for (index, line) in finding.fix.iter().flat_map(|fix| fix.lines()).enumerate() {
            let _ = writeln!(page, "          {}{line}", if index == 0 { "fix: " } else { "     " });
        }
    }
    let _ = write!(page, "Summary: {}\nExit: {}\n", summary(findings), exit_code(findings));
    page
}

fn summary(findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let named = [
        (count(Verdict::Error), "to be mended"),
        (count(Verdict::Warn), "to be looked at"),
        (count(Verdict::Info), "to know"),
        (count(Verdict::Skip), "not checked"),
        (count(Verdict::Ok), "well"),
    ];
    let parts: Vec<_> = named
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    if parts.is_empty() { "nothing was checked".to_owned() } else { parts.join(", ") }
}

/// The findings for scripts.
pub fn as_json(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        json!({
            "check": finding.check,
            "verdict": finding.verdict.as_str(),
            "detail": finding.detail,
            "fix": finding.fix,
        })
    };
    findings.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::{Finding, as_json, exit_code, report};

    #[test]
    fn a_blocker_wins_over_a_warning() {
        let (ok, info) = (Finding::ok("a", ""), Finding::info("b", ""));
        let (skip, warn, error) = (Finding::skip("c", ""), Finding::warn("d", ""), Finding::error("e", ""));
        assert_eq!(exit_code([]), 0);
        assert_eq!(exit_code([&ok, &skip, &info]), 0);
        assert_eq!(exit_code([&ok, &warn, &info]), 2);
        assert_eq!(exit_code([&warn, &error, &ok]), 1);
        assert_eq!(exit_code([&error, &warn]), 1);
    }

    #[test]
    fn a_page_says_all() {
        let findings =
            [Finding::ok("one", "is well"), Finding::warn("two", "is odd\nvery").with_fix("do a\nthen b")];
        let expected = format!(
            "{}\ntitle: x\nChecks:\n  [OK    ] one\n          is well\n  [WARN  ] two\n          is odd\n          very\n          \
             fix: do a\n               then b\nSummary: 1 to be looked at, 1 well\nExit: 2\n",
            "─".repeat(60)
        );
        assert_eq!(report("title: x", &findings), expected);
        assert_eq!(as_json(&findings)[1]["fix"], "do a\nthen b");
        assert!(report("t", &[]).contains("Summary: nothing was checked\nExit: 0\n"));
    }
}
