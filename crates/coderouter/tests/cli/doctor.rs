//! The doctor: each symptom that can be made is made; it is named, what a configuration can cure is cured, and the agent
//! works then.

mod shown;

use crate::model::{Beyond, Model, Tools};
use crate::process::{Home, Server};
use rehearsal::{Backend, Mishap, Point, Refused, Reply, Response, Script};
use serde_json::{Value, json};

/// A configuration with these providers, each by its name, base URL and further lines.
fn yaml(providers: &[(&str, &str, &str)]) -> String {
    let mut text = String::from("# mine\nproviders:\n");
    for (name, url, more) in providers {
        text.push_str(&format!("  - name: {name}   # keep\n    base_url: {url}\n    model: m\n"));
        more.lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    let names: Vec<&str> = providers.iter().map(|(name, ..)| *name).collect();
    text.push_str(&format!("profiles:\n  - name: default\n    providers: [{}]\n", names.join(", ")));
    text
}

/// What the doctor says for programs: its exit code and the document.
fn examined(home: &Home, more: &[&str], env: &[(&str, &str)]) -> (i32, Value) {
    let mut arguments = vec!["doctor", "--json", "--config", "providers.yaml", "--timeout", "20"];
    arguments.extend(more);
    let output = home.command(&arguments).envs(env.iter().copied()).output().unwrap();
    let document = serde_json::from_slice(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), document.unwrap_or_else(|error| panic!("{error}: {said}")))
}

fn probe<'a>(document: &'a Value, provider: &str, name: &str) -> &'a Value {
    let providers = document["providers"].as_array().unwrap();
    let provider = providers.iter().find(|one| one["name"] == provider).unwrap();
    let probes = provider["probes"].as_array().unwrap();
    probes.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name} in {provider:#}"))
}

/// One server, one provider `local` with these further lines.
struct Case {
    home: Home,
    _backend: Backend,
}

