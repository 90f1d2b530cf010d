//! SIGUSR2 as a kill that needs no JavaScript: the handler raises a reason in the control word while the main thread may
//! be blocked. It does nothing that is not async-signal-safe: atomics, `clock_gettime`, and the handler before it.

use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicUsize, Ordering::SeqCst};

use tidegate_decode::control_word::raised;

const SIGNAL: libc::c_int = libc::SIGUSR2;

/// Where the handler writes. The owner of the memory keeps it alive until `disarm` has returned.
pub struct Target {
    pub word: *mut i32,
    pub reasons: i32,
    /// count of signals and CLOCK_MONOTONIC ns of the last one; may be null
    pub record: *mut i64,
}

static WORD: AtomicPtr<i32> = AtomicPtr::new(null_mut());
static REASONS: AtomicI32 = AtomicI32::new(0);
static RECORD: AtomicPtr<i64> = AtomicPtr::new(null_mut());
/// Handlers that run now, on any thread. `disarm` waits for them, so the memory is never written after it returned.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
/// The disposition before ours. Written by `arm` before the handler can run, never freed: a handler may still read it.
static PREVIOUS: AtomicPtr<libc::sigaction> = AtomicPtr::new(null_mut());
static ARMING: Mutex<()> = Mutex::new(());

extern "C" fn on_signal(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    RUNNING.fetch_add(1, SeqCst);
    let word = WORD.load(SeqCst);
    if !word.is_null() {
        // SAFETY: `arm` was given an aligned address inside shared memory, which lives until `disarm` returns, and
        // `disarm` waits for RUNNING.
        unsafe { raise(word, REASONS.load(SeqCst)) };
        record();
    }
    RUNNING.fetch_sub(1, SeqCst);
    chain(signal, info, context);
}

/// Sets `reasons` in the word and raises its generation; gives the new word. SeqCst: whoever loads the word after this,
/// on any thread, sees the halt.
///
/// # Safety
/// `word` is aligned and lives during the call; every other access to it is atomic.
pub unsafe fn raise(word: *mut i32, reasons: i32) -> i32 {
    let word = unsafe { AtomicI32::from_ptr(word) };
    let mut seen = word.load(SeqCst);
    loop {
        let next = raised(seen, reasons);
        match word.compare_exchange(seen, next, SeqCst, SeqCst) {
            Ok(_) => return next,
            Err(now) => seen = now,
        }
    }
}

fn record() {
    let record = RECORD.load(SeqCst);
    if record.is_null() {
        return;
    }
    let mut now = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: clock_gettime is async-signal-safe and fills `now` (zeroed where it failed); `record` has two words that
    // live as long as the control word.
    unsafe {
        libc::clock_gettime(libc::CLOCK_MONOTONIC, now.as_mut_ptr());
        let now = now.assume_init();
        AtomicI64::from_ptr(record.add(1)).store(now.tv_sec * 1_000_000_000 + now.tv_nsec, SeqCst);
        AtomicI64::from_ptr(record).fetch_add(1, SeqCst);
    }
}

/// Calls the handler that was there before. "Default" and "ignore" are not repeated: the default of SIGUSR2 would end
/// the process that the halt has just made safe.
fn chain(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let previous = PREVIOUS.load(SeqCst);
    if previous.is_null() {
        return;
    }
    // SAFETY: PREVIOUS points to a leaked, immutable sigaction that the kernel gave us for this signal; its handler has
    // the signature that its flags say.
    unsafe {
        let handler = (*previous).sa_sigaction;
        if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
            return;
        }
        if (*previous).sa_flags & libc::SA_SIGINFO != 0 {
            let call: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                std::mem::transmute(handler);
            call(signal, info, context);
        } else {
            let call: extern "C" fn(libc::c_int) = std::mem::transmute(handler);
            call(signal);
        }
    }
}

fn current() -> Option<libc::sigaction> {
    let mut now = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with a null new action sigaction only fills `now`.
    unsafe { (libc::sigaction(SIGNAL, std::ptr::null(), now.as_mut_ptr()) == 0).then(|| now.assume_init()) }
}

fn is_ours(action: &libc::sigaction) -> bool {
    action.sa_sigaction == on_signal as *const () as usize
}

/// True while the process' SIGUSR2 handler is ours and has a target. False when somebody (libuv, by
/// `process.on('SIGUSR2')` or the removal of its last listener) has replaced it since.
pub fn is_armed() -> bool {
    !WORD.load(SeqCst).is_null() && current().as_ref().is_some_and(is_ours)
}

/// Points the handler at `target` and installs it in front of the present one. Arming again renews both.
pub fn arm(target: &Target) -> Result<(), &'static str> {
    let _one = ARMING.lock().map_err(|_| "the latch's lock is poisoned")?;
    let now = current().ok_or("sigaction could not be read")?;
    RECORD.store(target.record, SeqCst);
    REASONS.store(target.reasons, SeqCst);
    WORD.store(target.word, SeqCst);
    if is_ours(&now) {
        return Ok(());
    }
    PREVIOUS.store(Box::into_raw(Box::new(now)), SeqCst);
    let mut ours = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: all fields of `ours` are set or zero (a valid sigaction); the handler has SA_SIGINFO's signature.
    let result = unsafe {
        let action = &mut *ours.as_mut_ptr();
        action.sa_sigaction = on_signal as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(SIGNAL, ours.as_ptr(), null_mut())
    };
    if result == 0 { Ok(()) } else { Err("sigaction refused the handler") }
}

/// Takes the target away and waits for handlers that may still write to it. The handler itself stays, as a plain link of
/// the chain: taking it out could remove somebody else's. With `word` only when that word is the target.
pub fn disarm(word: Option<*mut i32>) {
    let Ok(_one) = ARMING.lock() else { return };
    if word.is_some_and(|word| word != WORD.load(SeqCst)) {
        return;
    }
    WORD.store(null_mut(), SeqCst);
    // A handler interrupts this thread and ends before it goes on, or runs on another one for some nanoseconds.
    while RUNNING.load(SeqCst) != 0 {
        std::hint::spin_loop();
    }
    RECORD.store(null_mut(), SeqCst);
}
