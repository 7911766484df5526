//! The connection as reader and writer of one client share it: a TCP socket, or TLS on one.
//!
//! Nothing is written here that was not asked for: which frame is sent is decided when the socket has room for it, also
//! where its bytes are encrypted first. Reader and writer are parts of one task, so that the lock is never waited for.

use crate::server::Stream;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustls::ServerConnection;
use socket2::SockRef;
use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{Interest, ReadBuf};
use tokio::net::TcpStream;

/// Bytes that are encrypted at a time: what is encrypted cannot be taken back, and waits in memory.
const ENCRYPTED_MAX: usize = 256 * 1024;
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// One client's connection.
#[derive(Debug)]
pub(super) struct Link {
    tcp: TcpStream,
    tls: Option<Mutex<ServerConnection>>,
}

/// The socket as rustls reads and writes it: what does not go at once does not go.
struct Raw<'a>(&'a TcpStream);

impl From<Stream> for Link {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Plain(tcp) => Self { tcp, tls: None },
            Stream::Tls(stream) => {
                let (tcp, mut tls) = stream.into_inner();
                tls.set_buffer_limit(Some(ENCRYPTED_MAX));
                Self { tcp, tls: Some(Mutex::new(tls)) }
            }
        }
    }
}

impl Link {
    /// The socket below, for its options.
    pub(super) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// Waits until the socket has room.
    pub(super) async fn writable(&self) -> io::Result<()> {
        self.tcp.writable().await
    }

    /// Begins a message: writes what the socket takes of it, or nothing at all if it has no room for its first byte.
    pub(super) fn try_begin(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.tls.is_some() {
            self.try_flush()?;
            // What is encrypted is as good as sent: the socket is asked, not what was known of it.
            self.tcp.try_io(Interest::WRITABLE, || {
                match poll(&mut [PollFd::new(&self.tcp, PollFlags::OUT)], Some(&AT_ONCE)) {
                    Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
                    Ok(_) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            })?;
        }
        self.try_write_vectored(slices)
    }

    /// Goes on with a message: writes what the socket takes. What it encrypts beyond that goes before all else.
    pub(super) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return self.tcp.try_write_vectored(slices) };
        let mut tls = lock(tls);
        self.write_out(&mut tls)?;
        let written = tls.writer().write_vectored(slices)?;
        match self.write_out(&mut tls) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(written),
        }
    }

    /// Writes what is encrypted and still here; an error if the socket does not take all of it.
    pub(super) fn try_flush(&self) -> io::Result<()> {
        self.tls.as_ref().map_or(Ok(()), |tls| self.write_out(&mut lock(tls)))
    }

    /// Ends the sending half, as far as that goes at once.
    pub(super) fn end(&self) {
        if let Some(tls) = &self.tls {
            let mut tls = lock(tls);
            tls.send_close_notify();
            let _ = self.write_out(&mut tls);
        }
        // It fails where the other side has ended the connection already.
        let _ = SockRef::from(&self.tcp).shutdown(Shutdown::Write);
    }

    /// Reads what there is; nothing at the end.
    pub(super) fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(tls) = &self.tls {
                match lock(tls).reader().read(buf.initialize_unfilled()) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => return Poll::Ready(read.map(|count| buf.advance(count))),
                }
            }
            ready!(self.tcp.poll_read_ready(cx))?;
            let read = match &self.tls {
                None => self.tcp.try_read(buf.initialize_unfilled()),
                Some(tls) => self.read_in(&mut lock(tls)),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(count) if self.tls.is_none() => {
                    buf.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn read_in(&self, tls: &mut ServerConnection) -> io::Result<usize> {
        let count = tls.read_tls(&mut Raw(&self.tcp))?;
        if let Err(error) = tls.process_new_packets() {
            // The client is told why, if that goes at once.
            let _ = self.write_out(tls);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        Ok(count)
    }

    fn write_out(&self, tls: &mut ServerConnection) -> io::Result<()> {
        while tls.wants_write() {
            if tls.write_tls(&mut Raw(&self.tcp))? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }
}

impl Read for Raw<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buf)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.try_write(buf)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock(tls: &Mutex<ServerConnection>) -> MutexGuard<'_, ServerConnection> {
    tls.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Tls;
    use rustls::pki_types::ServerName;
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsConnector;

    /// Less than the room that a socket has when it says that it has room.
    const MESSAGE: usize = 1024;

    /// Begins messages until the socket has no room, checks that none was begun in vain, and that all arrive.
    async fn fill(link: Link, mut client: impl AsyncRead + Unpin) {
        let message = |number: u8| vec![number; MESSAGE];
        let mut sent = Vec::new();
        let mut number = 0;
        for _ in 0..2 {
            loop {
                let message = message(number);
                match link.try_begin(&[IoSlice::new(&message)]) {
                    Ok(written) => sent.extend_from_slice(&message[..written]),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => panic!("{error}"),
                }
                link.try_flush().expect("a message was encrypted that the socket has no room for");
                number = number.wrapping_add(1);
            }
            assert!(sent.len() > MESSAGE);
            let mut arrived = vec![0; sent.len()];
            client.read_exact(&mut arrived).await.unwrap();
            assert!(arrived == sent, "other bytes arrive than were written");
            sent.clear();
            link.writable().await.unwrap();
        }
        link.end();
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0, "the end is told");
    }

    async fn sockets() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (listener.accept().await.unwrap().0, client)
    }

    #[tokio::test]
    async fn a_message_is_begun_only_where_the_socket_has_room_for_it() {
        let (server, client) = sockets().await;
        fill(Link::from(Stream::Plain(server)), client).await;
    }

    #[tokio::test]
    async fn a_message_is_encrypted_only_where_the_socket_has_room_for_it() {
        let tls = Tls::self_signed(vec!["localhost".to_owned()]).unwrap();
        let (server, client) = sockets().await;
        let connector = TlsConnector::from(tls.pinned().unwrap());
        let name = ServerName::try_from("localhost").unwrap();
        let (server, client) = tokio::join!(tls.acceptor().accept(server), connector.connect(name, client));
        let (server, mut client) = (server.unwrap(), client.unwrap());
        client.write_all(b"hello").await.unwrap();
        let link = Link::from(Stream::Tls(Box::new(server)));
        let mut heard = [0; 8];
        let mut buf = ReadBuf::new(&mut heard);
        std::future::poll_fn(|cx| link.poll_read(cx, &mut buf)).await.unwrap();
        assert_eq!(buf.filled(), b"hello");
        fill(link, client).await;
    }
}
