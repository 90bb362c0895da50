//! The canvas: as sharp as the screen, in the colours of the style sheet, and news of what changes either.

use std::cell::Cell;
use std::rc::Rc;

use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ResizeObserver};

use super::fault::describe;
use super::listener::Listener;
use crate::chart::{Frame, Ink, Palette, between};

/// For a colour that the style sheet does not name: to be seen on light and on dark.
const MIDDLE_GREY: Ink = Ink { rgb: (128, 128, 128), alpha: 1.0 };

/// The largest side that every browser gives a canvas, in pixels.
const LARGEST_SIDE: u32 = 16_384;

fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    Some(canvas.get_context("2d").ok()??.unchecked_into())
}

/// Gives `canvas` the pixels of its box, wipes it and lets `paint` work on it. Nothing happens in a browser
/// without a 2D canvas, or while the box has no size.
pub fn paint_on(canvas: &HtmlCanvasElement, paint: impl FnOnce(CanvasBackend, Frame)) {
    let (Some(context), Some(window)) = (context_of(canvas), web_sys::window()) else { return };
    let scale = between(window.device_pixel_ratio(), 0.5, 8.0);
    let pixels = |css: i32| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a screen's size")]
        let pixels = (f64::from(css) * scale).round() as u32;
        pixels.min(LARGEST_SIDE)
    };
    let (width, height) = (pixels(canvas.client_width()), pixels(canvas.client_height()));
    if width == 0 || height == 0 {
        return;
    }
    // Setting the size wipes as well, but costs a new surface.
    if (canvas.width(), canvas.height()) == (width, height) {
        context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    } else {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    if let Some(backend) = CanvasBackend::with_canvas_object(canvas.clone()) {
        paint(backend, Frame { width, height, scale });
    }
}

/// The chart's colours and font as the style sheet has them for `canvas` now, by light or dark scheme.
pub fn palette_of(canvas: &HtmlCanvasElement) -> Palette {
    let style = web_sys::window().and_then(|window| window.get_computed_style(canvas).ok().flatten());
    let property = |name: &str| style.as_ref()?.get_property_value(name).ok();
    let ink = |name: &str| property(name).as_deref().and_then(Ink::parse).unwrap_or(MIDDLE_GREY);
    Palette {
        background: ink("--chart-background"),
        grid: ink("--chart-grid"),
        text: ink("--chart-text"),
        rising: ink("--chart-up"),
        falling: ink("--chart-down"),
        fast: ink("--chart-fast"),
        slow: ink("--chart-slow"),
        buy: ink("--chart-marker-buy"),
        sell: ink("--chart-marker-sell"),
        crosshair: ink("--chart-text"),
        font: property("--font").unwrap_or_else(|| "sans-serif".to_owned()),
    }
}

/// Tells when a canvas must be painted again though its data is the same: its box, the screen's resolution or
/// the colour scheme changed. Tells once per frame at most, until it is dropped.
#[derive(Debug)]
pub struct CanvasWatch {
    observer: ResizeObserver,
    pending: Rc<Cell<Option<i32>>>,
    _resized: Closure<dyn FnMut()>,
    _frame: Rc<Closure<dyn FnMut()>>,
    _scheme: Option<Listener>,
}

impl CanvasWatch {
    /// Calls `on_change` before the frame in which it matters.
    ///
    /// # Errors
    /// The browser's words, when it cannot observe.
    pub fn new(canvas: &HtmlCanvasElement, on_change: impl Fn() + 'static) -> Result<Self, String> {
        let window = web_sys::window().ok_or("there is no window")?;
        let pending = Rc::new(Cell::new(None));
        let due = Rc::clone(&pending);
        let frame = Rc::new(Closure::<dyn FnMut()>::new(move || {
            due.set(None);
            on_change();
        }));
        let (scheduled, callback, scheduler) = (Rc::clone(&pending), Rc::clone(&frame), window.clone());
        let schedule = move || {
            if scheduled.get().is_none() {
                let callback = callback.as_ref().as_ref().unchecked_ref();
                scheduled.set(scheduler.request_animation_frame(callback).ok());
            }
        };
        let resized = Closure::<dyn FnMut()>::new(schedule.clone());
        let observer =
            ResizeObserver::new(resized.as_ref().unchecked_ref()).map_err(|thrown| describe(&thrown))?;
        observer.observe(canvas);
        let scheme = window.match_media("(prefers-color-scheme: dark)").ok().flatten();
        let scheme = scheme.map(|query| Listener::new(&query, "change", move |_| schedule()));
        Ok(Self { observer, pending, _resized: resized, _frame: frame, _scheme: scheme })
    }
}

impl Drop for CanvasWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
        if let (Some(window), Some(frame)) = (web_sys::window(), self.pending.take()) {
            let _cancelled = window.cancel_animation_frame(frame);
        }
    }
}
