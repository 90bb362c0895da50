//! The browser's adapters in a browser: the ports' own contract suites, and the wallets of a page.

#![cfg(target_arch = "wasm32")]

#[cfg(feature = "sandbox")]
#[path = "../src/bin/sandbox/keeping.rs"]
#[expect(dead_code, reason = "the program keeps its chain there too")]
mod keeping;
#[path = "web/ports.rs"]
mod ports;
#[cfg(feature = "sandbox")]
#[path = "web/production.rs"]
mod production;
#[path = "web/sandbox_wallet.rs"]
mod sandbox_wallet;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use leash::app::PageEvent;
use leash::ports::{Collection, Entropy, KeyVault, Store, StoreError, Transport, TransportError, contract};
use leash::web::{
    BrowserClock, BrowserEntropy, BrowserPorts, Database, HttpTransport, INJECTED_WALLET, IndexedDbStore,
    Provider, SocketLine, TabChannel, WalletList, WalletOffer, WebCryptoKeyVault, WebLock,
};
use serde_json::json;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{CustomEvent, CustomEventInit, Event, Window};

wasm_bindgen_test_configure!(run_in_browser);

fn window() -> Window {
    web_sys::window().expect("a window")
}

/// A database of this test alone.
fn fresh_name() -> String {
    let mut bytes = [0; 8];
    BrowserEntropy::new().expect("randomness").fill(&mut bytes);
    format!("test-{}", u64::from_le_bytes(bytes))
}

#[wasm_bindgen_test]
async fn the_store_keeps_the_contract() {
    contract::store_keeps_records(&IndexedDbStore::new(Database::new(fresh_name()))).await;
}

#[wasm_bindgen_test]
async fn the_vault_keeps_the_contract() {
    let vault =
        WebCryptoKeyVault::new(Database::new(fresh_name()), BrowserEntropy::new().expect("randomness"));
    contract::vault_keeps_and_wipes(&vault).await;
}

#[wasm_bindgen_test]
async fn the_lock_keeps_the_contract() {
    contract::lock_is_exclusive(&WebLock::default(), &WebLock::default()).await;
    contract::lock_can_be_stolen(&WebLock::default(), &WebLock::default(), &WebLock::default()).await;
}

#[wasm_bindgen_test]
async fn a_line_of_prices_that_nobody_is_at_says_so() {
    // A port that no program may listen on: browsers refuse it, or find nobody.
    contract::line_is_down(&SocketLine::default(), "ws://127.0.0.1:9").await;
}

#[wasm_bindgen_test]
async fn the_channel_between_tabs_keeps_the_contract() {
    let name = fresh_name();
    contract::tabs_hear_each_other(&TabChannel::new(&name), &TabChannel::new(&name)).await;
}

#[wasm_bindgen_test]
async fn the_clock_keeps_the_contract() {
    contract::clock_sleeps(&BrowserClock).await;
}

#[wasm_bindgen_test]
fn the_entropy_keeps_the_contract() {
    let entropy = BrowserEntropy::new().expect("randomness");
    contract::entropy_is_fresh(&entropy);
    let mut more_than_the_browser_gives_at_once = vec![0; 70_000];
    entropy.fill(&mut more_than_the_browser_gives_at_once);
    assert!(more_than_the_browser_gives_at_once[65_536..].iter().any(|byte| *byte != 0));
}

#[wasm_bindgen_test]
async fn records_and_keys_survive_a_reload() {
    let name = fresh_name();
    let before = BrowserPorts::new(&name).expect("randomness");
    before.store.put(Collection::Journal, "1", &[1, 2]).await.expect("written");
    before.key_vault.put("session", &[9; 32]).await.expect("sealed");
    drop(before);
    let after = BrowserPorts::new(&name).expect("randomness");
    assert_eq!(after.store.get(Collection::Journal, "1").await, Ok(Some(vec![1, 2])));
    assert_eq!(after.key_vault.open("session").await.expect("readable").as_deref(), Some(&[9; 32]));
}

/// Notes of every transaction of the browser what it is over and what it says of itself.
const OVERHEAR: &str = "(() => { \
    const own = IDBDatabase.prototype.transaction; \
    const heard = []; \
    IDBDatabase.prototype.transaction = function (...told) { \
        const begun = own.apply(this, told); \
        heard.push([this.name, told[0], begun.mode, begun.durability].join(' ')); \
        return begun; \
    }; \
    return { heard, stop() { IDBDatabase.prototype.transaction = own; return heard.join(); } }; \
})()";

