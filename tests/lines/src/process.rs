//! A program run to its end at the near end of a line.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::network::Network;

/// How exactly its end is seen.
const LOOK: Duration = Duration::from_millis(2);

/// A program that has ended well.
#[derive(Debug, Clone)]
pub struct Ended {
    /// From before its start to after its end.
    pub seconds: f64,
    /// From its first packet.
    pub sending: f64,
    /// What it printed.
    pub said: String,
}

/// Runs `command` on a thread of its own, which this scope waits for. One that takes longer than `limit` is
/// killed and an error, as one that fails.
pub fn run(network: &Network, command: Command, limit: Duration) -> Result<Ended> {
    watched(network, command, limit, |_| Ok(()))
}

/// The same; `watch` is called again and again with the time since the start.
pub fn watched(
    network: &Network,
    mut command: Command,
    limit: Duration,
    mut watch: impl FnMut(Duration) -> Result<()>,
) -> Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let begin = Instant::now();
    let mut child = network.near.within(|| Ok(command.spawn()?))?;
    let pipe = |pipe: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut said = Vec::new();
            // What it could not say is missing in what is checked.
            let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut said));
            String::from_utf8_lossy(&said).into_owned()
        })
    };
    let stdout = pipe(child.stdout.take().map(|stdout| Box::new(stdout) as Box<dyn Read + Send>));
    let stderr = pipe(child.stderr.take().map(|stderr| Box::new(stderr) as Box<dyn Read + Send>));
    let ended = loop {
        if let Some(status) = child.try_wait()? {
            break Ok(status);
        }
        let seen = watch(begin.elapsed());
        if begin.elapsed() > limit || seen.is_err() {
            child.kill()?;
            child.wait()?;
            break Err(seen.err().unwrap_or_else(|| format!("more than {} s", limit.as_secs()).into()));
        }
        thread::sleep(LOOK);
    };
    let end = Instant::now();
    let (said, complained) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
    let status = ended?;
    if !status.success() {
        let last = complained.trim().lines().next_back().unwrap_or_default().trim_start_matches("lines: ");
        let name = name.rsplit('/').next().unwrap_or_default();
        return Err(format!("{name} failed, {status}: {last}").into());
    }
    let first = network.pump.first().unwrap_or(begin);
    Ok(Ended { seconds: (end - begin).as_secs_f64(), sending: (end - first).as_secs_f64(), said })
}
