//! Numbered parts (4.4).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::StatusCode;

use super::{PART, Session, TAG, Visit, stored};
use crate::fault::lock;
use crate::intake::Intake;
use crate::reply::{self, BodyError, Reply};
use crate::telestream::refusal::Refusal;
use crate::telestream::writer::Writer;

/// Where a part belongs.
struct Slot {
    file: usize,
    number: u64,
    offset: u64,
    length: u64,
}

/// Counts the parts that come at the same time.
struct Presence<'a>(&'a Session);

impl<'a> Presence<'a> {
    /// Gives how many there are now, this one too.
    fn of(session: &'a Session) -> (Presence<'a>, u32) {
        let now = session.at_once.fetch_add(1, Ordering::Relaxed) + 1;
        session.most_at_once.fetch_max(now, Ordering::Relaxed);
        (Presence(session), now)
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        self.0.at_once.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) async fn receive(
    visit: &Visit<'_>,
    session: &Arc<Session>,
    intake: &mut Intake,
) -> Result<Result<Reply, Refusal>, BodyError> {
    let (presence, now) = Presence::of(session);
    let flip = &visit.state.flip;
    if flip.enforces_connections && now > flip.max_connections {
        return Ok(Err(Refusal::too_many(flip.max_connections)));
    }
    let slot = match slot(visit, session) {
        Ok(slot) => slot,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let disk = &flip.disk;
    // When the session is over its bytes are those of a video: a repeated part is read and believed.
    let over = lock(&session.record).done && slot.file == 0;
    let path = if over { None } else { disk.file(&session.object(slot.file)) };
    let mut writer = Writer::open(path, slot.offset).await?;
    while let Some(block) = intake.block().await? {
        if writer.written + block.len() as u64 > slot.length {
            return Ok(Err(wrong_length(&slot, None)));
        }
        writer.write(&block).await?;
    }
    let written = writer.finish().await?;
    if written != slot.length {
        return Ok(Err(wrong_length(&slot, Some(written))));
    }
    {
        let mut record = lock(&session.record);
        if let Some(file) = record.files.get_mut(slot.file)
            && !file.stored.insert(slot.number)
        {
            file.repeated += 1;
            flip.repeated.add(written)?;
        }
        session.save(disk, &record)?;
    }
    drop(presence);
    let empty = reply::bytes(StatusCode::OK, "text/plain", "");
    // The request that completes a file is told of the video.
    let whole = lock(&session.record).files.get(slot.file).is_some_and(|file| file.is_whole(true));
    Ok(if whole { stored(visit, session, empty).await } else { Ok(empty) })
}

fn slot(visit: &Visit<'_>, session: &Session) -> Result<Slot, Refusal> {
    let file = session.file(visit.header(TAG))?;
    let given = visit.header(PART).unwrap_or_default();
    let number: u64 = given.parse().map_err(|_| Refusal::bad(format!("X-Part is not a number: {given}")))?;
    let record = lock(&session.record);
    if !record.multi_chunk {
        return Err(Refusal::bad("the session was made without multi_chunk: it takes ranges, not parts"));
    }
    let (parts, part_size, size) =
        record.files.get(file).map_or((0, 1, 0), |file| (file.parts(), file.part_size, file.size));
    if number >= parts {
        return Err(Refusal::bad(format!("there is no part {number}, the file has {parts} from 0")));
    }
    let offset = number * part_size;
    let slot = Slot { file, number, offset, length: part_size.min(size - offset) };
    let announced = visit.header("content-length").and_then(|length| length.parse().ok());
    match announced {
        Some(length) if length != slot.length => Err(wrong_length(&slot, Some(length))),
        _ => Ok(slot),
    }
}

fn wrong_length(slot: &Slot, length: Option<u64>) -> Refusal {
    let found = length.map_or("more".to_owned(), |length| length.to_string());
    Refusal::bad(format!("part {} has {} bytes, not {found}", slot.number, slot.length))
}
