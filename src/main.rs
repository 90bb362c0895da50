//! The page's program: takes the place of the static text, then joins the trader, the wallets and the view.

#![cfg_attr(
    target_arch = "wasm32",
    expect(clippy::disallowed_methods, reason = "a program begins its tasks")
)]

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    page::start();
}

/// The page lives in a browser only.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}

#[cfg(target_arch = "wasm32")]
mod page {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    use leash::app::{FromLab, FromSandbox, Intent, Notice, NoticeLevel, ToLab, ToSandbox, news};
    use leash::chart::{Frame, Scene, paint};
    use leash::contracts::SANDBOX_ID;
    use leash::ports::Clock as _;
    use leash::ui::leptos::ev::Event;
    use leash::ui::leptos::{
        Callback, GetUntracked as _, RwSignal, Set as _, Update as _, WithUntracked as _,
    };
    use leash::ui::{CanvasElement, Edge, LabSignals, Page, SandboxSignals, WalletOffer, app};
    use leash::web::{self, FromTrader, LabTab, Offline, SandboxTab, TraderLink, WalletList};
    use wasm_bindgen_futures::spawn_local;

    thread_local! {
        /// What the view's plain callbacks reach: a browser object cannot travel in a signal.
        static WORLD: World = World::default();
    }

    /// The page's hold on the world, for as long as the tab lives.
    #[derive(Default)]
    struct World {
        wallets: RefCell<Option<Rc<WalletList>>>,
        trader: RefCell<Option<Rc<TraderLink>>>,
        sandbox: RefCell<Option<Rc<SandboxTab>>>,
        offline: RefCell<Option<Rc<Offline>>>,
        canvases: RefCell<Vec<(CanvasElement, web::CanvasWatch)>>,
        lab: RefCell<Option<Rc<LabTab>>>,
        seconds: RefCell<Option<web::Seconds>>,
        has_reconnected: Cell<bool>,
        /// The network that the address shows.
        network: RefCell<String>,
    }

    impl World {
        /// The chain's clock: the sandbox has one of its own.
        fn now_millis(&self) -> u64 {
            self.sandbox.borrow().as_ref().map_or_else(|| web::BrowserClock.now(), |sandbox| sandbox.now()).0
        }
    }

    /// Draws the page, and starts the trader once it is seen.
    pub(super) fn start() {
        let network = web::home_network(SANDBOX_ID);
        let is_sandbox = network.as_deref() == Some(SANDBOX_ID);
        web::replace_shell(move |root| {
            let view = move || {
                let page = page(is_sandbox);
                spawn_local(async move {
                    web::first_paint().await;
                    join(page, network);
                });
                app(page)
            };
            leptos::mount::mount_to(root, view).forget();
        });
    }

    fn page(is_sandbox: bool) -> Page {
        let now = NOW.with(|now| *now);
        let sandbox = is_sandbox.then(SandboxSignals::default);
        let seconds = web::Seconds::new(move || {
            WORLD.with(|world| {
                now.set(world.now_millis());
                let unseen = UNSEEN.with(Cell::get).filter(|unseen| unseen.get_untracked() > 0);
                if let Some(unseen) = unseen.filter(|_| web::is_visible()) {
                    unseen.set(0);
                }
                let dead = world.sandbox.borrow().clone().filter(|sandbox| sandbox.is_dead());
                if let Some((dead, signals)) = dead.zip(sandbox)
                    && signals.stopped.get_untracked().is_none()
                {
                    dead.give_up();
                    signals.stopped.set(Some("it gives no sign of life.".to_owned()));
                }
            });
        });
        WORLD.with(|world| world.seconds.replace(Some(seconds)));
        let edge = Edge {
            dispatch: Callback::new(dispatch),
            order: Callback::new(order),
            copy: Callback::new(|text: String| {
                // Where the clipboard is refused the text can still be selected.
                spawn_local(async move { drop(web::copy_text(&text).await) });
            }),
            ask_to_notify,
            use_sound,
            restart: web::reload,
            update: || {
                WORLD.with(|world| {
                    if let Some(offline) = world.offline.borrow().as_ref() {
                        offline.take_update();
                    }
                });
            },
            lab: Callback::new(ask_lab),
            read_candles,
            read_journal,
            is_unfolded: web::is_unfolded,
            paint: paint_scene,
            repaint: REPAINT.with(|repaint| *repaint).into(),
            now_millis: now.into(),
        };
        let page = Page::new(RwSignal::default(), RwSignal::default(), RwSignal::default(), sandbox, edge);
        LAB.with(|lab| lab.set(Some(page.lab)));
        TELLING.with(|telling| telling.set(Some(page.telling)));
        UNSEEN.with(|unseen| unseen.set(Some(page.unseen)));
        page.telling.set(web::telling());
        page
    }

