//! The `_headers` file of Netlify and Cloudflare Pages: a path pattern at the margin, its headers indented.

use crate::failure::{Failure, Outcome};

/// Rules in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    pattern: String,
    headers: Vec<(String, String)>,
}

impl Rules {
    /// Reads the file's text; `#` opens a comment line.
    pub(crate) fn parse(text: &str) -> Outcome<Self> {
        let mut rules: Vec<Rule> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let trimmed = line.trim();
            let wrong = |why: &str| Failure::new(format!("_headers, line {}: {why}.", index + 1));
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            if !line.starts_with([' ', '\t']) {
                if !trimmed.starts_with('/') {
                    return Err(wrong("a path begins with /"));
                }
                rules.push(Rule { pattern: trimmed.to_owned(), headers: Vec::new() });
                continue;
            }
            let rule = rules.last_mut().ok_or_else(|| wrong("a header without a path"))?;
            let (name, value) = trimmed.split_once(':').ok_or_else(|| wrong("a header is `Name: value`"))?;
            rule.headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        Ok(Self(rules))
    }

    /// The headers for `path`, of all matching rules; one that comes twice is joined by a comma, as the hosts
    /// do.
    pub(crate) fn for_path(&self, path: &str) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        let matching = self.0.iter().filter(|rule| matches(&rule.pattern, path));
        for (name, value) in matching.flat_map(|rule| &rule.headers) {
            match found.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                Some((_, joined)) => *joined = format!("{joined}, {value}"),
                None => found.push((name.clone(), value.clone())),
            }
        }
        found
    }

    /// The same headers for nginx, to `include` in a `server` block.
    pub(crate) fn for_nginx(&self) -> Outcome<String> {
        let line = |(name, value): &(String, String)| format!("add_header {name} \"{value}\" always;\n");
        Ok(self.of_every_file()?.iter().map(line).collect())
    }

    /// The same headers for Apache, which reads them from `.htaccess` by itself (with mod_headers).
    pub(crate) fn for_apache(&self) -> Outcome<String> {
        let line = |(name, value): &(String, String)| format!("Header always set {name} \"{value}\"\n");
        let headers: String = self.of_every_file()?.iter().map(line).collect();
        Ok(format!(
            "AddType application/wasm .wasm\nAddType application/manifest+json .webmanifest\n{headers}"
        ))
    }

    /// The headers, if one rule for every file is all there is.
    fn of_every_file(&self) -> Outcome<&[(String, String)]> {
        match self.0.as_slice() {
            [Rule { pattern, headers }] if pattern == "/*" => match headers
                .iter()
                .find(|(_, value)| value.contains('"'))
            {
                None => Ok(headers),
                Some((name, _)) => Err(Failure::new(format!("_headers: the value of {name} holds a quote."))),
            },
            _ => Err(Failure::new("_headers: nginx and Apache take one rule, `/*`.")),
        }
    }
}

/// `*` stands for anything, at most once in a pattern.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, end)) => {
            path.len() >= start.len() + end.len() && path.starts_with(start) && path.ends_with(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# every file\n/*\n  X-Frame-Options: DENY\n  Cache-Control: no-cache\n\n/*.wasm\n\tCache-Control: immutable\n";

    #[test]
    fn headers_are_found_by_path() {
        let rules = Rules::parse(FILE).expect("a good file");
        let value = |path: &str, name: &str| {
            rules.for_path(path).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
        };
        assert_eq!(value("/index.html", "X-Frame-Options").as_deref(), Some("DENY"));
        assert_eq!(value("/index.html", "Cache-Control").as_deref(), Some("no-cache"));
        assert_eq!(value("/a.wasm", "Cache-Control").as_deref(), Some("no-cache, immutable"));
    }

    #[test]
    fn patterns_match_whole_paths() {
        for (pattern, path, expected) in [
            ("/*", "/", true),
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("/*.js", "/x.js", true),
            ("/*.js", "/x.jsx", false),
            ("/ab*b", "/ab", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn one_rule_for_every_file_suits_other_servers_too() {
        let rules = Rules::parse("/*\n  X-Frame-Options: DENY\n").expect("a good file");
        assert_eq!(rules.for_nginx().as_deref(), Ok("add_header X-Frame-Options \"DENY\" always;\n"));
        let apache = rules.for_apache().expect("one rule");
        assert!(apache.ends_with("Header always set X-Frame-Options \"DENY\"\n"), "{apache}");
        assert!(Rules::parse(FILE).expect("two rules").for_nginx().is_err());
        assert!(Rules::parse("/*\n  A: \"b\"").expect("a good file").for_apache().is_err());
    }

    #[test]
    fn broken_files_name_the_line() {
        for (text, sentence) in [
            ("  X: y", "_headers, line 1: a header without a path."),
            ("/*\n  nonsense", "_headers, line 2: a header is `Name: value`."),
            ("nowhere", "_headers, line 1: a path begins with /."),
        ] {
            assert_eq!(Rules::parse(text), Err(Failure::new(sentence)), "{text:?}");
        }
    }
}