#[wasm_bindgen_test]
async fn what_is_written_is_on_the_disk_before_that_is_said() {
    let name = fresh_name();
    let ports = BrowserPorts::new(&name).expect("randomness");
    let overheard = js(OVERHEAR);
    ports.store.put(Collection::Journal, "1", &[1, 2]).await.expect("written");
    ports.store.delete(Collection::Journal, "1").await.expect("deleted");
    ports.key_vault.put("session", &[9; 32]).await.expect("sealed");
    let stop: Function = Reflect::get(&overheard, &"stop".into()).expect("it").unchecked_into();
    let heard = stop.call0(&overheard).expect("what was heard").as_string().expect("text");
    let writes: Vec<&str> = heard.split(',').filter(|heard| heard.contains(" readwrite ")).collect();
    for store in ["journal", "vault"] {
        let write = format!("{name} {store} readwrite strict");
        assert!(writes.contains(&write.as_str()), "{heard}");
    }
    assert!(writes.iter().all(|write| write.ends_with(" strict")), "{heard}");
}

/// Opens database `name` at `version` with the browser's own call, and leaves it open.
async fn open_raw(name: &str, version: f64) -> JsValue {
    let factory = Reflect::get(&window(), &"indexedDB".into()).expect("IndexedDB");
    let open: Function = Reflect::get(&factory, &"open".into()).expect("open").unchecked_into();
    let request = open.call2(&factory, &name.into(), &version.into()).expect("a request");
    let opened = Promise::new(&mut |resolve, reject| {
        Reflect::set(&request, &"onsuccess".into(), &resolve).expect("settable");
        Reflect::set(&request, &"onerror".into(), &reject).expect("settable");
    });
    let event = wasm_bindgen_futures::JsFuture::from(opened).await.expect("opened");
    let request = event.unchecked_into::<Event>().target().expect("the request");
    Reflect::get(&request, &"result".into()).expect("a database")
}

#[wasm_bindgen_test]
async fn a_newer_database_is_left_alone() {
    let name = fresh_name();
    let newer = open_raw(&name, 1_000.0).await;
    let store = IndexedDbStore::new(Database::new(name));
    assert_eq!(store.get(Collection::Grants, "a").await, Err(StoreError::NewerVersion));
    drop(newer);
}

#[wasm_bindgen_test]
async fn a_record_that_is_no_record_is_an_error_and_no_panic() {
    let name = fresh_name();
    let vault =
        WebCryptoKeyVault::new(Database::new(name.clone()), BrowserEntropy::new().expect("randomness"));
    vault.put("session", &[7; 32]).await.expect("sealed");
    let database = open_raw(&name, 1.0).await;
    // What is at rest: a key that is not extractable, and bytes that do not hold the secret.
    let transaction = call(&database, "transaction", &["vault".into(), "readwrite".into()]);
    let store = call(&transaction, "objectStore", &["vault".into()]);
    let read = call(&store, "get", &["session".into()]);
    let done = Promise::new(&mut |resolve, _| drop(Reflect::set(&read, &"onsuccess".into(), &resolve)));
    wasm_bindgen_futures::JsFuture::from(done).await.expect("read");
    let record = Reflect::get(&read, &"result".into()).expect("a record").unchecked_into::<js_sys::Array>();
    assert_eq!(Reflect::get(&record.get(0), &"extractable".into()), Ok(JsValue::FALSE));
    let sealed = record.get(1).unchecked_into::<js_sys::Uint8Array>().to_vec();
    assert_eq!(sealed.len(), 12 + 32 + 16, "iv, ciphertext, tag");
    assert!(!sealed.windows(4).any(|window| window == [7; 4]), "the secret does not lie open");
    let transaction = call(&database, "transaction", &["vault".into(), "readwrite".into()]);
    let store = call(&transaction, "objectStore", &["vault".into()]);
    call(&store, "put", &[record.clone().into(), "another name".into()]);
    call(&store, "put", &["nonsense".into(), "nonsense".into()]);
    let done =
        Promise::new(&mut |resolve, _| drop(Reflect::set(&transaction, &"oncomplete".into(), &resolve)));
    wasm_bindgen_futures::JsFuture::from(done).await.expect("written");
    vault.open("another name").await.expect_err("a record opens under its own name only");
    vault.open("nonsense").await.expect_err("text is no sealed key");
}

fn call(object: &JsValue, method: &str, arguments: &[JsValue]) -> JsValue {
    let function: Function = Reflect::get(object, &method.into()).expect("there").unchecked_into();
    function.apply(object, &arguments.iter().collect()).expect("the call works")
}

