//! What the whole module promises, tried through [`load`] and [`load_text`] alone.

mod broken;
mod choice;
mod defaults;
mod examples;
mod facts;
mod hostile;
mod money;
mod privacy;
mod python;
mod secrets;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Loads a text with this environment, in no folder and with no home.
fn load_with(text: &str, env: &[(&str, &str)]) -> Result<Loaded, Report> {
    let env = Env::from_iter(env.iter().copied());
    let here = Path::new("providers.yaml");
    load_text(text, here, Sources { path: None, env: &env, home: None, cwd: Path::new(".") })
}

/// Loads a text that is right.
fn load_right(text: &str) -> Loaded {
    load_with(text, &[]).unwrap_or_else(|report| panic!("{report}"))
}

/// The report on a text that is wrong.
fn report(text: &str) -> String {
    load_with(text, &[]).expect_err("the text is wrong").to_string()
}

/// A file with one provider, `p`, and one profile, `default`, each with these further lines.
fn minimal(provider: &str, profile: &str) -> String {
    let indent = |lines: &str| lines.lines().map(|line| format!("    {line}\n")).collect::<String>();
    format!(
        "providers:\n  - name: p\n    base_url: http://localhost:1/v1\n    model: m\n{}\
         profiles:\n  - name: default\n    providers: [p]\n{}",
        indent(provider),
        indent(profile)
    )
}

/// A folder of this test's own; it is removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let unique = format!("coderouter-config-{name}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
