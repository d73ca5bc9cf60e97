//! Words in which backends say what is wrong, and what that means.

/// Words of an error, in lower case, and what to do about it.
const KNOWN: &[(&str, &str)] = &[
    (
        "unknown model architecture",
        "the server is too old for this model: update it, or take another GGUF of the model",
    ),
    (
        "unable to generate parser",
        "the model's chat template refuses this conversation: start llama-server with --jinja and a template of its own (--chat-template-file)",
    ),
    (
        "chat template",
        "the model file has no usable chat template: start llama-server with --jinja, or give one with --chat-template-file",
    ),
    (
        "extra inputs are not permitted",
        "the backend refuses a field that needs a beta header; the router leaves such fields out after the first refusal",
    ),
    ("adaptive thinking is not supported", "set `capabilities: {thinking: false}` for this provider"),
    (
        "does not support tools",
        "the model's template has no tools: choose another model, or set `capabilities: {tools: false}`",
    ),
    (
        "tool use",
        "tool use is not enabled for this model: set `capabilities: {tools: false}`, or choose another",
    ),
    (
        "tool choice requires",
        "start vLLM with --enable-auto-tool-choice and --tool-call-parser for this model",
    ),
    ("out of memory", "the model does not fit into memory: choose a smaller one, or a smaller context"),
    (
        "requires more system memory",
        "the model does not fit into memory: choose a smaller one, or a smaller context",
    ),
    ("cudamalloc", "the graphics card is full: choose a smaller model, or a smaller context"),
    ("insufficient_quota", "the account has no credit left"),
    ("insufficient credits", "the account has no credit left; free models of OpenRouter end in :free"),
    ("data policy", "the account's privacy settings shut this model out: see the privacy page of OpenRouter"),
    (
        "certificate",
        "the server's certificate is not trusted: check the date of this machine, and whether a proxy opens TLS",
    ),
    ("dns", "the name can't be resolved: is this machine online, and the host spelled right?"),
    ("failed to lookup", "the name can't be resolved: is this machine online, and the host spelled right?"),
    ("loading model", "the server is loading its model: wait, and ask again"),
];

/// What to do about an error, where its words are known.
pub fn cure(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    KNOWN.iter().find(|(words, _)| message.contains(words)).map(|(_, cure)| *cure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_any_case() {
        assert!(cure("llama_model_load: Unknown model architecture: 'qwen35'").unwrap().contains("too old"));
        assert!(cure("registry.ollama.ai/library/x does not support tools").unwrap().contains("template"));
        assert_eq!(cure("a nice day"), None);
    }

    #[test]
    fn words_are_in_lower_case() {
        assert!(KNOWN.iter().all(|(words, cure)| *words == words.to_ascii_lowercase() && !cure.is_empty()));
    }
}
