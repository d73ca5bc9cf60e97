//! The page of all commands, made from what the command line knows of itself.

use clap::{Arg, Command};
use coderouter::command::Cli;
use coderouter::command::exit::Exit;
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "\
# Commands

Every command with its options and the codes it ends with. Written by a test: `BLESS=1 cargo test -p coderouter --test cli`.

Standard output is data, standard error is talk: what is piped on is never mixed with messages. Errors say what to do on a
line that begins with `hint:`. Every JSON document that `--json` prints is one line.
";

#[test]
fn the_page_of_commands_is_fresh() {
    expect_fresh("commands.md", &page());
}

/// Compares a page below `docs/` with what it should be, or writes it where `BLESS` is set.
pub fn expect_fresh(name: &str, fresh: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, fresh).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(fresh.lines()).find(|(found, fresh)| found != fresh);
    assert!(found == fresh, "docs/{name} is not fresh; the first line that differs: {differs:#?}");
}

fn page() -> String {
    let mut cli = Cli::definition().disable_help_subcommand(true);
    cli.build();
    let mut page = String::from(HEAD);
    page.push_str("\n| exit code | what it means |\n|---|---|\n");
    for exit in Exit::ALL {
        let _ = writeln!(page, "| {} | {} |", exit.code(), exit.meaning_for(None));
    }
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        page.push_str(&section(command));
    }
    page
}

fn section(command: &Command) -> String {
    let name = command.get_name();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim().trim_start_matches("Usage: ");
    let mut text = format!("\n## {name}\n\n{about}.\n\n```\n{usage}\n```\n");
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help");
    let rows: Vec<String> = shown.map(row).collect();
    if !rows.is_empty() {
        let _ = write!(text, "\n| option | what it does | default |\n|---|---|---|\n{}", rows.concat());
    }
    let codes = Exit::ALL.map(|exit| format!("{}: {}", exit.code(), exit.meaning_for(Some(name))));
    let _ = writeln!(text, "\nEnds with {}.", codes.join("; "));
    let more = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if let Some((examples, _)) = more.split_once("\n\nExit codes:") {
        let lines = examples.trim_start_matches("Examples:\n").lines().map(str::trim_start);
        let _ = write!(text, "\n```sh\n{}\n```\n", lines.collect::<Vec<_>>().join("\n"));
    }
    text
}

fn row(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    // What is found out when it runs stands at the end of the help.
    let (help, told) = match help.rsplit_once(" [default: ") {
        Some((help, default)) => (help.to_owned(), default.trim_end_matches(']').to_owned()),
        None => (help, String::new()),
    };
    let takes_value = arg.get_action().takes_values();
    let values: Vec<String> = arg.get_default_values().iter().map(|it| it.to_string_lossy().into()).collect();
    let default = if takes_value && !values.is_empty() { format!("`{}`", values.join(" ")) } else { told };
    let choices: Vec<String> =
        arg.get_possible_values().iter().map(|it| format!("`{}`", it.get_name())).collect();
    let choices =
        if takes_value && !choices.is_empty() { format!(": {}", choices.join(", ")) } else { String::new() };
    let cell = |text: String| text.replace('|', "\\|");
    format!("| {} | {} | {} |\n", cell(spelled(arg, takes_value)), cell(help + &choices), cell(default))
}

fn spelled(arg: &Arg, takes_value: bool) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| format!("<{name}>")).collect();
    let Some(long) = arg.get_long() else { return format!("`{}`", names.join(" ")) };
    let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let values = if takes_value { format!(" {}", names.join(" ")) } else { String::new() };
    format!("{short}`--{long}{values}`")
}
