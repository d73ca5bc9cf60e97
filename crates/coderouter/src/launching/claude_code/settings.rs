//! The settings files of Claude Code. Variables in them win over the environment, and what is given on the command
//! line wins over them.

use crate::config::Env;
use crate::launching::agent::{Needs, Override, Surroundings, Target, Wish};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Variables that the settings of the user and of the project set.
pub(super) fn overrides(around: Surroundings<'_>) -> Vec<Override> {
    let named = around.env.get_trimmed("CLAUDE_CONFIG_DIR").map(PathBuf::from);
    let user = named.or_else(|| around.home.map(|home| home.join(".claude")));
    let project = around.cwd.join(".claude");
    let files = user.map(|folder| folder.join("settings.json")).into_iter();
    let files = files.chain([project.join("settings.json"), project.join("settings.local.json")]);
    let mut found: Vec<Override> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        // What is no JSON the agent does not read either.
        let settings: Value = serde_json::from_str(&text).unwrap_or_default();
        let variables = settings["env"].as_object().into_iter().flat_map(Map::keys);
        for variable in variables {
            found.retain(|it| it.variable != *variable);
            found.push(Override { variable: variable.clone(), file: file.clone() });
        }
    }
    found
}

/// The wishes, and settings for the command line where files would not let them come true.
pub(super) fn overruled(wishes: Vec<Wish>, target: &Target, env: &Env) -> Needs {
    let (mut variables, mut notes) = (Map::new(), Vec::new());
    for Override { variable, file } in &target.overrides {
        let file = file.display();
        let wish = wishes.iter().find(|wish| wish.variable() == variable.as_str());
        match wish {
            // A token stands in no command line, where everybody on the machine can read it.
            Some(Wish::Set(_, value)) if value.variable.is_some() && value.text.is_empty() => {
                notes.push(format!(
                    "{file} sets {variable}, which wins over the token of the router: take it out"
                ));
            }
            Some(Wish::Set(_, value)) => {
                variables.insert(variable.clone(), value.resolve(env).into());
                notes.push(format!("for this run, {variable} of {file} does not count"));
            }
            Some(Wish::Unset(_)) => {
                variables.insert(variable.clone(), "".into());
                notes.push(format!("for this run, {variable} of {file} does not count"));
            }
            // It was set on purpose.
            Some(Wish::Suggest(..)) | None => {}
        }
    }
    let arguments = if variables.is_empty() {
        Vec::new()
    } else {
        vec!["--settings".to_owned(), json!({ "env": variables }).to_string()]
    };
    Needs { wishes, arguments, notes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launching::Value as Wanted;

    fn of(file: &str, variables: &[&str]) -> Vec<Override> {
        let one = |name: &&str| Override { variable: (*name).to_owned(), file: file.into() };
        variables.iter().map(one).collect()
    }

    #[test]
    fn the_file_nearest_to_the_work_counts() {
        let folder = std::env::temp_dir().join(format!("coderouter-claude-{}", std::process::id()));
        let (home, cwd) = (folder.join("home"), folder.join("project"));
        for (path, text) in [
            (home.join(".claude/settings.json"), r#"{"env": {"A": "1", "B": "2"}, "model": "opus"}"#),
            (cwd.join(".claude/settings.json"), r#"{"env": {"B": "3"}}"#),
            (cwd.join(".claude/settings.local.json"), "no JSON"),
        ] {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let found = overrides(Surroundings { env: &Env::default(), home: Some(&home), cwd: &cwd });
        let user = home.join(".claude/settings.json");
        let project = cwd.join(".claude/settings.json");
        let expect = [of(user.to_str().unwrap(), &["A"]), of(project.to_str().unwrap(), &["B"])].concat();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, expect);
    }

    #[test]
    fn files_do_not_lead_elsewhere_and_tokens_stay_out_of_command_lines() {
        let env = Env::from_iter([("TOKEN", "s3cret")]);
        let wishes = vec![
            Wish::Set("ANTHROPIC_BASE_URL", Wanted::text("http://127.0.0.1:4000")),
            Wish::Set("ANTHROPIC_AUTH_TOKEN", Wanted::of("TOKEN")),
            Wish::Suggest("ENABLE_TOOL_SEARCH", Wanted::text("false")),
            Wish::Unset("ANTHROPIC_API_KEY"),
        ];
        let names = [
            "ANTHROPIC_BASE_URL",
            "ANTHROPIC_AUTH_TOKEN",
            "ENABLE_TOOL_SEARCH",
            "ANTHROPIC_API_KEY",
            "EDITOR",
        ];
        let target = Target { overrides: of("settings.json", &names), ..Target::default() };
        let needs = overruled(wishes, &target, &env);
        assert_eq!(
            needs.arguments,
            [
                "--settings",
                r#"{"env":{"ANTHROPIC_API_KEY":"","ANTHROPIC_BASE_URL":"http://127.0.0.1:4000"}}"#
            ]
        );
        assert_eq!(
            needs.notes,
            [
                "for this run, ANTHROPIC_BASE_URL of settings.json does not count",
                "settings.json sets ANTHROPIC_AUTH_TOKEN, which wins over the token of the router: take it out",
                "for this run, ANTHROPIC_API_KEY of settings.json does not count",
            ]
        );
    }
}
