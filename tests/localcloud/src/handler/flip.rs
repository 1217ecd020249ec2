//! Requests to Flip. Bodies are streamed where they may be large, so faults are chosen by the head of the
//! request.

use hyper::body::Incoming;
use hyper::header::{CONTENT_RANGE, CONTENT_TYPE, LOCATION};

use super::{
    Action, Arc, BodyError, BodyExt, HOST, Intake, LARGEST_JSON, Limited, Origin, Reply, Subject, Visit,
};
use crate::download::insert;
use crate::form;
use crate::telestream::api::{self, Content};
use crate::telestream::multipart;
use crate::telestream::output;
use crate::telestream::place::{Place, SESSION, Step};
use crate::telestream::refusal::Refusal;
use crate::telestream::session::{self, PART, Session};

impl Visit {
    pub(super) async fn flip(&self, place: &Place, body: Incoming) -> Result<Reply, BodyError> {
        let session = match place {
            Place::Session(_) => {
                let flip = &self.state.flip;
                self.query.get("id").and_then(|id| flip.sessions.get(&flip.disk, id))
            }
            _ => None,
        };
        let fault = self.subject(place, session.as_deref());
        let multipart = form::boundary(self.header(CONTENT_TYPE));
        let is_streamed = match place {
            Place::Session(step) => matches!(step, Step::Part | Step::Range),
            Place::Api { .. } => multipart.is_some(),
            Place::Output { .. } => false,
        };
        let intake = Intake::new(body, Arc::clone(&self.entry), Arc::clone(&self.door.line), fault.as_ref());
        let mut intake = match self.forestall(intake, fault.as_ref()).await? {
            Ok(intake) => intake,
            Err(reply) => return Ok(reply),
        };
        if let (false, Some(action)) = (is_streamed, &fault) {
            self.disturb(action).await?;
        }
        let rest = intake.rest();
        let fails = fault.as_ref().is_some_and(|action| action.job_failed);
        let origin = Origin { scheme: self.door.scheme, host: self.header(HOST) };
        let moving = session.clone().filter(|_| fault.as_ref().is_some_and(|action| action.moved));
        let mut reply = match place {
            Place::Session(step) => {
                let (method, headers) = (&self.parts.method, &self.parts.headers);
                let visit = session::Visit { state: &self.state, step: *step, method, headers, fails };
                session::answer(&visit, session, &mut intake).await?
            }
            Place::Output { factory, name } => {
                output::deliver(&self.state, &self.parts.method, &self.parts.headers, factory, name).await
            }
            Place::Api { version, path, .. } => {
                let content = match multipart {
                    Some(boundary) => multipart::read(&mut intake, boundary, &self.state.flip.disk)
                        .await?
                        .map(Content::Form),
                    None => {
                        Some(Content::Bytes(Limited::new(intake, LARGEST_JSON).collect().await?.to_bytes()))
                    }
                };
                match content {
                    None => Refusal::bad("the form is cut off or no form at all").reply(),
                    Some(content) => api::answer(
                        &api::Request {
                            state: &self.state,
                            entry: &self.entry,
                            version: *version,
                            method: &self.parts.method,
                            path,
                            headers: &self.parts.headers,
                            query: &self.query,
                            origin,
                            fails,
                        },
                        content,
                    ),
                }
            }
        };
        if let Some(session) = moving {
            let sessions = &self.state.flip.sessions;
            if let Some(address) = sessions.relocate(&session, &self.state.flip.disk)? {
                insert(&mut reply, LOCATION, &origin.url(&format!("{SESSION}?id={address}")));
            }
        }
        if reply.status().is_client_error() && !self.door.line.is_cut() {
            rest.drain().await;
        }
        self.leave(reply, fault.as_ref()).await
    }

    /// Notes what a request is about, and chooses its fault by that.
    fn subject(&self, place: &Place, session: Option<&Session>) -> Option<Action> {
        let mut subject = Subject::default();
        match place {
            Place::Api { path, .. } => {
                let id = path.strip_suffix(".json").unwrap_or(path).split('/').nth(2);
                subject.handle = id.map(str::to_owned);
                subject.filename = self.query.get("file_name").map(str::to_owned);
            }
            Place::Session(_) => {
                let text = |name: &str| self.parts.headers.get(name).and_then(|value| value.to_str().ok());
                subject.part = text(PART).and_then(|part| part.parse().ok());
                let range = text(CONTENT_RANGE.as_str()).and_then(|range| range.strip_prefix("bytes "));
                subject.offset = range.and_then(|range| range.split_once('-')?.0.parse().ok());
                subject.filename = session.map(|session| session.filename().to_owned());
                subject.handle = session.map(|session| session.id().to_owned());
            }
            Place::Output { factory, .. } => subject.handle = Some(factory.clone()),
        }
        if let Some(handle) = &subject.handle {
            self.entry.set_handle(handle);
        }
        let size =
            self.parts.headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
        self.entry.set_place(subject.part, subject.offset, size);
        let fault = self.state.faults.choose(self.route.class(), &subject);
        if fault.is_some() {
            self.entry.set_fault();
        }
        fault
    }
}
