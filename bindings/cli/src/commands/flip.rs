//! `ferry flip`: Telestream Cloud Flip.

mod upload;

use std::sync::Arc;

use clap::{Args, Subcommand};
use ferry::telestream::{Client, RequestOptions, Resource};
use serde_json::{Map, Value};

use crate::bars::Bars;
use crate::failure::Result;
use crate::pair;
use crate::session::Session;

/// Telestream Cloud Flip: videos and their encodings
#[derive(Debug, Subcommand)]
pub enum Flip {
    Upload(upload::Upload),
    /// Factories: where videos and encodings are stored
    #[command(subcommand)]
    Factories(Factories),
    /// Videos: what was uploaded
    #[command(subcommand)]
    Videos(Videos),
    /// Encodings: what videos are made into
    #[command(subcommand)]
    Encodings(Encodings),
    /// Profiles: how encodings are made
    #[command(subcommand)]
    Profiles(Profiles),
    /// Notifications: what the service tells an address of yours
    #[command(subcommand)]
    Notifications(Notifications),
}

/// Which factory a command is about.
#[derive(Debug, Args)]
pub struct Where {
    /// The id of the factory (FERRY_FACTORY)
    #[arg(long, value_name = "ID")]
    factory: Option<String>,
}

/// The object that a command is about.
#[derive(Debug, Args)]
pub struct One {
    id: String,
    #[command(flatten)]
    place: Where,
}

/// Parameters of the service.
#[derive(Debug, Args)]
pub struct Params {
    /// Parameters, such as name=films; numbers, true, false and JSON are taken as such
    #[arg(value_name = "NAME=VALUE")]
    params: Vec<String>,
}

impl Params {
    fn json(&self) -> Result<String> {
        Ok(Value::Object(pair::members("", &self.params)?).to_string())
    }
}

#[derive(Debug, Subcommand)]
pub enum Factories {
    /// List the factories of the account
    List,
    /// Show a factory
    Show { id: String },
    /// Make a factory
    Create {
        #[command(flatten)]
        params: Params,
    },
    /// Change a factory
    Update {
        id: String,
        #[command(flatten)]
        params: Params,
    },
}

#[derive(Debug, Subcommand)]
pub enum Videos {
    /// List videos
    List {
        #[command(flatten)]
        filter: Filter,
    },
    /// Show a video
    Show(One),
    /// Have the service fetch a video: source_url=https://… profiles=h264
    Create {
        #[command(flatten)]
        params: Params,
        #[command(flatten)]
        place: Where,
    },
    /// List the encodings of a video
    Encodings(One),
    /// Show what the service has found out about a video
    Metadata(One),
    /// Wait until all encodings of a video have ended
    Wait(One),
    /// Delete a video with its encodings, or only its source
    Delete {
        id: String,
        /// Only the uploaded file
        #[arg(long)]
        source: bool,
        #[command(flatten)]
        place: Where,
    },
}

#[derive(Debug, Subcommand)]
pub enum Encodings {
    /// List encodings
    List {
        /// Those of one video
        #[arg(long, value_name = "ID")]
        video: Option<String>,
        /// Those of one profile, by its name
        #[arg(long, value_name = "NAME")]
        profile_name: Option<String>,
        #[command(flatten)]
        filter: Filter,
    },
    /// Show an encoding
    Show(One),
    /// Start an encoding: video_id=… profile_name=…
    Create {
        #[command(flatten)]
        params: Params,
        #[command(flatten)]
        place: Where,
    },
    /// Start one anew that has failed
    Retry(One),
    /// End one that is under way
    Cancel(One),
    /// Wait until it has ended
    Wait(One),
    /// Delete an encoding and its files
    Delete(One),
}

#[derive(Debug, Subcommand)]
pub enum Profiles {
    /// List profiles
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Show a profile, by its id or its name
    Show(One),
    /// Make a profile: preset_name=h264 name=… width=…
    Create {
        #[command(flatten)]
        params: Params,
        #[command(flatten)]
        place: Where,
    },
    /// Change a profile
    Update {
        id: String,
        #[command(flatten)]
        params: Params,
        #[command(flatten)]
        place: Where,
    },
    /// Delete a profile
    Delete(One),
}

#[derive(Debug, Subcommand)]
pub enum Notifications {
    /// Show what is told, and to whom
    Show {
        #[command(flatten)]
        place: Where,
    },
    /// Change it: url=https://… 'events={"video_encoded": true}'
    Update {
        #[command(flatten)]
        params: Params,
        #[command(flatten)]
        place: Where,
    },
}

/// Which objects of a list.
#[derive(Debug, Args)]
pub struct Filter {
    /// Those in one state
    #[arg(long, value_parser = ["success", "fail", "processing"])]
    status: Option<String>,
    #[command(flatten)]
    place: Where,
}

