//! The sandbox's wallet as a page sees it: requests, and the events of EIP-1193.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Reflect;
use leash::app::{PageEvent, SharedWallet, ToSandbox, WalletError};
use leash::web::{Provider, SandboxWallet, WalletList};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{js, window};

const OWNER: &str = "0x00000000000000000000000000000000000000Aa";

/// The announced wallet, what it posted, and its provider as this page knows it.
fn announced() -> (Rc<SandboxWallet>, Rc<RefCell<Vec<u64>>>, WalletList, Provider) {
    js(
        "addEventListener('eip6963:announceProvider', (event) => { window.played = event.detail.provider; }, \
         { once: true })",
    );
    let posted = Rc::new(RefCell::new(Vec::new()));
    let inbox = Rc::clone(&posted);
    let wallet = SandboxWallet::announce(move |message| {
        if let ToSandbox::Wallet { id, .. } = message {
            inbox.borrow_mut().push(id);
        }
    });
    let wallet = Rc::new(wallet.expect("a window"));
    let list = WalletList::discover(Some(wallet.uuid().to_owned()), |_| {}).expect("a window");
    let provider = list.provider(wallet.uuid()).expect("announced");
    (wallet, posted, list, provider)
}

fn told(accounts: &[&str], chain_id: u64) -> SharedWallet {
    SharedWallet { accounts: accounts.iter().map(|text| (*text).to_owned()).collect(), chain_id }
}

/// What the listeners of `window.heard` noted, and forgets it.
fn heard() -> String {
    js("JSON.stringify(window.heard.splice(0))").as_string().expect("text")
}

#[wasm_bindgen_test]
fn what_changes_is_told_once_and_what_does_not_is_not() {
    let (wallet, _, _list, provider) = announced();
    let events = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&events);
    let watch = provider.watch(move |event| seen.borrow_mut().push(event));
    wallet.note(&told(&[], 31_337));
    wallet.note(&told(&[], 31_337));
    assert_eq!(*events.borrow(), [], "nothing has changed");
    wallet.note(&told(&[OWNER], 31_337));
    wallet.note(&told(&[OWNER], 31_337));
    assert_eq!(events.take(), [PageEvent::AccountsChanged(vec![OWNER.to_owned()])]);
    wallet.note(&told(&[OWNER], 1));
    assert_eq!(events.take(), [PageEvent::ChainChanged("0x1".to_owned())]);
    wallet.note(&told(&[], 1));
    assert_eq!(events.take(), [PageEvent::AccountsChanged(Vec::new())]);
    wallet.leave();
    wallet.leave();
    assert_eq!(events.take(), [PageEvent::WalletDisconnected]);
    drop(watch);
    wallet.note(&told(&[], 31_337));
    wallet.note(&told(&[OWNER], 31_337));
    assert_eq!(*events.borrow(), [], "nobody listens any more");
}

#[wasm_bindgen_test]
fn listeners_come_and_go_as_eip_1193_says() {
    let (wallet, _, _list, _provider) = announced();
    js("(() => { const { played } = window; window.heard = []; \
         window.note = (value) => heard.push(value?.chainId ?? value?.code ?? value); \
         window.stays = played.on('connect', note) === played && played.on('disconnect', note) === played \
             && played.removeListener('connect', () => {}) === played && played.on('connect', 7) === played; \
         played.on('chainChanged', () => { throw new Error('mine alone'); }); \
         played.on('chainChanged', note); played.on('chainChanged', note); })()");
    assert_eq!(Reflect::get(&window(), &"stays".into()), Ok(JsValue::TRUE), "both give the provider back");
    wallet.note(&told(&[], 31_337));
    assert_eq!(heard(), r#"["0x7a69"]"#, "connected, and to which chain");
    wallet.note(&told(&[], 1));
    assert_eq!(heard(), r#"["0x1","0x1"]"#, "twice for who asked twice, whatever another throws");
    js("window.played.removeListener('chainChanged', window.note)");
    wallet.note(&told(&[], 2));
    assert_eq!(heard(), r#"["0x2"]"#, "one removal removes one");
    js("window.played.removeListener('chainChanged', window.note)");
    wallet.note(&told(&[], 3));
    assert_eq!(heard(), "[]");
    wallet.leave();
    assert_eq!(heard(), "[4900]", "disconnected, with EIP-1193's code");
    wallet.note(&told(&[], 3));
    assert_eq!(heard(), r#"["0x3"]"#, "and connected again");
}

#[wasm_bindgen_test]
async fn a_wallet_whose_worker_is_gone_leaves_nobody_waiting() {
    let (wallet, posted, _list, provider) = announced();
    wallet.note(&told(&[], 31_337));
    let asked = provider.request("eth_accounts", "[]");
    let leaving = async {
        while posted.borrow().is_empty() {
            leash::ports::Clock::sleep_millis(&leash::web::BrowserClock, 1).await;
        }
        wallet.leave();
    };
    let (answer, ()) = futures_util::future::join(asked, leaving).await;
    let gone = WalletError { code: 4_900, message: "the sandbox has stopped".to_owned(), data: None };
    assert_eq!(answer, Err(gone.clone()));
    assert_eq!(provider.request("eth_accounts", "[]").await, Err(gone));
    assert_eq!(posted.borrow().len(), 1, "nothing is posted to nobody");
}
