//! What this machine lacks or does not allow: the program then ends with a status of its own.

use std::fmt;

/// The exit status.
pub const STATUS: u8 = 77;

#[derive(Debug)]
pub struct Refusal(String);

impl Refusal {
    pub fn namespaces(error: impl fmt::Display) -> Refusal {
        Refusal(format!(
            "no line can be emulated here: the system does not let this user make network namespaces \
             ({error}); it takes root with CAP_SYS_ADMIN, or user namespaces that are allowed"
        ))
    }

    pub fn device(error: impl fmt::Display) -> Refusal {
        Refusal(format!(
            "no line can be emulated here: a TUN device cannot be made ({error}); it takes the kernel's module \
             tun and leave to read and write /dev/net/tun"
        ))
    }

    pub fn command(error: impl fmt::Display) -> Refusal {
        Refusal(format!("no line can be emulated here: the program ip of iproute2 cannot be run ({error})"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}
