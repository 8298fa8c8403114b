//! Many tokens on all cores, while the interpreter's lock is let go.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use pyo3::prelude::*;
use sealwax_jose::refusal::Stop;
use sealwax_jose::verifier::{Opened, Verifier};

/// Below this a batch is not worth a second thread.
const TOKENS_FOR_A_THREAD: usize = 8;
/// How many tokens a thread takes at a time.
const HANDFUL: usize = 4;
/// How often the lock is taken back to hand over what is done, while the other threads go on. Each
/// time can cost a whole switch interval beside a thread that computes.
const PARTS: usize = 4;

type Found = Option<Result<Opened<Py<PyAny>>, Stop>>;

/// Open each token that there is, and hand all over in their order, with the lock.
///
/// # Errors
/// With the first error of `take`; the rest is left undone.
pub fn open(
    py: Python<'_>,
    core: &Verifier<Py<PyAny>>,
    tokens: &[Option<&[u8]>],
    mut take: impl FnMut(usize, Found) -> PyResult<()>,
) -> PyResult<()> {
    let work = &Work { core, tokens, next: AtomicUsize::new(0) };
    let helpers = cores().min(tokens.len() / TOKENS_FOR_A_THREAD).saturating_sub(1);
    thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..helpers {
            let sender = sender.clone();
            let help = move || work.help(&sender);
            if thread::Builder::new().spawn_scoped(scope, help).is_err() {
                break; // there are threads enough, or it takes longer
            }
        }
        drop(sender); // what is left are the helpers', so the end of all of them is seen
        let mut done = Done { results, found: tokens.iter().map(|_| None).collect() };
        let size = tokens.len().div_ceil(PARTS).max(1);
        for start in (0..tokens.len()).step_by(size) {
            let part = start..tokens.len().min(start + size);
            py.detach(|| done.complete(work, part.clone()));
            for place in part {
                take(place, done.found[place].take()).inspect_err(|_| work.stop())?;
            }
        }
        Ok(())
    })
}

/// What is shared by all threads.
struct Work<'a> {
    core: &'a Verifier<Py<PyAny>>,
    tokens: &'a [Option<&'a [u8]>],
    next: AtomicUsize,
}

impl Work<'_> {
    /// Take some tokens that nobody has taken yet.
    fn handful(&self) -> Option<Range<usize>> {
        let start = self.next.fetch_add(HANDFUL, Ordering::Relaxed);
        (start < self.tokens.len()).then(|| start..self.tokens.len().min(start + HANDFUL))
    }

    fn open(&self, place: usize) -> Found {
        self.tokens[place].map(|token| self.core.open(token))
    }

    fn help(&self, sender: &Sender<(usize, Found)>) {
        while let Some(places) = self.handful() {
            for place in places {
                if sender.send((place, self.open(place))).is_err() {
                    return;
                }
            }
        }
    }

    fn stop(&self) {
        self.next.store(self.tokens.len(), Ordering::Relaxed);
    }
}

/// What has been found, in the one thread that hands it over.
struct Done {
    results: Receiver<(usize, Found)>,
    found: Vec<Found>,
}

impl Done {
    /// Work until a part of the tokens is done. A token whose helper died stays without a result.
    fn complete(&mut self, work: &Work<'_>, part: Range<usize>) {
        let is_missing = |found: &[Found]| {
            part.clone().any(|place| work.tokens[place].is_some() && found[place].is_none())
        };
        while is_missing(&self.found) {
            let Some(places) = work.handful() else { break };
            for place in places {
                self.found[place] = work.open(place);
            }
            self.found_by_helpers();
        }
        while is_missing(&self.found) {
            let Ok((place, found)) = self.results.recv() else { break };
            self.found[place] = found;
        }
    }

    fn found_by_helpers(&mut self) {
        for (place, found) in self.results.try_iter() {
            self.found[place] = found;
        }
    }
}

/// How many threads run at once. Asking the system takes as long as a signature.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}
