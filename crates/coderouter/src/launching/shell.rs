//! Lines of a shell that make an environment what an agent needs.

use super::environment::{Environment, Value};

/// Whose language the lines are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// Also zsh, dash and every other shell of that kind.
    Bash,
    /// fish.
    Fish,
    /// PowerShell.
    Powershell,
}

impl Shell {
    /// The shell that a path such as `/usr/bin/fish` is of.
    pub fn of(path: Option<&str>) -> Self {
        match path.and_then(|path| path.rsplit('/').next()) {
            Some("fish") => Self::Fish,
            Some("pwsh") => Self::Powershell,
            None if cfg!(windows) => Self::Powershell,
            _ => Self::Bash,
        }
    }

    /// The lines, first those that take away.
    pub fn lines(self, environment: &Environment) -> Vec<String> {
        let unset = environment.unset.iter().map(|name| self.unset(name));
        let set = environment.set.iter().map(|(name, value)| self.set(name, value));
        unset.chain(set).collect()
    }

    /// An argument as it is typed: quoted where it has to be.
    pub fn word(self, argument: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@".contains(c);
        if argument.chars().all(is_plain) { argument.to_owned() } else { self.quoted(argument) }
    }

    fn unset(self, name: &str) -> String {
        match self {
            Self::Bash => format!("unset {name}"),
            Self::Fish => format!("set -e {name}"),
            Self::Powershell => format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue"),
        }
    }

    fn set(self, name: &str, value: &Value) -> String {
        let text = (value.variable.is_none() || !value.text.is_empty()).then(|| self.quoted(&value.text));
        let variable = value.variable.as_deref();
        match self {
            Self::Bash | Self::Fish => {
                let variable = variable.map(|name| format!("\"${name}\"")).unwrap_or_default();
                let keyword = if self == Self::Bash { "export" } else { "set -gx" };
                let between = if self == Self::Bash { "=" } else { " " };
                format!("{keyword} {name}{between}{variable}{}", text.unwrap_or_default())
            }
            Self::Powershell => {
                let parts = variable.map(|name| format!("$env:{name}")).into_iter().chain(text);
                format!("$env:{name} = {}", parts.collect::<Vec<_>>().join(" + "))
            }
        }
    }

    /// A text that the shell takes as it is.
    fn quoted(self, text: &str) -> String {
        match self {
            Self::Bash => format!("'{}'", text.replace('\'', r"'\''")),
            Self::Fish => format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'")),
            Self::Powershell => format!("'{}'", text.replace('\'', "''")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(shell: Shell) -> String {
        let more = Value { variable: Some("B".to_owned()), text: ",c".to_owned() };
        let environment = Environment {
            set: vec![
                ("A", Value::text(r"it's \ $x")),
                ("B", more),
                ("C", Value::of("T")),
                ("D", Value::text("")),
            ],
            unset: vec!["E"],
            ..Environment::default()
        };
        shell.lines(&environment).join("\n")
    }

    #[test]
    fn every_shell_gets_its_own_quoting() {
        let bash = "unset E\nexport A='it'\\''s \\ $x'\nexport B=\"$B\"',c'\nexport C=\"$T\"\nexport D=''";
        let fish =
            "set -e E\nset -gx A 'it\\'s \\\\ $x'\nset -gx B \"$B\"',c'\nset -gx C \"$T\"\nset -gx D ''";
        let power = "Remove-Item Env:E -ErrorAction SilentlyContinue\n$env:A = 'it''s \\ $x'\n\
                     $env:B = $env:B + ',c'\n$env:C = $env:T\n$env:D = ''";
        for (shell, expect) in [(Shell::Bash, bash), (Shell::Fish, fish), (Shell::Powershell, power)] {
            assert_eq!(lines(shell), expect);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_them_back() {
        let script = format!(
            "B=b T=token E=e; {}; printf '%s|' \"$A\" \"$B\" \"$C\" \"$D\" \"${{E-gone}}\"",
            lines(Shell::Bash)
        );
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "it's \\ $x|b,c|token||gone|");
    }

    #[test]
    fn the_shell_of_the_user_is_the_usual_one() {
        for (path, expect) in [
            (Some("/usr/bin/fish"), Shell::Fish),
            (Some("/bin/zsh"), Shell::Bash),
            (Some("pwsh"), Shell::Powershell),
        ] {
            assert_eq!(Shell::of(path), expect);
        }
    }
}
