//! The settings' second layout: a key stood in an endpoint's address or nowhere, and no policy was named.

use serde::Deserialize;

use super::{RecordError, decode};
use crate::app::event::Settings;

#[derive(Deserialize)]
struct Old {
    network: String,
    endpoints: [String; 3],
    is_paused: bool,
    compares: bool,
}

pub(super) fn read(body: &[u8]) -> Result<Settings, RecordError> {
    let Old { network, endpoints, is_paused, compares } = decode(body)?;
    Ok(Settings { network, endpoints, is_paused, compares, ..Settings::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::records::{checksum, read as read_record};

    #[test]
    fn what_the_second_version_wrote_is_read() {
        let endpoints = ["a", "b", "c"].map(str::to_owned);
        let body = postcard::to_allocvec(&("base", &endpoints, true, true)).expect("it can be written");
        let record = [&[2][..], &checksum(2, &body).to_be_bytes(), &body].concat();
        let network = "base".to_owned();
        let expected =
            Settings { network, endpoints, is_paused: true, compares: true, ..Settings::default() };
        assert_eq!(read_record::<Settings>(&record), Ok(expected));
    }
}
