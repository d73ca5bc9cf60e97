//! Nothing that anybody said, and no key, is in a single byte that leaves.

use super::exporting;
use crate::ask::crossings;
use crate::collector::Collector;
use crate::house::house;
use crate::line::contains;
use rehearsal::{Reply, Response, Script};
use serde_json::json;

const KEY: &str = "sk-canary-0123456789abcdef";
const COLLECTOR_KEY: &str = "collector-canary-0123456789";
/// What no telemetry may hold, wherever in a request or an answer it stood.
const CANARIES: [&str; 3] = [KEY, COLLECTOR_KEY, "blabber"];

#[tokio::test]
async fn no_secret_and_no_text_is_exported() {
    for crossing in crossings() {
        let collector = Collector::start().await;
        let call = Reply::call("blabber_tool", &json!({ "file_path": "blabber" }));
        let said =
            Reply::text("A blabber: <tool_call>{\"name\": \"blabber\", \"arguments\": {'x': 1}</tool_call>");
        let repeats = Response::status(500).message(format!("{KEY}: blabber was said"));
        let script = Script::first(said).then(call.model(format!("model-{KEY}"))).then(repeats.clone());
        let plan = house()
            .provider_with(
                "first",
                crossing.backend,
                Script::first(repeats).then(Reply::words("ok")),
                "api_key_env: THE_KEY",
            )
            .provider_with("second", crossing.backend, script, "api_key_env: THE_KEY\ntool_repair: reask")
            .profile("tool_loop_action: warn")
            .variable("THE_KEY", KEY)
            .variable("OTEL_EXPORTER_OTLP_HEADERS", &format!("x-collector-key={COLLECTOR_KEY}"));
        let house = exporting(plan, &collector).open().await;
        let ask = crossing
            .ask()
            .with("messages", json!([{ "role": "user", "content": "Please blabber." }]))
            .with("blabber_field", "blabber")
            .header("x-coderouter-profile", "main")
            .header("user-agent", "blabber")
            .header("authorization", "Bearer blabber-client-key")
            .tools();
        for _ in 0..3 {
            house.ask(&ask).await;
        }
        let refused = ask.clone().header("x-coderouter-profile", "blabber");
        house.ask(&refused).await;
        let target = format!("{}?blabber=1", ask.target);
        house.ask(&ask.at(&target)).await;
        house.export().await;
        assert!(collector.spans().len() >= 6, "{crossing:?}");
        assert!(!collector.metrics().is_empty());
        for seen in collector.requests() {
            assert_eq!(seen.header("x-collector-key"), Some(COLLECTOR_KEY));
            for canary in CANARIES {
                assert!(!contains(&seen.body, canary.as_bytes()), "{canary} {crossing:?} {}", seen.target);
            }
        }
        assert!(!house.log().contains(COLLECTOR_KEY));
    }
}
