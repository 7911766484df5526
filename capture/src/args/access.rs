//! Where to serve, and who is let in.

use clap::Args;
use clap::builder::ArgPredicate;
use std::net::SocketAddr;

/// Options of access.
#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
pub(crate) struct Access {
    /// Address and port to serve on; port 0 picks a free one. An address that others reach needs a token.
    #[arg(
        long,
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:8080",
        default_value_if("verify", ArgPredicate::IsPresent, "127.0.0.1:0")
    )]
    pub(crate) listen: SocketAddr,

    /// What viewers must know to be let in; one is made up when others can reach the address.
    #[arg(long, value_name = "TOKEN", env = "SINKVIEW_TOKEN", hide_env_values = true, value_parser = token)]
    pub(crate) token: Option<String>,

    /// Let everybody in who can reach the address.
    #[arg(long, conflicts_with = "token")]
    pub(crate) no_auth: bool,

    /// A name this machine is called by in URLs, besides localhost, its addresses and its own name; may be repeated.
    #[arg(long = "allow-host", value_name = "NAME")]
    pub(crate) allow_hosts: Vec<String>,

    /// An origin whose pages may show the streams, like `https://example.org`; may be repeated.
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    pub(crate) allow_origins: Vec<String>,
}

/// A token travels in URLs, cookies and as a WebSocket subprotocol: only characters that all three allow.
fn token(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c)) {
        Ok(text.to_owned())
    } else {
        Err("a token has letters, digits and -_.~ only; `openssl rand -hex 24` makes one".to_owned())
    }
}
