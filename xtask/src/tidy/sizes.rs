//! Files and functions end where a reader's patience does.

use super::Finding;
use crate::rust::functions::{Function, functions};
use crate::workspace::{TextFile, Workspace};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.rust().flat_map(judge).collect()
}

fn judge(file: &TextFile) -> Vec<Finding> {
    let lines = file.text.lines().count();
    let too_long = (lines > FILE_LINES).then(|| {
        Finding::new(&file.path, FILE_LINES + 1, format!("{lines} lines in a file, {FILE_LINES} is the end"))
    });
    let long = functions(&file.rust.code).into_iter().filter(|function| function.lines > FUNCTION_LINES);
    too_long.into_iter().chain(long.map(|function| tell(file, &function))).collect()
}

fn tell(file: &TextFile, function: &Function) -> Finding {
    let Function { name, line, lines } = function;
    Finding::new(&file.path, *line, format!("{lines} lines in `{name}`, {FUNCTION_LINES} is the end"))
}

#[cfg(test)]
mod tests {
    use super::{FILE_LINES, FUNCTION_LINES, check};
    use crate::tidy::expect;
    use crate::workspace::Workspace;

    #[test]
    fn a_file_at_the_limit_passes_and_one_line_more_does_not() {
        let (full, over) = ("//\n".repeat(FILE_LINES), "//\n".repeat(FILE_LINES + 1));
        let tree = Workspace::of(&[("full.rs", &full), ("over.rs", &over), ("long.md", &over)]);
        expect(check, &tree, &["over.rs:401: 401 lines in a file, 400 is the end"]);
    }

    #[test]
    fn a_function_at_the_limit_passes_and_one_line_more_does_not() {
        let function = |lines: usize| format!("\nfn f() {{\n{}}}\n", "    \"}\";\n".repeat(lines - 2));
        let (full, over) = (function(FUNCTION_LINES), function(FUNCTION_LINES + 1));
        let tree = Workspace::of(&[("full.rs", &full), ("over.rs", &over)]);
        expect(check, &tree, &["over.rs:2: 61 lines in `f`, 60 is the end"]);
    }
}
