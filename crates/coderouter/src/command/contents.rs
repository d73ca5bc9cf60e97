//! The help of the program as a whole: its commands in groups, and where to start.

use clap::Command;
use std::fmt::Write;

/// The groups, in the order in which people come to need them, each with its commands in theirs.
static GROUPS: &[(&str, &[&str])] = &[
    ("Serve", &["serve", "run"]),
    ("Look", &["stats", "tail", "explain", "models", "audit", "replay"]),
    (
        "Set up",
        &["init", "import", "check", "doctor", "roster", "rollback", "vscode-init", "completions", "man"],
    ),
    ("Try", &["demo", "repair", "rehearse"]),
];

/// The group of commands that no other one has.
const REST: &str = "More";

/// Where somebody starts who has just installed it.
const START: &str = "\
Start here:
  coderouter demo              see it work, with nothing set up
  coderouter init              a configuration that fits this machine
  coderouter run -- claude     an agent, with the models that are on this machine
  coderouter help COMMAND      more about a command";

/// The commands in their groups; only those that are shown.
pub fn groups(cli: &Command) -> Vec<(&'static str, Vec<&Command>)> {
    let shown = || cli.get_subcommands().filter(|command| !command.is_hide_set());
    let named = |name: &&str| shown().find(|command| command.get_name() == *name);
    let is_grouped = |command: &&Command| GROUPS.iter().any(|(_, all)| all.contains(&command.get_name()));
    let groups = GROUPS.iter().map(|(title, names)| (*title, names.iter().filter_map(named).collect()));
    let rest = (REST, shown().filter(|command| !is_grouped(command)).collect::<Vec<_>>());
    groups.chain([rest]).filter(|(_, commands)| !commands.is_empty()).collect()
}

/// Gives the program's help its groups, and the codes it ends with.
pub fn grouped(cli: Command, codes: &str) -> Command {
    let header = *cli.get_styles().get_header();
    let literal = *cli.get_styles().get_literal();
    let mut template = String::from("{about-with-newline}\n{usage-heading} {usage}\n");
    for (title, commands) in groups(&cli) {
        let _ = write!(template, "\n{header}{title}:{header:#}\n");
        for command in commands {
            let name = command.get_name();
            let blanks = " ".repeat(WIDTH.saturating_sub(name.len()));
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(template, "  {literal}{name}{literal:#}{blanks}  {about}");
        }
    }
    let _ = write!(template, "\n{header}Options:{header:#}\n{{options}}{{after-help}}");
    cli.help_template(template).after_help(format!("{START}\n\n{codes}"))
}

/// The columns for names.
const WIDTH: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Cli;

    #[test]
    fn every_command_is_in_one_group_and_fits_a_line() {
        let cli = Cli::definition();
        let groups = groups(&cli);
        let all: Vec<&str> =
            groups.iter().flat_map(|(_, commands)| commands.iter().map(|it| it.get_name())).collect();
        let shown: Vec<&Command> = cli.get_subcommands().filter(|command| !command.is_hide_set()).collect();
        let mut names: Vec<&str> = shown.iter().map(|command| command.get_name()).collect();
        let mut sorted = all.clone();
        names.sort_unstable();
        sorted.sort_unstable();
        assert_eq!(sorted, names);
        for command in shown {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let length = about.chars().count();
            assert!((1..=80).contains(&length), "{}: {length} characters", command.get_name());
            assert!(!about.contains(['{', '}']), "{about}");
        }
    }
}
