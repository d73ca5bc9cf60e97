//! What whoever looks has chosen to see, and what keys change of it. Nothing is asked or drawn here.

use super::draw::detail;
use super::draw::palette::Palette;
use super::facts::{Facts, Request, Route};
use super::words;
use jiff::tz::TimeZone;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;
use std::time::Duration;

/// The state of the screen beside the facts.
#[derive(Clone)]
pub struct View {
    /// What the terminal can show.
    pub palette: Palette,
    /// The zone of this machine, where the router names none.
    pub local: TimeZone,
    /// How large the screen is.
    pub size: Size,
    /// How old the facts are.
    pub age: Duration,
    /// Between two looks.
    pub interval: Duration,
    /// Why there is no newer answer.
    pub trouble: Option<Trouble>,
    /// Nothing is asked meanwhile.
    pub is_paused: bool,
    /// Of requests only those that went wrong.
    pub is_only_failures: bool,
    /// The panels that a small terminal has no room for take the place of the tables.
    pub is_more: bool,
    /// The keys are told.
    pub is_help: bool,
    /// The id of the request that is pointed at.
    pub selected: Option<String>,
    /// The request that is looked into.
    pub detail: Option<Detail>,
}

/// The router does not answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// Why, and what may help.
    pub reason: String,
    /// How often it was tried.
    pub tries: u32,
}

/// A request that is looked into.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// Its id.
    pub id: String,
    /// What is known of it.
    pub known: Known,
    /// Lines above the screen.
    pub scroll: usize,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// It is being asked for.
    Asked,
    /// What the router told.
    Told(Box<Route>),
    /// Why it can't be told.
    Failed(String),
}

/// What a key asks of whoever holds the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing but to be drawn.
    Draw,
    /// To end.
    Quit,
    /// To look at the router now.
    Look,
    /// To be told of a request.
    Tell(String),
}

impl View {
    /// A view in which nothing is chosen yet.
    pub fn new(palette: Palette, local: TimeZone, interval: Duration) -> Self {
        Self {
            palette,
            local,
            size: Size::new(80, 24),
            age: Duration::ZERO,
            interval,
            trouble: None,
            is_paused: false,
            is_only_failures: false,
            is_more: false,
            is_help: false,
            selected: None,
            detail: None,
        }
    }

    /// The zone in which times are shown.
    pub fn zone(&self, facts: &Facts) -> TimeZone {
        words::zone(facts.overview.display_timezone.as_deref()).unwrap_or_else(|| self.local.clone())
    }

    /// The requests that are listed.
    pub fn listed<'f>(&self, facts: &'f Facts) -> Vec<&'f Request> {
        let all = facts.overview.recent_requests.iter();
        all.filter(|request| !self.is_only_failures || request.is_bad()).collect()
    }

    /// A key was pressed.
    pub fn press(&mut self, key: KeyEvent, facts: &Facts) -> Wish {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return if matches!(key.code, KeyCode::Char('c' | 'd')) { Wish::Quit } else { Wish::Draw };
        }
        match key.code {
            KeyCode::Char('q') => return Wish::Quit,
            KeyCode::Char('r') => return Wish::Look,
            KeyCode::Char('p') => {
                self.is_paused = !self.is_paused;
                return if self.is_paused { Wish::Draw } else { Wish::Look };
            }
            KeyCode::Char('f') => self.is_only_failures = !self.is_only_failures,
            KeyCode::Char('?' | 'h') => self.is_help = !self.is_help,
            KeyCode::Tab => self.is_more = !self.is_more,
            KeyCode::Esc if self.is_help => self.is_help = false,
            KeyCode::Esc if self.detail.is_some() => self.detail = None,
            KeyCode::Esc => self.selected = None,
            KeyCode::Enter => return self.enter(facts),
            KeyCode::Up | KeyCode::Char('k') => self.step(-1, facts),
            KeyCode::Down | KeyCode::Char('j') => self.step(1, facts),
            KeyCode::PageUp => self.step(-PAGE, facts),
            KeyCode::PageDown => self.step(PAGE, facts),
            KeyCode::Home | KeyCode::Char('g') => self.step(isize::MIN, facts),
            KeyCode::End | KeyCode::Char('G') => self.step(isize::MAX, facts),
            _ => {}
        }
        Wish::Draw
    }

    /// The router told of a request; of another one than is looked into by now, it is late.
    pub fn learn(&mut self, id: &str, known: Known) {
        if let Some(detail) = self.detail.as_mut().filter(|detail| detail.id == id) {
            detail.known = known;
        }
    }

    fn enter(&mut self, facts: &Facts) -> Wish {
        self.is_help = false;
        if self.detail.take().is_some() {
            return Wish::Draw;
        }
        let listed = self.listed(facts);
        let id = self.selected.clone().or_else(|| listed.first().map(|request| request.id.clone()));
        let Some(id) = id else { return Wish::Draw };
        self.selected = Some(id.clone());
        self.detail = Some(Detail { id: id.clone(), known: Known::Asked, scroll: 0 });
        Wish::Tell(id)
    }

    /// Goes up or down: in a request's lines where one is looked into, else from request to request.
    fn step(&mut self, by: isize, facts: &Facts) {
        let zone = self.zone(facts);
        if let Some(detail) = &mut self.detail {
            let lines = detail::wrapped(detail, &zone, self.palette, self.size.width).len();
            let last = lines.saturating_sub(usize::from(self.size.height.saturating_sub(FRAME)));
            detail.scroll = detail.scroll.saturating_add_signed(by).min(last);
            return;
        }
        let listed = self.listed(facts);
        let at = listed.iter().position(|request| Some(&request.id) == self.selected.as_ref());
        let next = match at {
            Some(at) => at.saturating_add_signed(by).min(listed.len().saturating_sub(1)),
            // The first step lands on the first.
            None => 0usize.saturating_add_signed(by.saturating_sub(1)).min(listed.len().saturating_sub(1)),
        };
        self.selected = listed.get(next).map(|request| request.id.clone());
    }
}

