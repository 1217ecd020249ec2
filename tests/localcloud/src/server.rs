//! Listeners and their connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::connection::{Line, Socket};
use crate::handler::{self, Door};
use crate::state::State;

/// Bodies are read in blocks of up to this size.
const BUFFER: usize = 1024 * 1024;

/// Accepts until the runtime ends.
pub(crate) async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<State>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, tls.clone(), Arc::clone(&state)));
            }
            // Out of file descriptors: some will be free again.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// A connection that fails is the client's to notice: its error has no other reader here.
async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let line = Arc::new(Line::default());
    let socket = Socket::new(stream, Arc::clone(&line), Arc::clone(&state.traffic));
    let _ = match tls {
        None => speak(socket, Door { scheme: "http", line }, state).await,
        Some(tls) => match tls.accept(socket).await {
            Ok(stream) => speak(stream, Door { scheme: "https", line }, state).await,
            Err(_) => Ok(()),
        },
    };
}

async fn speak<S>(stream: S, door: Door, state: Arc<State>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| handler::handle(Arc::clone(&state), door.clone(), request));
    http1::Builder::new()
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}
