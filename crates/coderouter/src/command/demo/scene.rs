//! The scenes: what an agent asks, what must come of it, and how it is told.

use super::stage::{self, Stage};
use crate::agent::Heard;
use crate::command::talk;
use repair::damage::Damage;
use serde_json::{Value, json};

/// One scene.
pub struct Scene {
    title: &'static str,
    play: Play,
}

#[derive(Clone, Copy)]
enum Play {
    FileTask,
    ChatClient,
    MidStream,
    TextCall,
    Mistake,
}

/// All scenes, in order.
pub const SCENES: &[Scene] = &[
    Scene { title: "an agent creates a file; four providers fail first", play: Play::FileTask },
    Scene { title: "a client of the OpenAI dialect asks the same chain", play: Play::ChatClient },
    Scene { title: "a provider dies in mid-stream; the agent asks again", play: Play::MidStream },
    Scene {
        title: "a model writes its call as text, with mistakes; the agent gets a real one",
        play: Play::TextCall,
    },
    Scene { title: "a client makes a mistake and is told which", play: Play::Mistake },
];

/// What came of a scene.
pub struct Verdict {
    title: &'static str,
    lines: Vec<String>,
    error: Option<String>,
}

impl Scene {
    /// Plays it.
    pub async fn play(&self, stage: &Stage) -> Verdict {
        let mut lines = Vec::new();
        let result = match self.play {
            Play::FileTask => file_task(stage, &mut lines).await,
            Play::ChatClient => chat_client(stage, &mut lines).await,
            Play::MidStream => mid_stream(stage, &mut lines).await,
            Play::TextCall => text_call(stage, &mut lines).await,
            Play::Mistake => mistake(stage, &mut lines).await,
        };
        Verdict { title: self.title, lines, error: result.err().map(|error| format!("{error:#}")) }
    }
}

impl Verdict {
    /// Whether what had to happen happened.
    pub fn succeeded(&self) -> bool {
        self.error.is_none()
    }

    /// Tells it to a person.
    pub fn tell(&self, number: usize) {
        talk::print("");
        talk::print(format!("{number}. {}", self.title));
        for line in &self.lines {
            talk::print(format!("   {line}"));
        }
        match &self.error {
            None => talk::print("   ok"),
            Some(error) => talk::print(format!("   FAILED: {error}")),
        }
    }

    /// The same for scripts.
    pub fn to_json(&self) -> Value {
        json!({ "title": self.title, "ok": self.succeeded(), "account": self.lines, "error": self.error })
    }
}

fn agent_request(messages: &Value) -> Value {
    json!({
        "model": "claude-sonnet-5", "max_tokens": 4096, "stream": true,
        "system": [{ "type": "text", "text": "You are a coding agent." }],
        "tools": [{ "name": "Write", "description": "Writes a file.", "input_schema": {
            "type": "object", "required": ["file_path", "content"],
            "properties": { "file_path": { "type": "string" }, "content": { "type": "string" } },
        } }],
        "messages": messages,
    })
}

async fn file_task(stage: &Stage, lines: &mut Vec<String>) -> anyhow::Result<()> {
    let task = json!({ "role": "user", "content": "Create the file hello.txt with the text hello." });
    let heard = stage.agent().post("/v1/messages", &[], &agent_request(&json!([task]))).await?;
    told(&heard, lines);
    let Some((id, name, arguments)) = heard.call() else { anyhow::bail!("no tool call came") };
    lines.push(format!("the agent was told to run {name}({arguments})"));
    let call = json!({ "role": "assistant", "content": [
        { "type": "tool_use", "id": id, "name": name, "input": arguments },
    ] });
    let result = json!({ "role": "user", "content": [
        { "type": "tool_result", "tool_use_id": id, "content": "File created." },
    ] });
    let heard = stage.agent().post("/v1/messages", &[], &agent_request(&json!([task, call, result]))).await?;
    anyhow::ensure!(!heard.text().is_empty(), "no final answer came");
    lines.push(format!("after its result, the model said: {}", heard.text()));
    Ok(())
}

