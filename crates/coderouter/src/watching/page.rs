//! The dashboard's files, in the binary. They hold no data.

/// What the page may load and do: its own files, and asking this server.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One file.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    path: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! file {
    ($kind:expr, $name:literal) => {
        Page {
            path: concat!("/dashboard/", $name),
            kind: $kind,
            text: include_str!(concat!("../dashboard/", $name)),
        }
    };
}

static PAGES: &[Page] = &[
    Page { path: "/dashboard", ..file!(HTML, "page.html") },
    file!(CSS, "style.css"),
    file!(SCRIPT, "script.js"),
    file!(SCRIPT, "charts.js"),
    file!(SCRIPT, "details.js"),
    file!(SCRIPT, "dom.js"),
    file!(SCRIPT, "feed.js"),
    file!(SCRIPT, "live.js"),
    file!(SCRIPT, "panels.js"),
    file!(SCRIPT, "providers.js"),
    file!(SCRIPT, "requests.js"),
    file!(SCRIPT, "words.js"),
];

impl Page {
    /// The file at a path; one slash more at the end does no harm.
    pub fn at(path: &str) -> Option<&'static Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        PAGES.iter().find(|page| page.path == path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_that_a_script_asks_for_is_there() {
        for page in PAGES.iter().filter(|page| page.kind == SCRIPT) {
            for line in page.text.lines().filter(|line| line.trim_start().starts_with("import ")) {
                let name = line.split(['"', '\'']).nth(1).unwrap_or_default();
                let path = format!("/dashboard/{}", name.trim_start_matches("./"));
                assert!(Page::at(&path).is_some(), "{}: {line}", page.path);
            }
        }
    }

    #[test]
    fn the_page_loads_nothing_from_elsewhere() {
        for page in PAGES {
            let text = page.text.replace("http://www.w3.org/", "");
            for word in ["src=\"http", "href=\"http", "src=\"//", "@import", "eval(", "innerHTML"] {
                assert!(!text.contains(word), "{}: {word}", page.path);
            }
        }
        assert!(!PAGES[0].text.contains("<script>") && !PAGES[0].text.contains(" style="));
    }
}
