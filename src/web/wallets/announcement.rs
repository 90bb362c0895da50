//! An EIP-6963 announcement, checked at the door.

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};

use super::super::fault::{property, scope, text_property};
use super::provider::Provider;

/// Longer names are no names.
const LONGEST_NAME: usize = 64;

/// The longest domain name (RFC 1035), which an rdns mirrors.
const LONGEST_RDNS: usize = 253;

/// The largest icon taken, as text.
const LARGEST_ICON: usize = 64 * 1024;

/// Pictures that `<img>` shows without running anything in them.
const ICON_TYPES: &[&str] = &["png", "webp", "svg+xml", "jpeg", "gif"];

/// A wallet to choose. All texts are the wallet's own claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletOffer {
    /// UUIDv4 of this page visit, or [`super::INJECTED_WALLET`].
    pub id: String,
    /// At most 64 characters, without control and direction characters.
    pub name: String,
    /// Reverse domain name, the same at every visit; empty for the wallet that is not announced.
    pub rdns: String,
    /// A `data:image/…` URI for the `src` of an `<img>`, and for nothing else.
    pub icon_data_uri: Option<String>,
    /// Whether another wallet uses this name, rdns or id too: warn, and choose nothing by default.
    pub is_twin: bool,
}

/// The offer and its provider; `None` when malformed.
pub(super) fn read(detail: &JsValue) -> Option<(WalletOffer, Provider)> {
    // The clone is plain data: getters ran inside of a call that may fail, and nothing changes it later.
    let info = structured_clone(&property(detail, "info")?)?;
    let text = |name: &str| text_property(&info, name);
    let (uuid, name, rdns) = (text("uuid")?, inert(&text("name")?), text("rdns")?);
    let icon = text("icon").unwrap_or_default();
    let is_well_formed =
        is_uuid_v4(&uuid) && is_rdns(&rdns) && (1..=LONGEST_NAME).contains(&name.chars().count());
    if !is_well_formed {
        return None;
    }
    let provider = Provider::capture(property(detail, "provider")?)?;
    let icon_data_uri = is_icon(&icon).then_some(icon);
    Some((WalletOffer { id: uuid, name, rdns, icon_data_uri, is_twin: false }, provider))
}

fn structured_clone(value: &JsValue) -> Option<JsValue> {
    let clone: Function = property(&scope(), "structuredClone")?.dyn_into().ok()?;
    clone.call1(&JsValue::UNDEFINED, value).ok()
}

fn inert(text: &str) -> String {
    let is_direction = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    text.chars().filter(|c| !c.is_control() && !is_direction(*c)).collect::<String>().trim().to_owned()
}

fn is_uuid_v4(text: &str) -> bool {
    let is_right = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        14 => byte == b'4',
        19 => matches!(byte.to_ascii_lowercase(), b'8' | b'9' | b'a' | b'b'),
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}

fn is_rdns(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    text.len() <= LONGEST_RDNS && text.contains('.') && text.split('.').all(is_label)
}

fn is_icon(text: &str) -> bool {
    let media_type = || text.strip_prefix("data:image/")?.split([';', ',']).next();
    text.len() <= LARGEST_ICON && media_type().is_some_and(|kind| ICON_TYPES.contains(&kind))
}
