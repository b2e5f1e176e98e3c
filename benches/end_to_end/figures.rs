//! Medians, percentiles, and what the kernel says of this process.

pub(crate) fn median(all: &mut [f64]) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// A figure of `/proc/self/status` in bytes: `VmRSS`, or `VmHWM` for the highest since
/// [`forget_peak`].
pub(crate) fn memory(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kib| kib.parse().ok());
    kib.map_or(f64::NAN, |kib: f64| kib * 1024.0)
}

pub(crate) fn forget_peak() {
    // Where the kernel refuses, the peak is that of the whole run: larger, never smaller.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Of the processor, for this process, so far; the kernel counts in hundredths of a second.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}
