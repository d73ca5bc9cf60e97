//! Colours where the terminal has them. Whatever they say is said in words too.

use ratatui::style::{Color, Modifier, Style};

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// The eight colours every terminal with colours has.
    Coloured,
    /// None.
    Plain,
}

impl Palette {
    /// That of this process: no colours where `NO_COLOR` says so, or the terminal is known to have none.
    pub fn of_process() -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        Self::of(&variable("NO_COLOR"), &variable("TERM"))
    }

    fn of(no_color: &str, term: &str) -> Self {
        let has_none =
            term == "dumb" || term.starts_with("vt") || term.ends_with("-mono") || term.ends_with("-m");
        if no_color.is_empty() && !has_none { Self::Coloured } else { Self::Plain }
    }

    /// All is well.
    pub fn good(self) -> Style {
        self.colour(Color::Green)
    }

    /// Not all is well.
    pub fn fair(self) -> Style {
        self.colour(Color::Yellow)
    }

    /// Something is wrong.
    pub fn bad(self) -> Style {
        self.colour(Color::Red)
    }

    /// Beside the point.
    pub fn faint(self) -> Style {
        match self {
            Self::Coloured => Style::new().fg(Color::DarkGray),
            Self::Plain => Style::new(),
        }
    }

    /// A title.
    pub fn title(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What is pointed at.
    pub fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    fn colour(self, colour: Color) -> Style {
        match self {
            Self::Coloured => Style::new().fg(colour),
            Self::Plain => Style::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Palette::{self, Coloured, Plain};

    #[test]
    fn colours_where_the_terminal_has_them() {
        for (no_color, term, expect) in [
            ("", "xterm-256color", Coloured),
            ("1", "xterm-256color", Plain),
            ("", "dumb", Plain),
            ("", "vt100", Plain),
            ("", "screen", Coloured),
            ("", "", Coloured),
        ] {
            assert_eq!(Palette::of(no_color, term), expect, "{no_color} {term}");
        }
    }
}
