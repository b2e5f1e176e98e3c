//! What no answer of a tool may show again: the login, and an address that is itself a secret. Answers are rid of them
//! before anything reads or cuts them, so that not even a part is left.

use crate::credentials::Response;
use url::Url;

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
        let mut all: Vec<String> = whole.chain(path).chain(asked).collect();
        // As some services write a slash in JSON.
        let escaped = all.iter().filter(|one| one.contains('/')).map(|one| one.replace('/', "\\/"));
        all.extend(escaped.collect::<Vec<_>>());
        all.retain(|one| !one.is_empty());
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
    fn an_address_that_is_a_secret_is_not_shown_by_its_path_either() {
        let address = "https://hooks.example.com/catch/5f0c-7788-91?sig=Zm9vYmFy&v=1";
        let secrets = Secrets::of(None, Some(address));
        let body = "Cannot POST /catch/5f0c-7788-91?sig=Zm9vYmFy&v=1";
        assert_eq!(said(&secrets, body), "Cannot POST /catch/(secret)?sig=(secret)&v=1");
        assert_eq!(said(&secrets, address), "(secret)");
        assert_eq!(said(&secrets, "not registered"), "not registered");
    }
}
