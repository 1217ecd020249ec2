//! What of a disk a loss of power leaves. The model is POSIX's, which promises little: the content of a file
//! is what it was at its last fsync, and a name stands for what it stood for when its folder was synced. What
//! came later the disk may have all the same, of each file and of each name as the seed decides, whatever
//! the order in which it came.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fastrand::Rng;

type Inode = u64;

/// A folder, with all that is in it.
pub struct Durable {
    root: PathBuf,
    /// What the names in a folder stand for on the disk.
    names: BTreeMap<Inode, BTreeMap<OsString, Inode>>,
    contents: BTreeMap<Inode, Content>,
    /// When a file was first opened, as a number: inodes are not the same in another run of the seed.
    seen: BTreeMap<Inode, usize>,
}

/// What of a file is on the disk.
struct Content {
    /// Keeps the number of the inode from another file.
    file: File,
    /// None: all that is there, for the world has written it.
    bytes: Option<Vec<u8>>,
}

/// Whether the disk has what nobody has synced.
#[derive(Clone, Copy)]
enum Luck {
    Never,
    Always,
    Sometimes,
}

impl Luck {
    fn holds(self, rng: &mut Rng) -> bool {
        match self {
            Luck::Never => false,
            Luck::Always => true,
            Luck::Sometimes => rng.bool(),
        }
    }
}

impl Durable {
    /// All that is in `root` now is durable.
    pub fn new(root: &Path) -> Self {
        let (names, contents, seen) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut durable = Durable { root: root.to_owned(), names, contents, seen };
        entries(root).keys().for_each(|name| durable.wrote(&root.join(name)));
        durable
    }

    /// The world has written a file, and what it writes is durable.
    pub fn wrote(&mut self, path: &Path) {
        let file = File::open(path).expect("the world's file");
        let inode = file.metadata().expect("a file").ino();
        let (folder, name) = (path.parent().expect("a folder"), path.file_name().expect("a name"));
        self.names.entry(inode_of(folder)).or_default().insert(name.to_owned(), inode);
        self.contents.insert(inode, Content { file, bytes: None });
    }

    /// A process has opened a file, or made it.
    pub fn opened(&mut self, fd: i32) {
        if let Ok(metadata) = fs::metadata(path_of(fd)) {
            let number = self.seen.len();
            self.seen.entry(metadata.ino()).or_insert(number);
        }
    }

    /// A process has synced a file or a folder.
    pub fn synced(&mut self, fd: i32) {
        self.opened(fd);
        let path = path_of(fd);
        let Ok(metadata) = fs::metadata(&path) else { return };
        if metadata.is_dir() {
            self.names.insert(metadata.ino(), entries(&path));
        } else if let Ok(file) = File::open(&path) {
            // Another description of the file: a copy of the process's own would keep its lock.
            let bytes = fs::read(&path).ok();
            self.contents.insert(metadata.ino(), Content { file, bytes });
        }
    }

    /// The power is lost: the folder becomes what the disk has.
    pub fn lose(&mut self, rng: &mut Rng) {
        let luck = [Luck::Never, Luck::Always, Luck::Sometimes][rng.usize(..3)];
        let root = self.root.clone();
        let (mut names, mut contents) = (BTreeMap::new(), BTreeMap::new());
        self.lose_in(&root, (luck, rng), &mut names, &mut contents);
        (self.names, self.contents) = (names, contents);
    }

    fn lose_in(
        &mut self,
        folder: &Path,
        (luck, rng): (Luck, &mut Rng),
        names: &mut BTreeMap<Inode, BTreeMap<OsString, Inode>>,
        contents: &mut BTreeMap<Inode, Content>,
    ) {
        let now = entries(folder);
        let before = self.names.remove(&inode_of(folder)).unwrap_or_default();
        for name in self.in_order(&now, &before) {
            let path = folder.join(&name);
            let (new, old) = (now.get(&name).copied(), before.get(&name).copied());
            let kept = if new == old || luck.holds(rng) { new } else { old };
            if path.is_dir() {
                match kept {
                    Some(_) => self.lose_in(&path, (luck, &mut *rng), names, contents),
                    None => fs::remove_dir_all(&path).expect("removed"),
                }
                continue;
            }
            let left = kept.map(|inode| self.left(inode, &path, new == kept, luck, rng));
            if new.is_some() && kept != new {
                fs::remove_file(&path).expect("removed");
            }
            let Some(left) = left else { continue };
            if let Left { bytes: Some(bytes), is_there: false } = &left {
                fs::write(&path, bytes).expect("written");
            }
            let file = File::open(&path).expect("a file");
            contents.insert(file.metadata().expect("a file").ino(), Content { file, bytes: left.bytes });
        }
        names.insert(inode_of(folder), entries(folder));
    }

    /// All names, in the order in which their files were first opened.
    fn in_order(&self, now: &BTreeMap<OsString, Inode>, before: &BTreeMap<OsString, Inode>) -> Vec<OsString> {
        let mut all: Vec<&OsStr> = now
            .keys()
            .chain(before.keys())
            .map(OsString::as_os_str)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let number = |name: &&OsStr| {
            let inode = now.get(*name).or_else(|| before.get(*name));
            inode.and_then(|inode| self.seen.get(inode)).copied()
        };
        all.sort_by_key(number);
        all.into_iter().map(OsStr::to_owned).collect()
    }

    /// What the disk has of a file, which is at `path` if it `is_there`.
    fn left(&self, inode: Inode, path: &Path, is_there: bool, luck: Luck, rng: &mut Rng) -> Left {
        let content = self.contents.get(&inode);
        if is_there && content.is_some_and(|content| content.bytes.is_none()) {
            return Left { bytes: None, is_there };
        }
        let now = match content {
            _ if is_there => fs::read(path).expect("read"),
            Some(content) => fs::read(path_of(content.file.as_raw_fd())).expect("read"),
            // It was removed, and never synced.
            None => Vec::new(),
        };
        let nothing = Vec::new();
        let synced = match content {
            Some(Content { bytes: None, .. }) => &now,
            Some(Content { bytes: Some(bytes), .. }) => bytes,
            None => &nothing,
        };
        if *synced == now || luck.holds(rng) {
            return Left { bytes: Some(now), is_there };
        }
        let mut bytes = synced.clone();
        if now.starts_with(synced) && luck.holds(rng) {
            // Some of what was appended; of the rest perhaps nothing but how long it was.
            bytes.extend_from_slice(&now[synced.len()..rng.usize(synced.len()..=now.len())]);
            if rng.bool() {
                bytes.resize(rng.usize(bytes.len()..=now.len()), 0);
            }
        }
        Left { bytes: Some(bytes), is_there: false }
    }
}

/// What a loss leaves of a file.
struct Left {
    /// None: all of a file of the world.
    bytes: Option<Vec<u8>>,
    /// Whether that is there already.
    is_there: bool,
}

fn path_of(fd: i32) -> PathBuf {
    format!("/proc/self/fd/{fd}").into()
}

fn inode_of(path: &Path) -> Inode {
    fs::metadata(path).expect("a folder").ino()
}

fn entries(folder: &Path) -> BTreeMap<OsString, Inode> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries.map(|entry| (entry.file_name(), fs::metadata(entry.path()).expect("a file").ino())).collect()
}