type Columns = &'static [(&'static str, &'static str)];

const FACTORIES: Columns =
    &[("ID", "/id"), ("NAME", "/name"), ("BUCKET", "/outputs_bucket_name"), ("URL", "/url")];
const VIDEOS: Columns = &[
    ("ID", "/id"),
    ("NAME", "/original_filename"),
    ("STATUS", "/status"),
    ("SIZE", "/file_size"),
    ("CREATED", "/created_at"),
];
const ENCODINGS: Columns = &[
    ("ID", "/id"),
    ("PROFILE", "/profile_name"),
    ("STATUS", "/status"),
    ("%", "/encoding_progress"),
    ("VIDEO", "/video_id"),
];
const PROFILES: Columns = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("PRESET", "/preset_name"),
    ("EXTENSION", "/extname"),
    ("WIDTH", "/width"),
    ("HEIGHT", "/height"),
];

impl Flip {
    pub fn run(self, session: &Session) -> Result<()> {
        match self {
            Flip::Upload(upload) => upload.run(session),
            Flip::Factories(command) => factories(session, command),
            Flip::Videos(command) => videos(session, command),
            Flip::Encodings(command) => encodings(session, command),
            Flip::Profiles(command) => profiles(session, command),
            Flip::Notifications(command) => notifications(session, command),
        }
    }
}

/// The client and the resource that a command is about, and how it prints.
struct Ask<'a> {
    session: &'a Session,
    client: Arc<Client>,
    resource: Resource,
}

impl<'a> Ask<'a> {
    fn new(session: &'a Session, resource: Resource, place: Option<&Where>) -> Result<Self> {
        let client = session.telestream(place.and_then(|place| place.factory.as_deref()))?;
        Ok(Ask { session, client, resource })
    }

    fn list(&self, filters: Map<String, Value>, columns: Columns) -> Result<()> {
        let params = Value::Object(filters).to_string();
        let mut observer = self.session.until_stopped();
        let (options, observer) = (RequestOptions::default(), Some(&mut observer as _));
        let rows = self.client.list_all(self.resource, None, Some(&params), &options, observer)?;
        self.rows(&rows, columns)
    }

    fn rows(&self, rows: &Value, columns: Columns) -> Result<()> {
        let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
        Ok(self.session.output.table(rows, columns)?)
    }

    fn show(&self, id: &str) -> Result<()> {
        let mut observer = self.session.until_stopped();
        let options = RequestOptions::default();
        let object = self.client.find(self.resource, None, id, None, &options, Some(&mut observer))?;
        self.object(&object)
    }

    fn create(&self, params: &Params) -> Result<()> {
        let mut observer = self.session.until_stopped();
        let (params, options) = (params.json()?, RequestOptions::default());
        let object = self.client.create(self.resource, None, &params, &options, Some(&mut observer))?;
        self.object(&object)
    }

    fn update(&self, id: &str, params: &Params) -> Result<()> {
        let mut observer = self.session.until_stopped();
        let (params, options) = (params.json()?, RequestOptions::default());
        let object = self.client.update(self.resource, None, id, &params, &options, Some(&mut observer))?;
        self.object(&object)
    }

    fn delete(&self, id: &str) -> Result<()> {
        let mut observer = self.session.until_stopped();
        let options = RequestOptions::default();
        self.client.delete(self.resource, None, id, &options, Some(&mut observer))?;
        self.did("deleted", id)
    }

    fn did(&self, what: &str, id: &str) -> Result<()> {
        let said = Map::from_iter([("id".to_owned(), id.into()), (what.to_owned(), true.into())]);
        Ok(self.session.output.result(&Value::Object(said), &format!("{what} {id}"))?)
    }

    fn object(&self, object: &Value) -> Result<()> {
        Ok(self.session.output.object(object)?)
    }
}

fn factories(session: &Session, command: Factories) -> Result<()> {
    let ask = Ask::new(session, Resource::Factories, None)?;
    match command {
        Factories::List => ask.list(Map::new(), FACTORIES),
        Factories::Show { id } => ask.show(&id),
        Factories::Create { params } => ask.create(&params),
        Factories::Update { id, params } => ask.update(&id, &params),
    }
}

