//! What clients ask, in both dialects, and the crossings of the two.

use crate::heard::Heard;
use crate::house::House;
use rehearsal::Dialect;
use serde_json::{Value, json};

/// The model clients ask for; no backend is asked for it.
pub(crate) const MODEL: &str = "asked-model";

pub(crate) use Dialect::{Anthropic, OpenAi};

/// Whether a client asks for a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Stream,
}

pub(crate) use Form::{Plain, Stream};

/// A client's dialect, a backend's, and the form that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crossing {
    pub(crate) client: Dialect,
    pub(crate) backend: Dialect,
    pub(crate) form: Form,
}

/// Every client in front of every kind of backend, in both forms.
pub(crate) fn crossings() -> impl Iterator<Item = Crossing> {
    let pairs =
        [(Anthropic, Anthropic), (Anthropic, OpenAi), (OpenAi, Anthropic), (OpenAi, OpenAi)].into_iter();
    pairs.flat_map(|(client, backend)| [Plain, Stream].map(|form| Crossing { client, backend, form }))
}

/// The crossings of streams.
pub(crate) fn streams() -> impl Iterator<Item = Crossing> {
    crossings().filter(|crossing| crossing.form == Stream)
}

impl Crossing {
    /// A short question.
    pub(crate) fn ask(self) -> Ask {
        Ask::new(self.client, self.form)
    }
}

/// One request of a client.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) client: Dialect,
    pub(crate) form: Form,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Json(Value),
    Bytes(Vec<u8>),
}

impl Ask {
    /// A short question.
    pub(crate) fn new(client: Dialect, form: Form) -> Self {
        let messages = json!([{ "role": "user", "content": "Hello?" }]);
        let (target, mut body) = match client {
            Anthropic => {
                ("/v1/messages", json!({ "model": MODEL, "max_tokens": 1000, "messages": messages }))
            }
            OpenAi => ("/v1/chat/completions", json!({ "model": MODEL, "messages": messages })),
        };
        if form == Stream {
            body["stream"] = true.into();
            if client == OpenAi {
                body["stream_options"] = json!({ "include_usage": true });
            }
        }
        Self { client, form, target: target.to_owned(), headers: Vec::new(), body: Body::Json(body) }
    }

    /// The same with a body of its own, JSON or not.
    pub(crate) fn carrying(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes(body.into());
        self
    }

    /// The same with another value of a field.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        if let Body::Json(body) = &mut self.body {
            body[field] = value.into();
        }
        self
    }

    /// The same without a field.
    pub(crate) fn without(mut self, field: &str) -> Self {
        if let Body::Json(Value::Object(body)) = &mut self.body {
            body.remove(field);
        }
        self
    }

    /// The same with a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same at another target.
    pub(crate) fn at(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// The same of a client that asks to see what the model thinks.
    pub(crate) fn thinking(self) -> Self {
        match self.client {
            Dialect::Anthropic => self.with("thinking", json!({ "type": "adaptive" })),
            Dialect::OpenAi => self.with("reasoning_effort", "low"),
        }
    }

    /// The same with the tools `Read` and `Write` declared.
    pub(crate) fn tools(self) -> Self {
        let client = self.client;
        self.with("tools", ["Read", "Write"].map(|name| tool(client, name)).to_vec())
    }

    /// The bytes of the body.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Body::Json(value) => value.to_string().into_bytes(),
            Body::Bytes(bytes) => bytes.clone(),
        }
    }

    /// The whole request as it goes over the line.
    pub(crate) fn raw(&self, house: &House) -> Vec<u8> {
        let body = self.bytes();
        let mut head = format!("POST {} HTTP/1.1\r\nhost: {}\r\n", self.target, house.address);
        if !self.headers.iter().any(|(name, _)| name == "content-type") {
            head.push_str("content-type: application/json\r\n");
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        [head.as_bytes(), &body].concat()
    }

    /// Whether the answer to this request says what it cost.
    pub(crate) fn wants_usage(&self) -> bool {
        match (&self.body, self.form) {
            (_, Plain) => true,
            (Body::Json(body), Stream) => {
                self.client == Anthropic || body["stream_options"]["include_usage"] == true
            }
            (Body::Bytes(_), Stream) => self.client == Anthropic,
        }
    }
}

impl House {
    /// Asks over a connection of its own and hears the answer to its end. Every answer is checked against its
    /// dialect's grammar.
    pub(crate) async fn ask(&self, ask: &Ask) -> Heard {
        let mut line = self.connect().await;
        line.send(ask.raw(self)).await;
        Heard::read(ask, line.answer().await.expect("an answer"))
    }
}

fn tool(client: Dialect, name: &str) -> Value {
    let schema = json!({ "type": "object", "properties": { "file_path": { "type": "string" } } });
    let description = format!("The tool {name}.");
    match client {
        Anthropic => json!({ "name": name, "description": description, "input_schema": schema }),
        OpenAi => json!({
            "type": "function",
            "function": { "name": name, "description": description, "parameters": schema },
        }),
    }
}
