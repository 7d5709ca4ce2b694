//! The worker process: the same binary, told by one argument to read hostile bytes under limits of
//! memory and time. What kills it costs the item it held, never the import.

mod client;
mod hash;
mod heads;
mod holes;
mod inspect;
mod members;
mod output;
mod parse;
mod preview;
mod profiles;
pub mod protocol;
mod read;
mod ring;
mod scan;
mod stream;

pub use client::{Answer, Worker, WorkerError};
pub use parse::{from_text_or_hex, text_or_hex};
pub use profiles::ProfileSet;
pub use read::Step;

use protocol::{Frame, Order};
use std::io::{self, BufRead, BufWriter, Write};

/// The argument that makes a process a worker.
pub const WORKER_ARGUMENT: &str = "--casebook-worker";

/// Address space a worker may take, unless the size of what it reads asks for more.
const MEMORY: u64 = 896 << 20;

/// Call this first in `main`: where the process was started as a worker, it does its work and exits.
pub fn run_if_asked() {
    if std::env::args_os().nth(1).is_some_and(|a| a == WORKER_ARGUMENT) {
        let extra = std::env::args().nth(2).and_then(|a| a.parse().ok()).unwrap_or(0u64);
        limit_memory(MEMORY.saturating_add(extra));
        // A closed pipe means that the importer is gone: nothing is left to do.
        let code = i32::from(serve(&mut io::stdin().lock()).is_err());
        std::process::exit(code);
    }
}

#[cfg(unix)]
fn limit_memory(bytes: u64) {
    let _ = rlimit::Resource::AS.set(bytes, bytes);
    let _ = rlimit::Resource::CORE.set(0, 0);
}
#[cfg(not(unix))]
fn limit_memory(_bytes: u64) {}

fn serve(orders: &mut dyn BufRead) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(512 << 10, io::stdout().lock());
    let mut scanner = scan::Scanner::default();
    let mut line = String::new();
    while orders.read_line(&mut line)? > 0 {
        let last = match serde_json::from_str::<Order>(&line) {
            Ok(order) => run(order, &mut scanner, &mut out),
            Err(e) => Frame::Failed(format!("an order that is not understood: {e}")),
        };
        last.write(&mut out)?;
        out.flush()?;
        line.clear();
    }
    Ok(())
}

fn run(order: Order, scanner: &mut scan::Scanner, out: &mut dyn Write) -> Frame {
    let result = match order {
        Order::Scan { paths, task, next_source, choice } => scanner.run(&paths, &task, next_source, &choice, out),
        Order::Hash { paths, which } => hash::run(&paths, which, out),
        Order::Inspect { paths } => inspect::run(&paths, out),
        Order::Preview { paths, choice } => preview::run(&paths, &choice, out),
        Order::Read { paths, steps, offset, length } => read::run(&paths, &steps, offset, length, out),
    };
    match result {
        Ok(()) => Frame::Done,
        Err(e) => Frame::Failed(e.to_string()),
    }
}
