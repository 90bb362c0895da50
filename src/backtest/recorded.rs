//! A run as it was: where it began, what it saw and was told, and what was decided; so that the same engine can decide
//! on it once more, whenever and wherever somebody wants to know whether it does so alike.

use alloy_primitives::{B256, hex};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thiserror::Error;

use super::candles::{self, History};
use super::{Decision, DecisionHash, PaperTrader, Told};
use crate::market::{Candle, Interval};
use crate::trading::Movement;
use crate::units::{Price, TokenAmount, UnixSecs};

/// What the file begins with, so that it is known again.
const FORMAT: &str = "leash-run-1";
/// Digits of a price behind the point.
const DIGITS: u8 = 18;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A candle closed and was decided on, with what was told from outside when a signal came.
    Closed(Candle, Option<Box<Told>>),
    /// A candle closed that nobody decided on.
    Missed(Candle),
    /// Tokens came or went, and when.
    Moved(Movement, UnixSecs),
}

/// A run since a candle.
#[derive(Clone, Debug)]
pub struct Recorded {
    begin: PaperTrader,
    steps: Vec<Step>,
    decisions: Vec<String>,
}

/// How the decisions of a run compare with those of the same engine on the same steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Decisions in the record.
    pub count: usize,
    /// Hash of those.
    pub live: B256,
    /// Hash of the engine's.
    pub again: B256,
    /// The first that differs: its number from one, as recorded, and as decided again; none where one has no more.
    pub first: Option<(usize, Option<String>, Option<String>)>,
}

/// Why a text is no recorded run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordedError {
    /// Not written by [`Recorded::to_text`].
    #[error("it is neither a file of candles nor a run that this page has saved")]
    Format,
    /// A part that cannot be read.
    #[error("it is a saved run, but its {0} cannot be read: it is damaged, or of another release")]
    Part(&'static str),
}

impl Recorded {
    /// A run that begins with this trader.
    pub const fn new(begin: PaperTrader) -> Self {
        Self { begin, steps: Vec::new(), decisions: Vec::new() }
    }

    /// What happened next.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// What was decided, as [`DecisionHash::line`] has it.
    pub fn decide(&mut self, line: String) {
        self.decisions.push(line);
    }

    /// How many steps there are.
    pub const fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing has happened yet.
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// In words, what decided.
    pub fn strategy(&self) -> String {
        self.begin.setup().terms.strategy.to_string()
    }

    /// The candles that it saw.
    pub fn history(&self) -> History {
        let candle = |step: &Step| match step {
            Step::Closed(candle, _) | Step::Missed(candle) => Some(*candle),
            Step::Moved(..) => None,
        };
        History::from_candles(self.steps.iter().filter_map(candle).collect(), self.interval())
    }

    const fn interval(&self) -> Interval {
        self.begin.setup().terms.strategy.interval
    }

    /// Has the engine decide once more.
    pub fn compare(&self) -> Compared {
        let mut trader = self.begin.clone();
        let mut again = Vec::new();
        for step in &self.steps {
            match step {
                Step::Closed(candle, told) => {
                    let decision = trader.decide_told(candle, told.as_deref());
                    again.extend(decision.map(|decision| match decision {
                        Decision::Trade(order) => DecisionHash::line(&order.item().signal, &Ok(order)),
                        Decision::Refused(signal, why) => DecisionHash::line(&signal, &Err(why)),
                    }));
                }
                Step::Missed(candle) => trader.warm(candle),
                Step::Moved(movement, at) => trader.note_movement(movement, *at),
            }
        }
        let live = &self.decisions;
        let differs = (0..live.len().max(again.len())).find(|place| live.get(*place) != again.get(*place));
        Compared {
            count: live.len(),
            live: DecisionHash::of(live),
            again: DecisionHash::of(&again),
            first: differs.map(|place| (place + 1, live.get(place).cloned(), again.get(place).cloned())),
        }
    }

