//! The variables of an agent, printed for those who start it themselves.

use super::{PROBE, Run, overrides};
use crate::command::plain::plain;
use crate::command::talk;
use crate::config::Env;
use crate::launching::{Agent, Environment, Needs, Shell, Target, Value};
use serde_json::{Map, json};

impl Run {
    /// Prints them: for the router that answers, else for the one that would by the configuration.
    pub(super) async fn print(&self, agent: &Agent) -> anyhow::Result<()> {
        let env = Env::of_process();
        let (running, config) = self.place.find_with_config()?;
        let running = running.with_patience(PROBE);
        let overview = if running.answers().await { Some(running.overview().await?) } else { None };
        match &overview {
            Some(overview) => self.check_profile(overview)?,
            None => {
                self.say(format!(
                    "nothing answers at {} yet; start it with `coderouter serve`",
                    running.place()
                ));
            }
        }
        let target = Target {
            overrides: overrides(agent, &env)?,
            ..self.target(&running, overview.as_ref(), config.as_ref())
        };
        let needs = (agent.needs)(&target, &env);
        let environment = Environment::of(&needs, &env);
        needs.notes.iter().for_each(|note| self.say(plain(note)));
        if self.json {
            let document = document(agent, &target, &needs, &environment);
            talk::print_json(&document);
            return Ok(());
        }
        let shell = self.shell.unwrap_or_else(|| Shell::of(env.get("SHELL")));
        shell.lines(&environment).iter().for_each(talk::print);
        if !needs.arguments.is_empty() {
            let arguments: Vec<String> = needs.arguments.iter().map(|it| shell.word(it)).collect();
            self.say(format!("start it as: {} {}", agent.program, arguments.join(" ")));
        }
        Ok(())
    }
}

/// Values that are taken from variables name these, so that no token is shown.
fn document(agent: &Agent, target: &Target, needs: &Needs, environment: &Environment) -> serde_json::Value {
    let value = |value: &Value| match &value.variable {
        Some(variable) => json!({ "variable": variable, "text": value.text }),
        None => json!({ "text": value.text }),
    };
    let set: Map<_, _> = environment.set.iter().map(|(name, it)| ((*name).to_owned(), value(it))).collect();
    json!({
        "agent": agent.name,
        "url": target.url,
        "set": set,
        "unset": environment.unset,
        "replaced": environment.replaced,
        "kept": environment.kept,
        "arguments": needs.arguments,
    })
}
