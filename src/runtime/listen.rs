//! A port to listen on.

use std::net::{SocketAddr, TcpListener};

/// Binds the port, without blocking calls. The error names the address, and `setting`, the key to
/// change.
pub fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, String> {
    let failed = |error: std::io::Error| {
        let text = error.to_string();
        let short = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
        format!("cannot listen on {address}: {short}; choose another {setting}")
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}
