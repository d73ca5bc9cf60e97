//! Env files in folders of their own, and a made-up git.

use super::{Choice, check, usual};
use crate::hygiene::Verdict::{Error, Ok, Skip, Warn};
use crate::hygiene::program::{Call, Ran, run};
use crate::hygiene::{Finding, Verdict};
use std::path::{Path, PathBuf};

/// A folder with a `.env` in it, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("coderouter-env-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let path = path.canonicalize().unwrap();
        std::fs::write(path.join(".env"), text).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join(".env")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn verdicts(findings: &[Finding]) -> Vec<(&str, Verdict)> {
    findings.iter().map(|finding| (finding.check, finding.verdict)).collect()
}

/// A git that answers with these codes to the questions where its top is, and of ignoring and tracking.
fn git(top: &Path, ignored: i32, tracked: i32) -> impl Fn(Call<'_>) -> Ran {
    let top = top.display().to_string();
    move |call| {
        let ended = |code| Ran::Ended { code: Some(code), out: String::new() };
        match call.arguments[2] {
            "rev-parse" => Ran::Ended { code: Some(0), out: format!("{top}\n") },
            "check-ignore" => ended(ignored),
            _ => ended(tracked),
        }
    }
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn each_rule_has_its_verdict() {
    let folder = Folder::new("rules", "A=1\n");
    chmod(&folder.file(), 0o600);
    let well = check(&folder.file(), Choice::Named, &git(&folder.0, 0, 1));
    let names = ["existence", "syntax", "permissions", "gitignore", "git-tracking"];
    assert_eq!(verdicts(&well), names.map(|name| (name, Ok)));
    chmod(&folder.file(), 0o644);
    let wrong = check(&folder.file(), Choice::Named, &git(folder.0.parent().unwrap(), 1, 0));
    assert_eq!(verdicts(&wrong)[2..], [("permissions", Warn), ("gitignore", Warn), ("git-tracking", Error)]);
    let folder_name = folder.0.file_name().unwrap().to_str().unwrap();
    assert_eq!(wrong[2].fix.as_deref(), Some(format!("chmod 0600 {}", folder.file().display()).as_str()));
    assert!(
        wrong[3].fix.as_deref().unwrap().starts_with(&format!("echo /{folder_name}/.env >> ")),
        "{:?}",
        wrong[3]
    );
    assert!(wrong[4].fix.as_deref().unwrap().contains("make new keys"));
}

#[test]
fn without_git_two_checks_are_left_out() {
    let folder = Folder::new("git", "A=1\n");
    for (ran, why) in [
        (Ran::Absent, "git is not installed"),
        (Ran::Failed, "git does not answer"),
        (Ran::Ended { code: Some(128), out: String::new() }, "it is in no git repository"),
    ] {
        let findings = check(&folder.file(), Choice::Named, &|_| ran.clone());
        assert_eq!(verdicts(&findings)[3..], [("gitignore", Skip), ("git-tracking", Skip)]);
        assert_eq!(findings[3].detail, why);
    }
}

#[test]
fn a_file_that_is_not_there_is_not_well() {
    let folder = Folder::new("absent", "");
    let nowhere = folder.0.join("nowhere.env");
    let findings = check(&nowhere, Choice::Named, &|_| Ran::Absent);
    assert_eq!(
        findings.iter().map(|finding| finding.verdict).collect::<Vec<_>>(),
        [Warn, Skip, Skip, Skip, Skip]
    );
    assert!(findings[0].detail.contains("nothing was checked"));
    assert_eq!(check(&nowhere, Choice::Usual, &|_| Ran::Absent)[0].verdict, Skip);
    assert_eq!(verdicts(&check(&folder.0, Choice::Named, &|_| Ran::Absent)), [("existence", Error)]);
}

#[test]
fn a_line_that_can_not_be_read_is_named_without_its_text() {
    let folder = Folder::new("syntax", "A=1\nthe-secret\n");
    let findings = check(&folder.file(), Choice::Named, &|_| Ran::Absent);
    assert_eq!(findings[1].verdict, Error);
    assert!(findings[1].detail.contains(".env:2: ") && !findings[1].detail.contains("the-secret"));
}

#[test]
fn the_usual_file_is_here_or_at_home() {
    let (here, home) = (Folder::new("here", ""), Folder::new("home", ""));
    assert_eq!(usual(&here.0, Some(&home.0)), here.file());
    std::fs::remove_file(here.file()).unwrap();
    assert_eq!(usual(&here.0, Some(&home.0)), here.file());
    std::fs::create_dir(home.0.join(".coderouter")).unwrap();
    std::fs::write(home.0.join(".coderouter/.env"), "").unwrap();
    assert_eq!(usual(&here.0, Some(&home.0)), home.0.join(".coderouter/.env"));
}

#[test]
fn a_real_git_agrees() {
    let folder = Folder::new("real", "A=1\n");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
        run(Call { program: "git", arguments: &[&identity, arguments].concat(), folder: Some(&folder.0) })
    };
    if git(&["init", "-q"]) == Ran::Absent {
        return;
    }
    let last = || {
        verdicts(&check(&folder.file(), Choice::Named, &run))[3..].iter().map(|one| one.1).collect::<Vec<_>>()
    };
    assert_eq!(last(), [Warn, Ok]);
    std::fs::write(folder.0.join(".gitignore"), "/.env\n").unwrap();
    assert_eq!(last(), [Ok, Ok]);
    git(&["add", "-f", ".env"]);
    assert_eq!(last(), [Ok, Error]);
}
