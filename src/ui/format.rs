//! Ages, countdowns and short hashes.

/// `just now`, `12 s ago`, `3 min ago`, `2 h ago`.
pub(super) fn age(secs: u64) -> String {
    match secs {
        0 => "just now".to_owned(),
        _ => format!("{} ago", span(secs, false)),
    }
}

/// `23 h 59 min`, `12 min 05 s`, `42 s`.
pub(super) fn countdown(secs: u64) -> String {
    span(secs, true)
}

fn span(secs: u64, is_fine: bool) -> String {
    let (hours, minutes, rest) = (secs / 3_600, secs / 60 % 60, secs % 60);
    match (hours, minutes, is_fine) {
        (0, 0, _) => format!("{rest} s"),
        (0, _, true) => format!("{minutes} min {rest:02} s"),
        (0, _, false) => format!("{minutes} min"),
        (_, _, true) => format!("{hours} h {minutes:02} min"),
        (_, _, false) => format!("{hours} h"),
    }
}

/// The time of day in UTC: `14:03:22`.
pub(super) fn time_of_day(unix_secs: u64) -> String {
    let of_day = unix_secs % 86_400;
    format!("{:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

/// The day in UTC: `2022-01-31`.
pub(super) fn date(unix_secs: u64) -> String {
    // Days since the first of March of the year 0, so that a leap day ends its year (a proleptic calendar's
    // rounds have 146,097 days).
    let days = unix_secs / 86_400 + 719_468;
    let (round, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month_of_year) =
        (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = round * 400 + year + u64::from(month_of_year <= 2);
    format!("{year}-{month_of_year:02}-{day:02}")
}

/// The first six and last four characters of a hash or address: `0x1234…cdef`.
pub(super) fn short(hash: &str) -> String {
    let length = hash.chars().count();
    if length <= 12 {
        return hash.to_owned();
    }
    let head: String = hash.chars().take(6).collect();
    let tail: String = hash.chars().skip(length - 4).collect();
    format!("{head}…{tail}")
}

/// Whether a formatted amount is nothing: no digit but zeros.
pub(super) fn is_zero(amount: &str) -> bool {
    amount.chars().all(|character| !('1'..='9').contains(&character))
}

/// How a signed amount is marked besides its colour: a class and a shape.
pub(super) fn direction(amount: &str) -> (&'static str, &'static str) {
    let is_loss = amount.starts_with(['-', '−']);
    match (is_zero(amount), is_loss) {
        (true, _) => ("flat", "●"),
        (false, true) => ("down", "▼"),
        (false, false) => ("up", "▲"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rough_and_countdowns_fine() {
        let check = |secs: u64, aged: &str, left: &str| {
            assert_eq!(age(secs), aged);
            assert_eq!(countdown(secs), left);
        };
        check(0, "just now", "0 s");
        check(59, "59 s ago", "59 s");
        check(60, "1 min ago", "1 min 00 s");
        check(3_599, "59 min ago", "59 min 59 s");
        check(3_600, "1 h ago", "1 h 00 min");
        check(86_399, "23 h ago", "23 h 59 min");
    }

    #[test]
    fn the_time_of_day_is_utc() {
        assert_eq!(time_of_day(1_795_483_801), "01:30:01");
        assert_eq!(time_of_day(0), "00:00:00");
    }

    #[test]
    fn hashes_are_shortened_and_short_texts_are_not() {
        assert_eq!(short("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), "0xf39F…2266");
        assert_eq!(short("0x12"), "0x12");
        assert_eq!(short("ééééééééééééé"), "éééééé…éééé");
    }

    #[test]
    fn a_result_has_a_direction_besides_its_colour() {
        let check = |amount: &str, class: &str| assert_eq!(direction(amount).0, class, "{amount}");
        check("+12.04 USDC", "up");
        check("-0.36 USDC", "down");
        check("−0.36 USDC", "down");
        check("0.00 USDC", "flat");
        check("-0 USDC", "flat");
    }
}
