//! What a plan looks like from the outside, before and after.

use crate::ask::{Anthropic, Ask, Plain};
use crate::house::{House, house};
use crate::routes::{get, send};
use serde_json::Value;

async fn post(house: &House, target: &str, ask: &Ask) -> Value {
    let body = String::from_utf8(ask.bytes()).expect("JSON in UTF-8");
    let answer = send(house, "POST", target, &body).await;
    assert_eq!(answer.head.status, 200);
    serde_json::from_slice(&answer.body).expect("JSON")
}

#[tokio::test]
async fn a_plan_is_told_without_being_followed() {
    let house = house()
        .provider_with("dear", Anthropic, "ok", "paid: true")
        .provider("free", Anthropic, "ok")
        .open()
        .await;
    let plan = post(&house, "/v1/route", &Ask::new(Anthropic, Plain).with("system", "be kind")).await;
    assert_eq!(plan["profile"], "main");
    assert_eq!(plan["providers"][0]["verdict"], "skip");
    assert_eq!(plan["providers"][0]["reason"], "paid-gate");
    assert_eq!(plan["providers"][1]["turn"], 1);
    assert!(plan["table"].as_str().expect("a table").contains("paid-gate"), "{plan}");
    assert_eq!(house.backend("free").requests().len() + house.backend("dear").requests().len(), 0);
}

#[tokio::test]
async fn a_recent_request_is_told_by_its_id() {
    let house = house().provider("first", Anthropic, "500").provider("second", Anthropic, "ok").open().await;
    let heard = house.ask(&Ask::new(Anthropic, Plain)).await;
    let id = heard.header("x-request-id").to_owned();
    for path in [format!("/v1/route/{id}"), "/v1/route/last".to_owned()] {
        let (_, told) = get(&house, &path).await;
        assert_eq!((&told["request_id"], &told["answered_by"]), (&Value::from(id.clone()), &"second".into()));
        assert_eq!(told["hops"][0]["reason"], "upstream-5xx");
        assert_eq!(told["hops"][0]["detail"], "status=500");
    }
    for nobody in ["/v1/route/req_zzz", "/v1/route/"] {
        assert_eq!(get(&house, nobody).await.0, 404, "{nobody}");
    }
}

#[tokio::test]
async fn the_health_of_all_is_one_page() {
    let house = house()
        .root("health_cache: {failure_threshold: 1}")
        .provider("broken", Anthropic, "500")
        .provider("fine", Anthropic, "ok")
        .provider("unasked", Anthropic, "ok")
        .open()
        .await;
    house.ask(&Ask::new(Anthropic, Plain)).await;
    let (_, page) = get(&house, "/v1/health").await;
    assert_eq!(page["status"], "degraded");
    assert_eq!(page["providers"]["broken"]["healthy"], false);
    assert_eq!(page["providers"]["broken"]["consecutive_failures"], 1);
    assert!(page["providers"]["broken"]["unhealthy_until"].as_f64().expect("a time") > 1e9);
    assert_eq!(page["providers"]["fine"]["healthy"], true);
    assert_eq!(page["providers"]["unasked"]["healthy"], true);
    assert_eq!(page["providers"]["unasked"]["last_check"], 0.0);
}
