//! The findings for programs.

use super::Seen;
use crate::doctor::{Examined, Finding, Fix, Standing};
use canon::config::Word;
use serde_json::{Value, json};

pub(super) fn document(seen: &Seen) -> Value {
    json!({
        "config": seen.loaded.path,
        "providers": seen.examined.iter().map(provider).collect::<Vec<_>>(),
        "profiles": seen.standings.iter().map(chain).collect::<Vec<_>>(),
        "exit": super::exit(seen),
    })
}

fn provider(examined: &Examined) -> Value {
    let server = &examined.server;
    let learned = examined.learned();
    json!({
        "name": examined.name,
        "kind": examined.kind,
        "base_url": examined.base_url,
        "model": examined.model,
        "verdict": examined.worst().word(),
        "seconds": examined.took.as_secs_f64(),
        "server": {
            "program": server.kind.program().unwrap_or("unknown"),
            "version": server.version,
            "context": server.context,
            "trained": server.trained,
            "slots": server.slots,
            "capabilities": server.capabilities,
        },
        "learned": {
            "context": learned.context,
            "tools": learned.tools.map(|form| form.word()),
            "parallel_tools": learned.parallel,
            "tool_samples": learned.tool_samples.map(|samples| [samples.well, samples.asked]),
            "thinking": learned.thinking.map(|form| form.word()),
            "vision": learned.vision,
            "prefill": learned.prefill.map(|prefill| prefill.word()),
            "cache": learned.cache,
        },
        "probes": examined.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "name": finding.probe,
        "verdict": finding.verdict.word(),
        "detail": finding.detail,
        "feels": finding.feels,
        "advice": finding.advice,
        "fixes": finding.fixes.iter().map(fix).collect::<Vec<_>>(),
        "seconds": finding.took.as_secs_f64(),
    })
}

fn fix(fix: &Fix) -> Value {
    json!({ "file": fix.target.file(), "why": fix.why, "patch": fix.yaml() })
}

fn chain(standing: &Standing) -> Value {
    json!({ "name": standing.profile, "verdict": standing.verdict.word(), "detail": standing.words })
}
