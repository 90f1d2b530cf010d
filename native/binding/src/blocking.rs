//! For tests alone (cargo feature `test-exports`): a call that sits in native code, as a model's library may.

use std::thread;
use std::time::Duration;

use napi_sys as sys;

use crate::value::{arguments, guard, to_u32};

/// `blockMs(ms)`: blocks the calling thread; nothing in JavaScript can end it before.
pub unsafe extern "C" fn block_ms(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the module's head.
        let ms = unsafe {
            let ([ms], _) = arguments::<1>(env, info)?;
            to_u32(env, ms)?
        };
        thread::sleep(Duration::from_millis(u64::from(ms)));
        Ok(std::ptr::null_mut())
    })
}
