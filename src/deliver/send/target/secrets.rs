//! What no answer of a tool may show again: the login, and an address that is itself a secret. Answers are rid of them
//! before anything reads or cuts them, so that not even a part is left.

use crate::credentials::Response;
use data_encoding::BASE64;
use url::Url;
use url::form_urlencoded::byte_serialize;

const HIDDEN: &str = "(secret)";
/// Parts of an address that are shorter are words such as `hooks`.
const PART_MIN: usize = 6;

#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// `address`: of one that is a secret. Services answer with its path alone, so its parts are hidden too.
    pub(super) fn of(token: Option<&str>, address: Option<&str>) -> Secrets {
        let url = address.and_then(|address| Url::parse(address).ok());
        let path = url.iter().flat_map(|url| url.path().split('/'));
        let path = path.filter(|part| part.len() >= PART_MIN).map(str::to_owned);
        let asked = url.iter().flat_map(Url::query_pairs);
        let asked =
            asked.map(|(_, value)| value.into_owned()).filter(|value| value.len() >= PART_MIN);
        let whole = [token, address].into_iter().flatten().map(str::to_owned);
        let all = whole.chain(path).chain(asked).filter(|one| !one.is_empty());
        let mut all: Vec<String> = all.flat_map(|one| forms(&one)).collect();
        // A secret before its parts.
        all.sort_by_key(|one| std::cmp::Reverse(one.len()));
        Secrets(all)
    }

    pub(super) fn hide(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| text.replace(secret.as_str(), HIDDEN))
    }

    pub(super) fn scrub(&self, mut response: Response) -> Response {
        let said = String::from_utf8_lossy(&response.body);
        if self.0.iter().any(|secret| said.contains(secret.as_str())) {
            response.body = self.hide(said.into_owned()).into_bytes();
        }
        response
    }
}

/// A secret as services write it that answer with the request: in JSON, in an address, and in the login of HTTP Basic,
/// whatever stands before it there.
fn forms(secret: &str) -> Vec<String> {
    let asked: String = byte_serialize(secret.as_bytes()).collect();
    let path = asked.replace('+', "%20").replace("%7E", "~");
    let mut all = vec![
        secret.to_owned(),
        // As some services write a slash in JSON.
        secret.replace('/', "\\/"),
        asked.replace("%2F", "/"),
        lower(&asked),
        lower(&path),
        asked,
        path,
    ];
    if secret.len() >= PART_MIN {
        for (before, after) in [(":", ""), ("", ":"), ("", "")] {
            all.push(BASE64.encode(format!("{before}{secret}{after}").as_bytes()));
        }
        // Of each three bytes before it, by which all that follows is shifted; but what other bytes are part of.
        for before in 0..3_usize {
            let encoded = BASE64.encode(&[&[0_u8; 2][..before], secret.as_bytes()].concat());
            let from = (before * 8).div_ceil(6);
            let until = (before + secret.len()) * 8 / 6;
            all.extend(encoded.get(from..until).map(str::to_owned));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// With the letters of `%2f` as some write them.
fn lower(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut all, part| {
        let (hex, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        all.push('%');
        all.push_str(&hex.to_ascii_lowercase());
        all.push_str(rest);
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(secrets: &Secrets, body: &str) -> String {
        let response = Response { status: 400, headers: Vec::new(), body: body.into() };
        String::from_utf8(secrets.scrub(response).body).unwrap()
    }

    #[test]
    fn no_part_of_a_secret_is_left_wherever_an_answer_is_cut() {
        let token = "a-token/that-is-long".repeat(6);
        let secrets = Secrets::of(Some(&token), None);
        assert_eq!(said(&secrets, &format!("invalid: {token}")), "invalid: (secret)");
        let escaped = token.replace('/', "\\/");
        assert_eq!(said(&secrets, &format!("{{\"e\":\"{escaped}\"}}")), "{\"e\":\"(secret)\"}");
    }

    #[test]
    fn a_tool_that_answers_with_the_request_shows_no_secret() {
        let secrets = Secrets::of(Some("tok+secret/of space~1"), None);
        for shown in [
            "?api_key=tok%2Bsecret%2Fof+space%7E1",
            "?api_key=tok%2bsecret%2fof+space%7e1",
            "/tok%2Bsecret%2Fof%20space~1",
        ] {
            assert_eq!(
                said(&secrets, shown).replace("(secret)", ""),
                &shown[..shown.find("tok").unwrap()]
            );
        }
        for login in [
            ":tok+secret/of space~1",
            "tok+secret/of space~1:",
            "u:tok+secret/of space~1",
            "me:tok+secret/of space~1",
        ] {
            let shown = format!("Basic {}", BASE64.encode(login.as_bytes()));
            let left = said(&secrets, &shown);
            assert!(
                left.contains("(secret)") && left.len() < "Basic 1234(secret)1234".len() + 2,
                "{left}"
            );
        }
        assert_eq!(said(&secrets, "tok is not known"), "tok is not known");
    }

    #[test]
    fn an_address_that_is_a_secret_is_not_shown_by_its_path_either() {
        let address = "https://hooks.example.com/catch/5f0c-7788-91?sig=Zm9vYmFy&v=1";
        let secrets = Secrets::of(None, Some(address));
        let body = "Cannot POST /catch/5f0c-7788-91?sig=Zm9vYmFy&v=1";
        assert_eq!(said(&secrets, body), "Cannot POST /catch/(secret)?sig=(secret)&v=1");
        assert_eq!(said(&secrets, address), "(secret)");
        assert_eq!(said(&secrets, "not registered"), "not registered");
    }
}
