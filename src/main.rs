//! The page's program: takes the place of the static text once it runs.

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    leash::web::replace_shell(|app| leptos::mount::mount_to(app, leash::ui::App).forget());
}

/// The page lives in a browser only.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
