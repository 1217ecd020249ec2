//! Finding a task by its name. The compiler sorts the index, so that a look-up costs few comparisons.

#![allow(
    clippy::indexing_slicing,
    reason = "only the compiler indexes here, and it refuses what is out of bounds"
)]

use super::{GROUPS, Task};

type Entry = (&'static str, &'static Task);

const SIZE: usize = {
    let (mut size, mut group) = (0, 0);
    while group < GROUPS.len() {
        let tasks = GROUPS[group].tasks;
        let mut task = 0;
        while task < tasks.len() {
            size += 1 + tasks[task].aliases.len();
            task += 1;
        }
        group += 1;
    }
    size
};

static INDEX: [Entry; SIZE] = {
    let mut index: [Entry; SIZE] = [("", &GROUPS[0].tasks[0]); SIZE];
    let (mut size, mut group) = (0, 0);
    while group < GROUPS.len() {
        let tasks = GROUPS[group].tasks;
        let mut task = 0;
        while task < tasks.len() {
            index = insert(index, size, (tasks[task].name, &tasks[task]));
            size += 1;
            let mut alias = 0;
            while alias < tasks[task].aliases.len() {
                index = insert(index, size, (tasks[task].aliases[alias], &tasks[task]));
                size += 1;
                alias += 1;
            }
            task += 1;
        }
        group += 1;
    }
    index
};

const fn insert(mut index: [Entry; SIZE], size: usize, entry: Entry) -> [Entry; SIZE] {
    let mut place = size;
    while place > 0 && before(entry.0.as_bytes(), index[place - 1].0.as_bytes()) {
        index[place] = index[place - 1];
        place -= 1;
    }
    index[place] = entry;
    index
}

const fn before(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return a[at] < b[at];
        }
        at += 1;
    }
    a.len() < b.len()
}

/// Where in the index the names with each first byte begin; with the next entry, where they end.
static FIRST: [usize; 257] = {
    let mut first = [SIZE; 257];
    let (mut byte, mut place) = (0, 0);
    while byte < 256 {
        while place < SIZE && (INDEX[place].0.as_bytes()[0] as usize) < byte {
            place += 1;
        }
        first[byte] = place;
        byte += 1;
    }
    first
};

/// The task of this name or alias.
pub fn find(name: &str) -> Option<&'static Task> {
    let byte = usize::from(*name.as_bytes().first()?);
    let range = *FIRST.get(byte)?..*FIRST.get(byte + 1)?;
    INDEX.get(range)?.iter().find(|(known, _)| *known == name).map(|&(_, task)| task)
}

/// Every name and alias, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    INDEX.iter().map(|&(name, _)| name)
}
