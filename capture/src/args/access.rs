//! Where to serve, and who is let in.

use clap::Args;
use clap::builder::ArgPredicate;
use std::net::SocketAddr;
use std::path::PathBuf;

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
    ///
    /// On the command line every user of this machine can read it (`ps`): --token-file or `SINKVIEW_TOKEN` keep it.
    #[arg(long, value_name = "TOKEN", env = "SINKVIEW_TOKEN", hide_env_values = true, value_parser = token)]
    pub(crate) token: Option<String>,

    /// A file with the token in its first line, which nobody else may read.
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    pub(crate) token_file: Option<PathBuf>,

    /// Let everybody in who can reach the address.
    #[arg(long, conflicts_with_all = ["token", "token_file"])]
    pub(crate) no_auth: bool,

    /// Serve https with this certificate, a PEM file with the chain; it is read again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The certificate's private key, a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Serve https with a certificate made at each start; browsers warn, and its fingerprint is printed to compare.
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) tls_self_signed: bool,

    /// A name this machine is called by in URLs, besides localhost, its addresses and its own name; may be repeated.
    #[arg(long = "allow-host", value_name = "NAME")]
    pub(crate) allow_hosts: Vec<String>,

    /// An origin whose pages may show the streams, like `https://example.org`; may be repeated.
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    pub(crate) allow_origins: Vec<String>,

    /// An origin whose pages may show the whole page in a frame, like `https://lab.example.org`; may be repeated.
    #[arg(long = "frame-ancestors", value_name = "ORIGIN", value_parser = origin)]
    pub(crate) frame_ancestors: Vec<String>,
}

/// What a policy of browsers takes as an origin; anything else could change the policy.
fn origin(text: &str) -> Result<String, String> {
    let authority = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_authority = |authority: &str| {
        !authority.is_empty() && authority.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]*".contains(c))
    };
    if authority.is_some_and(is_authority) {
        Ok(text.to_owned())
    } else {
        Err("an origin is https:// or http://, a name and maybe a port, without a slash at the end"
            .to_owned())
    }
}

/// A token travels in URLs, cookies and as a WebSocket subprotocol: only characters that all three allow.
pub(crate) fn token(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c)) {
        Ok(text.to_owned())
    } else {
        Err("a token has letters, digits and -_.~ only; `openssl rand -hex 24` makes one".to_owned())
    }
}