    /// Asks the lab, which is loaded by the first question.
    fn ask_lab(message: ToLab) {
        let Some(signals) = LAB.with(Cell::get) else { return };
        signals.trouble.set(None);
        WORLD.with(|world| {
            let mut lab = world.lab.borrow_mut();
            if lab.is_none() {
                match LabTab::start(move |event| hear_lab(signals, event)) {
                    Ok(started) => *lab = Some(started),
                    Err(why) => return signals.trouble.set(Some(why)),
                }
            }
            if let Some(lab) = lab.as_ref() {
                lab.post(message);
            }
        });
    }

    fn read_candles(event: &Event) {
        let Some(file) = web::file_of(event) else { return };
        spawn_local(async move {
            match web::read_file(file).await {
                Ok((name, bytes)) => ask_lab(ToLab::Read { name, bytes }),
                Err(why) => LAB.with(|lab| lab.get().map_or((), |signals| signals.trouble.set(Some(why)))),
            }
        });
    }

    fn read_journal(event: &Event) {
        let Some(file) = web::file_of(event) else { return };
        spawn_local(async move {
            let name = file.name();
            let content = web::read_file(file).await.map(|(_, bytes)| bytes);
            dispatch(Intent::CheckJournal(name, content));
        });
    }

    fn hear_lab(signals: LabSignals, event: FromLab) {
        let is_progress = matches!(event, FromLab::Progress(_));
        match event {
            FromLab::Progress(permille) => signals.progress.set(Some(permille)),
            FromLab::History(history) => {
                signals.history.set(Some(history));
                signals.report.set(None);
                signals.sweep.set(None);
            }
            FromLab::Report(report) => signals.report.set(Some(*report)),
            FromLab::Sweep(sweep) => signals.sweep.set(Some(*sweep)),
            FromLab::Refused(why) => signals.trouble.set(Some(why)),
            FromLab::File(file) => web::save_file(&file.name, &file.mime, &file.text),
            FromLab::Ready | FromLab::Stopped => {}
        }
        if !is_progress && signals.progress.get_untracked().is_some() {
            signals.progress.set(None);
        }
    }

    /// Finds the wallets and starts the workers.
    fn join(page: Page, network: Option<String>) {
        let started =
            page.sandbox.map(|signals| SandboxTab::start(move |event| hear_sandbox(signals, event)));
        let (sandbox, port) = match started.transpose() {
            Ok(started) => started.unzip(),
            Err(reason) => return hear(page, FromTrader::Crashed(reason)),
        };
        let only = sandbox.as_ref().and_then(|sandbox| sandbox.wallet_id());
        WORLD.with(|world| world.sandbox.replace(sandbox));
        let Some(wallets) = WalletList::discover(only, move |offers| list(page, offers)) else { return };
        let wallets = Rc::new(wallets);
        let started = TraderLink::start(network, port, Rc::clone(&wallets), move |event| hear(page, event));
        let offers = wallets.offers();
        WORLD.with(|world| world.wallets.replace(Some(wallets)));
        match started {
            Ok(link) => drop(WORLD.with(|world| world.trader.replace(Some(link)))),
            Err(reason) => hear(page, FromTrader::Crashed(reason)),
        }
        list(page, offers);
        spawn_local(async move {
            let on_update = move || page.has_update.set(true);
            // Only the sandbox is of use without a network; what it has kept is served on every network.
            let offline = if page.sandbox.is_some() {
                Offline::keep(on_update).await
            } else {
                Offline::of_this_page(on_update).await
            };
            WORLD.with(|world| world.offline.replace(offline));
        });
    }

    fn hear(page: Page, event: FromTrader) {
        match event {
            FromTrader::Ready => {}
            FromTrader::Snapshot(snapshot) => {
                WORLD.with(|world| {
                    let id = &snapshot.network.id;
                    if *world.network.borrow() != *id {
                        web::remember_network(id);
                        world.network.replace(id.clone());
                    }
                });
                tell(page, &page.snapshot.with_untracked(|before| news(before, &snapshot)));
                page.snapshot.set(*snapshot);
            }
            FromTrader::Chart(update) => page.chart.update(|chart| chart.apply(update)),
            FromTrader::File(file) => leash::web::save_file(&file.name, &file.mime, &file.text),
            FromTrader::Crashed(reason) => page.snapshot.update(|snapshot| {
                let notice = Notice {
                    id: u64::MAX,
                    level: NoticeLevel::Error,
                    sentence: "The trader of this tab has stopped; nothing is traded here now.".to_owned(),
                    advice: "Reload the page: it goes on from its journal, and sends nothing twice."
                        .to_owned(),
                    details: reason,
                };
                snapshot.notices.insert(0, notice);
            }),
        }
    }

    /// Tells a person who looks elsewhere, and counts what was told in the tab's title.
    fn tell(page: Page, told: &[String]) {
        for sentence in told.iter().filter(|_| !web::is_visible()) {
            web::notify(sentence);
            page.unseen.update(|unseen| *unseen += 1);
        }
    }

    fn ask_to_notify() {
        spawn_local(async {
            web::ask_to_notify().await;
            look_at_telling();
        });
    }

    fn use_sound(wished: bool) {
        web::use_sound(wished);
        look_at_telling();
    }

    fn look_at_telling() {
        if let Some(telling) = TELLING.with(Cell::get) {
            telling.set(web::telling());
        }
    }