impl Case {
    async fn new(script: Script, more: &str) -> Self {
        let backend = Backend::start(script).await.unwrap();
        let home = Home::new();
        home.write("providers.yaml", &yaml(&[("local", &backend.base_url(""), more)]));
        Self { home, _backend: backend }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.home.as_ref().join("providers.yaml")).unwrap()
    }

    /// The probe complains in these words, `--fix` writes this, all else stays, and all is well then.
    fn is_cured(&self, name: &str, words: &str, written: &str) {
        let (code, document) = examined(&self.home, &[], &[]);
        let found = probe(&document, "local", name);
        assert_eq!((code, found["verdict"].as_str()), (2, Some("needs_tuning")), "{document:#}");
        assert!(found["detail"].as_str().unwrap().contains(words), "`{words}` is not in {found:#}");
        assert!(found["feels"].is_string(), "{found:#}");
        let before = self.text();
        let (code, document) = examined(&self.home, &["--fix"], &[]);
        assert_eq!(code, 0, "{document:#}");
        let after = self.text();
        assert!(after.contains(written), "`{written}` is not in\n{after}\n{document:#}");
        let kept = before.lines().filter(|line| !after.lines().any(|new| new == *line)).count();
        assert!(kept <= 1, "more than one line is another now:\n{after}");
        let (code, document) = examined(&self.home, &["--fix"], &[]);
        assert_eq!((code, self.text()), (0, after), "a second run changes nothing: {document:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_model_is_well() {
    let case = Case::new(Model::default().script(), "").await;
    let (code, document) = examined(&case.home, &[], &[]);
    assert_eq!(code, 0, "{document:#}");
    assert_eq!(document["profiles"][0]["verdict"], "ok");
    let learned = &document["providers"][0]["learned"];
    assert_eq!((&learned["tools"], &learned["parallel_tools"]), (&json!("structured"), &json!(true)));
    assert_eq!(learned["prefill"], "plain");
    for name in ["agent", "tool_streaming", "tool_result", "restraint", "streaming"] {
        assert_eq!(probe(&document, "local", name)["verdict"], "ok", "{document:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_1_words_of_other_programs_are_understood() {
    let case = Case::new(Model::default().script(), "").await;
    let start = ["start", "--profile", "default", "--config", "providers.yaml", "--port", "0"];
    let server = Server::start(case.home.command(&start));
    assert!(server.chat().contains("PONG"));
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_2_a_key_that_is_not_exported() {
    let backend = Backend::start(Model { key: Some("sk-secret-0123456789"), ..Model::default() }.script())
        .await
        .unwrap();
    let home = Home::new();
    home.write("providers.yaml", &yaml(&[("cloud", &backend.base_url(""), "api_key_env: CLOUD_KEY")]));
    let (code, document) = examined(&home, &[], &[]);
    let found = probe(&document, "cloud", "auth+basic-chat");
    assert_eq!((code, found["verdict"].as_str()), (1, Some("auth_fail")));
    assert!(found["advice"][0].as_str().unwrap().contains("CLOUD_KEY is empty or not set"), "{found:#}");
    let (_, document) = examined(&home, &[], &[("CLOUD_KEY", "sk-wrong-0123456789")]);
    assert!(
        probe(&document, "cloud", "auth+basic-chat")["advice"][0].as_str().unwrap().contains("is refused")
    );
    assert!(!document.to_string().contains("sk-wrong"), "no key is shown");
    home.write("keys.env", "CLOUD_KEY=sk-secret-0123456789\n");
    let (code, document) = examined(&home, &["--env-file", "keys.env"], &[]);
    assert_eq!(code, 0, "{document:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_3_a_window_that_cuts_the_front() {
    let model = Model { window: 2_048, beyond: Beyond::Cut, obeys_num_ctx: true, ..Model::default() };
    let case = Case::new(model.script(), "extra_body: {options: {num_ctx: 2048}}").await;
    case.is_cured("num_ctx", "num_ctx is 2048", "num_ctx: 32768");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_3_where_the_server_does_not_obey() {
    let model = Model { window: 2_048, beyond: Beyond::Cut, ..Model::default() };
    let small = Backend::start(model.script()).await.unwrap();
    let large = Backend::start(Model::default().script()).await.unwrap();
    let home = Home::new();
    let options = "extra_body: {options: {num_ctx: 2048}}";
    home.write(
        "providers.yaml",
        &yaml(&[("small", &small.base_url(""), options), ("large", &large.base_url(""), "")]),
    );
    let (code, document) = examined(&home, &["--fix"], &[]);
    assert_eq!(code, 0, "{document:#}");
    let tried = document["mended"]["tried"].as_array().unwrap();
    assert!(tried.iter().any(|one| one["outcome"] == "did_not_help"), "{document:#}");
    let text = std::fs::read_to_string(home.as_ref().join("providers.yaml")).unwrap();
    assert!(text.contains("num_ctx: 2048") && text.contains("max_context_tokens: 2048"), "{text}");
    // Long prompts go to the other one now.
    let server = Server::start(home.command(&["serve", "--config", "providers.yaml", "--port", "0"]));
    let long = format!(
        r#"{{"model":"m","max_tokens":20,"messages":[{{"role":"user","content":"{} What is the code word?"}}]}}"#,
        "ZEBRA-MOON-847 ".to_owned() + &"some more words here. ".repeat(2_000)
    );
    let answer = server.ask("POST", "/v1/messages", &long);
    assert!(answer.contains("x-coderouter-provider: large") && answer.contains("ZEBRA"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_4_answers_that_end_in_the_middle_of_a_word() {
    let case = Case::new(Model { predicts: Some(5), ..Model::default() }.script(), "").await;
    case.is_cured("streaming", "cut off by a limit of the server", "num_predict: 4096");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_5_a_model_that_calls_no_tools() {
    let weak = Backend::start(Model { tools: Tools::None, ..Model::default() }.script()).await.unwrap();
    let able = Backend::start(Model::default().script()).await.unwrap();
    let home = Home::new();
    home.write(
        "providers.yaml",
        &yaml(&[("weak", &weak.base_url(""), ""), ("able", &able.base_url(""), "")]),
    );
    let (code, document) = examined(&home, &["--fix"], &[]);
    assert_eq!(code, 0, "{document:#}");
    assert_eq!(
        document["after"]["profiles"][0]["detail"], "2 of 2 answer; `able` is fit for agents",
        "{document:#}"
    );
    let text = std::fs::read_to_string(home.as_ref().join("providers.yaml")).unwrap();
    assert!(text.contains("capabilities:\n      tools: false"), "{text}");
    let server = Server::start(home.command(&["serve", "--config", "providers.yaml", "--port", "0"]));
    let body = r#"{"model":"m","max_tokens":99,"tools":[{"name":"Write","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Use the Write tool"}]}"#;
    let answer = server.ask("POST", "/v1/messages", body);
    assert!(answer.contains("x-coderouter-provider: able") && answer.contains("tool_use"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_written_as_text_are_no_symptom() {
    let case = Case::new(Model { tools: Tools::Written, ..Model::default() }.script(), "").await;
    let (code, document) = examined(&case.home, &[], &[]);
    assert_eq!(code, 0, "{document:#}");
    assert_eq!(document["providers"][0]["learned"]["tools"], "written");
    assert_eq!(probe(&document, "local", "agent")["verdict"], "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_6_thinking_in_the_text() {
    let model = Model { leaks: "<think>17 times 3</think><|im_end|>", ..Model::default() };
    let case = Case::new(model.script(), "").await;
    let written = "    output_filters:\n      - strip_thinking\n      - strip_stop_markers\n";
    case.is_cured("reasoning-leak", "<think> and <|im_end|>", written);
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_7_a_model_that_is_spelled_wrong() {
    let case = Case::new(Model { name: "qwen3-coder:30b", ..Model::default() }.script(), "").await;
    let text = case.text().replace("model: m", "model: qwen3-coder");
    case.home.write("providers.yaml", &text);
    let (code, document) = examined(&case.home, &[], &[]);
    let found = probe(&document, "local", "auth+basic-chat");
    assert_eq!((code, found["verdict"].as_str()), (1, Some("unsupported")), "{document:#}");
    let (code, document) = examined(&case.home, &["--fix"], &[]);
    assert_eq!(code, 0, "{document:#}");
    assert!(
        case.text().contains("model: qwen3-coder:30b") || case.text().contains("model: \"qwen3-coder:30b\""),
        "{}",
        case.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_8_every_provider_lacks_its_key() {
    let backend =
        Backend::start(Model { key: Some("k-0123456789"), ..Model::default() }.script()).await.unwrap();
    let home = Home::new();
    let url = backend.base_url("");
    home.write(
        "providers.yaml",
        &yaml(&[("one", &url, "api_key_env: ONE_KEY"), ("two", &url, "api_key_env: TWO_KEY")]),
    );
    let (code, document) = examined(&home, &["--quick"], &[]);
    assert_eq!(code, 1);
    assert!(document["profiles"][0]["detail"].as_str().unwrap().contains("exported"), "{document:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_9_a_greeting_becomes_a_call() {
    let case = Case::new(Model { is_eager: true, ..Model::default() }.script(), "").await;
    let (code, document) = examined(&case.home, &[], &[]);
    assert_eq!(code, 2, "{document:#}");
    assert_eq!(probe(&document, "local", "restraint")["verdict"], "needs_tuning");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptoms_10_and_24_a_template_without_tools() {
    let case = Case::new(Model { tools: Tools::Refused, ..Model::default() }.script(), "").await;
    let (code, document) = examined(&case.home, &[], &[]);
    let found = probe(&document, "local", "tool_calls");
    assert_eq!((code, found["verdict"].as_str()), (2, Some("needs_tuning")), "{document:#}");
    assert!(found["fixes"][0]["patch"].as_str().unwrap().contains("tools: false"), "{found:#}");
    assert!(found["advice"].to_string().contains("template has no tools"), "{found:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_26_a_template_without_results() {
    let error = "Unable to generate parser for this template. Jinja Exception: only user and assistant roles";
    let case = Case::new(Model { result_error: Some(error), ..Model::default() }.script(), "").await;
    let (code, document) = examined(&case.home, &[], &[]);
    assert_eq!(code, 2, "{document:#}");
    let found = probe(&document, "local", "tool_result");
    assert!(found["advice"].to_string().contains("--jinja"), "{found:#}");
    assert_eq!(probe(&document, "local", "agent")["verdict"], "needs_tuning", "{document:#}");
}

/// A server that answers every question with this; what the first probe then says, and the advice.
async fn first_words(act: impl Into<rehearsal::Act>, words: &str) {
    let case = Case::new(Script::always(act), "").await;
    let (_, document) = examined(&case.home, &["--quick"], &[]);
    let found = probe(&document, "local", "auth+basic-chat");
    assert_ne!(found["verdict"], "ok", "{found:#}");
    assert!(found.to_string().contains(words), "`{words}` is not in {found:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptoms_11_16_and_more_are_explained() {
    let old = Response::status(500).message("llama_model_load: error: unknown model architecture: 'qwen35'");
    first_words(old, "the server is too old for this model").await;
    first_words(Response::status(429).retry_after("30"), "at its limit").await;
    first_words(Response::html(200), "another program answers there").await;
    let error =
        Response::json(200, &json!({"error": {"message": "model requires more system memory (9 GiB)"}}));
    first_words(error, "does not fit into memory").await;
    first_words(Response::status(402).message("Insufficient credits"), "no credit left").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn symptoms_14_and_15_fields_that_a_backend_refuses_are_left_out() {
    for scenario in ["rejects-thinking", "rejects-context-management", "rejects-output-config"] {
        let backend = Backend::start(Script::from_name(scenario).unwrap()).await.unwrap();
        let home = Home::new();
        let text = yaml(&[("anthropic", &backend.url(), "kind: anthropic")]);
        home.write("providers.yaml", &text);
        let (_, document) = examined(&home, &["--only", "agent"], &[]);
        let found = probe(&document, "anthropic", "agent");
        assert_ne!(found["verdict"], "skip", "{scenario}: {found:#}");
        assert!(!found["detail"].as_str().unwrap().contains("failed"), "{scenario}: {found:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_19_a_stream_that_breaks_off() {
    let broken = Reply::words("one two three four five").answer().fails(Point::Contents(3), Mishap::Close);
    let script = Script::function(move |seen| match seen.json()["stream"] == true {
        true => broken.clone().into(),
        false => Reply::text("PONG").into(),
    });
    let case = Case::new(script, "").await;
    let (_, document) = examined(&case.home, &["--only", "streaming"], &[]);
    let found = probe(&document, "local", "streaming");
    assert!(found["detail"].as_str().unwrap().contains("broke off"), "{document:#}");
}

#[test]
fn symptom_21_a_server_that_is_not_started() {
    let refused = Refused::bind().unwrap();
    let home = Home::new();
    home.write("providers.yaml", &yaml(&[("local", &format!("{}/v1", refused.url()), "")]));
    let (code, document) = examined(&home, &[], &[]);
    let found = probe(&document, "local", "auth+basic-chat");
    assert_eq!((code, found["verdict"].as_str()), (1, Some("transport_error")), "{document:#}");
    assert!(found["advice"].to_string().contains("start"), "{found:#}");
    assert!(document["profiles"][0]["detail"].as_str().unwrap().contains("nobody can be reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_25_a_small_context_is_read_from_the_server() {
    let list = json!({"data": [{"id": "m", "state": "loaded", "type": "llm", "loaded_context_length": 4096,
        "max_context_length": 131_072, "capabilities": ["tool_use"]}]});
    let model = Model { window: 4_096, ..Model::default() };
    let case = Case::new(model.script().at("/api/v0/models", Response::json(200, &list)), "").await;
    let (code, document) = examined(&case.home, &[], &[]);
    let found = probe(&document, "local", "context");
    assert_eq!((code, found["verdict"].as_str()), (2, Some("needs_tuning")), "{document:#}");
    assert!(found.to_string().contains("load the model again with a context length of 32768"), "{found:#}");
    let (_, document) = examined(&case.home, &["--fix"], &[]);
    assert!(case.text().contains("max_context_tokens: 4096"), "{document:#}");
    assert_eq!(probe(&document["after"], "local", "context")["verdict"], "ok", "{document:#}");
    let words = document["after"]["profiles"][0]["detail"].as_str().unwrap();
    assert!(words.contains("nobody in it calls tools and holds an agent's prompt"), "{document:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_25_a_server_without_messages() {
    let missing = Response::status(404).message("Unexpected endpoint or method");
    let script = Model::default().script().at("/v1/messages", missing);
    let backend = Backend::start(script).await.unwrap();
    let home = Home::new();
    home.write("providers.yaml", &yaml(&[("lm", &backend.url(), "kind: anthropic")]));
    let (code, document) = examined(&home, &["--fix"], &[]);
    assert_eq!(code, 0, "{document:#}");
    let text = std::fs::read_to_string(home.as_ref().join("providers.yaml")).unwrap();
    assert!(text.contains("kind: openai_compat") && text.contains("/v1"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn symptom_27_a_name_that_no_table_knows_is_learned() {
    let list =
        json!({"data": [{"id": "m", "state": "loaded", "type": "llm", "loaded_context_length": 40_960}]});
    let model = Model { window: 40_960, ..Model::default() };
    let case = Case::new(model.script().at("/api/v0/models", Response::json(200, &list)), "").await;
    let (code, document) = examined(&case.home, &[], &[]);
    assert_eq!(code, 0, "{document:#}");
    let said = case.home.run(&["models", "--config", "providers.yaml"]);
    assert!(
        said.contains("40960 e") && said.contains("structured 3/3 e") && said.contains("just now"),
        "{said}"
    );
    // Another model is another matter.
    case.home.write("providers.yaml", &case.text().replace("model: m", "model: n"));
    let said = case.home.run(&["models", "--config", "providers.yaml"]);
    assert!(!said.contains("40960") && said.contains("never"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_in_a_dry_run() {
    let model = Model { leaks: "<think>hm</think>", ..Model::default() };
    let case = Case::new(model.script(), "").await;
    let before = case.text();
    for more in [&["--fix", "--dry-run"][..], &["--dry-run"], &["--apply", "--dry-run"]] {
        let (_, document) = examined(&case.home, more, &[]);
        assert!(
            document["mended"]["diffs"][0].as_str().unwrap().contains("+    output_filters"),
            "{document:#}"
        );
        assert_eq!(case.text(), before);
    }
    let (code, document) = examined(&case.home, &["--apply"], &[]);
    assert_eq!(code, 0, "{document:#}");
    assert!(case.text().contains("output_filters:\n      - strip_thinking\n"), "{}", case.text());
    let backup = std::fs::read_to_string(case.home.as_ref().join("providers.yaml.bak")).unwrap();
    assert_eq!(backup, before);
}
