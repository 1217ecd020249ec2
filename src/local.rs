//! Thread-locals without a destructor. To register one libc takes memory, and ends the process where there is
//! none; and a call in a destructor of the program's own thread-locals would find them gone.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::mem::ManuallyDrop;

/// What a thread keeps. Who puts something in takes it out before the thread ends, or it is lost.
pub struct Local<T>(RefCell<ManuallyDrop<T>>);

impl<T> Local<T> {
    pub const fn new(value: T) -> Self {
        Local(RefCell::new(ManuallyDrop::new(value)))
    }

    pub fn replace(&self, value: T) -> T {
        ManuallyDrop::into_inner(self.0.replace(ManuallyDrop::new(value)))
    }

    pub fn look<R>(&self, see: impl FnOnce(&T) -> R) -> R {
        see(&self.0.borrow())
    }

    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut self.0.borrow_mut())
    }
}
