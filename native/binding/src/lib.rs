//! The Node-API module. It holds no logic of its own: decoding is `tidegate-decode`, called over memory that JavaScript
//! owns; the rest is the signal latch, the exits that nothing can hold up, and the end of a thread with foreign sockets.
//!
//! Every `unsafe` here rests on one of three facts: a callback's `env` and handles are live while it runs; a data pointer
//! is the one that `set_function` was given; a typed array's memory lives while JavaScript holds it undetached, which
//! `src/feed/decode/native.ts` sees to.

#[cfg(feature = "test-exports")]
mod blocking;
mod constants;
mod deadline;
mod decoder;
mod latch;
mod polls;
mod value;

use std::ffi::c_void;
use std::ptr::null_mut;
use std::time::Duration;

use napi_sys as sys;
use sys::TypedarrayType::{bigint64_array, int32_array};

use value::{Outcome, arguments, array_of, fault, guard, set_function, to_i32, to_u32};

/// `armSignalLatch(words: Int32Array, index, reasons, record: BigInt64Array)`: SIGUSR2 raises `reasons` in
/// `words[index]`; `record` gets the count of signals and the monotonic ns of the last. Both arrays must stay alive.
unsafe extern "C" fn arm_signal_latch(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the module's head.
        let ([words, index, reasons, record], _) = unsafe { arguments::<4>(env, info) }?;
        let (words, count) = unsafe { array_of::<i32>(env, words, int32_array) }?;
        let (record, record_count) = unsafe { array_of::<i64>(env, record, bigint64_array) }?;
        let (index, reasons) = unsafe { (to_u32(env, index)? as usize, to_i32(env, reasons)?) };
        if index >= count || record_count < 2 {
            return fault("NATIVE_ARGUMENT", "the word or the record lies outside its array");
        }
        // SAFETY: index < count.
        let word = unsafe { words.add(index) };
        latch::arm(&latch::Target { word, reasons, record }).or_else(|text| fault("NATIVE_SIGNAL", text))?;
        // An environment that ends takes its memory along: forget the word first. Node aborts on a hook that is added
        // twice, so an earlier one is taken back.
        unsafe {
            sys::napi_remove_env_cleanup_hook(env, Some(forget_word), word.cast());
            sys::napi_add_env_cleanup_hook(env, Some(forget_word), word.cast());
        }
        Ok(null_mut())
    })
}

unsafe extern "C" fn forget_word(word: *mut c_void) {
    latch::disarm(Some(word.cast()));
}

unsafe extern "C" fn disarm_signal_latch(env: sys::napi_env, _: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        latch::disarm(None);
        Ok(null_mut())
    })
}

unsafe extern "C" fn signal_latch_armed(env: sys::napi_env, _: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        let mut value = null_mut();
        // SAFETY: see the module's head.
        unsafe { sys::napi_get_boolean(env, latch::is_armed(), &mut value) };
        Ok(value)
    })
}

/// `raise(words, index, reasons)`: what the signal handler does to a word; for the load-time self-test and for tests.
unsafe extern "C" fn raise(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the module's head.
        let ([words, index, reasons], _) = unsafe { arguments::<3>(env, info) }?;
        let (words, count) = unsafe { array_of::<i32>(env, words, int32_array) }?;
        let (index, reasons) = unsafe { (to_u32(env, index)? as usize, to_i32(env, reasons)?) };
        if index >= count {
            return fault("NATIVE_ARGUMENT", "the word lies outside its array");
        }
        let mut value = null_mut();
        // SAFETY: index < count, so the word lies in live, aligned memory.
        unsafe { sys::napi_create_int32(env, latch::raise(words.add(index), reasons), &mut value) };
        Ok(value)
    })
}

/// `exitNow(code)`: ends the process at once: no exit handlers, no worker is waited for.
unsafe extern "C" fn exit_now(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the module's head; `_exit` does not return.
        unsafe {
            let ([code], _) = arguments::<1>(env, info)?;
            libc::_exit(to_i32(env, code)?)
        }
    })
}

/// `exitAfter(ms, code)`: as `exitNow` when `ms` have passed, by a thread of its own, in place of an earlier deadline;
/// a negative `ms` takes the deadline back.
unsafe extern "C" fn exit_after(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the module's head.
        let (ms, code) = unsafe {
            let ([ms, code], _) = arguments::<2>(env, info)?;
            (to_i32(env, ms)?, to_i32(env, code)?)
        };
        deadline::arm(u64::try_from(ms).ok().map(Duration::from_millis), code);
        Ok(null_mut())
    })
}

/// Called by Node when the module is loaded, once per environment (main thread and each worker).
///
/// # Safety
/// Node passes a live environment and the exports object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn napi_register_module_v1(env: sys::napi_env, exports: sys::napi_value) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the module's head; none of the functions has data.
        let export = |name, callback| unsafe { set_function(env, exports, name, callback, null_mut(), None) };
        export("constants", constants::constants as Callback)?;
        export("createDecoder", decoder::create)?;
        export("raise", raise)?;
        export("armSignalLatch", arm_signal_latch)?;
        export("disarmSignalLatch", disarm_signal_latch)?;
        export("signalLatchArmed", signal_latch_armed)?;
        export("exitNow", exit_now)?;
        export("exitAfter", exit_after)?;
        export("closePollsAtEnd", polls::close_polls_at_end)?;
        #[cfg(feature = "test-exports")]
        export("blockMs", blocking::block_ms)?;
        Outcome::Ok(exports)
    })
}

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;
