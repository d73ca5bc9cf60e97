//! What must not be left behind: silenced lints and tests, and unfinished places.

use super::Finding;
use crate::rust::Lines;
use crate::workspace::{TextFile, Workspace};

/// Each in two halves, so that a plain search of the tree finds leftovers and not this list.
const IN_CODE: &[(&str, &str, &str)] = &[
    ("#[al", "low(", "expect the lint with a reason instead"),
    ("#![al", "low(", "expect the lint with a reason instead"),
    ("#[ig", "nore", "a test that needs more than cargo lives in `e2e/`"),
    ("should_", "panic", "assert on the value instead"),
    ("to", "do!(", "finish it or leave it out"),
    ("unimple", "mented!(", "finish it or leave it out"),
];

const IN_REMARKS: &[(&str, &str, &str)] = &[("FIX", "ME", "mend it now"), ("XX", "X", "mend it now")];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.rust().flat_map(judge).collect()
}

fn judge(file: &TextFile) -> Vec<Finding> {
    let lines = Lines::of(&file.text);
    let in_code = IN_CODE.iter().map(|leftover| (leftover, &file.rust.code));
    let in_remarks = IN_REMARKS.iter().map(|leftover| (leftover, &file.rust.remarks));
    let mut findings = Vec::new();
    for ((head, tail, cure), text) in in_code.chain(in_remarks) {
        let leftover = format!("{head}{tail}");
        let places = text.match_indices(&leftover).map(|(at, _)| lines.at(at));
        findings.extend(places.map(|line| Finding::new(&file.path, line, format!("`{leftover}`: {cure}"))));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{IN_CODE, IN_REMARKS, check};
    use crate::workspace::Workspace;

    #[test]
    fn every_leftover_is_found_in_code() {
        for (head, tail, cure) in IN_CODE {
            let text = format!("// {head}{tail}\nfn f() {{}}\n{head}{tail}");
            let found: Vec<_> =
                check(&Workspace::of(&[("a.rs", &text)])).iter().map(ToString::to_string).collect();
            assert_eq!(found, [format!("a.rs:3: `{head}{tail}`: {cure}")]);
        }
    }

    #[test]
    fn marks_are_found_in_comments_but_not_in_texts() {
        for (head, tail, cure) in IN_REMARKS {
            let text = format!("f(\"{head}{tail}\");\n// {head}{tail}: later");
            let found: Vec<_> =
                check(&Workspace::of(&[("a.rs", &text)])).iter().map(ToString::to_string).collect();
            assert_eq!(found, [format!("a.rs:2: `{head}{tail}`: {cure}")]);
        }
    }
}
