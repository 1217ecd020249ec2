//! Figures of the process over time, and whether they grow.

/// One moment, as soak.c tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Seconds since the beginning.
    pub time: f64,
    pub uploads: u64,
    pub bytes: u64,
    /// KiB.
    pub rss: u64,
    pub pss: u64,
    /// Bytes that malloc has given out.
    pub heap: u64,
    pub descriptors: u64,
    /// Of the descriptors.
    pub sockets: u64,
    pub threads: u64,
    /// `ferry_live_objects()`.
    pub objects: u64,
}

impl Figures {
    pub const HEAD: &str =
        "kind,seconds,uploads,bytes,rss_kib,pss_kib,heap,descriptors,sockets,threads,objects";

    /// The words of a line behind its first one.
    pub fn read(words: &str) -> Option<Figures> {
        let words: Vec<&str> = words.split(' ').collect();
        let number = |at: usize| words.get(at)?.parse().ok();
        Some(Figures {
            time: words.first()?.parse().ok()?,
            uploads: number(1)?,
            bytes: number(2)?,
            rss: number(3)?,
            pss: number(4)?,
            heap: number(5)?,
            descriptors: number(6)?,
            sockets: number(7)?,
            threads: number(8)?,
            objects: number(9)?,
        })
    }

    /// Descriptors that are not idle connections.
    fn others(&self) -> u64 {
        self.descriptors - self.sockets
    }
}

/// The slope of the line that fits best.
pub fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let count = points.clone().count() as f64;
    let mean = |sum: f64| sum / count;
    let (x, y) = (mean(points.clone().map(|p| p.0).sum()), mean(points.clone().map(|p| p.1).sum()));
    let (above, below) = points.fold((0.0, 0.0), |(above, below), point| {
        (above + (point.0 - x) * (point.1 - y), below + (point.0 - x) * (point.0 - x))
    });
    if below == 0.0 { 0.0 } else { above / below }
}

/// How much each figure grows, by quiet moments.
#[derive(Debug)]
pub struct Slopes {
    /// Bytes for each upload.
    pub heap: f64,
    pub rss: f64,
    /// For each 1,000 uploads.
    pub descriptors: f64,
    pub threads: f64,
}

/// The quiet moments behind the first tenth of the uploads, in which allocator, pools and caches get as large
/// as they have to be.
pub fn settled(quiet: &[Figures]) -> &[Figures] {
    let warm = quiet.last().map_or(0, |last| last.uploads / 10);
    let first = quiet.iter().position(|figures| figures.uploads >= warm).unwrap_or(0);
    quiet.get(first..).unwrap_or_default()
}

impl Slopes {
    pub fn of(quiet: &[Figures]) -> Slopes {
        let of = |value: fn(&Figures) -> f64| {
            slope(settled(quiet).iter().map(|figures| (figures.uploads as f64, value(figures))))
        };
        Slopes {
            heap: of(|figures| figures.heap as f64),
            rss: of(|figures| figures.rss as f64 * 1024.0),
            descriptors: of(|figures| figures.descriptors as f64) * 1000.0,
            threads: of(|figures| figures.threads as f64) * 1000.0,
        }
    }
}

/// How far the heap may be from where it was: the eldest client keeps a few connections, whose buffers are as
/// large as what has passed. Of all else not a byte stays.
const HEAP_NOISE: f64 = 32.0 * 1024.0;

/// The same of clients that all threads use and that stay open, with all their idle connections.
const HEAP_NOISE_OF_OPEN: f64 = 4.0 * 1024.0 * 1024.0;

/// How far resident memory may be from where it was, when malloc has given back what is free: pages that are
/// free in part stay, and the stacks of some ended threads, which glibc keeps for new ones.
const RSS_NOISE: f64 = 8.0 * 1024.0 * 1024.0;

/// Idle connections that the eldest client, which one thread uses, may keep.
const ELDEST_SOCKETS: u64 = 8;

/// Those that three clients keep (`src/http/mod.rs`, `POOL`).
const SOCKETS_OF_OPEN: u64 = 3 * 160;

/// What grows, in words; nothing if all is as it has to be.
///
/// In a quiet moment no call is under way and no client is open but one. So all of these are facts, and none
/// is a matter of chance:
///
/// - threads, objects, and descriptors that are no sockets: at each moment exactly as many as at the first;
/// - sockets: at most those that one client keeps idle;
/// - resident memory: the best line through the moments rises over the whole run by less than `RSS_NOISE`;
/// - the heap: the best line through the moments rises over the whole run by less than `HEAP_NOISE`. That
///   finds 64 bytes for each upload after 600 uploads, and one byte for each after 40,000.
///
/// At the end, without that client, descriptors, sockets and threads are what they were before the first.
///
/// Where the clients stay open (`keeps`), their connections are there too: the bounds are wider, and what a
/// client keeps of each call shows as growth.
pub fn growth(before: &Figures, quiet: &[Figures], after: &Figures, keeps: bool) -> Vec<String> {
    let (heap_noise, most_sockets) =
        if keeps { (HEAP_NOISE_OF_OPEN, SOCKETS_OF_OPEN) } else { (HEAP_NOISE, ELDEST_SOCKETS) };
    let mut found = Vec::new();
    let settled = settled(quiet);
    let (Some(first), Some(last)) = (settled.first(), settled.last()) else {
        return vec!["there was no quiet moment".to_owned()];
    };
    if settled.len() < 3 {
        found.push(format!("{} quiet moments are too few", settled.len()));
    }
    for figures in quiet {
        for (what, now, then) in [
            ("threads", figures.threads, first.threads),
            ("objects", figures.objects, first.objects),
            ("descriptors without sockets", figures.others(), first.others()),
        ] {
            if now != then {
                found.push(format!("{what}: {now} after {} uploads, {then} is right", figures.uploads));
            }
        }
        if figures.sockets > most_sockets {
            found.push(format!("sockets: {} after {} uploads", figures.sockets, figures.uploads));
        }
    }
    let (slopes, uploads) = (Slopes::of(quiet), last.uploads - first.uploads);
    for (what, slope, most) in [("heap", slopes.heap, heap_noise), ("memory", slopes.rss, RSS_NOISE)] {
        let rise = slope * uploads as f64;
        if rise > most {
            found.push(format!("{what}: {rise:.0} bytes more after {uploads} uploads"));
        }
    }
    for (what, now, then) in [
        ("descriptors", after.descriptors, before.descriptors),
        ("sockets", after.sockets, before.sockets),
        ("threads", after.threads, before.threads),
        ("objects", after.objects, before.objects),
    ] {
        if now != then {
            found.push(format!("{what}: {now} at the end, {then} at the beginning"));
        }
    }
    found
}