fn videos(session: &Session, command: Videos) -> Result<()> {
    let ask = |place: &Where| Ask::new(session, Resource::Videos, Some(place));
    let options = RequestOptions::default();
    let mut observer = session.until_stopped();
    match command {
        Videos::List { filter } => ask(&filter.place)?.list(filter.params(), VIDEOS),
        Videos::Show(One { id, place }) => ask(&place)?.show(&id),
        Videos::Create { params, place } => ask(&place)?.create(&params),
        Videos::Delete { id, source: false, place } => ask(&place)?.delete(&id),
        Videos::Delete { id, source: true, place } => {
            let ask = ask(&place)?;
            ask.client.video_delete_source(None, &id, &options, Some(&mut observer))?;
            ask.did("deleted", &id)
        }
        Videos::Encodings(One { id, place }) => {
            let ask = ask(&place)?;
            let rows = ask.client.video_encodings(None, &id, None, &options, Some(&mut observer))?;
            ask.rows(&rows, ENCODINGS)
        }
        Videos::Metadata(One { id, place }) => {
            let ask = ask(&place)?;
            ask.object(&ask.client.video_metadata(None, &id, &options, Some(&mut observer))?)
        }
        Videos::Wait(One { id, place }) => {
            let ask = ask(&place)?;
            let rows = wait_for_encodings(session, &ask.client, &id)?;
            ask.rows(&rows, ENCODINGS)
        }
    }
}

fn encodings(session: &Session, command: Encodings) -> Result<()> {
    let ask = |place: &Where| Ask::new(session, Resource::Encodings, Some(place));
    let options = RequestOptions::default();
    let mut observer = session.until_stopped();
    match command {
        Encodings::List { video, profile_name, filter } => {
            let mut filters = filter.params();
            let own = [("video_id", video), ("profile_name", profile_name)];
            filters
                .extend(own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
            ask(&filter.place)?.list(filters, ENCODINGS)
        }
        Encodings::Show(One { id, place }) => ask(&place)?.show(&id),
        Encodings::Create { params, place } => ask(&place)?.create(&params),
        Encodings::Delete(One { id, place }) => ask(&place)?.delete(&id),
        Encodings::Retry(One { id, place }) => {
            let ask = ask(&place)?;
            ask.client.encoding_retry(None, &id, &options, Some(&mut observer))?;
            ask.did("retried", &id)
        }
        Encodings::Cancel(One { id, place }) => {
            let ask = ask(&place)?;
            ask.client.encoding_cancel(None, &id, &options, Some(&mut observer))?;
            ask.did("cancelled", &id)
        }
        Encodings::Wait(One { id, place }) => {
            let ask = ask(&place)?;
            let bars = Bars::percent(session.output, "encoded");
            let stop = session.stop.clone();
            let mut observer = |snapshot: &_| {
                bars.show(snapshot);
                !stop.is_set()
            };
            let encoding = ask.client.encoding_wait(None, &id, &options, Some(&mut observer))?;
            drop(bars);
            ask.object(&encoding)
        }
    }
}

fn profiles(session: &Session, command: Profiles) -> Result<()> {
    let ask = |place: &Where| Ask::new(session, Resource::Profiles, Some(place));
    match command {
        Profiles::List { place } => ask(&place)?.list(Map::new(), PROFILES),
        Profiles::Show(One { id, place }) => ask(&place)?.show(&id),
        Profiles::Create { params, place } => ask(&place)?.create(&params),
        Profiles::Update { id, params, place } => ask(&place)?.update(&id, &params),
        Profiles::Delete(One { id, place }) => ask(&place)?.delete(&id),
    }
}

fn notifications(session: &Session, command: Notifications) -> Result<()> {
    let options = RequestOptions::default();
    let mut observer = session.until_stopped();
    let client = |place: &Where| session.telestream(place.factory.as_deref());
    let said = match command {
        Notifications::Show { place } => {
            client(&place)?.notifications(None, &options, Some(&mut observer))?
        }
        Notifications::Update { params, place } => {
            let params = params.json()?;
            client(&place)?.notifications_update(None, &params, &options, Some(&mut observer))?
        }
    };
    Ok(session.output.object(&said)?)
}

/// Waits for the encodings of a video, with a bar; returns them.
fn wait_for_encodings(session: &Session, client: &Client, video: &str) -> Result<Value> {
    let bars = Bars::percent(session.output, "encoded");
    let stop = session.stop.clone();
    let mut observer = |snapshot: &ferry::transfer::progress::Snapshot| {
        let (done, all) = (snapshot.parts_done, snapshot.parts_total);
        bars.whole(snapshot.bytes_done, snapshot.bytes_total.max(1), format!("{done} of {all} encodings"));
        !stop.is_set()
    };
    let options = RequestOptions::default();
    Ok(client.video_encodings_wait(None, video, &options, Some(&mut observer))?)
}

impl Filter {
    fn params(&self) -> Map<String, Value> {
        let status = self.status.iter().map(|status| ("status".to_owned(), status.as_str().into()));
        status.collect()
    }
}