/// Lines of the screen around a request's: the first, the title and the last.
const FRAME: u16 = 3;

/// How far a page is.
const PAGE: isize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let request = |id: &str, outcome: &str| Request {
            id: id.to_owned(),
            outcome: outcome.to_owned(),
            ..Request::default()
        };
        let mut facts = Facts::default();
        facts.overview.recent_requests =
            vec![request("req_c", "answered"), request("req_b", "unanswered"), request("req_a", "answered")];
        facts
    }

    fn view() -> View {
        View::new(Palette::Plain, TimeZone::UTC, Duration::from_secs(1))
    }

    fn press(view: &mut View, code: KeyCode) -> Wish {
        view.press(KeyEvent::from(code), &facts())
    }

    #[test]
    fn requests_are_pointed_at_by_their_id() {
        let mut view = view();
        for (key, expect) in [
            (KeyCode::Down, "req_c"),
            (KeyCode::Char('j'), "req_b"),
            (KeyCode::End, "req_a"),
            (KeyCode::Down, "req_a"),
            (KeyCode::Up, "req_b"),
            (KeyCode::Home, "req_c"),
            (KeyCode::Up, "req_c"),
            (KeyCode::Char('f'), "req_c"),
            (KeyCode::Down, "req_b"),
        ] {
            press(&mut view, key);
            assert_eq!(view.selected.as_deref(), Some(expect), "{key:?}");
        }
        assert_eq!(press(&mut view, KeyCode::Enter), Wish::Tell("req_b".to_owned()));
        view.learn("req_c", Known::Failed("late".to_owned()));
        assert_eq!(view.detail.as_ref().map(|detail| &detail.known), Some(&Known::Asked));
        assert_eq!(press(&mut view, KeyCode::Esc), Wish::Draw);
        assert_eq!((view.detail, view.selected.as_deref()), (None, Some("req_b")));
    }

    #[test]
    fn the_end_of_a_request_can_be_reached() {
        let mut view = view();
        view.size = Size::new(40, 10);
        let table = (0..30).map(|row| format!("row {row} {}\n", "word ".repeat(20))).collect();
        let route = Route { table, ..Route::default() };
        let known = Known::Told(Box::new(route));
        view.detail = Some(Detail { id: "req_a".to_owned(), known, scroll: 0 });
        press(&mut view, KeyCode::End);
        let detail = view.detail.clone().unwrap();
        let lines = detail::wrapped(&detail, &TimeZone::UTC, view.palette, 40);
        assert!(lines.len() > 90 && lines.iter().all(|line| line.width() <= 40));
        assert_eq!(detail.scroll, lines.len() - 7);
        press(&mut view, KeyCode::Up);
        assert_eq!(view.detail.unwrap().scroll, lines.len() - 8);
    }

    #[test]
    fn keys_ask_for_things() {
        let mut view = view();
        assert_eq!(press(&mut view, KeyCode::Char('r')), Wish::Look);
        assert_eq!(press(&mut view, KeyCode::Char('p')), Wish::Draw);
        assert!(view.is_paused);
        assert_eq!(press(&mut view, KeyCode::Char('p')), Wish::Look);
        assert_eq!(press(&mut view, KeyCode::Char('q')), Wish::Quit);
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(view.press(interrupt, &Facts::default()), Wish::Quit);
        for key in [KeyCode::Enter, KeyCode::Up, KeyCode::Down, KeyCode::End] {
            assert_eq!(view.press(KeyEvent::from(key), &Facts::default()), Wish::Draw, "{key:?}");
        }
    }
}
