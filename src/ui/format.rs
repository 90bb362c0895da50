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
