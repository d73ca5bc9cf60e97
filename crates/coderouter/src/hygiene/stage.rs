//! A machine for tests: a home of its own, made-up programs, and a router that listens on one port.

use super::machine::Machine;
use super::program::{Call, Ran};
use super::{Finding, Verdict};
use crate::config::Env;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// The router's port.
pub(super) const PORT: u16 = 4000;

/// A machine; its home is removed in the end.
pub(super) struct Stage {
    home: PathBuf,
    env: Env,
    version: Option<&'static str>,
    is_up: bool,
}

impl Stage {
    /// A machine whose programs say this version, with these variables.
    pub(super) fn new(version: Option<&'static str>, variables: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let home = std::env::temp_dir().join(format!("coderouter-stage-{}-{number}", std::process::id()));
        std::fs::create_dir_all(home.join("folder")).expect("a temporary folder can be made");
        Self { home, env: variables.iter().copied().collect(), version, is_up: true }
    }

    /// With a file below the home.
    pub(super) fn with(self, path: &str, text: &str) -> Self {
        let path = self.home.join(path);
        std::fs::create_dir_all(path.parent().expect("it is below the home")).expect("folders can be made");
        std::fs::write(path, text).expect("files can be written");
        self
    }

    /// With no router.
    pub(super) fn without_router(mut self) -> Self {
        self.is_up = false;
        self
    }

    /// What a check finds there.
    pub(super) fn find(&self, check: fn(&Machine<'_>) -> Vec<Finding>) -> Found {
        let run = |call: Call<'_>| match self.version {
            Some(version) if call.arguments == ["--version"] => {
                Ran::Ended { code: Some(0), out: version.to_owned() }
            }
            _ => Ran::Absent,
        };
        let listens = |_: &str, port: u16| self.is_up && port == PORT;
        let folder = self.home.join("folder");
        Found(check(&Machine {
            env: &self.env,
            home: Some(&self.home),
            folder: &folder,
            port: PORT,
            run: &run,
            listens: &listens,
        }))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// Whether a check finds this on a stage, in these words.
#[track_caller]
pub(super) fn finds(
    check: fn(&Machine<'_>) -> Vec<Finding>,
    stage: &Stage,
    name: &str,
    verdict: Verdict,
    words: &str,
) {
    let found = stage.find(check);
    assert_eq!(found.verdict(name), Some(verdict), "{:#?}", found.0);
    assert!(found.detail(name).contains(words), "{:#?}", found.0);
}

/// Findings, by the name of their check.
pub(super) struct Found(pub(super) Vec<Finding>);

impl Found {
    /// The verdict of a check, the gravest where it has several.
    pub(super) fn verdict(&self, check: &str) -> Option<Verdict> {
        self.0.iter().filter(|finding| finding.check == check).map(|finding| finding.verdict).max()
    }

    /// What a check says.
    pub(super) fn detail(&self, check: &str) -> &str {
        self.0.iter().find(|finding| finding.check == check).map_or("", |finding| &finding.detail)
    }
}
