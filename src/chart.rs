//! A pure picture: candles and averages to a [`Scene`], a scene to any drawing backend.
//!
//! This room refuses to know where the points come from, what a canvas is, and which colours are in fashion:
//! points come from the snapshot, pixels go to a `DrawingBackend`, colours come from the page's style sheet.

mod axis;
mod curve;
mod describe;
mod model;
mod paint;
mod palette;
mod scene;
mod viewport;

pub use axis::{Tick, clock_time};
pub use describe::describe;
pub use model::ChartModel;
pub use paint::paint;
pub use palette::{Ink, Palette};
pub use scene::{Bar, Crosshair, Frame, Marker, Readout, Scene, between};
pub use viewport::Viewport;
