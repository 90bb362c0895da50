//! Candles from files: Binance klines (CSV or JSON), freqtrade JSON, and any CSV whose header names its columns.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

use crate::market::{Candle, Interval};
use crate::units::{Price, TokenAmount, UnixSecs};

/// Most candles of a file: four years of minutes.
const MOST: usize = 2_200_000;
/// Digits behind the point that a price has room for; further ones are left out.
const DIGITS: usize = 18;
/// A time from here on is in milliseconds, and from a thousand times that on in microseconds.
const MILLIS_FROM: u64 = 100_000_000_000;

/// Candles of one length, oldest first, with what was odd about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The candles.
    pub candles: Vec<Candle>,
    /// Their length: the most frequent distance of two.
    pub interval: Interval,
    /// Rows that stood twice; the last one counts.
    pub doubles: usize,
    /// Places at which candles are missing. Averages start anew behind each.
    pub holes: usize,
}

/// Why a file is no history.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// Fewer than two rows.
    #[error("there are no candles in it")]
    Empty,
    /// More than are taken.
    #[error("it has more than {MOST} candles")]
    TooMany,
    /// It begins like JSON.
    #[error("it looks like JSON, but is not: {0}")]
    Json(String),
    /// A header without a column that is needed.
    #[error("its header names no column for the {0}")]
    Column(&'static str),
    /// A row that is no candle.
    #[error("row {row}: {why}")]
    Row {
        /// Counted from one, with the header.
        row: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Candles of a length that nobody trades.
    #[error("its candles are {0} s long; between a second and a day is possible")]
    Length(u64),
    /// They do not fill longer ones.
    #[error("candles of {own} s do not make up candles of {wanted} s")]
    Multiple {
        /// What the file has.
        own: u32,
        /// What was asked for.
        wanted: u32,
    },
}

impl History {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let rows = if text.starts_with('[') { json_rows(text)? } else { csv_rows(text)? };
        Self::of(rows)
    }

    fn of(rows: Vec<Candle>) -> Result<Self, ReadError> {
        let all = rows.len();
        let by_time: BTreeMap<u64, Candle> = rows.into_iter().map(|row| (row.open_at.0, row)).collect();
        let candles: Vec<Candle> = by_time.into_values().collect();
        let mut lengths: BTreeMap<u64, usize> = BTreeMap::new();
        for pair in candles.windows(2) {
            *lengths.entry(pair[1].open_at.secs_since(pair[0].open_at)).or_default() += 1;
        }
        // Of two that are as frequent the shorter one: a hole is longer than a candle, never shorter.
        let length = lengths.iter().rev().max_by_key(|(_, count)| **count).map(|(length, _)| *length);
        let length = length.ok_or(ReadError::Empty)?;
        let interval = u32::try_from(length).ok().filter(|secs| (1..=86_400).contains(secs));
        let interval = Interval(interval.ok_or(ReadError::Length(length))?);
        let holes = candles.windows(2).filter(|pair| interval.next_open(pair[0].open_at) != pair[1].open_at);
        Ok(Self { holes: holes.count(), doubles: all - candles.len(), candles, interval })
    }

    /// Candles of a known length, oldest first.
    pub fn from_candles(candles: Vec<Candle>, interval: Interval) -> Self {
        let holes = candles.windows(2).filter(|pair| interval.next_open(pair[0].open_at) != pair[1].open_at);
        Self { holes: holes.count(), doubles: 0, candles, interval }
    }

    /// The same history in longer candles. One at whose end a part is missing is left out, since it never closed.
    ///
    /// # Errors
    /// [`ReadError::Multiple`].
    pub fn in_candles_of(&self, wanted: Interval) -> Result<Self, ReadError> {
        if wanted == self.interval {
            return Ok(self.clone());
        }
        if !wanted.0.is_multiple_of(self.interval.0) || wanted.0 < self.interval.0 {
            return Err(ReadError::Multiple { own: self.interval.0, wanted: wanted.0 });
        }
        let parts = self.candles.chunk_by(|a, b| wanted.open_of(a.open_at) == wanted.open_of(b.open_at));
        let whole = parts.filter_map(|part| {
            let (first, last) = (part.first()?, part.last()?);
            let open_at = wanted.open_of(first.open_at);
            let is_closed = self.interval.next_open(last.open_at) == wanted.next_open(open_at);
            let high = part.iter().map(|candle| candle.high).max()?;
            let low = part.iter().map(|candle| candle.low).min()?;
            is_closed.then_some(Candle { open_at, open: first.open, high, low, close: last.close })
        });
        let candles: Vec<Candle> = whole.collect();
        let holes = candles.windows(2).filter(|pair| wanted.next_open(pair[0].open_at) != pair[1].open_at);
        Ok(Self { holes: holes.count(), doubles: self.doubles, interval: wanted, candles })
    }
}

