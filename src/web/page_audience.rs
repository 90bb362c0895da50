//! What the trader shows to the page, not faster than anybody can see.
//!
//! A simulated chain at a thousand times the speed changes more often than a page can draw. The newest snapshot is
//! all that counts, and changes of the chart add up, so both wait for the next showing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;

use super::page_link::PageLink;
use crate::app::{Audience, ChartUpdate, ExportFile, Snapshot, ToPage};

/// Between two showings. The first change after a rest is shown at once.
const PAUSE_MILLIS: u32 = 66;

#[derive(Debug)]
struct State {
    page: Rc<PageLink>,
    snapshot: RefCell<Option<Snapshot>>,
    chart: RefCell<Option<ChartUpdate>>,
    pause: RefCell<Option<Timeout>>,
    is_resting: Cell<bool>,
}

/// Shows every change to the page.
#[derive(Clone, Debug)]
pub struct PageAudience(Rc<State>);

impl PageAudience {
    /// Shows to this page.
    pub fn new(page: Rc<PageLink>) -> Self {
        Self(Rc::new(State {
            page,
            snapshot: RefCell::default(),
            chart: RefCell::default(),
            pause: RefCell::default(),
            is_resting: Cell::default(),
        }))
    }

    fn show(&self) {
        let state = &self.0;
        if state.is_resting.get() {
            return;
        }
        let (chart, snapshot) = (state.chart.take(), state.snapshot.take());
        if chart.is_none() && snapshot.is_none() {
            return;
        }
        if let Some(update) = chart {
            state.page.post(&ToPage::Chart(update));
        }
        if let Some(snapshot) = snapshot {
            state.page.post(&ToPage::Snapshot(Box::new(snapshot)));
        }
        state.is_resting.set(true);
        let later = self.clone();
        *state.pause.borrow_mut() = Some(Timeout::new(PAUSE_MILLIS, move || {
            later.0.is_resting.set(false);
            later.show();
        }));
    }
}

impl Audience for PageAudience {
    fn file(&self, file: ExportFile) {
        self.0.page.post(&ToPage::File(file));
    }

    fn snapshot(&self, snapshot: Snapshot) {
        *self.0.snapshot.borrow_mut() = Some(snapshot);
        self.show();
    }

    fn chart(&self, update: ChartUpdate) {
        let mut chart = self.0.chart.borrow_mut();
        *chart = Some(match chart.take() {
            Some(earlier) => earlier.then(update),
            None => update,
        });
        drop(chart);
        self.show();
    }
}
