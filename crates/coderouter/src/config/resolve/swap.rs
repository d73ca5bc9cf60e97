//! Models that swap would start: their profiles exist by name, so that the file may refer to them, and are empty.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use canon::config::Profile;
use canon::id::ProfileName;

use super::super::file::{Root, SwapModel};
use super::super::notice::Notice;
use super::super::report::quoted;
use super::super::search::{expand_home, is_below};
use super::Findings;

/// The names of providers and profiles that swap would fill.
pub(super) fn placeholders(root: &Root, home: Option<&Path>, findings: &mut Findings) -> Vec<String> {
    let Some((launcher, swap)) = root
        .launcher
        .as_ref()
        .and_then(|launcher| Some((launcher, launcher.swap.as_ref().filter(|swap| swap.is_enabled())?)))
    else {
        return Vec::new();
    };
    if swap.models.is_empty() {
        findings.notices.push(Notice::SwapWithoutModels);
    }
    let dirs: Vec<PathBuf> = launcher.model_dirs.iter().map(|dir| expand_home(dir, home)).collect();
    for model in &swap.models {
        check_path(model, &dirs, home, findings);
    }
    let names: Vec<String> = swap.models.iter().map(name_of).collect();
    check_collisions(&names, root, findings);
    names
}

/// The empty profile of a model.
pub(super) fn placeholder(name: String) -> Arc<Profile> {
    Arc::new(Profile::new(ProfileName::new(name), Vec::new()))
}

fn name_of(model: &SwapModel) -> String {
    format!("launcher-swap-{}", model.name.value)
}

/// Only models below the folders that the file names are ever started.
fn check_path(model: &SwapModel, dirs: &[PathBuf], home: Option<&Path>, findings: &mut Findings) {
    let path = expand_home(&model.path.value, home);
    if model.path.at.is_some() && !dirs.is_empty() && !dirs.iter().any(|dir| is_below(&path, dir)) {
        findings.report(model.path.mistake("the model must lie below one of launcher.model_dirs"));
    }
}

fn check_collisions(names: &[String], root: &Root, findings: &mut Findings) {
    let providers = root.providers.iter().map(|provider| &provider.name);
    let profiles = root.profiles.iter().map(|profile| &profile.name);
    for taken in providers.chain(profiles).filter(|taken| names.contains(&taken.value)) {
        let message = format!("the name {} belongs to a model of launcher.swap", quoted(&taken.value));
        findings.report(taken.mistake(message));
    }
}
