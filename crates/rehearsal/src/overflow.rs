//! The words in which backends say that a prompt does not fit, and the similar ones in which they say that
//! too much output was asked for. Numbers in them are examples.

use crate::response::Response;

/// One backend's refusal.
#[derive(Clone, Copy, Debug)]
pub struct Overflow {
    /// Its name on a command line, `overflow-` left out.
    pub name: &'static str,
    /// Whose words they are, in one sentence.
    pub summary: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'static str,
}

impl Overflow {
    /// The refusal as the backend sends it.
    pub fn response(&self) -> Response {
        Response::json_text(self.status, self.body)
    }
}

/// The prompt does not fit.
pub const PROMPT: &[Overflow] = &[
    Overflow {
        name: "anthropic",
        summary: "Anthropic's words for a prompt that is too long, the ones Claude Code compacts on.",
        status: 400,
        body: r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
    },
    Overflow {
        name: "openai",
        summary: "OpenAI's words, with the code context_length_exceeded.",
        status: 400,
        body: r#"{"error":{"message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 204308 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
    },
    Overflow {
        name: "vllm",
        summary: "vLLM's words since it reports input tokens.",
        status: 400,
        body: r#"{"error":{"message":"This model's maximum context length is 32768 tokens. However, your request has 40203 input tokens. Please reduce the length of the input messages.","type":"BadRequestError","param":"input_tokens","code":400}}"#,
    },
    Overflow {
        name: "vllm-old",
        summary: "vLLM's words before, which name messages and completion and have no error object.",
        status: 400,
        body: r#"{"object":"error","message":"This model's maximum context length is 16384 tokens. However, you requested 122946 tokens (112946 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.","type":"BadRequestError","param":null,"code":400}"#,
    },
    Overflow {
        name: "llama-cpp",
        summary: "llama.cpp's words, with the type exceed_context_size_error and both numbers.",
        status: 400,
        body: r#"{"error":{"code":400,"message":"request (14429 tokens) exceeds the available context size (8192 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":14429,"n_ctx":8192}}"#,
    },
    Overflow {
        name: "llama-cpp-old",
        summary: "llama.cpp's first words for it, which came with status 500.",
        status: 500,
        body: r#"{"error":{"code":500,"message":"the request exceeds the available context size. try increasing the context size or enable context shift","type":"exceed_context_size_error","n_prompt_tokens":1407,"n_ctx":256}}"#,
    },
    Overflow {
        name: "ollama",
        summary: "Ollama's words, as it puts them in an OpenAI error.",
        status: 400,
        body: r#"{"error":{"message":"the input length exceeds the context length","type":"invalid_request_error","param":null,"code":null}}"#,
    },
    Overflow {
        name: "ollama-native",
        summary: "Ollama's words as a bare string, as its own endpoints answer.",
        status: 400,
        body: r#"{"error":"the input length exceeds the context length"}"#,
    },
    Overflow {
        name: "openrouter",
        summary: "OpenRouter's words, which speak of an endpoint.",
        status: 400,
        body: r#"{"error":{"message":"This endpoint's maximum context length is 131072 tokens. However, you requested about 141607 tokens (135607 of text input, 6000 in the output). Please reduce the length of either one, or use the \"middle-out\" transform to compress your prompt automatically.","code":400,"metadata":{"provider_name":"Rehearsal"}}}"#,
    },
];

/// The output asked for does not fit: no overflow of the prompt.
pub const OUTPUT: &[Overflow] = &[
    Overflow {
        name: "output-vllm",
        summary: "vLLM's words for max_tokens beyond the window, though the prompt would fit.",
        status: 400,
        body: r#"{"error":{"message":"'max_tokens' or 'max_completion_tokens' is too large: 64000. This model's maximum context length is 32768 tokens and your request has 203 input tokens (64000 > 32768 - 203).","type":"BadRequestError","param":"max_tokens","code":400}}"#,
    },
    Overflow {
        name: "output-anthropic",
        summary: "Anthropic's words for prompt and max_tokens together beyond the window.",
        status: 400,
        body: r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease input length or `max_tokens` and try again"}}"#,
    },
];
