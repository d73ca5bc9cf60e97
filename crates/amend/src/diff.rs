//! What has changed, as a patch.

use similar::TextDiff;

/// A unified diff with three lines of context, as `git apply` and `patch -p1` take it; empty where nothing has changed.
#[must_use]
pub fn diff(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let path = path.trim_start_matches("./").trim_start_matches('/');
    let (old, new) = (name("a", path), name("b", path));
    let lines = TextDiff::from_lines(before, after);
    let old = if before.is_empty() { "/dev/null" } else { &old };
    lines.unified_diff().context_radius(3).header(old, &new).to_string()
}

/// A name with blanks ends with a tab, or `patch` takes its first word only.
fn name(side: &str, path: &str) -> String {
    let end = if path.contains(' ') { "\t" } else { "" };
    format!("{side}/{path}{end}")
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn a_change_has_three_lines_around_it() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let after = before.replace("5\n", "five\n");
        let expected =
            "--- a/etc/p.yaml\n+++ b/etc/p.yaml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n";
        assert_eq!(diff("/etc/p.yaml", before, &after), expected);
    }

    #[test]
    fn a_missing_last_line_end_is_told() {
        let expected = "--- a/p\n+++ b/p\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n";
        assert_eq!(diff("p", "a", "a\nb"), expected);
    }

    #[test]
    fn a_new_file_comes_from_nothing() {
        assert_eq!(diff("p", "", "a\n"), "--- /dev/null\n+++ b/p\n@@ -0,0 +1 @@\n+a\n");
    }

    #[test]
    fn nothing_changed_is_nothing() {
        assert_eq!(diff("p", "a\n", "a\n"), "");
    }
}
