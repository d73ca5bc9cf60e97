//! The requests, as bytes: heads here, bodies of agents in `agent`. All text is made up.

mod agent;
mod prose;

use serde_json::json;

/// A wire of the client or of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions.
    OpenAi,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// One sentence.
    Chat,
    /// One sentence, and tools that the model may call: the router looks for calls in the answer.
    Tools,
    /// What a coding agent sends in the middle of its work, this many bytes long; Anthropic only.
    Agent(usize),
}

/// Whether a stream is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One document.
    Plain,
    /// Events.
    Stream,
}

/// The profile, in the router's configuration, whose only provider speaks this dialect.
pub fn profile(provider: Dialect) -> &'static str {
    match provider {
        Dialect::Anthropic => "anthropic",
        Dialect::OpenAi => "openai",
    }
}

/// The whole request. `provider` picks the router's profile by a header; nginx gets the same bytes.
pub fn bytes(body: Body, form: Form, client: Dialect, provider: Dialect) -> Vec<u8> {
    let body = match body {
        Body::Chat => chat(client, form, 0),
        Body::Tools => chat(client, form, TOOLS),
        Body::Agent(size) => agent::body(size, form),
    };
    let (path, headers) = match client {
        Dialect::Anthropic => ("/v1/messages?beta=true", AGENT_HEADERS),
        Dialect::OpenAi => ("/v1/chat/completions", CHAT_HEADERS),
    };
    let profile = profile(provider);
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}X-CodeRouter-Profile: {profile}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), &body].concat()
}

/// What Claude Code 2.1 sends with every call.
const AGENT_HEADERS: &str = "Accept: application/json\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Content-Type: application/json\r\n\
    User-Agent: claude-cli/2.1.197 (external, sdk-cli)\r\n\
    Authorization: Bearer local\r\n\
    X-Claude-Code-Session-Id: 3b1f5c1e-0d7a-4a55-9d0e-6f6f2b1c7a10\r\n\
    X-Stainless-Arch: x64\r\n\
    X-Stainless-Lang: js\r\n\
    X-Stainless-OS: Linux\r\n\
    X-Stainless-Package-Version: 1.10.0\r\n\
    X-Stainless-Retry-Count: 0\r\n\
    X-Stainless-Runtime: node\r\n\
    X-Stainless-Runtime-Version: v24.3.0\r\n\
    X-Stainless-Timeout: 600\r\n\
    anthropic-beta: claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,effort-2025-11-24\r\n\
    anthropic-dangerous-direct-browser-access: true\r\n\
    anthropic-version: 2023-06-01\r\n\
    x-app: cli\r\n";

const CHAT_HEADERS: &str = "Accept: application/json\r\n\
    Accept-Encoding: gzip, deflate\r\n\
    Content-Type: application/json\r\n\
    User-Agent: OpenAI/Python 3.51.0\r\n\
    Authorization: Bearer local\r\n";

/// How many tools a request with tools declares: as many as Claude Code does.
const TOOLS: usize = 24;

fn chat(client: Dialect, form: Form, tools: usize) -> Vec<u8> {
    let mut body = json!({
        "model": "bench-model",
        "max_tokens": 256,
        "messages": [{"role": "user", "content": "Say in one sentence what a proxy is."}],
    });
    if tools > 0 {
        body["tools"] = (0..tools).map(|number| tool(client, number)).collect();
    }
    if form == Form::Stream {
        body["stream"] = json!(true);
    }
    if form == Form::Stream && client == Dialect::OpenAi {
        body["stream_options"] = json!({"include_usage": true});
    }
    body.to_string().into_bytes()
}

fn tool(client: Dialect, number: usize) -> serde_json::Value {
    const NAMES: [&str; 6] = ["Read", "Write", "Bash", "Search", "Fetch", "Notebook"];
    let name = format!("{}{}", NAMES[number % NAMES.len()], number / NAMES.len());
    let schema = json!({
        "type": "object",
        "properties": {
            "file_path": {"type": "string", "description": "The absolute path of the file."},
            "limit": {"type": "integer", "description": "How many lines, where not all are wanted."},
        },
        "required": ["file_path"],
    });
    match client {
        Dialect::Anthropic => json!({"name": name, "description": "A tool.", "input_schema": schema}),
        Dialect::OpenAi => json!({
            "type": "function",
            "function": {"name": name, "description": "A tool.", "parameters": schema},
        }),
    }
}
