//! What the host tests share: real services over HTTP, a wallet, a person who waits for what she sees.

pub(crate) mod babbler;
pub(crate) mod clock;
pub(crate) mod faults;
pub(crate) mod ground;
pub(crate) mod http_transport;
pub(crate) mod moment;
pub(crate) mod person;
pub(crate) mod secret;
pub(crate) mod stack;
pub(crate) mod wallet;

/// Always a real server, whatever stands under the other name.
pub(crate) use http_transport as over_http;
