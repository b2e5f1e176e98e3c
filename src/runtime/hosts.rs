//! Which names a listener answers to. A web page can point a name of its own at this machine's
//! address (DNS rebinding); its requests then come from the browser of a person inside the network,
//! and name that host. A host that is given as an address cannot be such a name.

use hyper::Request;
use hyper::header::HOST;
use std::net::{IpAddr, Ipv6Addr};

/// The names that requests may use, besides addresses and this machine's own names.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    names: Vec<String>,
    /// The setting that lists them.
    setting: &'static str,
}

impl Hosts {
    pub fn new(names: impl IntoIterator<Item = impl AsRef<str>>, setting: &'static str) -> Hosts {
        let mut names: Vec<String> = names.into_iter().map(|name| plain(name.as_ref())).collect();
        names.push("localhost".to_owned());
        names.push(plain(&gethostname::gethostname().to_string_lossy()));
        Hosts { names, setting }
    }

    /// Refuses a request to a name that is not ours. The error says what to do.
    pub fn check<B>(&self, request: &Request<B>) -> Result<(), String> {
        let mut given = request.headers().get_all(HOST).iter();
        let header = given.next();
        if given.next().is_some() {
            return Err("invalid request: it has more than one host header".to_owned());
        }
        let header = header.map(|host| host.to_str().unwrap_or("?"));
        // Browsers always say it; a simple health check may not.
        let named = request.uri().authority().map(|authority| authority.as_str());
        for host in header.into_iter().chain(named) {
            if !self.knows(host) {
                let shown: String = host.chars().take(100).filter(|c| !c.is_control()).collect();
                return Err(format!(
                    "unknown host {shown:?}: this service answers to addresses, localhost and the names in {}; \
                     add the name there, or use an address",
                    self.setting
                ));
            }
        }
        Ok(())
    }

    fn knows(&self, host: &str) -> bool {
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        if let Some(rest) = host.strip_prefix('[') {
            let address = rest.split_once(']').filter(|(_, port)| is_port(port));
            return address.is_some_and(|(address, _)| address.parse::<Ipv6Addr>().is_ok());
        }
        let (name, port) = host.split_once(':').unwrap_or((host, ""));
        let name = plain(name);
        let is_ours = || name.ends_with(".localhost") || self.names.contains(&name);
        is_port(port) && (name.parse::<IpAddr>().is_ok() || is_ours())
    }
}

/// Empty, or a number, perhaps with its colon.
fn is_port(port: &str) -> bool {
    port.strip_prefix(':').unwrap_or(port).chars().all(|c| c.is_ascii_digit())
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(headers: &[&str], uri: &str) -> Result<(), String> {
        let hosts = Hosts::new(["Hooks.Example.com"], "http.hosts");
        let request = Request::builder().uri(uri);
        let add = |request: hyper::http::request::Builder, host: &&str| request.header(HOST, *host);
        hosts.check(&headers.iter().fold(request, add).body(()).unwrap())
    }

    #[test]
    fn only_addresses_and_our_own_names_are_answered() {
        let machine = gethostname::gethostname().to_string_lossy().into_owned();
        let fine = [
            "localhost",
            "LOCALHOST:8080",
            "localhost.",
            "app.localhost:1",
            "127.0.0.1",
            "127.0.0.1:8080",
            "10.2.3.4:80",
            "[::1]",
            "[::1]:8080",
            "[fd00::7]:9",
            "hooks.example.com",
            "HOOKS.example.com.:443",
            &machine,
        ];
        for host in fine {
            assert_eq!(ask(&[host], "/livez"), Ok(()), "{host}");
        }
        let foreign = [
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil-localhost",
            "hooks.example.com.evil.example",
            "x.hooks.example.com",
            "",
            "localhost@evil.example",
            "[::1].evil.example",
            "[evil.example]",
            "::1.example",
            "0x7f.1.example",
            "localhost:8080:evil.example",
            "localhost:80evil",
            "*",
            "null",
        ];
        for host in foreign {
            let why = ask(&[host], "/livez").unwrap_err();
            assert!(why.contains("add the name there"), "{host}: {why}");
        }
        assert_eq!(ask(&[], "/livez"), Ok(()), "HTTP/1.0, which no browser speaks");
        assert!(ask(&["localhost", "evil.example"], "/").unwrap_err().contains("more than one"));
        assert!(ask(&["localhost"], "http://evil.example/livez").is_err());
        assert_eq!(ask(&["localhost"], "http://127.0.0.1:80/livez"), Ok(()));
    }
}
