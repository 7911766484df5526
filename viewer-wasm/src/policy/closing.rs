//! What the end of a connection means: in words, and whether to try again.

use wire::{SUBPROTOCOL, close};

/// How a connection ended, in words, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// A sentence.
    pub text: String,
    /// Whether another attempt can help.
    pub verdict: Verdict,
}

/// Whether another attempt can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after a while.
    Retry,
    /// Trying again gives the same answer.
    GiveUp,
}

/// What the close code of a connection that had opened means; `reason` is the server's own sentence, or empty.
#[must_use]
pub fn closing(code: u16, reason: &str) -> Closing {
    let verdict = if code == close::UNKNOWN_SUBPROTOCOL { Verdict::GiveUp } else { Verdict::Retry };
    if !reason.is_empty() {
        return Closing { text: reason.to_owned(), verdict };
    }
    let text = match code {
        1000 => "the server closed the connection".to_owned(),
        close::GOING_AWAY => "the server is stopping".to_owned(),
        1006 => "the connection was lost".to_owned(),
        close::TRY_AGAIN_LATER => "the server has too many viewers".to_owned(),
        close::UNKNOWN_SUBPROTOCOL => format!("the server does not speak {SUBPROTOCOL}"),
        close::SILENT => "the server closed the connection: no answer from here for too long".to_owned(),
        close::POLICY => {
            "the server closed the connection: it does not allow a message this viewer sent".to_owned()
        }
        close::PROTOCOL_ERROR | close::TOO_BIG => {
            format!("the server closed the connection: it could not read what this viewer sent ({code})")
        }
        _ => format!("the server closed the connection with code {code}"),
    };
    Closing { text, verdict }
}

/// What it means that no WebSocket could be opened, by what the server's stream list answers to plain HTTP.
///
/// `status` is `None` when nothing answered at all; `body` is the answer's text.
#[must_use]
pub fn refusal(status: Option<u16>, body: &str) -> Closing {
    let body = wire::capped(body.trim(), wire::MAX_TEXT);
    match status {
        None => Closing { text: "the server does not answer".to_owned(), verdict: Verdict::Retry },
        Some(status @ (401 | 403)) => {
            let text = if body.is_empty() { format!("the server refuses with {status}") } else { body };
            Closing { text, verdict: Verdict::GiveUp }
        }
        Some(status) => Closing {
            text: format!("the server answers ({status}), but no WebSocket could be opened"),
            verdict: Verdict::Retry,
        },
    }
}

/// The HTTP address of the stream list beside a WebSocket address: `ws://host/ws` gives `http://host/streams`.
#[must_use]
pub fn http_url(socket_url: &str) -> Option<String> {
    let (scheme, rest) = socket_url.split_once("://")?;
    let scheme = match scheme {
        "ws" | "http" => "http",
        "wss" | "https" => "https",
        _ => return None,
    };
    let (address, query) = match rest.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (rest, String::new()),
    };
    let base = address.strip_suffix("/ws").unwrap_or(address).trim_end_matches('/');
    Some(format!("{scheme}://{base}/streams{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_sentence_comes_first() {
        assert_eq!(closing(1001, "bye").text, "bye");
        assert_eq!(closing(1001, "").text, "the server is stopping");
        assert!(closing(4999, "").text.contains("4999"));
    }

    #[test]
    fn only_an_unknown_protocol_and_a_refusal_end_the_attempts() {
        assert_eq!(closing(4406, "").verdict, Verdict::GiveUp);
        for code in [1000, 1001, 1002, 1006, 1008, 1009, 1013, 4408] {
            assert_eq!(closing(code, "").verdict, Verdict::Retry, "{code}");
        }
        assert_eq!(refusal(Some(401), "").verdict, Verdict::GiveUp);
        assert_eq!(refusal(Some(403), "Origin not allowed\n").text, "Origin not allowed");
        for status in [None, Some(200), Some(503)] {
            assert_eq!(refusal(status, "x").verdict, Verdict::Retry);
        }
    }

    #[test]
    fn the_stream_list_is_beside_the_socket() {
        let cases = [
            ("ws://127.0.0.1:8080/ws", Some("http://127.0.0.1:8080/streams")),
            ("wss://host/ws?token=a", Some("https://host/streams?token=a")),
            ("ws://host", Some("http://host/streams")),
            ("ws://host/below/ws", Some("http://host/below/streams")),
            ("ftp://host/ws", None),
            ("nonsense", None),
        ];
        for (socket, list) in cases {
            assert_eq!(http_url(socket).as_deref(), list);
        }
    }
}