    fn hear_sandbox(signals: SandboxSignals, event: FromSandbox) {
        match event {
            FromSandbox::View(view) => {
                NOW.with(|now| *now).set(WORLD.with(World::now_millis));
                signals.view.set(Some(*view));
            }
            FromSandbox::Sheet(sheet) => signals.sheet.set(Some(*sheet)),
            FromSandbox::Failed(reason) => signals.stopped.set(Some(reason)),
            FromSandbox::StartAnew => order(ToSandbox::Reset),
            FromSandbox::Cleared => web::reload(),
            // The tab's own end of the line took these.
            FromSandbox::Ready | FromSandbox::WalletAnswer { .. } => {}
        }
    }

    /// Sends to the sandbox. Its chain is thrown away only once no trader writes down what happens on it.
    fn order(message: ToSandbox) {
        WORLD.with(|world| {
            if message == ToSandbox::Reset {
                drop(world.trader.take());
                web::forget_wallet(true);
            }
            if let Some(sandbox) = world.sandbox.borrow().as_ref() {
                sandbox.post(message);
            }
        });
    }

    fn is_sandbox() -> bool {
        WORLD.with(|world| world.sandbox.borrow().is_some())
    }

    /// Shows the wallets, and reconnects the one of the last visit without asking it for anything.
    fn list(page: Page, offers: Vec<web::WalletOffer>) {
        let last = web::remembered_wallet(is_sandbox());
        let known = offers.iter().find(|offer| last.as_ref() == Some(&offer.rdns) && !offer.is_twin);
        if let Some(offer) = known.filter(|_| can_reconnect()) {
            let (wallet, name) = (offer.id.clone(), offer.name.clone());
            dispatch(Intent::Connect { wallet, name, may_prompt: false });
        }
        let to_view = |offer: web::WalletOffer| WalletOffer {
            id: offer.id,
            name: offer.name,
            rdns: offer.rdns,
            icon: offer.icon_data_uri,
            is_twin: offer.is_twin,
        };
        page.wallets.set(offers.into_iter().map(to_view).collect());
    }

    /// Once per visit, as soon as there is a trader to ask.
    fn can_reconnect() -> bool {
        WORLD.with(|world| world.trader.borrow().is_some() && !world.has_reconnected.replace(true))
    }

    fn dispatch(intent: Intent) {
        if let Intent::ChooseNetwork(id) = &intent
            && (id == SANDBOX_ID) != is_sandbox()
        {
            // The sandbox and the live networks each have a trader of their own.
            return web::go_to_network(id);
        }
        WORLD.with(|world| {
            remember_choice(world, &intent);
            if let Some(trader) = world.trader.borrow().as_ref() {
                trader.send(intent);
            }
        });
    }

    fn remember_choice(world: &World, intent: &Intent) {
        if let Intent::Connect { wallet, may_prompt: true, .. } | Intent::TryIt { wallet, .. } = intent {
            world.has_reconnected.set(true);
            let offers = world.wallets.borrow().as_ref().map(|list| list.offers()).unwrap_or_default();
            if let Some(offer) = offers.iter().find(|offer| offer.id == *wallet) {
                web::remember_wallet(is_sandbox(), &offer.rdns);
            }
        } else if *intent == Intent::Disconnect {
            web::forget_wallet(is_sandbox());
        }
    }

    thread_local! {
        /// The chain's clock, once a second.
        static NOW: RwSignal<u64> = RwSignal::new(WORLD.with(World::now_millis));
        /// Counts up when the chart must be painted again though its data is the same.
        static REPAINT: RwSignal<u32> = RwSignal::new(0);
        /// Whether notifications may be asked for.
        static TELLING: Cell<Option<RwSignal<web::Telling>>> = const { Cell::new(None) };
        /// How much was told while nobody looked.
        static UNSEEN: Cell<Option<RwSignal<u32>>> = const { Cell::new(None) };
        /// Where the lab's answers go.
        static LAB: Cell<Option<LabSignals>> = const { Cell::new(None) };
    }

    fn paint_scene(canvas: &CanvasElement, scene: &dyn Fn(Frame) -> Scene) {
        watch(canvas);
        let palette = web::palette_of(canvas);
        web::paint_on(canvas, |mut backend, frame| {
            // A canvas refuses nothing that a scene can hold; a lost stroke is painted with the next tick.
            drop(paint(&mut backend, &scene(frame), &palette));
        });
    }

    /// Repaints when the canvas changes its size or scheme.
    fn watch(canvas: &CanvasElement) {
        WORLD.with(|world| {
            let mut canvases = world.canvases.borrow_mut();
            canvases.retain(|(watched, _)| watched.is_connected());
            if canvases.iter().any(|(watched, _)| watched == canvas) {
                return;
            }
            let repaint = REPAINT.with(|repaint| *repaint);
            let watch = web::CanvasWatch::new(canvas, move || repaint.set(repaint.get_untracked() + 1));
            canvases.extend(watch.ok().map(|watch| (canvas.clone(), watch)));
        });
    }
}
