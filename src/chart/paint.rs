//! A scene on any drawing backend, with its primitives only.

use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontFamily,
};

use super::scene::px;
use super::{Bar, Ink, Marker, Palette, Scene, Tick};
use crate::trading::Side;

/// A line of some width.
struct Pen {
    ink: Ink,
    width: u32,
}

impl BackendStyle for Pen {
    fn color(&self) -> BackendColor {
        self.ink.color()
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// Text as the backend's own fonts draw it.
struct Lettering<'a> {
    ink: Ink,
    font: &'a str,
    size: f64,
    anchor: Pos,
}

impl BackendTextStyle for Lettering<'_> {
    type FontError = std::convert::Infallible;

    fn color(&self) -> BackendColor {
        self.ink.color()
    }

    fn size(&self) -> f64 {
        self.size
    }

    fn anchor(&self) -> Pos {
        Pos::new(self.anchor.h_pos, self.anchor.v_pos)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(self.font)
    }

    /// An estimate, for backends without fonts.
    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), Self::FontError> {
        Ok(((0, 0), (px(text.chars().count() as f64 * self.size * 0.6), px(self.size))))
    }

    /// Draws nothing: a backend without fonts shows no labels.
    fn draw<E, D: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        _: &str,
        _: BackendCoord,
        _: D,
    ) -> Result<Result<(), E>, Self::FontError> {
        Ok(Ok(()))
    }
}

type Drawn<DB> = Result<(), DrawingErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Draws `scene` over the whole of `backend`, whose size in device pixels is that of the scene's frame.
///
/// # Errors
/// Those of the backend.
pub fn paint<DB: DrawingBackend>(backend: &mut DB, scene: &Scene, palette: &Palette) -> Drawn<DB> {
    let mut painter = Painter { backend, scene, palette };
    painter.backend.ensure_prepared()?;
    painter.backend.draw_rect((0, 0), scene.size, &palette.background.color(), true)?;
    painter.grid()?;
    for bar in &scene.bars {
        painter.bar(bar)?;
    }
    painter.lines(&scene.slow, palette.slow, 2.0)?;
    painter.lines(&scene.fast, palette.fast, 1.0)?;
    for marker in &scene.markers {
        painter.marker(marker)?;
    }
    painter.last_price()?;
    painter.crosshair()?;
    painter.backend.present()
}

struct Painter<'a, DB> {
    backend: &'a mut DB,
    scene: &'a Scene,
    palette: &'a Palette,
}

