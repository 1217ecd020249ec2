//! Ranges, one after the other, and files in one go (4.3).

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};

use super::{Session, Visit, stored};
use crate::fault::lock;
use crate::form;
use crate::intake::Intake;
use crate::reply::{self, BodyError, Reply};
use crate::telestream::multipart;
use crate::telestream::refusal::Refusal;
use crate::telestream::writer::Writer;

/// First byte and number of bytes.
struct Piece {
    first: u64,
    length: u64,
}

impl Piece {
    /// `bytes S-E/L`. The vendor's SDK announces an end beyond the file with its last chunk (defect A3), so
    /// that is allowed.
    fn of(range: Option<&str>, size: u64) -> Result<Piece, Refusal> {
        let Some(range) = range else { return Ok(Piece { first: 0, length: size }) };
        let wrong = || Refusal::bad(format!("Content-Range is not bytes S-E/{size}: {range}"));
        let (span, total) =
            range.trim().strip_prefix("bytes ").and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
        let (first, last) = span.split_once('-').ok_or_else(wrong)?;
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
        let (first, last, total) = (number(first)?, number(last)?, number(total)?);
        if total != size || last < first || first >= size {
            return Err(wrong());
        }
        Ok(Piece { first, length: last.min(size - 1) - first + 1 })
    }
}

pub(super) async fn receive(
    visit: &Visit<'_>,
    session: &Arc<Session>,
    intake: &mut Intake,
) -> Result<Result<Reply, Refusal>, BodyError> {
    let (multi_chunk, size, reached, done) = {
        let record = lock(&session.record);
        let (size, reached) = record.files.first().map_or((0, 0), |file| (file.size, file.reached));
        (record.multi_chunk, size, reached, record.done)
    };
    if multi_chunk {
        return Ok(Err(Refusal::bad("the session was made with multi_chunk: parts need X-Part")));
    }
    if let Some(boundary) = visit.header("content-type").and_then(form::boundary) {
        return from_form(visit, session, intake, boundary, size).await;
    }
    let piece = match Piece::of(visit.header("content-range"), size) {
        Ok(piece) => piece,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if piece.first > reached {
        return Ok(Err(Refusal::bad(format!("there is a hole between {reached} and {}", piece.first))));
    }
    let path = if done { None } else { visit.state.flip.disk.file(&session.object(0)) };
    let mut writer = Writer::open(path, piece.first).await?;
    let outcome = loop {
        match intake.block().await {
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
            Ok(Some(block)) if writer.written + block.len() as u64 > piece.length => {
                return Ok(Err(wrong_length(&piece, None)));
            }
            Ok(Some(block)) => writer.write(&block).await?,
        }
    };
    let written = writer.finish().await?;
    // What has come before a connection broke counts.
    if written > 0 {
        advance(visit, session, piece.first, written)?;
    }
    outcome?;
    if written != piece.length {
        return Ok(Err(wrong_length(&piece, Some(written))));
    }
    Ok(stored(visit, session, so_far(session)).await)
}

fn wrong_length(piece: &Piece, length: Option<u64>) -> Refusal {
    let found = length.map_or("more".to_owned(), |length| length.to_string());
    Refusal::bad(format!("the range has {} bytes, not {found}", piece.length))
}

fn advance(visit: &Visit<'_>, session: &Session, first: u64, written: u64) -> std::io::Result<()> {
    let reached = first + written;
    let mut record = lock(&session.record);
    if let Some(file) = record.files.first_mut() {
        visit.state.flip.repeated.add(file.reached.min(reached).saturating_sub(first))?;
        if reached <= file.reached {
            file.repeated += 1;
            return Ok(());
        }
        file.reached = reached;
    }
    session.save(&visit.state.flip.disk, &record)
}

/// 204, with the last byte that is there.
fn so_far(session: &Session) -> Reply {
    let reached = lock(&session.record).files.first().map_or(0, |file| file.reached);
    let mut reply = reply::bytes(StatusCode::NO_CONTENT, "text/plain", "");
    reply.headers_mut().remove(hyper::header::CONTENT_TYPE);
    if let Some(Ok(range)) = reached.checked_sub(1).map(|last| HeaderValue::try_from(format!("0-{last}"))) {
        reply.headers_mut().insert(HeaderName::from_static("range"), range);
    }
    reply
}

/// `Content-Range: bytes */L`.
pub(super) async fn status(visit: &Visit<'_>, session: &Arc<Session>) -> Result<Reply, Refusal> {
    let (multi_chunk, size) = {
        let record = lock(&session.record);
        (record.multi_chunk, record.files.first().map_or(0, |file| file.size))
    };
    if multi_chunk {
        return Err(Refusal::bad("the session takes parts; GET lists those that are missing"));
    }
    let total = visit.header("content-range").and_then(|range| range.rsplit('/').next()?.trim().parse().ok());
    if total != Some(size) {
        return Err(Refusal::bad(format!("the file has {size} bytes")));
    }
    stored(visit, session, so_far(session)).await
}

/// What a browser's form sends: the whole file in the field `file`.
async fn from_form(
    visit: &Visit<'_>,
    session: &Arc<Session>,
    intake: &mut Intake,
    boundary: &str,
    size: u64,
) -> Result<Result<Reply, Refusal>, BodyError> {
    let disk = &visit.state.flip.disk;
    let form = multipart::read(intake, boundary, disk).await?;
    let Some(file) = form.and_then(|form| form.file) else {
        return Ok(Err(Refusal::bad("the form has no field `file`")));
    };
    if file.size != size || lock(&session.record).done {
        disk.remove_file(&file.id);
        return Ok(Err(Refusal::bad(format!("a file of {size} bytes is awaited, not one of {}", file.size))));
    }
    disk.rename(&file.id, &session.object(0))?;
    advance(visit, session, 0, size)?;
    Ok(stored(visit, session, so_far(session)).await)
}
