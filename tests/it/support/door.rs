//! A door before a server that tests share: shut, and opened again at the same address, as if the
//! server had been away; what it knows stays.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub(crate) struct Door {
    /// Where it is.
    pub address: SocketAddr,
    /// What is behind it: host and port.
    server: String,
    open: Option<Open>,
}

struct Open {
    shut: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
    keeper: JoinHandle<()>,
}

impl Door {
    pub(crate) fn to(server: &str) -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let open = Some(Open::keep(listener, server));
        Door { address, server: server.to_owned(), open }
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Refuses whoever comes, and hangs up on who is inside.
    pub(crate) fn shut(&mut self) {
        let Some(open) = self.open.take() else { return };
        open.shut.store(true, Ordering::Relaxed);
        open.keeper.join().expect("the keeper does not panic");
        for stream in open.streams.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // It may have hung up itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn open(&mut self) {
        let listener = TcpListener::bind(self.address).expect("the port is still ours");
        self.open = Some(Open::keep(listener, &self.server));
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.shut();
    }
}

impl Open {
    fn keep(listener: TcpListener, server: &str) -> Open {
        listener.set_nonblocking(true).expect("a socket can");
        let (shut, streams) = <(Arc<AtomicBool>, Arc<Mutex<Vec<_>>>)>::default();
        let (is_shut, inside, server) = (shut.clone(), streams.clone(), server.to_owned());
        let keeper = std::thread::spawn(move || {
            while !is_shut.load(Ordering::Relaxed) {
                let Ok((client, _)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                client.set_nonblocking(false).expect("a socket can");
                // The server may be away itself: then the client is hung up on.
                let Ok(behind) = TcpStream::connect(&server) else { continue };
                for (from, to) in [(&client, &behind), (&behind, &client)] {
                    let clone = |stream: &TcpStream| stream.try_clone().expect("files are left");
                    let (mut from, mut to) = (clone(from), clone(to));
                    inside.lock().unwrap_or_else(PoisonError::into_inner).push(clone(&from));
                    std::thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Write);
                    });
                }
            }
        });
        Open { shut, streams, keeper }
    }
}
