//! Every bound of the core in one place.

/// How long evidence is kept, in days, whether or not today's profile matches it. Fixed for the
/// life of a log, so that a new profile sees the same past live as in a replay; a profile with a
/// longer window is refused.
pub const HORIZON_DAYS: i32 = 400;
/// A date further ahead of the log than this is a mistake, not a plan.
pub const FUTURE_DAYS_MAX: i32 = 400;
/// Pieces of evidence kept for an account; beyond, the oldest go first.
pub const EVIDENCE_MAX: usize = 256;
/// Reports of all evidence of an account; beyond, the oldest evidence goes first.
pub const ACCOUNT_REPORTS_MAX: usize = 1_024;
/// Reports linked to one event; beyond, the newest ids are not kept.
pub const REPORTS_MAX: usize = 16;
/// Ids of retracted and superseded signals remembered for an account.
pub const TOMBSTONES_MAX: usize = 64;
/// Terms of one company attribute (industries, places).
pub const TERMS_MAX: usize = 32;
/// Events that a line of an explanation names, where several count as one.
pub const PIECES_MAX: usize = 32;
/// Tools known of one company.
pub const TOOLS_MAX: usize = 128;
/// Suppressions of one account.
pub const SUPPRESSIONS_MAX: usize = 16;
/// Market events kept in a partition; beyond, the oldest go first.
pub const MARKETS_MAX: usize = 1_000;
/// Longest text kept from an input, in bytes; longer ones are cut at a character.
pub const TEXT_BYTES_MAX: usize = 200;
/// Longest account key, in bytes.
pub const ACCOUNT_BYTES_MAX: usize = 253;
/// Segments beside the primary profile.
pub const SEGMENTS_MAX: usize = 3;
/// Criteria of a profile, and rules of a profile.
pub const CRITERIA_MAX: usize = 64;
/// Points of one rule, plus or minus.
pub const POINTS_MAX: i32 = 1_000;
/// How often an input of a merged account may be handed on or sent back while that account's data
/// moves. Each time its account knows better where that is, so this is only a safeguard.
pub const HOPS_MAX: u8 = 32;
/// Accounts that may be merged into one: a CRM files every deal under a key of its own.
pub const MEMBERS_MAX: usize = 256;
/// All ledgers of an account together, in bytes at most; beyond, the oldest evidence goes first, and
/// no other account is taken in. The rest of a record of the accounts topic is for all else.
pub const LEDGERS_BYTES_MAX: usize = 3 << 20;
/// Products whose profiles may be active at once in one log.
pub const PRODUCTS_MAX: usize = 16;
/// Accounts that one tick looks at; the tick asks for the next where more are due. Part of the rules
/// version: it decides while which record a decision is written.
pub const TICK_ACCOUNTS_MAX: usize = 500;
/// Subsidiaries that receive an account's exclusions.
pub const CHILDREN_MAX: usize = 256;
