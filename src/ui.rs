//! Leptos components: read a Snapshot, send an Intent.
