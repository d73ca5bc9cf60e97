//! Named values as OpenTelemetry has them, and series of numbers under such names. They hold no secrets: texts are
//! cleaned where attributes are made.

/// A name and its value.
pub type Attribute = (&'static str, Value);

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number of things.
    Count(u64),
    /// Another number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Several words.
    Words(Vec<String>),
}

/// All numbers of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its unit, by the Unified Code for Units of Measure.
    pub unit: &'static str,
    /// What it says, for people.
    pub help: &'static str,
    /// What its numbers are.
    pub form: Form,
    /// One for each set of attributes.
    pub points: Vec<Point>,
}

/// What the numbers of a metric are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// They only grow.
    Counter,
    /// The latest value.
    Gauge,
    /// How many values were at most which of these bounds.
    Histogram(&'static [f64]),
}

/// A number with its attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What it belongs to.
    pub attributes: Vec<Attribute>,
    /// The number.
    pub reading: Reading,
}

/// A number, or the numbers of a histogram.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A number of things.
    Whole(u64),
    /// Another number.
    Real(f64),
    /// How many values lie at or below each bound and above the one before, one place more for the rest; and the sum
    /// of all.
    Spread(Vec<u64>, f64),
}

impl Series {
    /// What has come since an earlier reading of the same series; gauges stay as they are.
    #[must_use]
    pub fn since(mut self, earlier: &[Self]) -> Self {
        let earlier = earlier.iter().find(|series| series.name == self.name && self.form != Form::Gauge);
        for point in &mut self.points {
            let points = earlier.iter().flat_map(|series| &series.points);
            if let Some(old) = points.into_iter().find(|old| old.attributes == point.attributes) {
                point.reading.subtract(&old.reading);
            }
        }
        self
    }
}

impl Reading {
    fn subtract(&mut self, old: &Self) {
        match (self, old) {
            (Self::Whole(new), Self::Whole(old)) => *new = new.saturating_sub(*old),
            (Self::Real(new), Self::Real(old)) => *new = (*new - old).max(0.0),
            (Self::Spread(new, sum), Self::Spread(old, old_sum)) => {
                for (new, old) in new.iter_mut().zip(old) {
                    *new = new.saturating_sub(*old);
                }
                *sum = (*sum - old_sum).max(0.0);
            }
            _ => {}
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

macro_rules! counts {
    ($($number:ty)*) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Count(number as u64)
            }
        }
    )*};
}

counts! { u16 u32 u64 usize }
