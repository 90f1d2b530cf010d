//! The exit that nothing in the process can hold up: a thread of our own that waits, and then ends the process, whatever
//! the main thread and the workers are doing.

use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What the process exits with when the time is up.
static CODE: AtomicI32 = AtomicI32::new(0);
/// When that is; `None` while nothing is armed.
static DEADLINE: Mutex<State> = Mutex::new(State { at: None, waiting: false });
static CHANGED: Condvar = Condvar::new();

struct State {
    at: Option<Instant>,
    /// a thread waits already
    waiting: bool,
}

/// Ends the process with `code` after `after`, in place of an earlier deadline; `None` takes the deadline back.
pub fn arm(after: Option<Duration>, code: i32) {
    CODE.store(code, SeqCst);
    let mut state = DEADLINE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    state.at = after.map(|after| Instant::now() + after);
    let start = state.at.is_some() && !state.waiting;
    state.waiting |= start;
    drop(state);
    CHANGED.notify_all();
    if start {
        let name = "tidegate-exit".to_owned();
        // Without a thread there is no last resort; the caller has its own ways to end before it.
        if thread::Builder::new().name(name).spawn(wait).is_err() {
            DEADLINE.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).waiting = false;
        }
    }
}

fn wait() {
    let mut state = DEADLINE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    while let Some(at) = state.at {
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            // SAFETY: `_exit` does not return, and runs nothing of the process.
            unsafe { libc::_exit(CODE.load(SeqCst)) }
        }
        state = CHANGED.wait_timeout(state, left).unwrap_or_else(|poisoned| poisoned.into_inner()).0;
    }
    state.waiting = false;
}
