//! Standard input that a signal ends: the system goes on with a read that a signal has interrupted.

use ferry::error::{Error, Result};

use crate::stop::Stop;
use crate::sys;

/// The next bytes; 0 at the end.
pub fn read(buffer: &mut [u8], stop: &Stop) -> Result<usize> {
    loop {
        if stop.is_set() {
            return Err(Error::interrupted());
        }
        let count = sys::read(buffer).map_err(|cause| Error::file("read", "standard input", &cause))?;
        if let Some(count) = count {
            return Ok(count);
        }
    }
}
