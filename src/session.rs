//! What is granted, exactly: SmartSession's data, its digest, its signature layouts, and what a call is allowed.
//!
//! This room refuses to know orders and strategies.
