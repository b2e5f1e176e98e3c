//! The one integration test binary: one link for all of them. A module per promise kept at the
//! crate's edge; shared support lives in `tests/support`.
