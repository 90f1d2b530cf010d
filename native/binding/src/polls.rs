//! Closes the poll handles of a thread's event loop when its environment ends. A foreign module (uWebSockets.js) keeps
//! its sockets there, and Node aborts the process when a thread is stopped, by `terminate` or by the process' exit, while
//! one of them is open. Node itself has no poll handles.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;

use napi_sys as sys;

use crate::value::{fault, guard};

/// `uv_handle_t`, of which nothing but the address is known here.
#[repr(C)]
struct Handle {
    opaque: [u8; 0],
}

// libuv's public functions, which Node exports to modules.
unsafe extern "C" {
    fn uv_walk(event_loop: *mut sys::uv_loop_s, visit: extern "C" fn(*mut Handle, *mut c_void), argument: *mut c_void);
    fn uv_handle_get_type(handle: *const Handle) -> c_int;
    fn uv_handle_type_name(kind: c_int) -> *const c_char;
    fn uv_is_closing(handle: *const Handle) -> c_int;
    fn uv_fileno(handle: *const Handle, descriptor: *mut c_int) -> c_int;
    fn uv_close(handle: *mut Handle, closed: Option<extern "C" fn(*mut Handle)>);
}

/// `closePollsAtEnd()`: from now on this thread's end closes what polls in its loop. Call it after the module that polls
/// was loaded, since hooks run in reverse.
pub unsafe extern "C" fn close_polls_at_end(env: sys::napi_env, _: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        let mut event_loop = null_mut();
        // SAFETY: the environment is live; its loop outlives it. Node aborts on a hook that is added twice, so an earlier
        // one is taken back.
        unsafe {
            if sys::napi_get_uv_event_loop(env, &mut event_loop) != sys::Status::napi_ok {
                return fault("NATIVE_LOOP", "this thread has no event loop");
            }
            sys::napi_remove_env_cleanup_hook(env, Some(close_polls), event_loop.cast());
            sys::napi_add_env_cleanup_hook(env, Some(close_polls), event_loop.cast());
        }
        Ok(null_mut())
    })
}

unsafe extern "C" fn close_polls(event_loop: *mut c_void) {
    // SAFETY: Node calls its hooks on the loop's own thread, before it closes the loop.
    unsafe { uv_walk(event_loop.cast(), close_poll, null_mut()) }
}

extern "C" fn close_poll(handle: *mut Handle, _: *mut c_void) {
    // SAFETY: libuv walks live handles, on their own thread; a poll has a descriptor until it is closed. The memory stays
    // its owner's, who is gone: it is left to the process.
    unsafe {
        let name = uv_handle_type_name(uv_handle_get_type(handle));
        if name.is_null() || CStr::from_ptr(name) != c"poll" || uv_is_closing(handle) != 0 {
            return;
        }
        let mut descriptor = -1;
        let known = uv_fileno(handle, &mut descriptor) == 0;
        uv_close(handle, None);
        if known {
            libc::close(descriptor);
        }
    }
}
