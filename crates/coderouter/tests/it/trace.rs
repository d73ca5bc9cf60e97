//! Traces that others keep: what a client says of one reaches whoever is asked for it.

use crate::ask::{Ask, Crossing, crossings};
use crate::house::{House, house};
use rehearsal::Seen;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async fn open(crossing: Crossing) -> House {
    let first = house().provider("first", crossing.backend, "status:500, ok");
    first.provider("second", crossing.backend, "ok").open().await
}

/// What both providers of the house saw of a request that the first refused.
async fn seen(crossing: Crossing, headers: &[(&str, &str)]) -> [Seen; 2] {
    let house = open(crossing).await;
    let ask = headers.iter().fold(crossing.ask(), |ask: Ask, (name, value)| ask.header(name, value));
    assert_eq!(house.ask(&ask).await.status(), 200);
    ["first", "second"].map(|name| house.backend(name).requests().pop().expect("a request"))
}

#[tokio::test]
async fn a_clients_trace_goes_on_at_every_backend() {
    for crossing in crossings() {
        for seen in
            seen(crossing, &[("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", "b=2")]).await
        {
            assert_eq!(seen.header("traceparent"), Some(PARENT), "{crossing:?}");
            assert_eq!(seen.header("tracestate"), Some("a=1,b=2"), "{crossing:?}");
        }
    }
}

#[tokio::test]
async fn a_client_without_a_trace_starts_none() {
    for crossing in crossings() {
        let broken = PARENT.to_uppercase();
        let long = format!("a={}", "b".repeat(255)).repeat(20);
        for (headers, parent) in [
            (&[][..], None),
            (&[("tracestate", "a=1")], None),
            (&[("traceparent", broken.as_str()), ("tracestate", "a=1")], None),
            (&[("traceparent", PARENT), ("traceparent", PARENT), ("tracestate", "a=1")], None),
            (&[("traceparent", PARENT), ("tracestate", "no state")], Some(PARENT)),
            (&[("traceparent", PARENT), ("tracestate", &long)], Some(PARENT)),
        ] {
            for seen in seen(crossing, headers).await {
                assert_eq!(seen.header("traceparent"), parent, "{crossing:?} {headers:?}");
                assert_eq!(seen.header("tracestate"), None, "{crossing:?} {headers:?}");
            }
        }
    }
}
