use napi_sys as sys;
use tidegate_decode::control_word::REASON_BITS;
use tidegate_decode::layout::{CODES, TICK_KINDS, TICK_SLOT_BYTES};
use tidegate_decode::limits::LIMITS;

use crate::value::{Outcome, guard, object, set, set_number};

unsafe fn table(env: sys::napi_env, rows: &[(&str, i32)]) -> Outcome<sys::napi_value> {
    // SAFETY: `env` is the running callback's (so below).
    let target = unsafe { object(env) }?;
    for (name, number) in rows {
        unsafe { set_number(env, target, name, *number) }?;
    }
    Ok(target)
}

/// `constants()`: every number that both sides must agree on, for the loader to compare.
pub unsafe extern "C" fn constants(env: sys::napi_env, _: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || unsafe {
        let target = object(env)?;
        set_number(env, target, "slotBytes", TICK_SLOT_BYTES as i32)?;
        set_number(env, target, "reasonBits", REASON_BITS as i32)?;
        set_number(env, target, "signal", libc::SIGUSR2)?;
        set(env, target, "kinds", table(env, &TICK_KINDS)?)?;
        set(env, target, "codes", table(env, CODES)?)?;
        set(env, target, "limits", table(env, LIMITS)?)?;
        Ok(target)
    })
}
