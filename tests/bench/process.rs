//! A program run to its end: how long it took, and what the processor and the memory paid for it alone.

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What one run of a program has cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// From before its start to after its end.
    pub seconds: f64,
    /// User and system time of all its threads.
    pub cpu: f64,
    /// The most memory it has held, in KiB.
    pub peak: u64,
}

/// The role of this program that starts another one from a process that is small itself: see [`run`].
pub const LAUNCH: &str = "--launch";

/// Runs the command that the words say and prints its cost, seconds and KiB, behind what it printed.
pub fn launch(words: &[String]) -> io::Result<()> {
    let (program, arguments) = words.split_first().ok_or_else(|| io::Error::other("no program to launch"))?;
    let (cost, said) = spawn(Command::new(program).args(arguments))?;
    print!("{said}");
    println!("\n{} {} {}", cost.seconds, cost.cpu, cost.peak);
    Ok(())
}

/// Runs `command`; its cost and what it printed. A program that fails is an error.
///
/// The system's figure of a child's peak begins with the memory of the process that forked it, so another
/// small process of this program forks it.
pub fn run(command: &Command) -> io::Result<(Cost, String)> {
    let mut launcher = Command::new(std::env::current_exe()?);
    launcher.arg(LAUNCH).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => launcher.env(name, value),
            None => launcher.env_remove(name),
        };
    }
    let (_, said) = spawn(&mut launcher)?;
    let figures = || {
        let (said, figures) = said.trim_end().rsplit_once('\n')?;
        let mut figures = figures.split(' ');
        let cost = Cost {
            seconds: figures.next()?.parse().ok()?,
            cpu: figures.next()?.parse().ok()?,
            peak: figures.next()?.parse().ok()?,
        };
        Some((cost, said.to_owned()))
    };
    figures().ok_or_else(|| io::Error::other(format!("the launcher told no cost: {said:?}")))
}

fn spawn(command: &mut Command) -> io::Result<(Cost, String)> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut said = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut said)?;
    }
    let (status, usage) = wait(child.id())?;
    let seconds = start.elapsed().as_secs_f64();
    if status != 0 {
        return Err(io::Error::other(format!("{} failed: {said}", command.get_program().to_string_lossy())));
    }
    let time = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let cpu = time(usage.ru_utime) + time(usage.ru_stime);
    Ok((Cost { seconds, cpu, peak: usage.ru_maxrss.try_into().unwrap_or(0) }, said))
}

/// The standard library's wait does not tell what the child has used.
fn wait(id: u32) -> io::Result<(i32, libc::rusage)> {
    let id = libc::pid_t::try_from(id).map_err(io::Error::other)?;
    let mut status = 0;
    loop {
        // SAFETY: both pointers are to live values of the types that wait4 writes; zeros are a valid rusage.
        let (ended, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            (libc::wait4(id, &raw mut status, 0, &raw mut usage), usage)
        };
        match ended {
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            -1 => return Err(io::Error::last_os_error()),
            _ => return Ok((status, usage)),
        }
    }
}
