//! opencode on made-up machines.

use super::check;
use crate::hygiene::Verdict::{Info, Ok, Warn};
use crate::hygiene::stage::{Stage, finds};

fn config(url: &str) -> String {
    format!(
        "{{\n  // ours\n  \"provider\": {{\"r\": {{\"options\": {{\"baseURL\": \"{url}\"}}}}, \"other\": {{}}}},\n}}"
    )
}

#[test]
fn a_provider_leads_to_the_router() {
    let of = |path: &str, url: &str| Stage::new(Some("1.18.33"), &[]).with(path, &config(url));
    for path in [".config/opencode/opencode.json", "folder/opencode.jsonc"] {
        finds(check, &of(path, "http://127.0.0.1:4000/v1"), "provider", Ok, "provider.r.options.baseURL");
    }
    let path = "folder/opencode.json";
    finds(check, &of(path, "http://127.0.0.1:4000"), "provider", Warn, "without a path");
    finds(check, &of(path, "http://127.0.0.1:4000/v1").without_router(), "provider", Warn, "nobody listens");
    finds(check, &of(path, "http://127.0.0.1:11434/v1"), "provider", Info, "port 4000: r");
    finds(check, &Stage::new(None, &[]), "provider", Info, "no provider with a baseURL");
    finds(check, &Stage::new(None, &[]), "version", Info, "not on the search path");
    finds(check, &Stage::new(None, &[]).with(path, "{"), "config", Warn, "not valid JSON");
}
