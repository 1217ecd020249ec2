//! What happens to the parts of a transfer, and what must not.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

/// One thread runs at a time and no point is inside of the lock, so nobody ever waits for it.
#[derive(Default)]
pub struct Book(Mutex<Pages>);

#[derive(Default)]
pub struct Pages {
    parts: HashMap<u32, Fate>,
    pub under_way: usize,
    /// The most at the same time.
    pub most: usize,
    /// How many have begun.
    pub begun: u32,
    pub wrong: Vec<String>,
}

#[derive(Default, Clone, Copy)]
struct Fate {
    begun: u32,
    is_under_way: bool,
    is_stored: bool,
}

impl Book {
    pub fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().expect("no panic")
    }

    /// The request for a part begins: how often it has begun before.
    pub fn begin(&self, number: u32) -> u32 {
        let mut pages = self.pages();
        pages.begun += 1;
        pages.under_way += 1;
        pages.most = pages.most.max(pages.under_way);
        let fate = pages.parts.entry(number).or_default();
        let before = *fate;
        *fate = Fate { begun: before.begun + 1, is_under_way: true, ..before };
        if before.is_under_way {
            pages.wrong.push(format!("part {number} is sent twice at the same time"));
        }
        if before.is_stored {
            pages.wrong.push(format!("part {number} is sent again though it is stored"));
        }
        before.begun
    }

    pub fn end(&self, number: u32, is_stored: bool) {
        let mut pages = self.pages();
        pages.under_way -= 1;
        let fate = pages.parts.entry(number).or_default();
        *fate = Fate { is_under_way: false, is_stored, ..*fate };
    }

    pub fn is_stored(&self, number: u32) -> bool {
        self.pages().parts.get(&number).is_some_and(|fate| fate.is_stored)
    }

    pub fn wrong(&self, what: impl Into<String>) {
        self.pages().wrong.push(what.into());
    }

    /// Nothing is under way; a success has all parts.
    pub fn check_end(&self, parts: u32, is_success: bool) {
        let stored = (1..=parts).filter(|number| self.is_stored(*number)).count();
        let mut pages = self.pages();
        if pages.under_way > 0 {
            let left = pages.under_way;
            pages.wrong.push(format!("{left} requests are under way after the end"));
        }
        if is_success && stored != parts as usize {
            pages.wrong.push(format!("a success has {stored} of {parts} parts"));
        }
    }
}
