//! Bytes over bare TCP connections, side by side: what the line can carry.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::network::Network;

const BUFFER: usize = 256 << 10;

/// Sends `bytes` over this many connections at once; how long until the other end has all of them.
pub fn run(network: &Network, connections: u64, bytes: u64) -> Result<Duration> {
    let listener = network.far.within(|| Ok(TcpListener::bind((network.far.address, 0))?))?;
    let address = listener.local_addr()?;
    thread::scope(|scope| {
        let begin = Instant::now();
        // A listener and the sockets that it accepts are of the namespace where it was made.
        let sink = scope.spawn(|| sink(&listener, connections));
        network.near.within(|| {
            thread::scope(|scope| {
                let share = |number| bytes * (number + 1) / connections - bytes * number / connections;
                let senders: Vec<_> = (0..connections)
                    .map(|number| scope.spawn(move || send(address, share(number))))
                    .collect();
                senders
                    .into_iter()
                    .try_for_each(|sender| sender.join().unwrap_or(Err("a thread panicked".into())))
            })
        })?;
        let taken = sink.join().unwrap_or(Err("a thread panicked".into()))?;
        let time = begin.elapsed();
        if taken != bytes {
            return Err(format!("bare TCP brought {taken} of {bytes} bytes").into());
        }
        Ok(time)
    })
}

fn send(address: SocketAddr, bytes: u64) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let buffer = vec![0; BUFFER];
    let mut left = bytes;
    while left > 0 {
        let length = left.min(BUFFER as u64);
        stream.write_all(&buffer[..length as usize])?;
        left -= length;
    }
    Ok(())
}

fn sink(listener: &TcpListener, connections: u64) -> Result<u64> {
    thread::scope(|scope| {
        let mut takers = Vec::new();
        for _ in 0..connections {
            let (stream, _) = listener.accept()?;
            takers.push(scope.spawn(move || take(stream)));
        }
        takers
            .into_iter()
            .try_fold(0, |sum, taker| Ok(sum + taker.join().unwrap_or(Err("a thread panicked".into()))?))
    })
}

fn take(mut stream: TcpStream) -> Result<u64> {
    let mut buffer = vec![0; BUFFER];
    let mut taken = 0;
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(taken),
            length => taken += length as u64,
        }
    }
}
