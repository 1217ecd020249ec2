//! PUT requests to Filestack's storage.

use std::sync::atomic::Ordering;

use hyper::body::Incoming;
use hyper::header::{ETAG, HeaderValue};
use hyper::{Request, StatusCode};

use super::{Arc, BodyError, Intake, Reply, Subject, Visit};
use crate::filestack::upload::{self, Target};

impl Visit {
    /// The storage PUT, whose body is never kept.
    pub(super) async fn store(self, body: Incoming) -> Result<Reply, BodyError> {
        let target = Target::of(&self.state, self.parts.uri.path(), &self.query);
        let mut subject = Subject::default();
        if let Some(target) = &target {
            let (part, offset, size) = target.place();
            self.entry.set_place(Some(u64::from(part)), offset, size);
            subject.part = Some(u64::from(part));
            subject.offset = offset;
            subject.filename = Some(target.upload.filename.clone());
        }
        let fault = self.state.faults.choose(self.route.class(), &subject);
        if fault.is_some() {
            self.entry.set_fault();
        }
        let intake = Intake::new(body, Arc::clone(&self.entry), Arc::clone(&self.door.line), fault.as_ref());
        let intake = match self.forestall(intake, fault.as_ref()).await? {
            Ok(intake) => intake,
            Err(reply) => return Ok(reply),
        };
        let rest = intake.rest();
        let request = Request::from_parts(self.parts.clone(), intake);
        let kms = self.state.kms.load(Ordering::Relaxed) || fault.as_ref().is_some_and(|action| action.kms);
        let mut reply = upload::put(&self.state, target, request, &self.entry, kms).await;
        if reply.status() != StatusCode::OK && !self.door.line.is_cut() {
            rest.drain().await;
        }
        if let Some(action) = &fault {
            if action.wrong_etag && reply.headers().contains_key(ETAG) {
                let value = HeaderValue::from_static("\"00000000000000000000000000000bad\"");
                reply.headers_mut().insert(ETAG, value);
            }
            if action.missing_etag {
                reply.headers_mut().remove(ETAG);
            }
        }
        self.leave(reply, fault.as_ref()).await
    }
}
