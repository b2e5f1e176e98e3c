//! The address that HubSpot signs, by its documentation ("Validate the v3 request signature"): the
//! whole address, with these characters percent-decoded.

const DECODED: [(&str, char); 12] = [
    ("3A", ':'),
    ("2F", '/'),
    ("3F", '?'),
    ("40", '@'),
    ("21", '!'),
    ("24", '$'),
    ("27", '\''),
    ("28", '('),
    ("29", ')'),
    ("2A", '*'),
    ("2C", ','),
    ("3B", ';'),
];

pub(super) fn uri(url: &str, query: Option<&str>) -> String {
    let mut whole = url.to_owned();
    if let Some(query) = query.filter(|_| !url.contains('?')) {
        whole = format!("{url}?{query}");
    }
    let mut parts = whole.split('%');
    let mut uri = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2);
        let known =
            DECODED.iter().find(|(hex, _)| code.is_some_and(|c| c.eq_ignore_ascii_case(hex)));
        match known {
            Some((hex, plain)) => {
                uri.push(*plain);
                uri.push_str(&part[hex.len()..]);
            }
            None => {
                uri.push('%');
                uri.push_str(part);
            }
        }
    }
    uri
}
