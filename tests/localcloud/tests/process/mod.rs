//! The program, which can be killed and started again where it was.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::client::Client;

pub struct Process {
    pub child: Child,
    /// What it says when it is ready.
    pub ready: Value,
    flags: Vec<String>,
}

impl Process {
    /// On a free port.
    pub fn start(flags: &[&str]) -> Process {
        Process::run("127.0.0.1:0", flags.iter().map(|flag| (*flag).to_owned()).collect())
    }

    fn run(http: &str, flags: Vec<String>) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_localcloud"));
        command.args(["--http", http]).args(&flags).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("its output")).read_line(&mut line).expect("a line");
        Process { child, ready: serde_json::from_str(&line).expect("one line of JSON"), flags }
    }

    pub fn url(&self) -> &str {
        self.ready["http"].as_str().expect("an address")
    }

    pub fn client(&self) -> Client {
        Client::at(self.url())
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// The same again, on the same port.
    pub fn start_again(&mut self) {
        let address = self.url().trim_start_matches("http://").to_owned();
        *self = Process::run(&address, std::mem::take(&mut self.flags));
    }

    pub fn kill_and_start_again(&mut self) {
        self.kill();
        self.start_again();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
