//! Memory: what decoded accounts are said to take, and what a scorer takes, beside what the system
//! counts. Both are measured in processes of their own, since tests share one. Linux only: the
//! figures are those of `/proc`.
#![cfg(target_os = "linux")]

mod load;
mod soak;
mod weigh;

/// A field of `/proc/PID/status`, in bytes.
fn status(pid: &str, field: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_else(|| panic!("{field} is missing in {text}")) * 1_024
}

/// Memory that is the process's own: what no file backs. The pages of a log's folder and of the
/// program itself can be dropped by the system at any time.
fn own_bytes(pid: &str) -> u64 {
    status(pid, "RssAnon")
}

/// By how many percent `measured` differs from `expected`.
fn off_percent(measured: u64, expected: u64) -> u64 {
    measured.abs_diff(expected) * 100 / expected.max(1)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
