//! Content-MD5, judged while the bytes stream by.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use md5::{Digest, Md5};

use crate::reply::BodyError;

/// The 16 bytes of a Content-MD5 value; `None` if it is anything else.
pub(crate) fn decode(text: &str) -> Option<[u8; 16]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A body that fails at its end if its MD5 is not the promised one. s3s-fs compares only after it has put a
/// part in place, so a bad repetition would destroy a good part.
pub(crate) struct Checked<B> {
    body: B,
    md5: Md5,
    promised: [u8; 16],
    mismatch: Arc<AtomicBool>,
    ended: bool,
}

impl<B> Checked<B> {
    pub(crate) fn new(body: B, promised: [u8; 16], mismatch: Arc<AtomicBool>) -> Checked<B> {
        Checked { body, md5: Md5::new(), promised, mismatch, ended: false }
    }
}

impl<B: HttpBody<Data = Bytes, Error = BodyError> + Unpin> HttpBody for Checked<B> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.md5.update(data);
                }
            }
            Some(Err(_)) => this.ended = true,
            None => {
                this.ended = true;
                let found: [u8; 16] = this.md5.finalize_reset().into();
                if found != this.promised {
                    this.mismatch.store(true, Ordering::Release);
                    return Poll::Ready(Some(Err("the body's MD5 is not that of Content-MD5".into())));
                }
            }
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