/// Rows of `[time, open, high, low, close, …]`.
fn json_rows(text: &str) -> Result<Vec<Candle>, ReadError> {
    let rows: Vec<Vec<Value>> =
        serde_json::from_str(text).map_err(|error| ReadError::Json(error.to_string()))?;
    if rows.len() > MOST {
        return Err(ReadError::TooMany);
    }
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let read = |(index, row): (usize, &Vec<Value>)| {
        let words: Vec<String> = row.iter().take(5).map(word).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        candle(index + 1, &words, [0, 1, 2, 3, 4])
    };
    rows.iter().enumerate().map(read).collect()
}

/// Rows of fields, by the header's names or in the order of klines.
fn csv_rows(text: &str) -> Result<Vec<Candle>, ReadError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    let Some((_, first)) = lines.peek() else { return Err(ReadError::Empty) };
    let mark = [';', '\t'].into_iter().find(|mark| first.contains(*mark)).unwrap_or(',');
    let fields = |line: &'_ str| -> Vec<String> {
        line.split(mark).map(|field| field.trim().trim_matches('"').to_owned()).collect()
    };
    let head = fields(first);
    let is_header = head.first().is_some_and(|field| field.parse::<f64>().is_err());
    let columns = if is_header { named_columns(&head)? } else { [0, 1, 2, 3, 4] };
    let mut candles = Vec::new();
    for (index, line) in lines.skip(usize::from(is_header)) {
        let words = fields(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        candles.push(candle(index + 1, &words, columns)?);
        if candles.len() > MOST {
            return Err(ReadError::TooMany);
        }
    }
    Ok(candles)
}

fn named_columns(head: &[String]) -> Result<[usize; 5], ReadError> {
    let names: Vec<String> =
        head.iter().map(|name| name.to_lowercase().replace([' ', '_', '-'], "")).collect();
    let time =
        |name: &String| ["time", "date", "unix", "opentime"].iter().any(|start| name.starts_with(start));
    let time = names.iter().position(time).ok_or(ReadError::Column("time"))?;
    let mut columns = [time; 5];
    for (place, name) in ["open", "high", "low", "close"].into_iter().enumerate() {
        let found = names.iter().position(|known| known == name);
        columns[place + 1] = found.ok_or(ReadError::Column(name))?;
    }
    Ok(columns)
}

pub(super) fn candle(row: usize, words: &[&str], columns: [usize; 5]) -> Result<Candle, ReadError> {
    let wrong = |why: String| ReadError::Row { row, why };
    let field = |column: usize| {
        words.get(column).copied().ok_or_else(|| wrong(format!("it has {} fields only", words.len())))
    };
    let time = field(columns[0])?;
    let whole = time.split_once('.').map_or(time, |(whole, _)| whole);
    let number: u64 =
        whole.parse().map_err(|_| wrong(format!("“{time}” is no time in seconds or milliseconds")))?;
    let open_at = UnixSecs(match number {
        secs if secs < MILLIS_FROM => secs,
        millis if millis < MILLIS_FROM * 1_000 => millis / 1_000,
        micros => micros / 1_000_000,
    });
    let price = |column: usize| price(field(column)?).map_err(wrong);
    let [open, high, low, close] =
        [price(columns[1])?, price(columns[2])?, price(columns[3])?, price(columns[4])?];
    if high < open.max(close) || low > open.min(close) {
        return Err(wrong("its highest and lowest price do not enclose the others".to_owned()));
    }
    Ok(Candle { open_at, open, high, low, close })
}

