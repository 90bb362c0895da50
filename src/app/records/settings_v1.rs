//! The settings' first layout: no exchange was asked.

use serde::Deserialize;

use super::{RecordError, decode};
use crate::app::event::Settings;

#[derive(Deserialize)]
struct Old {
    network: String,
    endpoints: [String; 3],
    is_paused: bool,
}

pub(super) fn read(body: &[u8]) -> Result<Settings, RecordError> {
    let Old { network, endpoints, is_paused } = decode(body)?;
    Ok(Settings { network, endpoints, is_paused, ..Settings::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::records::{checksum, read as read_record};

    #[test]
    fn what_the_first_version_wrote_is_read() {
        let endpoints = ["a", "b", "c"].map(str::to_owned);
        let body = postcard::to_allocvec(&("base", &endpoints, true)).expect("it can be written");
        let record = [&[1][..], &checksum(1, &body).to_be_bytes(), &body].concat();
        let network = "base".to_owned();
        let expected = Settings { network, endpoints, is_paused: true, ..Settings::default() };
        assert_eq!(read_record::<Settings>(&record), Ok(expected));
    }
}
