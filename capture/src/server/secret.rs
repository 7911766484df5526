//! What lets somebody in: the token, and the cookie that stands for it.
//!
//! The cookie is not the token: whoever sees one cannot make a link of it. It is computed, so that a server that starts
//! again with the same token on the same machine still knows its browsers, and with what only this machine knows, so that
//! a guess of a weak token gives no cookie: wrong tokens are limited by address, cookies need no limit.

use ring::hmac;
use std::fmt::{self, Write};
use std::fs;

/// What this machine has of its own, the lasting one first.
const OWN: [&str; 2] = ["/etc/machine-id", "/proc/sys/kernel/random/boot_id"];

/// A token and its cookie; neither is in its debug text.
#[derive(Clone)]
pub(super) struct Secret {
    token: String,
    cookie: String,
}

impl Secret {
    /// Of this token on this machine.
    pub(super) fn new(token: &str) -> Self {
        let own = OWN.iter().find_map(|path| fs::read(path).ok().filter(|own| !own.is_empty()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, &own.unwrap_or_default());
        let tag = hmac::sign(&key, format!("sinkview cookie {token}").as_bytes());
        let cookie = tag.as_ref().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { token: token.to_owned(), cookie }
    }

    pub(super) fn is_token(&self, given: &str) -> bool {
        is_same(given, &self.token)
    }

    pub(super) fn is_cookie(&self, given: &str) -> bool {
        is_same(given, &self.cookie)
    }

    pub(super) fn cookie(&self) -> &str {
        &self.cookie
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Compares in a time that depends on the lengths alone.
fn is_same(given: &str, own: &str) -> bool {
    given.len() == own.len()
        && given.bytes().zip(own.bytes()).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_the_same_for_the_same_token_and_never_the_token() {
        let (secret, again, other) = (Secret::new("secret"), Secret::new("secret"), Secret::new("Secret"));
        assert!(secret.is_token("secret") && !secret.is_token("secre") && !secret.is_token(""));
        assert_eq!(secret.cookie(), again.cookie());
        assert_ne!(secret.cookie(), other.cookie());
        assert!(secret.is_cookie(again.cookie()) && !secret.is_cookie("secret"));
        assert_eq!(secret.cookie().len(), 64);
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
