use std::io::Write;

/// Ends without the exit handlers of C libraries: a client that was not waited for any longer may
/// still be closing on a thread of its own, and would find what it uses taken down under it.
fn main() {
    let code = buymode::cli::main();
    let _ = std::io::stdout().flush();
    let _ = std::io::stderr().flush();
    signal_hook::low_level::exit(i32::from(code))
}
