//! Everything known about one pool, in one place: price, trade calls, grant scope, fills.
