//! The chart's drawing backend on a canvas.

use std::convert::Infallible;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use web_sys::CanvasRenderingContext2d;

use crate::chart::{Ink, between};

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// Draws what a chart is made of: lines, filled shapes and level text. A canvas refuses none of it.
#[derive(Debug)]
pub struct Brush {
    context: CanvasRenderingContext2d,
    size: (u32, u32),
    fill: Option<Ink>,
    stroke: Option<Ink>,
}

impl Brush {
    pub(super) const fn new(context: CanvasRenderingContext2d, size: (u32, u32)) -> Self {
        Self { context, size, fill: None, stroke: None }
    }

    /// Thousands of shapes have few colours: a canvas reads the text of each anew.
    fn fill_with(&mut self, color: BackendColor) {
        let ink = ink_of(color);
        if self.fill.replace(ink) != Some(ink) {
            self.context.set_fill_style_str(&css(ink));
        }
    }

    fn stroke_with<S: BackendStyle>(&mut self, style: &S) {
        let ink = ink_of(style.color());
        if self.stroke.replace(ink) != Some(ink) {
            self.context.set_stroke_style_str(&css(ink));
        }
        self.context.set_line_width(style.stroke_width().into());
    }

    fn trace(&self, path: impl IntoIterator<Item = (f64, f64)>) {
        self.context.begin_path();
        // A line to somewhere begins a path as well.
        path.into_iter().for_each(|(x, y)| self.context.line_to(x, y));
    }
}

fn ink_of(BackendColor { rgb, alpha }: BackendColor) -> Ink {
    Ink { rgb, alpha }
}

/// In whole thousandths: doubles would be written with all their digits.
fn css(Ink { rgb: (red, green, blue), alpha }: Ink) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    let thousandths = (between(alpha, 0.0, 1.0) * 1_000.0).round() as u32;
    format!("rgb({red} {green} {blue} / {}.{:03})", thousandths / 1_000, thousandths % 1_000)
}

fn place((x, y): BackendCoord) -> (f64, f64) {
    (x.into(), y.into())
}

impl DrawingBackend for Brush {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(at, (at.0 + 1, at.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        // A level or upright line of one pixel is sharp only through the middle of the pixels.
        let (dx, dy) = (f64::from(u8::from(from.0 == to.0)) / 2.0, f64::from(u8::from(from.1 == to.1)) / 2.0);
        self.stroke_with(style);
        self.trace([from, to].map(place).map(|(x, y)| (x - dx, y - dy)));
        self.context.stroke();
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        is_filled: bool,
    ) -> Drawn {
        let ((x, y), (right, bottom)) = (place(from), place(to));
        if is_filled {
            self.fill_with(style.color());
            self.context.fill_rect(x, y, right - x, bottom - y);
        } else {
            self.stroke_with(style);
            self.context.stroke_rect(x, y, right - x, bottom - y);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.stroke_with(style);
        self.trace(path.into_iter().map(place));
        self.context.stroke();
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.fill_with(style.color());
        self.trace(path.into_iter().map(place));
        self.context.fill();
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        let anchor = style.anchor();
        self.context.set_text_baseline(match anchor.v_pos {
            VPos::Top => "top",
            VPos::Center => "middle",
            VPos::Bottom => "bottom",
        });
        self.context.set_text_align(match anchor.h_pos {
            HPos::Left => "start",
            HPos::Right => "end",
            HPos::Center => "center",
        });
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a font's size")]
        let pixels = style.size().round() as u32;
        self.context.set_font(&format!("{pixels}px {}", style.family().as_str()));
        self.fill_with(style.color());
        let (x, y) = place(at);
        // Refused only in browsers that ran out of memory; then a label is missing until the next painting.
        let _written = self.context.fill_text(text, x, y);
        Ok(())
    }
}
