//! A model that reads what it is asked, well or badly: what the doctor examines in tests.

use rehearsal::{Act, Reply, Response, Script, Seen, Stop, ToolCall, Usage};
use serde_json::{Value, json};

/// How it calls tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tools {
    Structured,
    Written,
    None,
    /// The server refuses requests with tools.
    Refused,
}

/// What becomes of a prompt that its window does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// The front is cut without a word.
    Cut,
    /// It is refused in the words of OpenAI's API.
    Refused,
}

/// How it is.
#[derive(Clone, Debug)]
pub struct Model {
    pub name: &'static str,
    /// In tokens, four characters each.
    pub window: usize,
    pub beyond: Beyond,
    /// Whether `options.num_ctx` of the request is obeyed.
    pub obeys_num_ctx: bool,
    pub tools: Tools,
    /// Whether it calls a tool whatever it is asked.
    pub is_eager: bool,
    /// What stands in its text before an answer it has thought about.
    pub leaks: &'static str,
    /// The most words it says, unless `options.num_predict` says more.
    pub predicts: Option<usize>,
    /// The key it wants.
    pub key: Option<&'static str>,
    /// What it says to a conversation with a tool's result, instead of an answer.
    pub result_error: Option<&'static str>,
}

impl Default for Model {
    /// A model that does all that agents need.
    fn default() -> Self {
        Self {
            name: "m",
            window: 200_000,
            beyond: Beyond::Refused,
            obeys_num_ctx: false,
            tools: Tools::Structured,
            is_eager: false,
            leaks: "",
            predicts: None,
            key: None,
            result_error: None,
        }
    }
}

impl Model {
    /// The script of a server that has this model alone.
    pub fn script(self) -> Script {
        let name = self.name;
        Script::function(move |seen| self.answer(seen)).models([name])
    }

    fn answer(&self, seen: &Seen) -> Act {
        let body = seen.json();
        if self.key.is_some_and(|key| seen.header("authorization") != Some(&format!("Bearer {key}"))) {
            return Response::status(401).into();
        }
        if body["model"] != self.name {
            return Response::status(404).message(format!("model '{}' not found", body["model"])).into();
        }
        let mut prompt = texts(&body["messages"]).join("\n");
        let asked = body["options"]["num_ctx"].as_u64().filter(|_| self.obeys_num_ctx);
        let window = asked.map_or(self.window, |asked| asked as usize);
        let tokens = seen.body.len() / 4;
        if tokens > window {
            if self.beyond == Beyond::Refused {
                let text = format!(
                    "This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens."
                );
                return Response::status(400).message(text).into();
            }
            prompt = prompt[prompt.len().saturating_sub(window * 4)..].to_owned();
        }
        let usage = Usage::of(tokens.min(window) as u64, 5);
        match self.said(&body, &prompt) {
            Ok(reply) => self.shortened(reply, &body).usage(usage).into(),
            Err(refusal) => refusal.into(),
        }
    }

    /// What it says to a prompt as far as it has read it.
    fn said(&self, body: &Value, prompt: &str) -> Result<Reply, Response> {
        let has_tools = body["tools"].as_array().is_some_and(|tools| !tools.is_empty());
        let last = body["messages"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
        if has_tools && self.tools == Tools::Refused {
            return Err(Response::status(400).message(format!("{} does not support tools", self.name)));
        }
        if last.to_string().contains("image") {
            return Err(Response::status(400).message("image input is not supported"));
        }
        if last["role"] == "tool" {
            return match self.result_error {
                Some(error) => Err(Response::status(500).message(error)),
                None => Ok(Reply::words(&format!("It says {}", prompt.lines().last().unwrap_or_default()))),
            };
        }
        let wanted = texts(&json!([last])).join(" ");
        if has_tools && (self.is_eager || wanted != "hello") {
            return Ok(self.called(&wanted));
        }
        Ok(match () {
            () if last["role"] == "assistant" => Reply::text(" 6 7 8 9 10 11 12"),
            () if prompt.contains("ZEBRA-MOON-847") => Reply::text("ZEBRA-MOON-847"),
            () if wanted.contains("code word") => Reply::text("I was told no word."),
            () if wanted.contains("Count") => {
                Reply::words(&(1..=30).map(|number| number.to_string()).collect::<Vec<_>>().join(" "))
            }
            () if wanted.contains("step by step") => Reply::text(format!("{}51", self.leaks)),
            () => Reply::text("PONG"),
        })
    }

    fn called(&self, wanted: &str) -> Reply {
        let (tool, arguments) = match wanted.contains("Write tool") {
            true => ("Write", json!({"file_path": "pong.txt", "content": "PONG"})),
            false => ("echo", json!({"message": "probe"})),
        };
        match self.tools {
            Tools::Structured => {
                let reply = Reply::call(tool, &arguments);
                if wanted.contains("twice") { reply.part(ToolCall::new(tool, &arguments)) } else { reply }
            }
            Tools::Written => {
                let call = json!({"name": tool, "arguments": arguments});
                Reply::text(format!("<tool_call>{call}</tool_call>"))
            }
            Tools::None | Tools::Refused => Reply::words("I can't read or write files."),
        }
    }

    /// The reply as far as the server lets it speak.
    fn shortened(&self, reply: Reply, body: &Value) -> Reply {
        let Some(most) = self.predicts else { return reply };
        let most = body["options"]["num_predict"].as_u64().map_or(most, |told| told as usize);
        let Some(rehearsal::Part::Text(words)) = reply.parts.first() else { return reply };
        if words.len() <= most {
            return reply;
        }
        Reply::words(&words[..most].concat()).stop(Stop::MaxTokens)
    }
}

/// All texts of messages, in order.
fn texts(messages: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    for message in messages.as_array().into_iter().flatten() {
        match &message["content"] {
            Value::String(text) => texts.push(text.clone()),
            parts => texts.extend(
                parts
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|part| part["text"].as_str().map(str::to_owned)),
            ),
        }
    }
    texts
}
