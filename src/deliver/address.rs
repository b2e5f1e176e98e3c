//! Addresses of webhooks: a request must not reach what only this machine or its network can.

use std::net::{IpAddr, Ipv4Addr};
use url::{Host, Url};

/// The fault of a webhook's address, if it has one. Names are looked up again before each request; here only
/// addresses in numbers are seen through.
pub fn flaw(address: &str, private: bool) -> Option<String> {
    let shape = || Some("invalid address; use one that begins with https://".to_owned());
    let Ok(url) = Url::parse(address) else { return shape() };
    if url.scheme() != "https" && !(private && url.scheme() == "http") {
        return shape();
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some(
            "invalid address: it holds a login; requests are signed with `secret`".to_owned(),
        );
    }
    let inside = match url.host() {
        None => return shape(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => is_private(ip.into()),
        Some(Host::Ipv6(ip)) => is_private(ip.into()),
    };
    (inside && !private).then(|| {
        "the address is on this machine or on a private network; use a public one, or set private: true"
            .to_owned()
    })
}

/// Whether an address is reached from inside of a network only.
///
/// Source: the IANA registries of special-purpose addresses (RFC 6890 and its updates).
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                // Shared by carriers, protocol assignments, benchmarks.
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b))
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            let mapped = v6.to_ipv4_mapped().or_else(|| nat64(v6.segments()));
            mapped.is_some_and(|v4| is_private(v4.into()))
                || v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                // Unique local, link local, site local, documentation.
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
                || first & 0xffc0 == 0xfec0
                || v6.segments()[..2] == [0x2001, 0xdb8]
        }
    }
}

/// The IPv4 address within 64:ff9b::/96 and within 2002::/16 (6to4).
fn nat64(segments: [u16; 8]) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_inside_of_a_network_is_refused_however_it_is_written() {
        for inside in [
            "https://127.0.0.1/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://[64:ff9b::a9fe:a9fe]/x",
            "https://[2002:7f00:1::]/x",
            "https://169.254.169.254/latest",
            "https://10.1.2.3",
            "https://172.31.0.1",
            "https://192.168.1.1",
            "https://100.64.0.1",
            "https://[fd00::1]",
            "https://[fe80::1]",
            "https://localhost:8443/x",
            "https://a.localhost/x",
            "https://0.0.0.0/",
            "https://localhost./",
        ] {
            assert!(flaw(inside, false).is_some_and(|f| f.contains("private")), "{inside}");
            assert_eq!(flaw(inside, true), None, "{inside}");
        }
        for outside in
            ["https://hooks.example.com/a?b=c", "https://8.8.8.8/", "https://[2606:4700::1]/"]
        {
            assert_eq!(flaw(outside, false), None, "{outside}");
        }
        for other in ["http://hooks.example.com", "ftp://x.example", "hooks.example.com", ""] {
            assert!(flaw(other, false).is_some_and(|f| f.contains("https")), "{other}");
        }
        assert_eq!(flaw("http://10.0.0.1/x", true), None);
        assert!(flaw("https://a:b@hooks.example.com", false).is_some_and(|f| f.contains("login")));
    }
}
