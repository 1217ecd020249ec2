//! The queue of parts, with as many workers and slots as the seed says, parts from memory or from a reader,
//! requests that succeed, fail for good, or find no file descriptor.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use ferry::error::{Error, ErrorKind};
use ferry::http::Bounds;
use ferry::transfer::context::TransferContext;
use ferry::transfer::control::Control;
use ferry::transfer::digest::{Md5, md5_slices};
use ferry::transfer::plan::{Part, Plan};
use ferry::transfer::progress::Progress;
use ferry::transfer::queue::{Digest, send_parts};
use ferry::transfer::report::run_with_feed;
use ferry::transfer::slots::{Slots, Turns};
use ferry::transfer::source::{Source, digest_ranges};

use super::book::Book;
use super::{expired, linger};

const HOUR: Duration = Duration::from_secs(3600);

/// How a request ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Stored,
    /// Once; the next attempt is [`End::Stored`].
    NoDescriptor,
    Failed,
}

pub fn run(rng: &mut Rng) -> (Vec<String>, bool) {
    let (parts, length) = (rng.u32(1..9), rng.u64(1..4));
    let plan = Plan::new(u64::from(parts) * length, length);
    let ends: Vec<End> = (0..parts)
        .map(|_| match rng.u8(..16) {
            0 => End::Failed,
            1 | 2 => End::NoDescriptor,
            _ => End::Stored,
        })
        .collect();
    let bytes: Vec<u8> = (0..(u64::from(parts) * length) as u8).collect();
    let digest_of = |part: &Part| {
        let range = part.offset as usize..(part.offset + part.length) as usize;
        md5_slices(&[&bytes[range]])[0]
    };
    let source = if rng.u8(..4) == 0 { reader(&bytes, rng.usize(1..5)) } else { Source::Bytes(&bytes) };
    let (concurrency, has_others, digest) = (rng.u32(..4), rng.bool(), rng.bool());
    let (before, during) = (rng.u32(..4), rng.u32(..6));

    let (control, progress, book) = (Control::default(), Progress::default(), Book::default());
    let context = TransferContext::new(&control, Bounds::new(control.stop(), None, HOUR, HOUR), &progress);
    let slots = Slots::new(concurrency, parts as usize, &Arc::default());
    let turns = || match rng.clone().u8(..3) {
        0 => Turns::new(&slots),
        1 => Turns::ahead(&slots),
        _ => Turns::watched(&slots),
    };
    let work = || {
        let digest_with = digest.then_some(digest_ranges as Digest<Md5>);
        send_parts(&context, &source, plan.parts(), turns(), digest_with, None, |part, md5, wait| {
            if md5 != digest.then(|| digest_of(&part)) {
                book.wrong(format!("digest: {digest}, and part {} has {md5:?}", part.number));
            }
            linger(before);
            wait()?;
            let attempt = book.begin(part.number);
            linger(during);
            let end = match ends[part.number as usize - 1] {
                End::NoDescriptor if attempt > 0 => End::Stored,
                end => end,
            };
            book.end(part.number, end == End::Stored);
            match end {
                End::Stored => Ok(()),
                End::NoDescriptor => {
                    let cause = io::Error::from_raw_os_error(libc::EMFILE);
                    Err(Error::new(ErrorKind::Io, "none left").with_cause(&cause))
                }
                End::Failed => Err(Error::new(ErrorKind::Http, "refused")),
            }
        })
    };
    // Another upload of the batch takes slots too.
    let result = std::thread::scope(|scope| {
        if has_others {
            scope.spawn(|| {
                for number in 1000..1004 {
                    linger(during);
                    if let Some(slot) = slots.take() {
                        book.begin(number);
                        linger(during);
                        book.end(number, true);
                        drop(slot);
                        context.signal.notify();
                    }
                }
            });
        }
        run_with_feed(&context, None, source.feed(), work)
    });

    book.check_end(parts, result.is_ok());
    if expired() > 0 {
        book.wrong(format!("{} waits were not woken", expired()));
    }
    if slots.free() + 1 != slots.limit() {
        book.wrong(format!("{} of {} slots are free at the end", slots.free(), slots.limit()));
    }
    match result.as_ref().map_err(Error::kind) {
        Ok(()) if ends.contains(&End::Failed) => book.wrong("a success though a part has failed"),
        Err(ErrorKind::Http) if ends.contains(&End::Failed) => {}
        // A worker that is alone has nobody to leave the part to.
        Err(ErrorKind::Io) if ends.contains(&End::NoDescriptor) => {}
        Err(kind) => book.wrong(format!("an error of kind {kind:?}: {result:?}")),
        Ok(()) => {}
    }
    let pages = std::mem::take(&mut *book.pages());
    let mut wrong = pages.wrong;
    let most = slots.most();
    if pages.most > most {
        wrong.push(format!("{} requests at the same time in {most} slots", pages.most));
    }
    (wrong, pages.most > 1 || most == 1)
}

/// The same bytes, so many at a time.
fn reader(bytes: &[u8], piece: usize) -> Source<'static> {
    let mut left = bytes.to_vec();
    let read = move |buffer: &mut [u8]| {
        let count = piece.min(left.len());
        buffer[..count].copy_from_slice(&left[..count]);
        left.drain(..count);
        Ok(count)
    };
    Source::of_reader(Some(bytes.len() as u64), read).expect("a reader")
}
