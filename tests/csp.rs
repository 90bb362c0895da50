//! The page may speak to the endpoints of the network table and to nobody else; both copies of the policy, in
//! index.html for hosts that send no headers and in public/_headers for those that do, say the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use leash::contracts::NETWORKS;

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("readable UTF-8")
}

/// The policy in the page itself.
fn meta_policy() -> String {
    let html = read("index.html");
    let (_, rest) =
        html.split_once(r#"http-equiv="Content-Security-Policy" content=""#).expect("a meta policy");
    rest.split_once('"').expect("a closing quote").0.to_owned()
}

/// The value of a header that the host sends with everything.
fn header(name: &str) -> String {
    let headers = read("public/_headers");
    let line = headers.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no header {name}")).to_owned()
}

/// The sources of each directive.
fn directive<'a>(policy: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let parts = policy.split(';').map(|part| part.split_whitespace().collect::<Vec<_>>());
    parts.into_iter().find(|part| part.first() == Some(&name)).map(|part| part[1..].to_vec())
}

/// `https://host:port` of a URL.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL with a scheme");
    format!("{scheme}://{}", rest.split('/').next().expect("a host"))
}

fn origins_of_the_table() -> BTreeSet<String> {
    let urls = NETWORKS.iter().flat_map(|network| {
        let endpoints = network.endpoints;
        let bundlers = endpoints.bundlers.iter().map(|(url, _)| *url);
        endpoints
            .nodes
            .iter()
            .copied()
            .chain(bundlers)
            .chain(endpoints.paymasters.iter().copied())
            .chain(endpoints.faucet)
            .chain(network.public_line.map(|line| line.url))
    });
    // The sandbox's services live in the tab.
    urls.filter(|url| !url.starts_with("sandbox:")).map(origin).collect()
}

#[test]
fn the_page_speaks_to_the_networks_of_the_table_and_nobody_else() {
    let check = |place: &str, policy: &str| {
        let sources = directive(policy, "connect-src").expect("connect-src is stated");
        let origins: BTreeSet<_> =
            sources.iter().filter(|source| **source != "'self'").map(|source| (*source).to_owned()).collect();
        let table = origins_of_the_table();
        let missing: Vec<_> = table.difference(&origins).collect();
        let surplus: Vec<_> = origins.difference(&table).collect();
        assert!(missing.is_empty(), "{place} does not list {missing:?}");
        assert!(surplus.is_empty(), "{place} lists {surplus:?}, which no network uses");
    };
    check("index.html", &meta_policy());
    check("public/_headers", &header("Content-Security-Policy"));
}

#[test]
fn both_copies_of_the_policy_agree() {
    // Browsers ignore frame-ancestors in a page; the header alone can say it.
    assert_eq!(header("Content-Security-Policy"), format!("{}; frame-ancestors 'none'", meta_policy()));
}

#[test]
fn the_policy_is_closed() {
    let policy = meta_policy();
    let check = |name: &str, expected: &[&str]| {
        assert_eq!(directive(&policy, name).as_deref(), Some(expected), "{name}");
    };
    check("default-src", &["'none'"]);
    check("script-src", &["'self'", "'wasm-unsafe-eval'"]);
    check("style-src", &["'self'"]);
    check("img-src", &["'self'", "data:"]);
    check("worker-src", &["'self'"]);
    check("base-uri", &["'none'"]);
    check("form-action", &["'none'"]);
    check("require-trusted-types-for", &["'script'"]);
    check("trusted-types", &["default"]);
    for hole in ["unsafe-inline", "'unsafe-eval'", "nonce-", "blob:", "*", "https: "] {
        assert!(!policy.contains(hole), "the policy says {hole}");
    }
}

#[test]
fn the_policy_stands_before_anything_it_could_miss() {
    let html = read("index.html");
    let head = html.split_once("<head>").expect("a head").1.trim_start();
    assert!(
        head.starts_with("<meta http-equiv=\"Content-Security-Policy\""),
        "the policy is the first element"
    );
    for script in html.split("<script").skip(1) {
        let tag = script.split_once('>').expect("a whole tag");
        assert!(tag.0.contains("src=\"public/"), "a script of our own by name: {}", tag.0);
        assert!(tag.1.starts_with("</script>"), "no script stands in the page");
        // Integrity-Policy refuses a script whose request could not be checked.
        assert!(tag.0.contains("crossorigin"), "a script that can be checked: {}", tag.0);
    }
    for inline in ["<style", " style=\"", " onclick=", " onload=", "javascript:"] {
        assert!(!html.contains(inline), "index.html holds {inline}");
    }
}

#[test]
fn every_header_of_a_wallet_page_is_sent() {
    let check = |name: &str, expected: &str| assert_eq!(header(name), expected, "{name}");
    check("Integrity-Policy", "blocked-destinations=(script)");
    check("Cross-Origin-Opener-Policy", "same-origin-allow-popups");
    check("Cross-Origin-Resource-Policy", "same-origin");
    check("X-Content-Type-Options", "nosniff");
    check("Referrer-Policy", "no-referrer");
    assert!(header("Permissions-Policy").contains("clipboard-read=()"));
    assert!(header("Strict-Transport-Security").contains("max-age=63072000"));
}