#[wasm_bindgen_test]
async fn the_network_fails_in_words() {
    // Nobody listens at port 9 of this machine, and browsers refuse it besides.
    let nobody = HttpTransport::new("http://127.0.0.1:9/", 5_000).request("eth_chainId", json!([])).await;
    assert!(matches!(nobody, Err(TransportError::Unreachable(_))), "{nobody:?}");
    // The test's own page is HTML, not JSON-RPC.
    let html = HttpTransport::new("/", 5_000).request("eth_chainId", json!([])).await;
    assert!(matches!(html, Err(TransportError::Malformed(_) | TransportError::Http { .. })), "{html:?}");
}

/// JS text as a value. The test's own page has no policy that would forbid it.
fn js(expression: &str) -> JsValue {
    js_sys::eval(&format!("({expression})")).expect("a JS expression")
}

const GOOD: &str = "{ uuid: '350670db-19fa-4704-a166-e52e178b59d2', name: 'Good', rdns: 'com.good', \
                    icon: 'data:image/svg+xml,<svg/>' }";
const PROVIDER: &str = "{ request: async () => '0x1' }";

fn announce(info: &str, provider: &str) {
    let detail = js(&format!("{{ info: {info}, provider: {provider} }}"));
    let init = CustomEventInit::new();
    init.set_detail(&detail);
    let event = CustomEvent::new_with_event_init_dict("eip6963:announceProvider", &init).expect("an event");
    window().dispatch_event(&event).expect("dispatched");
}

fn discover() -> WalletList {
    WalletList::discover(None, |_| {}).expect("a window")
}

fn names(list: &WalletList) -> Vec<String> {
    list.offers().into_iter().map(|offer| offer.name).collect()
}

#[wasm_bindgen_test]
fn a_wallet_that_answers_the_call_is_listed() {
    let wallet = Closure::<dyn FnMut()>::new(|| announce(GOOD, PROVIDER));
    let kind = "eip6963:requestProvider";
    window().add_event_listener_with_callback(kind, wallet.as_ref().unchecked_ref()).expect("added");
    let list = discover();
    window().remove_event_listener_with_callback(kind, wallet.as_ref().unchecked_ref()).expect("removed");
    let offer = WalletOffer {
        id: "350670db-19fa-4704-a166-e52e178b59d2".to_owned(),
        name: "Good".to_owned(),
        rdns: "com.good".to_owned(),
        icon_data_uri: Some("data:image/svg+xml,<svg/>".to_owned()),
        is_twin: false,
    };
    assert_eq!(list.offers(), [offer]);
}

#[wasm_bindgen_test]
fn a_late_wallet_is_told_about_and_a_dropped_list_hears_nothing() {
    let told = Rc::new(RefCell::new(0));
    let counter = Rc::clone(&told);
    let list =
        WalletList::discover(None, move |offers| *counter.borrow_mut() += offers.len()).expect("a window");
    assert_eq!(*told.borrow(), 0);
    announce(GOOD, PROVIDER);
    assert_eq!(*told.borrow(), 1, "a wallet that wakes up late is listed");
    drop(list);
    announce(&GOOD.replace("350670db", "350670dc"), PROVIDER);
    assert_eq!(*told.borrow(), 1);
}

#[wasm_bindgen_test]
fn malformed_announcements_are_dropped() {
    let list = discover();
    let check = |what: &str, info: &str, provider: &str| {
        announce(info, provider);
        assert_eq!(names(&list), [""; 0], "{what}");
    };
    check("no info", "undefined", PROVIDER);
    check("no name", "{ uuid: '350670db-19fa-4704-a166-e52e178b59d2', rdns: 'com.good' }", PROVIDER);
    check("an empty name", &GOOD.replace("'Good'", "' \\u202e '"), PROVIDER);
    check("a name of 10 kB", &GOOD.replace("'Good'", "'x'.repeat(10240)"), PROVIDER);
    check("a name that is a number", &GOOD.replace("'Good'", "7"), PROVIDER);
    check("another version of UUID", &GOOD.replace("-4704-", "-1704-"), PROVIDER);
    check("no UUID", &GOOD.replace("350670db-", ""), PROVIDER);
    check("an rdns that climbs", &GOOD.replace("com.good", "../../x"), PROVIDER);
    check("an rdns without a dot", &GOOD.replace("com.good", "good"), PROVIDER);
    check("no provider", GOOD, "undefined");
    check("a request that is no function", GOOD, "{ request: 'yes' }");
    check("a getter that throws", "{ get uuid() { throw 1; } }", PROVIDER);
    check("a provider that throws", GOOD, "{ get request() { throw 1; } }");
    check("an info that is a proxy", &format!("new Proxy({GOOD}, {{ get() {{ throw 1; }} }})"), PROVIDER);
}

