//! Colours, read from the page's style sheet and never chosen here.

use plotters_backend::BackendColor;

/// A colour with its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    /// Red, green, blue.
    pub rgb: (u8, u8, u8),
    /// 0 to 1.
    pub alpha: f64,
}

impl Ink {
    /// Reads what a style sheet gives: `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(1, 2, 3)`, `rgb(1 2 3 / 0.5)`,
    /// `rgba(1, 2, 3, 0.5)`.
    pub fn parse(css: &str) -> Option<Self> {
        let css = css.trim();
        match css.strip_prefix('#') {
            Some(hex) => Self::parse_hex(hex),
            None => Self::parse_function(css),
        }
    }

    fn parse_hex(hex: &str) -> Option<Self> {
        if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let pair = |from: usize| u8::from_str_radix(hex.get(from..from + 2)?, 16).ok();
        let single = |from: usize| Some(u8::from_str_radix(hex.get(from..=from)?, 16).ok()? * 17);
        match hex.len() {
            3 => Some(Self { rgb: (single(0)?, single(1)?, single(2)?), alpha: 1.0 }),
            6 => Some(Self { rgb: (pair(0)?, pair(2)?, pair(4)?), alpha: 1.0 }),
            8 => Some(Self { rgb: (pair(0)?, pair(2)?, pair(4)?), alpha: f64::from(pair(6)?) / 255.0 }),
            _ => None,
        }
    }

    fn parse_function(css: &str) -> Option<Self> {
        let inside = css.strip_prefix("rgba(").or_else(|| css.strip_prefix("rgb("))?.strip_suffix(')')?;
        let parts: Vec<_> = inside.split([',', '/', ' ']).filter(|part| !part.is_empty()).collect();
        let (channels, alpha) = match parts.as_slice() {
            [red, green, blue] => ([red, green, blue], 1.0),
            [red, green, blue, alpha] => ([red, green, blue], fraction(alpha)?),
            _ => return None,
        };
        let [red, green, blue] = channels.map(|channel| channel.parse().ok());
        let is_sound = (0.0..=1.0).contains(&alpha);
        is_sound.then_some(Self { rgb: (red?, green?, blue?), alpha })
    }

    pub(in crate::chart) const fn color(self) -> BackendColor {
        BackendColor { rgb: self.rgb, alpha: self.alpha }
    }
}

/// `0.25`, `.25`, `1`; what a style sheet never needs, such as exponents, is refused.
fn fraction(text: &str) -> Option<f64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits: u32 = [whole, decimals].concat().parse().ok()?;
    let places = i32::try_from(decimals.len()).ok()?;
    Some(f64::from(digits) / 10_f64.powi(places))
}

/// The colours of each part and the font of the labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    /// Behind everything.
    pub background: Ink,
    /// Lines of the grid.
    pub grid: Ink,
    /// Labels.
    pub text: Ink,
    /// Candles that close above their open; drawn hollow where wide enough.
    pub rising: Ink,
    /// The other candles; drawn filled.
    pub falling: Ink,
    /// Fast average; drawn thin.
    pub fast: Ink,
    /// Slow average; drawn thick.
    pub slow: Ink,
    /// Buys: triangles that point upwards, below the candle.
    pub buy: Ink,
    /// Sells: triangles that point downwards, above the candle.
    pub sell: Ink,
    /// The crosshair, and the line at the last price.
    pub crosshair: Ink,
    /// A CSS font family.
    pub font: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_a_style_sheet_writes_them() {
        let check = |css: &str, expected: Option<((u8, u8, u8), f64)>| {
            assert_eq!(Ink::parse(css), expected.map(|(rgb, alpha)| Ink { rgb, alpha }), "{css}");
        };
        check("#0b0e14", Some(((11, 14, 20), 1.0)));
        check(" #FFF ", Some(((255, 255, 255), 1.0)));
        check("#ffffff00", Some(((255, 255, 255), 0.0)));
        check("rgb(1, 2, 3)", Some(((1, 2, 3), 1.0)));
        check("rgba(1, 2, 3, 0.5)", Some(((1, 2, 3), 0.5)));
        check("rgb(1 2 3 / 0.25)", Some(((1, 2, 3), 0.25)));
        check("rgb(1 2 3 / .5)", Some(((1, 2, 3), 0.5)));
        check("rgb(1 2 3 / 1)", Some(((1, 2, 3), 1.0)));
        for css in [
            "",
            "#",
            "#12",
            "#ggg",
            "#é12",
            "rgb(1, 2)",
            "rgb(1, 2, 300)",
            "rgba(1, 2, 3, 7)",
            "rgba(1, 2, 3, 1e-1)",
            "rgba(1, 2, 3, .)",
            "teal",
        ] {
            check(css, None);
        }
    }
}
