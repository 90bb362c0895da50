//! Ticks at numbers a person would choose, and their labels.

/// A label at a place along an axis, in device pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Where.
    pub at: i32,
    /// What.
    pub label: String,
}

/// The smallest of 1, 2, 5 × 10^n that is at least `least`.
pub(in crate::chart) fn nice_step(least: f64) -> f64 {
    let mut steps =
        (-20..=20).flat_map(|exponent| [1.0, 2.0, 5.0].map(|multiple| multiple * 10_f64.powi(exponent)));
    steps.find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(least)
}

/// Multiples of a nice step between `low` and `high`, at most about `most`, with their labels.
pub(in crate::chart) fn price_labels(low: f64, high: f64, most: f64) -> Vec<(f64, String)> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || most < 1.0 {
        return Vec::new();
    }
    let step = nice_step(span / most);
    let first = (low / step).ceil();
    let values = (0_u32..).map(|index| (first + f64::from(index)) * step);
    values
        .take_while(|value| *value <= high)
        .take(100)
        .map(|value| (value, price_text(value, step)))
        .collect()
}

/// `value` with the decimals that tell two prices `step` apart.
fn price_text(value: f64, step: f64) -> String {
    // A step of 0.02 needs two decimals; the allowance is for hundredths that are a bit less in binary.
    let decimals = (0_u8..12).find(|decimals| step * power_of_ten(*decimals) >= 1.0 - 1e-9);
    fixed(value, decimals.unwrap_or(12))
}

/// `price` with the decimals that give it at least `digits` digits; `0` when it is none.
pub(in crate::chart) fn significant(price: f64, digits: u8) -> String {
    if !price.is_finite() || price == 0.0 {
        return "0".to_owned();
    }
    let enough = power_of_ten(digits.saturating_sub(1));
    let decimals = (0_u8..12).find(|decimals| price.abs() * power_of_ten(*decimals) >= enough);
    fixed(price, decimals.unwrap_or(12))
}

fn power_of_ten(exponent: u8) -> f64 {
    10_f64.powi(exponent.into())
}

/// `value` with `decimals` decimals. The formatting of doubles in the standard library is exact for all of them,
/// which takes tables and big integers; a label holds far fewer digits than a 64-bit integer.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast holds what is beyond")]
fn fixed(value: f64, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let shifted = (value.abs() * 10_f64.powi(decimals as i32)).round() as u64;
    let digits = format!("{shifted:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let (sign, point) = (if value < 0.0 { "-" } else { "" }, if decimals == 0 { "" } else { "." });
    [sign, whole, point, fraction].concat()
}

/// Seconds between time labels that a clock would choose.
const TIME_STEPS: [u64; 19] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, DAY, 7 * DAY];
const DAY: u64 = 86_400;

/// The smallest step of at least `least` seconds.
pub(in crate::chart) fn time_step(least: u64) -> u64 {
    TIME_STEPS.into_iter().find(|step| *step >= least).unwrap_or_else(|| least.next_multiple_of(7 * DAY))
}

/// The label of a moment on an axis with `step` seconds between labels: the date at midnight, seconds only where
/// they differ.
pub(in crate::chart) fn time_text(unix_secs: u64, step: u64) -> String {
    match () {
        () if step >= DAY || unix_secs.is_multiple_of(DAY) => date(unix_secs),
        () if step >= 60 => clock_time(unix_secs).chars().take(5).collect(),
        () => clock_time(unix_secs),
    }
}

/// `hh:mm:ss` in UTC.
pub fn clock_time(unix_secs: u64) -> String {
    let second = unix_secs % DAY;
    format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

/// `31 Dec` in UTC.
fn date(unix_secs: u64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let is_leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    // The calendar repeats after 400 years = 146,097 days; 2000 began such a round, 10,957 days after 1970.
    let mut day = (unix_secs / DAY + 146_097 - 10_957) % 146_097;
    let mut year = 2_000;
    while day >= 365 + u64::from(is_leap(year)) {
        day -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    for (index, name) in MONTHS.iter().enumerate() {
        let days = match index {
            1 => 28 + u64::from(is_leap(year)),
            3 | 5 | 8 | 10 => 30,
            _ => 31,
        };
        if day < days {
            return format!("{} {name}", day + 1);
        }
        day -= days;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_labelled_at_round_numbers() {
        let check = |low: f64, high: f64, most: f64, expected: &[&str]| {
            let labels: Vec<_> = price_labels(low, high, most).into_iter().map(|(_, label)| label).collect();
            assert_eq!(labels, expected, "{low} to {high}");
        };
        check(1_783.0, 1_822.0, 5.0, &["1790", "1800", "1810", "1820"]);
        check(0.9, 1.9, 5.0, &["1.0", "1.2", "1.4", "1.6", "1.8"]);
        check(0.00012, 0.00018, 3.0, &["0.00012", "0.00014", "0.00016", "0.00018"]);
        check(5.0, 5.0, 5.0, &[]);
        check(f64::NAN, 5.0, 5.0, &[]);
        check(0.0, f64::INFINITY, 5.0, &[]);
    }

    #[test]
    fn moments_are_labelled_as_a_clock_would() {
        let check = |secs: u64, step: u64, expected: &str| assert_eq!(time_text(secs, step), expected);
        check(1_700_000_000, 10, "22:13:20");
        check(1_700_000_000, 60, "22:13");
        check(1_700_000_000, DAY, "14 Nov");
        check(1_704_067_200, 60, "1 Jan");
        check(1_709_164_800, 60, "29 Feb");
        check(1_735_603_200, DAY, "31 Dec");
        check(0, 60, "1 Jan");
        check(4_107_542_400, 60, "1 Mar");
    }

    #[test]
    fn time_steps_are_those_of_a_clock() {
        let check = |least: u64, expected: u64| assert_eq!(time_step(least), expected);
        check(0, 1);
        check(3, 5);
        check(61, 120);
        check(40_000, 43_200);
        check(8 * DAY, 14 * DAY);
    }
}