#[wasm_bindgen_test]
fn icons_are_pictures_in_the_page_or_nothing() {
    let check = |icon: &str, is_taken: bool| {
        let list = discover();
        announce(&GOOD.replace("'data:image/svg+xml,<svg/>'", icon), PROVIDER);
        assert_eq!(list.offers()[0].icon_data_uri.is_some(), is_taken, "{icon}");
    };
    check("'data:image/png;base64,AAAA'", true);
    check("'data:image/webp;base64,AAAA'", true);
    check("'https://evil.example/a.png'", false);
    check("'javascript:alert(1)'", false);
    check("'data:text/html,<script>alert(1)</script>'", false);
    check("'data:image/png;base64,' + 'A'.repeat(5e6)", false);
    check("''", false);
}

#[wasm_bindgen_test]
async fn nobody_takes_the_place_of_another_wallet() {
    let list = discover();
    announce(GOOD, "{ request: async () => 'first' }");
    announce(GOOD, "{ request: async () => 'second' }");
    let offers = list.offers();
    assert_eq!((offers.len(), offers[0].is_twin), (1, true), "one id, two providers: flagged");
    let provider = list.provider(&offers[0].id).expect("listed");
    assert_eq!(provider.request("who", "[]").await, Ok("\"first\"".to_owned()));
    assert!(list.provider("350670db-0000-4000-8000-000000000000").is_none());
}

#[wasm_bindgen_test]
fn twins_are_flagged() {
    let check = |name: &str, rdns: &str, expected: bool| {
        let list = discover();
        announce(GOOD, PROVIDER);
        let other = GOOD.replace("350670db", "350670dc").replace("'Good'", name).replace("'com.good'", rdns);
        announce(&other, PROVIDER);
        let flags: Vec<_> = list.offers().iter().map(|offer| offer.is_twin).collect();
        assert_eq!(flags, [expected; 2], "{name} {rdns}");
    };
    check("'good'", "'com.evil'", true);
    check("'Other'", "'com.good'", true);
    check("'Other'", "'com.other'", false);
}

#[wasm_bindgen_test]
fn a_flood_of_wallets_ends_at_sixteen() {
    let list = discover();
    for number in 0..500 {
        let uuid = format!("{number:08}-19fa-4704-a166-e52e178b59d2");
        announce(&GOOD.replace("350670db-19fa-4704-a166-e52e178b59d2", &uuid), PROVIDER);
    }
    assert_eq!(list.offers().len(), 16);
}

#[wasm_bindgen_test]
fn the_unannounced_wallet_is_named_as_such() {
    let set = |value: &JsValue| drop(Reflect::set(&window(), &"ethereum".into(), value));
    let provider = js(PROVIDER);
    set(&provider);
    let list = discover();
    assert_eq!(names(&list), ["Injected wallet (not announced)"]);
    assert!(list.provider(INJECTED_WALLET).is_some());
    announce(GOOD, "window.ethereum");
    assert_eq!(names(&list), ["Good"], "the same object announced is one wallet");
    assert!(list.provider(INJECTED_WALLET).is_none());
    set(&JsValue::UNDEFINED);
}

fn provider(expression: &str) -> Provider {
    let list = discover();
    announce(GOOD, expression);
    list.provider(&list.offers()[0].id).expect("listed")
}

