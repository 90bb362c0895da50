//! The browser edge: the only room that names JS.
