//! The page without a network: `public/sw.js` keeps the files of one release.
//!
//! A newer release waits beside it; this file tells of it and lets it in when the person says so.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState};

use super::fault::property;
use super::home::reload;
use super::listener::Listener;

/// The third script that may be named at run time; the page's Trusted Types policy names it too.
const SCRIPT: &str = "./sw.js";

/// The keeper of the files, watched for newer releases until this is dropped.
#[derive(Debug)]
pub struct Offline {
    container: ServiceWorkerContainer,
    registration: ServiceWorkerRegistration,
    guards: RefCell<Vec<Listener>>,
}

impl Offline {
    /// Lets the files of this release be kept, and calls `on_update` when a newer one waits. `None` where the
    /// browser keeps nothing (not secure, private mode): then the page needs its network as any page does.
    pub async fn keep(on_update: impl Fn() + 'static) -> Option<Rc<Self>> {
        let container = container()?;
        let registered = JsFuture::from(container.register(SCRIPT)).await.ok()?;
        Some(Self::watch(container, registered.unchecked_into(), on_update))
    }

    /// The keeper that an earlier visit left, as [`Offline::keep`] would give it; none is begun.
    pub async fn of_this_page(on_update: impl Fn() + 'static) -> Option<Rc<Self>> {
        let container = container()?;
        let registered = JsFuture::from(container.get_registration()).await.ok()?;
        Some(Self::watch(container, registered.dyn_into().ok()?, on_update))
    }

    fn watch(
        container: ServiceWorkerContainer,
        registration: ServiceWorkerRegistration,
        on_update: impl Fn() + 'static,
    ) -> Rc<Self> {
        let offline = Rc::new(Self { container, registration, guards: RefCell::default() });
        if offline.has_update() {
            on_update();
        }
        let on_update = Rc::new(on_update);
        // Let in by another tab: this one goes on as it is until the person takes it here too.
        let told = Rc::clone(&on_update);
        let let_in = Listener::new(&offline.container, "controllerchange", move |_| told());
        let link = Rc::downgrade(&offline);
        let found = Listener::new(&offline.registration, "updatefound", move |_| {
            let Some(offline) = link.upgrade() else { return };
            let Some(coming) = offline.registration.installing() else { return };
            let (link, on_update) = (link.clone(), Rc::clone(&on_update));
            let state = Listener::new(&coming.clone(), "statechange", move |_| {
                let is_new = link.upgrade().is_some_and(|offline| offline.is_kept());
                if is_new && coming.state() == ServiceWorkerState::Installed {
                    on_update();
                }
            });
            offline.guards.borrow_mut().push(state);
        });
        offline.guards.borrow_mut().extend([let_in, found]);
        offline
    }

    /// Whether this page itself was kept: the first release that is kept is no update.
    fn is_kept(&self) -> bool {
        self.container.controller().is_some()
    }

    fn has_update(&self) -> bool {
        self.is_kept() && self.registration.waiting().is_some()
    }

    /// Lets the newer release in, where no other tab has, and loads the page from it.
    pub fn take_update(&self) {
        let Some(waiting) = self.registration.waiting() else { return reload() };
        let changed = Listener::new(&self.container, "controllerchange", |_| reload());
        self.guards.borrow_mut().push(changed);
        // A keeper that is gone meanwhile leaves everything as it is.
        let _asked = waiting.post_message(&JsValue::from_str("take over"));
    }
}

fn container() -> Option<ServiceWorkerContainer> {
    let navigator = web_sys::window()?.navigator();
    property(&navigator, "serviceWorker")?;
    Some(navigator.service_worker())
}