#[wasm_bindgen_test]
async fn answers_come_back_as_json() {
    let echo = provider("{ request: async ({ method, params }) => ({ method, params }) }");
    let answer = echo.request("eth_x", r#"[{"a":"ü"},1]"#).await;
    assert_eq!(answer, Ok(r#"{"method":"eth_x","params":[{"a":"ü"},1]}"#.to_owned()));
    let nothing = provider("{ request: async () => undefined }").request("x", "[]").await;
    assert_eq!(nothing, Ok("null".to_owned()));
    let synchronous = provider("{ request: () => 7 }").request("x", "[]").await;
    assert_eq!(synchronous, Ok("7".to_owned()), "an old wallet that answers without a promise");
}

#[wasm_bindgen_test]
async fn a_wallet_may_throw_anything() {
    async fn check(thrown: &str, code: i64, message: &str) {
        let wallet = provider(&format!("{{ request: async () => {{ throw {thrown}; }} }}"));
        let error = wallet.request("x", "[]").await.expect_err(thrown);
        assert_eq!((error.code, error.message.as_str()), (code, message), "{thrown}");
    }
    check("{ code: 4001, message: 'User rejected' }", 4001, "User rejected").await;
    check("Object.assign(new Error('no'), { code: -32002 })", -32_002, "no").await;
    check("{ code: '4902', message: 'unknown chain' }", 4902, "unknown chain").await;
    check("{ code: -32603, message: 'inner', data: { originalError: { code: 4902 } } }", 4902, "inner").await;
    check("{ message: 'inner', data: { originalError: { code: 4902 } } }", 4902, "inner").await;
    check("'just text'", 0, "just text").await;
    check("undefined", 0, "no reason was given").await;
    check("null", 0, "no reason was given").await;
    check("{ code: NaN, message: '' }", 0, r#"{"code":null,"message":""}"#).await;
    check("(() => { const a = {}; a.self = a; return a; })()", 0, "no reason was given").await;
    check("new Proxy({}, { get() { throw 1; } })", 0, "no reason was given").await;
    let sync = provider("{ request() { throw { code: 4200, message: 'unsupported' }; } }");
    assert_eq!(sync.request("x", "[]").await.expect_err("thrown at once").code, 4200);
    let cyclic = provider("{ request: async () => { const a = {}; a.a = a; return a; } }");
    cyclic.request("x", "[]").await.expect_err("a cyclic answer is no data");
}

#[wasm_bindgen_test]
async fn a_wallet_that_never_answers_is_given_up() {
    let silent = provider("{ request: () => new Promise(() => {}) }");
    let error = silent.request_within(20, "x", "[]").await.expect_err("given up");
    assert!(error.message.contains("did not answer"), "{}", error.message);
}

#[wasm_bindgen_test]
async fn the_request_of_the_announcement_counts() {
    let mutable = provider("window.mutable = { request: async () => 'before' }");
    js("window.mutable.request = async () => 'after'");
    assert_eq!(mutable.request("x", "[]").await, Ok("\"before\"".to_owned()));
}

#[wasm_bindgen_test]
fn wallet_events_arrive_until_the_watch_is_dropped() {
    let wallet = provider(
        "window.emitter = { request: async () => 1, heard: {}, \
         on(kind, act) { this.heard[kind] = act; }, removeListener(kind) { delete this.heard[kind]; } }",
    );
    let events = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&events);
    let watch = wallet.watch(move |event| seen.borrow_mut().push(event));
    js("window.emitter.heard.accountsChanged(['0xA', 7, '0xB'])");
    js("window.emitter.heard.chainChanged(31337)");
    js("window.emitter.heard.disconnect({ code: 4900 })");
    let expected = [
        PageEvent::AccountsChanged(vec!["0xA".to_owned(), "0xB".to_owned()]),
        PageEvent::ChainChanged("31337".to_owned()),
        PageEvent::WalletDisconnected,
    ];
    assert_eq!(*events.borrow(), expected);
    drop(watch);
    assert_eq!(js("Object.keys(window.emitter.heard).length"), JsValue::from(0));
    drop(provider(PROVIDER).watch(|_| {}));
}

#[wasm_bindgen_test]
fn a_remembered_wallet_is_forgotten_again_and_the_sandboxes_is_another() {
    use leash::web::{forget_wallet, remember_wallet, remembered_wallet};
    remember_wallet(false, "com.good");
    remember_wallet(true, "com.play");
    assert_eq!(remembered_wallet(false).as_deref(), Some("com.good"));
    forget_wallet(false);
    assert_eq!(remembered_wallet(false), None);
    assert_eq!(remembered_wallet(true).as_deref(), Some("com.play"));
    forget_wallet(true);
}

#[wasm_bindgen_test]
fn where_one_wallet_is_named_no_other_is_listed() {
    let named = "350670db-19fa-4704-a166-e52e178b59d2".to_owned();
    Reflect::set(&window(), &"ethereum".into(), &js(PROVIDER)).expect("settable");
    let list = WalletList::discover(Some(named), |_| {}).expect("a window");
    announce(&GOOD.replace("350670db", "350670dc"), PROVIDER);
    assert_eq!(names(&list), [""; 0], "neither another announcement nor the one that is not announced");
    announce(GOOD, PROVIDER);
    assert_eq!(names(&list), ["Good"]);
    Reflect::set(&window(), &"ethereum".into(), &JsValue::UNDEFINED).expect("settable");
}