impl<DB: DrawingBackend> Painter<'_, DB> {
    fn scaled(&self, css_pixels: f64) -> i32 {
        px(css_pixels * self.scene.scale).max(1)
    }

    fn grid(&mut self) -> Drawn<DB> {
        let (right, bottom) = self.scene.plot;
        let (grid, text) = (self.palette.grid.color(), self.palette.text);
        let gap = self.scaled(6.0);
        for Tick { at, label } in &self.scene.price_ticks {
            self.backend.draw_line((0, *at), (right, *at), &grid)?;
            let is_covered =
                self.scene.last_price.as_ref().is_some_and(|last| (last.at - at).abs() < 3 * gap);
            if !is_covered {
                self.write(label, (right + gap, *at), text, HPos::Left, VPos::Center)?;
            }
        }
        for Tick { at, label } in &self.scene.time_ticks {
            self.backend.draw_line((*at, 0), (*at, bottom), &grid)?;
            self.write(label, (*at, bottom + gap), text, HPos::Center, VPos::Top)?;
        }
        Ok(())
    }

    /// Rising bars are hollow where there is room for it, so that colour is not all that tells them.
    fn bar(&mut self, bar: &Bar) -> Drawn<DB> {
        let ink = if bar.is_rising { self.palette.rising } else { self.palette.falling };
        let stroke = self.scaled(1.0);
        let left = (bar.x - bar.width / 2).max(0);
        let right = (left + bar.width).min(self.scene.plot.0);
        let wick_left = (bar.x - stroke / 2).max(0);
        let (top, bottom) = (bar.body.0, bar.body.1.max(bar.body.0 + stroke));
        let style = ink.color();
        self.backend.draw_rect((wick_left, bar.wick.0), (wick_left + stroke, bar.wick.1), &style, true)?;
        self.backend.draw_rect((left, top), (right, bottom), &style, true)?;
        let has_room = right - left >= 5 * stroke && bottom - top > 2 * stroke;
        if bar.is_rising && has_room {
            let inside = self.palette.background.color();
            let corner = (right - stroke, bottom - stroke);
            self.backend.draw_rect((left + stroke, top + stroke), corner, &inside, true)?;
        }
        Ok(())
    }

    fn lines(&mut self, lines: &[Vec<(i32, i32)>], ink: Ink, css_width: f64) -> Drawn<DB> {
        let pen = Pen { ink, width: self.scaled(css_width).unsigned_abs() };
        for line in lines {
            self.backend.draw_path(line.iter().copied(), &pen)?;
        }
        Ok(())
    }

    fn marker(&mut self, marker: &Marker) -> Drawn<DB> {
        let (ink, down, anchor) = match marker.side {
            Side::Buy => (self.palette.buy, 1, VPos::Top),
            Side::Sell => (self.palette.sell, -1, VPos::Bottom),
        };
        let (half, tall) = (self.scaled(5.0), self.scaled(8.0));
        let (right, bottom) = self.scene.plot;
        let (x, y) = marker.tip;
        let held = |(x, y): (i32, i32)| (x.clamp(0, right - 1), y.clamp(0, bottom - 1));
        let foot = y + down * tall;
        let corners = [(x, y), (x - half, foot), (x + half, foot)].map(held);
        self.backend.fill_polygon(corners, &ink.color())?;
        let Some(label) = &marker.label else { return Ok(()) };
        let label_at = held((x, foot + down * self.scaled(2.0)));
        self.write(label, label_at, ink, HPos::Center, anchor)
    }

    fn last_price(&mut self) -> Drawn<DB> {
        let Some(tick) = &self.scene.last_price else { return Ok(()) };
        self.dashes(tick.at)?;
        self.tag(tick)
    }

    fn crosshair(&mut self) -> Drawn<DB> {
        let Some(crosshair) = &self.scene.crosshair else { return Ok(()) };
        let (right, bottom) = self.scene.plot;
        let ink = self.palette.crosshair.color();
        self.backend.draw_line((crosshair.x, 0), (crosshair.x, bottom), &ink)?;
        self.backend.draw_line((0, crosshair.price.at), (right, crosshair.price.at), &ink)?;
        self.tag(&crosshair.price)
    }

    fn dashes(&mut self, y: i32) -> Drawn<DB> {
        let (right, _) = self.scene.plot;
        let (dash, period) = (self.scaled(2.0), self.scaled(8.0));
        let ink = self.palette.crosshair.color();
        let mut left = 0;
        while left < right {
            self.backend.draw_line((left, y), ((left + dash).min(right), y), &ink)?;
            left += period;
        }
        Ok(())
    }

    /// A filled label on the price axis.
    fn tag(&mut self, tick: &Tick) -> Drawn<DB> {
        let (right, _) = self.scene.plot;
        let half = self.scaled(8.0);
        let (top, bottom) = ((tick.at - half).max(0), (tick.at + half).min(self.scene.size.1));
        let fill = self.palette.crosshair.color();
        self.backend.draw_rect((right, top), (self.scene.size.0, bottom), &fill, true)?;
        let at = (right + self.scaled(6.0), tick.at);
        self.write(&tick.label, at, self.palette.background, HPos::Left, VPos::Center)
    }

    fn write(&mut self, text: &str, at: (i32, i32), ink: Ink, h_pos: HPos, v_pos: VPos) -> Drawn<DB> {
        let size = 11.0 * self.scene.scale;
        let lettering = Lettering { ink, font: &self.palette.font, size, anchor: Pos::new(h_pos, v_pos) };
        self.backend.draw_text(text, &lettering, at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::samples::{FRAME, model};
    use super::super::{Frame, Viewport};
    use super::*;

    /// Remembers what was drawn instead of drawing it.
    #[derive(Default)]
    struct Recorder {
        size: (u32, u32),
        rects: Vec<[BackendCoord; 2]>,
        lines: usize,
        paths: Vec<(usize, u32)>,
        polygons: Vec<Vec<BackendCoord>>,
        texts: Vec<(String, BackendCoord)>,
        is_presented: bool,
    }

    type Recorded = Result<(), DrawingErrorKind<std::convert::Infallible>>;

    impl DrawingBackend for Recorder {
        type ErrorType = std::convert::Infallible;

        fn get_size(&self) -> (u32, u32) {
            self.size
        }

        fn ensure_prepared(&mut self) -> Recorded {
            Ok(())
        }

        fn present(&mut self) -> Recorded {
            self.is_presented = true;
            Ok(())
        }

        fn draw_pixel(&mut self, at: BackendCoord, _: BackendColor) -> Recorded {
            panic!("a pixel at {at:?}: only whole shapes are drawn")
        }

        fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, _: &S) -> Recorded {
            self.inside(from);
            self.inside(to);
            self.lines += 1;
            Ok(())
        }

        fn draw_rect<S: BackendStyle>(
            &mut self,
            from: BackendCoord,
            to: BackendCoord,
            _: &S,
            fill: bool,
        ) -> Recorded {
            assert!(fill && from.0 <= to.0 && from.1 <= to.1, "{from:?} {to:?}");
            self.inside(from);
            self.inside(to);
            self.rects.push([from, to]);
            Ok(())
        }

        fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
            &mut self,
            path: I,
            style: &S,
        ) -> Recorded {
            let path: Vec<_> = path.into_iter().collect();
            path.iter().for_each(|at| self.inside(*at));
            self.paths.push((path.len(), style.stroke_width()));
            Ok(())
        }

        fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
            &mut self,
            path: I,
            _: &S,
        ) -> Recorded {
            let path: Vec<_> = path.into_iter().collect();
            path.iter().for_each(|at| self.inside(*at));
            self.polygons.push(path);
            Ok(())
        }

        fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Recorded {
            assert_eq!(style.family().as_str(), "Test Sans");
            self.inside(at);
            self.texts.push((text.to_owned(), at));
            Ok(())
        }
    }

    impl Recorder {
        fn inside(&self, (x, y): BackendCoord) {
            let is_inside = |place: i32, size: u32| place >= 0 && place.unsigned_abs() <= size;
            assert!(
                is_inside(x, self.size.0) && is_inside(y, self.size.1),
                "{x}, {y} is off {:?}",
                self.size
            );
        }

        fn has_text(&self, wanted: &str) -> bool {
            self.texts.iter().any(|(text, _)| text == wanted)
        }
    }

    fn palette() -> Palette {
        let ink = |shade: u8| Ink { rgb: (shade, shade, shade), alpha: 1.0 };
        Palette {
            background: ink(0),
            grid: ink(1),
            text: ink(2),
            rising: ink(3),
            falling: ink(4),
            fast: ink(5),
            slow: ink(6),
            buy: ink(7),
            sell: ink(8),
            crosshair: ink(9),
            font: "Test Sans".to_owned(),
        }
    }

    fn painted(len: usize, visible: f64, frame: Frame, pointer: Option<(f64, f64)>) -> Recorder {
        let viewport = Viewport { end_offset: 0.0, candles_visible: visible };
        let scene = Scene::lay_out(&model(len), viewport, frame, pointer);
        let mut recorder = Recorder { size: (frame.width, frame.height), ..Recorder::default() };
        paint(&mut recorder, &scene, &palette()).expect("a recorder never fails");
        assert!(recorder.is_presented);
        recorder
    }

    #[test]
    fn each_bar_is_a_wick_and_a_body_and_rising_ones_are_hollow() {
        let drawn = painted(60, 60.0, FRAME, None);
        let [from, to] = drawn.rects[0];
        assert_eq!((from, to), ((0, 0), (1_000, 400)), "the background comes first");
        let hollow = drawn.rects.len() - 1 - 2 * 60 - 1;
        assert!((1..=60).contains(&hollow), "{hollow} hollow bars");
        assert_eq!(drawn.paths, [(60, 2), (60, 1)], "slow below fast, each one path");
    }

    #[test]
    fn trades_are_triangles_with_a_word() {
        let drawn = painted(60, 60.0, FRAME, None);
        assert!(drawn.has_text("Buy") && drawn.has_text("Sell ×2"), "{:?}", drawn.texts);
        let [buy, sell] = drawn.polygons.as_slice() else { panic!("{:?}", drawn.polygons) };
        assert!(buy[0].1 < buy[1].1, "a buy points upwards");
        assert!(sell[0].1 > sell[1].1, "a sell points downwards");
    }

    #[test]
    fn the_crosshair_is_drawn_on_top() {
        let without = painted(60, 60.0, FRAME, None);
        let with = painted(60, 60.0, FRAME, Some((300.0, 150.0)));
        assert_eq!(with.lines, without.lines + 2);
        assert_eq!(with.texts.len(), without.texts.len() + 1);
    }

    #[test]
    fn nothing_is_drawn_outside_the_canvas() {
        for (width, height) in [(1, 1), (90, 70), (390, 220), (2_880, 1_200)] {
            for (len, visible) in [(0, 10.0), (1, 10.0), (13, 400.0), (700, 37.0), (10_000, 10_000.0)] {
                for scale in [1.0, 1.5, 3.0] {
                    let frame = Frame { width, height, scale };
                    let drawn = painted(len, visible, frame, Some((f64::from(width) / 3.0, 20.0)));
                    assert!(!drawn.rects.is_empty());
                }
            }
        }
    }

    #[test]
    fn ten_thousand_candles_cost_no_more_than_the_pixels_they_cover() {
        let drawn = painted(10_000, 10_000.0, FRAME, None);
        assert!(drawn.rects.len() < 3 * 500 + 2, "{} rects", drawn.rects.len());
    }
}
