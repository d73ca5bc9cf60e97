//! What is told of the process itself.

use super::{check, event, lines};
use canon::event::{Fact, Level, Notice, Started};

#[test]
fn the_process() {
    let mut started = event(Fact::Started(Box::new(Started {
        version: "0.1.0",
        providers: vec!["a".into(), "b".into()],
        profiles: vec!["coding".into()],
        allow_paid: true,
        default_profile: "coding".into(),
        mode_source: "config",
    })));
    started.request = None;
    let (json, short) = lines(&started);
    assert_eq!(
        json,
        "{\"ts\":\"2026-02-03T04:05:06.789Z\",\"level\":\"INFO\",\"logger\":\"coderouter\",\
         \"msg\":\"coderouter-startup\",\"version\":\"0.1.0\",\"providers\":[\"a\",\"b\"],\
         \"profiles\":[\"coding\"],\"allow_paid\":true,\"default_profile\":\"coding\",\"mode_source\":\"config\"}\n"
    );
    assert_eq!(short, "04:05:06 coderouter 0.1.0, profile coding, providers a, b, paid ones too\n");
    check(Fact::Stopped, "INFO", r#""coderouter-shutdown""#, "coderouter stopped");
    let notice = |level| {
        let fields = vec![("path", "~/x.yaml".to_owned()), ("hint", "say \"so\"".to_owned())];
        Fact::Notice(Notice { name: "config-reload-failed", level, fields })
    };
    let payload = r#""config-reload-failed","path":"~/x.yaml","hint":"say \"so\"""#;
    check(
        notice(Level::Error),
        "ERROR",
        payload,
        "error: config-reload-failed path=~/x.yaml hint=say \"so\"",
    );
    check(notice(Level::Debug), "DEBUG", payload, "");
}
