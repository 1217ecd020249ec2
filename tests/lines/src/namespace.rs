//! A network namespace with one end of the line, the device `line`. It lasts as long as this value and the
//! processes that were started within.

use std::fs::File;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::thread;

use nix::sched::{CloneFlags, setns, unshare};
use tun_rs::{DeviceBuilder, SyncDevice};

use crate::Result;
use crate::refusal::Refusal;

/// Bytes of a packet at most.
pub const MTU: u16 = 1500;

/// Packets that the device keeps for the pump, should it be late.
const QUEUE: u32 = 10_000;

pub struct Namespace {
    file: File,
    pub address: Ipv4Addr,
}

impl Namespace {
    /// A new namespace whose end of the line has this address and whose TCP uses this congestion control; and
    /// the device, which goes on working outside.
    pub fn new(address: Ipv4Addr, congestion: &str) -> Result<(Namespace, SyncDevice)> {
        let file = on_a_thread(|| {
            unshare(CloneFlags::CLONE_NEWNET).map_err(Refusal::namespaces)?;
            Ok(File::open("/proc/thread-self/ns/net")?)
        })?;
        let namespace = Namespace { file, address };
        let device = namespace.within(|| set_up(address, congestion))?;
        Ok((namespace, device))
    }

    /// Does `work` on a thread inside. The sockets, threads and processes that it makes stay there.
    pub fn within<R: Send>(&self, work: impl FnOnce() -> Result<R> + Send) -> Result<R> {
        on_a_thread(|| {
            setns(&self.file, CloneFlags::CLONE_NEWNET)?;
            work()
        })
    }
}

/// A thread of its own, for a thread that has changed its namespace is good for nothing else.
fn on_a_thread<R: Send>(work: impl FnOnce() -> Result<R> + Send) -> Result<R> {
    thread::scope(|scope| scope.spawn(work).join().unwrap_or(Err("a thread panicked".into())))
}

fn set_up(address: Ipv4Addr, congestion: &str) -> Result<SyncDevice> {
    let device = DeviceBuilder::new()
        .name("line")
        .mtu(MTU)
        .inherit_enable_state()
        .build_sync()
        .map_err(Refusal::device)?;
    device.set_nonblocking(true)?;
    // The congestion control is that of the route: a namespace may not choose its default.
    ip(&format!(
        "link set lo up\n\
         addr add {address}/30 dev line\n\
         link set line txqueuelen {QUEUE} up\n\
         route change 10.77.0.0/30 dev line proto kernel scope link src {address} congctl {congestion}\n"
    ))?;
    Ok(device)
}

/// Has ip of iproute2 do what these lines say.
fn ip(lines: &str) -> Result<()> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut ip = Command::new("ip")
        .env("PATH", format!("{path}:/usr/sbin:/sbin"))
        .args(["-batch", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Refusal::command)?;
    ip.stdin.take().ok_or_else(|| io::Error::other("no pipe"))?.write_all(lines.as_bytes())?;
    let output = ip.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("the end of a line cannot be set up, ip says: {}", said.trim()).into())
}