    /// As a file: candles and decisions to be read by anybody, the rest as the engine has it.
    pub fn to_text(&self) -> String {
        let file = json!({
            "format": FORMAT,
            "strategy": self.strategy(),
            "interval_secs": self.interval().0,
            "begin": packed(&self.begin),
            "steps": self.steps.iter().map(Step::to_json).collect::<Vec<_>>(),
            "decisions": self.decisions,
            "decisions_hash": DecisionHash::of(&self.decisions),
        });
        serde_json::to_string(&file).unwrap_or_default()
    }

    /// Reads what [`Recorded::to_text`] writes.
    ///
    /// # Errors
    /// [`RecordedError`].
    pub fn read(text: &str) -> Result<Self, RecordedError> {
        let mut file: Value = serde_json::from_str(text).map_err(|_| RecordedError::Format)?;
        if file["format"] != FORMAT {
            return Err(RecordedError::Format);
        }
        let begin = unpacked(&file["begin"]).ok_or(RecordedError::Part("beginning"))?;
        let decisions = serde_json::from_value(file["decisions"].take());
        let decisions = decisions.map_err(|_| RecordedError::Part("list of decisions"))?;
        let steps = file["steps"].as_array().map(|steps| steps.iter().map(Step::from_json).collect());
        let steps = steps.flatten().ok_or(RecordedError::Part("list of candles"))?;
        Ok(Self { begin, steps, decisions })
    }
}

impl Step {
    fn to_json(&self) -> Value {
        let price = |price: Price| TokenAmount::from_raw(price.scaled()).format(DIGITS);
        let row = |candle: &Candle| {
            let Candle { open_at, open, high, low, close } = *candle;
            json!([open_at.0.to_string(), price(open), price(high), price(low), price(close)])
        };
        match self {
            Self::Closed(candle, None) => json!({ "candle": row(candle) }),
            Self::Closed(candle, Some(told)) => json!({ "candle": row(candle), "told": packed(told) }),
            Self::Missed(candle) => json!({ "candle": row(candle), "missed": true }),
            Self::Moved(movement, at) => json!({ "moved": packed(movement), "at": at.0 }),
        }
    }

    fn from_json(step: &Value) -> Option<Self> {
        if let Some(at) = step["at"].as_u64() {
            return Some(Self::Moved(unpacked(&step["moved"])?, UnixSecs(at)));
        }
        let words: Vec<&str> = step["candle"].as_array()?.iter().map_while(Value::as_str).collect();
        let candle = candles::candle(1, &words, [0, 1, 2, 3, 4]).ok()?;
        if step["missed"] == true {
            return Some(Self::Missed(candle));
        }
        let told = &step["told"];
        let told = if told.is_null() { None } else { Some(Box::new(unpacked(told)?)) };
        Some(Self::Closed(candle, told))
    }
}

/// Floating-point averages survive this to the last digit.
fn packed(value: &impl Serialize) -> String {
    postcard::to_allocvec(value).map(hex::encode_prefixed).unwrap_or_default()
}

