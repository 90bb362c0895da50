//! Which network the page is on: the address says it, the browser remembers it, and only the sandbox's page fetches
//! the sandbox.

use serde_json::json;

use crate::person::page_url;
use crate::sandbox::Stranger;
use crate::tab::Tab;

/// Files of the sandbox's program that any tab or worker asked for so far. Its style sheet is the page's.
fn sandbox_files(tab: &Tab) -> Vec<String> {
    let is_sandbox = |url: &String| {
        let name = url.rsplit('/').next().unwrap_or_default();
        name.starts_with("sandbox") && !name.ends_with(".css")
    };
    tab.urls().into_iter().filter(is_sandbox).collect()
}

fn is_on(tab: &Tab, id: &str) {
    let search = format!("?network={id}");
    tab.until(&search, |tab| (tab.run("location.search") == json!(search)).then_some(()));
    tab.until("the network", |tab| {
        let chosen = tab.run("document.querySelector('[data-testid=network-select]')?.value");
        (chosen == json!(id)).then_some(())
    });
    tab.until("that it is remembered", |tab| {
        (tab.run("localStorage.getItem('leash.network')") == json!(id)).then_some(())
    });
}

#[test]
fn a_network_that_was_chosen_is_the_one_of_the_next_visit_until_an_address_names_another() {
    let stranger = Stranger::at(&format!("{}/?network=local", page_url()));
    let tab = &stranger.tab;
    is_on(tab, "local");
    assert_eq!(sandbox_files(tab), [""; 0], "another network's page fetches nothing of the sandbox");
    tab.go(&page_url());
    is_on(tab, "local");
    tab.choose("network-select", "sandbox");
    is_on(tab, "sandbox");
    tab.until_says("price", ".");
    let fetched = sandbox_files(tab);
    for part in ["sandbox_loader.js", "_bg.wasm", "sandbox_genesis.bin"] {
        assert!(fetched.iter().any(|url| url.ends_with(part)), "{part} in {fetched:?}");
    }
    tab.go(&page_url());
    is_on(tab, "sandbox");
    tab.go(&format!("{}/?network=local", page_url()));
    is_on(tab, "local");
}
