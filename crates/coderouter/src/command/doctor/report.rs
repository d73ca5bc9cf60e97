//! The findings for people, in the layout of the Python program: the name of a probe, dots and its badge on one line.

use super::super::plain::{padded, plain, width};
use super::super::talk;
use super::Seen;
use crate::doctor::{Course, Examined, Finding, PROBES, Probe, Standing, Verdict};
use canon::config::{Facts, Support};
use serde_json::json;

/// The rule under a title.
const RULE: usize = 60;

pub(super) fn print(seen: &Seen) {
    for (at, examined) in seen.examined.iter().enumerate() {
        if at > 0 {
            talk::print("");
        }
        let facts = seen.loaded.config.provider(&examined.name).map(|provider| &provider.facts);
        provider(examined, facts);
    }
    if seen.examined.len() > 1 {
        table(&seen.examined);
    }
    if !seen.standings.is_empty() {
        talk::print("\nProfiles:");
        seen.standings.iter().for_each(chain);
    }
    let worst = seen.examined.iter().map(Examined::worst).max_by_key(|verdict| verdict.gravity());
    talk::print(format!("\nSummary: {}", summary(&seen.examined, worst.unwrap_or(Verdict::Skip))));
    talk::print(format!("Exit: {}", super::exit(seen)));
}

/// How things stand once changes were tried.
pub(super) fn after(seen: &Seen, course: Course) {
    if course == Course::Apply {
        return;
    }
    for one in &seen.examined {
        let left: Vec<&str> =
            one.findings.iter().filter(|it| it.verdict.gravity() > 0).map(|it| it.probe).collect();
        let words = if left.is_empty() { "well".to_owned() } else { format!("still: {}", left.join(", ")) };
        talk::print(format!("  {} …… {} {words}", plain(&one.name), one.worst().badge()));
    }
    seen.standings.iter().for_each(chain);
}

/// All verdicts at a glance: a row a provider, a column a probe, named by its number.
fn table(examined: &[Examined]) {
    let wide = examined.iter().map(|one| width(&one.name)).max().unwrap_or(0);
    let probes: Vec<&Probe> =
        PROBES.iter().filter(|probe| examined.iter().any(|one| one.finding(probe.name).is_some())).collect();
    let numbers: String = (1..=probes.len()).map(|number| format!("{number:>3}")).collect();
    talk::print(format!(
        "\nVerdicts (+ well, ! to be tuned, x not usable, . left out):\n  {}{numbers}",
        " ".repeat(wide)
    ));
    for one in examined {
        let marks: String =
            probes.iter().map(|probe| format!("{:>3}", mark(one.finding(probe.name)))).collect();
        talk::print(format!("  {}{marks}", padded(&plain(&one.name), wide)));
    }
    let names: Vec<String> =
        probes.iter().enumerate().map(|(at, probe)| format!("{} {}", at + 1, probe.name)).collect();
    for line in names.chunks(6) {
        talk::print(format!("  {}", line.join(", ")));
    }
}

fn mark(finding: Option<&Finding>) -> char {
    match finding.map(|finding| finding.verdict) {
        Some(Verdict::Ok) => '+',
        Some(Verdict::NeedsTuning) => '!',
        Some(verdict) if verdict.is_blocker() => 'x',
        _ => '.',
    }
}

fn provider(examined: &Examined, facts: Option<&Facts>) {
    talk::print(format!("coderouter doctor --check-model {}", plain(&examined.name)));
    talk::print("─".repeat(RULE));
    talk::print(format!("provider: {}", plain(&examined.name)));
    talk::print(format!("  kind:     {}", examined.kind));
    talk::print(format!("  base_url: {}", plain(&examined.base_url)));
    talk::print(format!(
        "  model:    {}",
        plain(examined.model.as_deref().unwrap_or("(the backend's choice)"))
    ));
    if let Some(facts) = facts {
        let window = facts.max_context_tokens.map_or("unknown".to_owned(), |tokens| tokens.to_string());
        talk::print(format!(
            "  declared: tools {}, thinking {}, vision {}, context {window}",
            support(facts.tools),
            support(facts.thinking),
            support(facts.vision)
        ));
    }
    talk::print("Probes:");
    let count = examined.findings.len();
    let is_blocked = examined.findings.first().is_some_and(|first| first.verdict != Verdict::Ok);
    let told = if is_blocked { 1 } else { count };
    for (at, found) in examined.findings.iter().take(told).enumerate() {
        finding(found, at + 1, count);
    }
    if told < count {
        talk::print(format!("  the other {} …… {}", count - told, Verdict::Skip.badge()));
    }
}

fn finding(finding: &Finding, at: usize, of: usize) {
    let took = match finding.took.as_secs_f32() {
        took if took >= 0.05 => format!(" ({took:.1} s)"),
        _ => String::new(),
    };
    let head = format!("  [{at}/{of}] {} …… {}", finding.probe, finding.verdict.badge());
    let detail = plain(&finding.detail);
    if finding.verdict.gravity() == 0 {
        talk::print(format!("{head}  {detail}{took}"));
    } else {
        talk::print(format!("{head}{took}"));
        talk::print(format!("      {detail}"));
    }
    if let Some(feels) = finding.feels {
        talk::print(format!("      you will feel: {feels}"));
    }
    for advice in &finding.advice {
        talk::print(format!("      do: {}", plain(advice)));
    }
    for (at, fix) in finding.fixes.iter().enumerate() {
        let or = if at == 0 { "Suggested patch" } else { "Or, if that does not help" };
        talk::print(format!("      {or} → {}:", fix.target.file()));
        for line in fix.yaml().lines() {
            talk::print(format!("        {}", plain(line)));
        }
    }
}

fn chain(standing: &Standing) {
    talk::print(format!("  {} …… {}", plain(&standing.profile), standing.verdict.badge()));
    talk::print(format!("      {}", plain(&standing.words)));
}

fn support(support: Support) -> &'static str {
    match support {
        Support::Yes => "yes",
        Support::No => "no",
        Support::Unknown => "unknown",
    }
}

fn summary(examined: &[Examined], worst: Verdict) -> String {
    let count = |gravity| examined.iter().filter(|one| one.worst().gravity() == gravity).count();
    let (well, tuning, blocked) = (count(0), count(1), count(2));
    let has_patch = examined.iter().any(|one| one.findings.iter().any(|finding| !finding.fixes.is_empty()));
    let next = match worst.gravity() {
        0 => "all is well",
        _ if has_patch => "`coderouter doctor --fix` tries the patches and writes what helps",
        _ => "see the lines that begin with `do:`",
    };
    format!("{well} well, {tuning} to be tuned, {blocked} not usable; {next}")
}

/// The list of probes.
pub(super) fn probes(as_json: bool) {
    if as_json {
        let list: Vec<_> =
            PROBES.iter().map(|probe| json!({"name": probe.name, "about": probe.about})).collect();
        return talk::print_json(&json!(list));
    }
    for probe in PROBES {
        talk::print(format!("{:<16} {}", probe.name, probe.about));
    }
}