fn price(text: &str) -> Result<Price, String> {
    let cut = text.split_once('.').map_or_else(
        || text.to_owned(),
        |(whole, digits)| format!("{whole}.{}", digits.get(..DIGITS).unwrap_or(digits)),
    );
    let amount = TokenAmount::parse(&cut, 18).map_err(|error| error.to_string())?;
    let scaled = u128::try_from(amount.0).map_err(|_| format!("“{text}” is absurdly high"))?;
    Price::from_scaled(scaled).map_err(|_| "a price of nothing".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(price: u128) -> Price {
        Price::from_scaled(price * Price::SCALE).expect("above nothing")
    }

    fn expected() -> Vec<Candle> {
        let candle = |open_at: u64, [open, high, low, close]: [u128; 4]| Candle {
            open_at: UnixSecs(open_at),
            open: whole(open),
            high: whole(high),
            low: whole(low),
            close: whole(close),
        };
        vec![candle(1_640_991_660, [10, 13, 9, 12]), candle(1_640_991_720, [12, 14, 12, 13])]
    }

    #[test]
    fn every_format_gives_the_same_candles() {
        let files = [
            // Binance klines as they are downloaded, in milliseconds and in microseconds.
            "1640991660000,10,13.0,9,12,5.5,1640991719999,0,1,0,0,0\n1640991720000,12,14,12,13,5,1640991779999,0,1,0,0,0\n",
            "1640991660000000,10,13,9,12,5.5\n1640991720000000,12,14,12,13,5\n",
            // The same by the exchange's API.
            r#"[[1640991660000,"10.00000000","13","9","12","5",1640991719999],[1640991720000,"12","14","12","13","5",1640991779999]]"#,
            // freqtrade.
            "[[1640991660000,10.0,13.0,9,12.0,5.0],[1640991720000,12,14,12,13,5]]",
            "\u{feff}open_time_unix_s,open,high,low,close,volume\r\n1640991660,10,13,9,12,1\r\n1640991720,12,14,12,13,1\r\n",
            "low;high;close;open;Unix Timestamp\n9;13;12;10;1640991660\n\n12;14;13;12;1640991720.0\n",
            "\"timestamp\"\t\"open\"\t\"high\"\t\"low\"\t\"close\"\n1640991720\t12\t14\t12\t13\n1640991660\t10\t13\t9\t12\n",
        ];
        for (index, file) in files.into_iter().enumerate() {
            let history = History::read(file).unwrap_or_else(|error| panic!("{index}: {error}"));
            assert_eq!(history.candles, expected(), "{index}");
            assert_eq!((history.interval, history.doubles, history.holes), (Interval(60), 0, 0));
        }
    }

    #[test]
    fn what_is_no_history_is_refused_by_row() {
        let row = |row: usize, why: &str| ReadError::Row { row, why: why.to_owned() };
        let check =
            |text: &str, expected: ReadError| assert_eq!(History::read(text), Err(expected), "{text}");
        check("", ReadError::Empty);
        check("time,open,high,low,close", ReadError::Empty);
        check("1640991660,1,1,1,1", ReadError::Empty);
        check("time,open,high,low\n1,1,1,1", ReadError::Column("close"));
        check("when,open,high,low,close\n1,1,1,1,1", ReadError::Column("time"));
        check("1,1,1,1,1\n2,1,1,1\n", row(2, "it has 4 fields only"));
        check(
            "1,1,1,1,1\n2,1,1,1,-1\n",
            row(2, "“-1” is not a number: write digits with one point, like 0.05"),
        );
        check("1,1,1,1,1\n2,1,1,1,0\n", row(2, "a price of nothing"));
        check(
            "1,1,1,1,1\n2,1,1,1,NaN\n",
            row(2, "“NaN” is not a number: write digits with one point, like 0.05"),
        );
        check("1,2,1,1,2\n", row(1, "its highest and lowest price do not enclose the others"));
        check(
            "time,open,high,low,close\n2022-01-01,1,1,1,1\n",
            row(2, "“2022-01-01” is no time in seconds or milliseconds"),
        );
        check("1,1,1,1,1\n100000,1,1,1,1\n", ReadError::Length(99_999));
        assert!(matches!(History::read("[[1,2"), Err(ReadError::Json(_))));
        assert!(matches!(History::read(r#"[{"time":1}]"#), Err(ReadError::Json(_))));
    }

    #[test]
    fn doubles_and_holes_are_counted() {
        let text = "0,1,1,1,1\n60,1,1,1,1\n60,2,2,2,2\n120,1,1,1,1\n300,1,1,1,1\n360,1,1,1,1\n";
        let history = History::read(text).expect("candles");
        assert_eq!((history.candles.len(), history.doubles, history.holes), (5, 1, 1));
        assert_eq!(history.candles[1].close, whole(2), "the later row counts");
    }

    #[test]
    fn longer_candles_are_made_of_whole_ones() {
        let rows: String =
            (0..12_u64).map(|row| format!("{},{1},{1},{1},{1}\n", row * 60, row + 1)).collect();
        let minutes = History::read(&rows).expect("candles");
        let longer = minutes.in_candles_of(Interval(300)).expect("five minutes");
        // The last two minutes never became five.
        let ends: Vec<_> =
            longer.candles.iter().map(|it| (it.open_at.0, it.open, it.high, it.close)).collect();
        assert_eq!(ends, [(0, whole(1), whole(5), whole(5)), (300, whole(6), whole(10), whole(10))]);
        let refused = minutes.in_candles_of(Interval(90));
        assert_eq!(refused, Err(ReadError::Multiple { own: 60, wanted: 90 }));
        assert!(minutes.in_candles_of(Interval(30)).is_err());
    }
}
