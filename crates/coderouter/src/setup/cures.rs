//! What is not as it should be at a server, and what to do about it.

use super::NEED;
use super::asking::{wider_name, wider_request};
use super::facts::{Model, Server};
use super::models::suggest;
use crate::hardware::Hardware;
use crate::servers::Kind;

/// Something that is not as it should be, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub text: String,
    /// What to do, one way a line.
    pub hints: Vec<String>,
}

/// A server that has nothing to answer with.
pub fn without_model(server: &Server, hardware: &Hardware) -> Finding {
    let name = &server.place.name;
    let hints = match server.kind {
        Kind::Ollama => {
            let model = suggest(hardware).map_or("MODEL", |(model, _)| model.ollama);
            vec![format!("ollama pull {model}, then `coderouter init` again")]
        }
        _ => vec!["load a chat model there, then `coderouter init` again".to_owned()],
    };
    Finding { text: format!("{name} at {} has no chat model of its own", server.place.base_url), hints }
}

/// What to do about a window that is too small, or that nobody knows.
pub fn too_small(server: &Server, model: &Model) -> Option<Finding> {
    let (name, place) = (&server.place.name, &server.place.base_url);
    let text = match model.window {
        Some(window) if window >= NEED => return None,
        Some(window) => {
            format!("{name}: {} has a window of {window} tokens, and agents need {NEED}", model.name)
        }
        None if server.kind == Kind::Ollama => format!(
            "{name}: no window is set for {}, and Ollama gives 4096 tokens where the card has less than 24 GB; agents need \
             {NEED}, and what is over is cut without a word",
            model.name
        ),
        None => format!("{name} does not say what window {} has; agents need {NEED} tokens", model.name),
    };
    let hints = match server.kind {
        _ if model.most.is_some_and(|most| most < NEED) => {
            vec!["the model was made for no more: choose another one".to_owned()]
        }
        Kind::Ollama => {
            let root = place.trim_end_matches("/v1");
            vec![
                format!(
                    "restart Ollama with OLLAMA_CONTEXT_LENGTH={NEED} in its environment (a service: systemctl edit ollama)"
                ),
                format!(
                    "or give the model another name with that window, then choose it: curl {root}/api/create -d {}",
                    shell(&wider_request(&model.name).to_string())
                ),
                format!("`coderouter init --widen` does the latter ({})", wider_name(&model.name)),
            ]
        }
        Kind::LlamaCpp => {
            let slots = server.slots.unwrap_or(1).max(1);
            vec![format!(
                "llama-server -c {} -np {slots} --jinja ... (the window is shared among its slots)",
                NEED.saturating_mul(slots)
            )]
        }
        Kind::LmStudio => vec![format!("lms load {} --context-length {NEED}", shell(&model.name))],
        Kind::Vllm => vec![format!("vllm serve ... --max-model-len {NEED}")],
        Kind::Other => vec!["set max_context_tokens to what it was started with".to_owned()],
    };
    Some(Finding { text, hints })
}

/// A word of a command line: in quotes where a shell would see more in it.
fn shell(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_server_widens_what_a_model_was_made_for() {
        for kind in [Kind::Ollama, Kind::LlamaCpp] {
            let server =
                Server { place: crate::discovery::local("a", "b"), kind, slots: None, models: Vec::new() };
            let model = Model { window: Some(2048), most: Some(8192), ..Model::default() };
            assert_eq!(
                too_small(&server, &model).unwrap().hints,
                ["the model was made for no more: choose another one"]
            );
        }
    }

    #[test]
    fn a_name_is_one_word_of_a_command() {
        assert_eq!(shell("qwen3-coder:30b"), "qwen3-coder:30b");
        assert_eq!(shell("a'; rm b"), r"'a'\''; rm b'");
    }
}
