//! A line with its two ends: what sends is started at the near end, what takes at the far end.

use std::net::Ipv4Addr;

use crate::Result;
use crate::line::Settings;
use crate::namespace::Namespace;
use crate::pump::Pump;

const NEAR: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const FAR: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

pub struct Network {
    pub near: Namespace,
    pub far: Namespace,
    pub pump: Pump,
}

impl Network {
    /// A new line, which knows nothing of what others have carried: TCP remembers paths.
    pub fn open(settings: [Settings; 2], congestion: &str, seed: u64) -> Result<Network> {
        let (near, near_device) = Namespace::new(NEAR, congestion)?;
        let (far, far_device) = Namespace::new(FAR, congestion)?;
        Ok(Network { near, far, pump: Pump::start([near_device, far_device], settings, seed) })
    }
}