fn unpacked<T: DeserializeOwned>(value: &Value) -> Option<T> {
    let bytes = hex::decode(value.as_str()?).ok()?;
    postcard::take_from_bytes(&bytes).ok().filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{history, setup, waves};
    use super::*;
    use crate::trading::Side;

    /// A run on paper as the page makes it, beginning in the middle of things, with its fills.
    fn recorded() -> Recorded {
        let candles = history(&waves(2_000)).candles;
        let mut trader = PaperTrader::new(setup()).expect("a strategy");
        let (past, rest) = candles.split_at(230);
        for candle in past {
            if let Some(Decision::Trade(order)) = trader.decide(candle) {
                let got = trader.received(order.item().side, trader.spent_by(order.item()), candle.close);
                trader.fill(*order.item(), got, candle.open_at);
            }
        }
        trader.forget_decisions();
        let mut run = Recorded::new(trader.clone());
        let mut asked = 0;
        for candle in rest {
            // Every third signal comes at a close that nobody decides on.
            let is_asked = trader.clone().decide(candle).is_some();
            asked += usize::from(is_asked);
            if is_asked && asked % 3 == 0 {
                trader.warm(candle);
                run.push(Step::Missed(*candle));
                continue;
            }
            run.push(Step::Closed(*candle, None));
            match trader.decide(candle) {
                Some(Decision::Trade(order)) => {
                    run.decide(DecisionHash::line(&order.item().signal, &Ok(order)));
                    let got = trader.received(order.item().side, trader.spent_by(order.item()), candle.close);
                    let fill = trader.fill(*order.item(), got, candle.open_at).fill;
                    run.push(Step::Moved(Movement::Traded(fill), fill.at));
                }
                Some(Decision::Refused(signal, why)) => run.decide(DecisionHash::line(&signal, &Err(why))),
                None => {}
            }
        }
        assert_eq!(run.compare().live, trader.decisions(), "the page's own hash");
        run
    }

    #[test]
    fn a_saved_run_is_decided_alike_when_it_is_read_again() {
        let run = recorded();
        let read = Recorded::read(&run.to_text()).expect("it reads");
        assert_eq!((&read.steps, &read.decisions), (&run.steps, &run.decisions));
        let compared = read.compare();
        assert!(compared.count > 5, "{compared:?}");
        assert_eq!((compared.live, compared.first), (compared.again, None));
        assert_eq!(read.history().candles.len(), 1_770);
        assert!(
            read.steps.iter().any(
                |step| matches!(step, Step::Moved(Movement::Traded(fill), _) if fill.side == Side::Sell)
            )
        );
    }

    #[test]
    fn the_first_decision_that_differs_is_named() {
        let run = recorded();
        let text = run.to_text();
        let mut forged = Recorded::read(&text).expect("it reads");
        forged.decisions[3] = forged.decisions[3].replace("crossed", "were said to have crossed");
        let compared = forged.compare();
        assert_ne!(compared.live, compared.again);
        let (number, live, again) = compared.first.expect("a difference");
        assert_eq!((number, again.as_ref()), (4, run.decisions.get(3)));
        assert!(live.is_some_and(|live| live.contains("said to have")));
        let mut shorter = Recorded::read(&text).expect("it reads");
        let last = shorter.decisions.pop();
        assert_eq!(shorter.compare().first, Some((run.decisions.len(), None, last)));
        // A candle that was another one makes another decision.
        let mut bent = Recorded::read(&text).expect("it reads");
        for step in &mut bent.steps {
            if let Step::Closed(candle, _) = step {
                candle.close = candle.open.times_percent(101);
            }
        }
        assert!(bent.compare().first.is_some());
    }

    #[test]
    fn what_is_no_run_is_refused() {
        let text = recorded().to_text();
        let check = |text: &str, error: RecordedError| {
            assert_eq!(Recorded::read(text).map(|_| ()), Err(error));
        };
        check("{", RecordedError::Format);
        check(r#"{"format":"leash-journal-1"}"#, RecordedError::Format);
        check(&text.replacen("\"begin\":\"0x", "\"begin\":\"0xff", 1), RecordedError::Part("beginning"));
        check(
            &text.replacen("\"candle\":[", "\"candle\":[\"x\",", 1),
            RecordedError::Part("list of candles"),
        );
        check(
            &text.replacen("\"decisions\":[", "\"decisions\":[1,", 1),
            RecordedError::Part("list of decisions"),
        );
    }

    #[test]
    fn a_damaged_run_is_refused_or_decided_on_and_nothing_falls_over() {
        let run = recorded();
        let steps = run.steps[..60].to_vec();
        let text = Recorded { steps, ..run }.to_text();
        let begin = text.find("\"begin\":\"0x").expect("its beginning") + "\"begin\":\"0x".len();
        let end = begin + text[begin..].find('"').expect("its end");
        let mut read = 0;
        for place in begin..end {
            for digit in ["0", "7", "8", "f"] {
                let mut damaged = text.clone();
                damaged.replace_range(place..=place, digit);
                if let Ok(run) = Recorded::read(&damaged) {
                    let _compared = run.compare();
                    read += 1;
                }
            }
        }
        assert!(read > 100, "some damage changes a number only: {read}");
    }
}