async fn chat_client(stage: &Stage, lines: &mut Vec<String>) -> anyhow::Result<()> {
    let request = json!({ "model": "gpt-5", "stream": true, "messages": [{ "role": "user", "content": "Say hello." }] });
    let heard = stage.agent().post("/v1/chat/completions", &[], &request).await?;
    told(&heard, lines);
    anyhow::ensure!(heard.status.is_success(), "status {}", heard.status);
    anyhow::ensure!(!heard.text().is_empty(), "no text came");
    lines.push(format!("it got: {}", heard.text()));
    Ok(())
}

async fn mid_stream(stage: &Stage, lines: &mut Vec<String>) -> anyhow::Result<()> {
    let fragile = [("x-coderouter-profile", "fragile")];
    let mut request =
        agent_request(&json!([{ "role": "user", "content": "Create the file a.txt with the text a." }]));
    let heard = stage.agent().post("/v1/messages", &fragile, &request).await?;
    lines.push(format!("streamed from `{}`: \"{}\"", heard.header("x-coderouter-provider"), heard.text()));
    anyhow::ensure!(heard.has_error_event(), "the broken stream did not end with an error");
    lines.push("then an error event, so that the agent knows the answer is not whole".to_owned());
    if let Some(request) = request.as_object_mut() {
        request.remove("stream");
    }
    let heard = stage.agent().post("/v1/messages", &fragile, &request).await?;
    told(&heard, lines);
    let provider = heard.header("x-coderouter-provider");
    anyhow::ensure!(provider == "steady", "the repeat went to `{provider}`");
    lines.push("the repeat went past the provider that had just failed".to_owned());
    Ok(())
}

async fn text_call(stage: &Stage, lines: &mut Vec<String>) -> anyhow::Result<()> {
    let request =
        agent_request(&json!([{ "role": "user", "content": "Create the file b.txt with the text b." }]));
    let heard = stage.agent().post("/v1/messages", &[("x-coderouter-profile", "small")], &request).await?;
    told(&heard, lines);
    lines.push(format!("the model wrote: {}", stage::WRITTEN.replace('\n', " ")));
    let Some((_, name, arguments)) = heard.call() else { anyhow::bail!("no tool call came") };
    lines.push(format!("the agent was told to run {name}({arguments})"));
    anyhow::ensure!(arguments["file_path"] == "b.txt", "the call names another file");
    anyhow::ensure!(!heard.text().contains("tool_call"), "markup came as text: {}", heard.text());
    let line = stage.log().wait_for("tool-repair-applied").await?;
    let was = |id: &str| line["corruptions"].as_array().is_some_and(|ids| ids.iter().any(|it| it == id));
    for damage in Damage::all().filter(|damage| was(damage.id())) {
        lines.push(format!("repaired: {} {}", damage.id(), damage.phrase()));
    }
    Ok(())
}

async fn mistake(stage: &Stage, lines: &mut Vec<String>) -> anyhow::Result<()> {
    let request = json!({ "model": "x", "max_tokens": 10, "messages": [{ "role": "user", "content": 7 }] });
    let heard = stage.agent().post("/v1/messages", &[], &request).await?;
    let message = heard
        .documents()
        .first()
        .and_then(|body| body.pointer("/error/message").cloned())
        .unwrap_or_default();
    lines.push(format!("{} {}", heard.status, message.as_str().unwrap_or("")));
    anyhow::ensure!(heard.status.as_u16() == 400, "status {}", heard.status);
    Ok(())
}

/// Who was passed over and why, who answered, and how long it took.
fn told(heard: &Heard, lines: &mut Vec<String>) {
    let chain = heard.header("x-coderouter-fallback-chain");
    if !chain.is_empty() {
        let left = chain.split('>').map(str::trim);
        for (provider, reason) in
            left.zip(heard.header("x-coderouter-fallback-reason").split(',').map(str::trim))
        {
            lines.push(format!("{provider:<12} left: {reason}"));
        }
    }
    let provider = heard.header("x-coderouter-provider");
    let (first, took) = (heard.first_byte.as_secs_f64() * 1e3, heard.took.as_secs_f64() * 1e3);
    lines.push(format!(
        "{provider:<12} answered {} (first byte {first:.1} ms, whole {took:.1} ms)",
        heard.status.as_u16()
    ));
}
