//! The few Node-API calls that the binding needs, with errors as `Fault` and panics turned into them.

use std::ffi::{CString, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use napi_sys as sys;

/// An error for JavaScript: `code` becomes `error.code`.
pub struct Fault {
    pub code: &'static str,
    pub text: String,
}

pub type Outcome<T> = Result<T, Fault>;

pub fn fault<T>(code: &'static str, text: impl Into<String>) -> Outcome<T> {
    Err(Fault { code, text: text.into() })
}

/// Runs `body`; a fault or a panic is thrown in JavaScript and never crosses the boundary as an unwind.
pub fn guard(env: sys::napi_env, body: impl FnOnce() -> Outcome<sys::napi_value>) -> sys::napi_value {
    let fault = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => return value,
        Ok(Err(fault)) => fault,
        Err(_) => Fault { code: "NATIVE_PANIC", text: "the native module panicked".into() },
    };
    let code = CString::new(fault.code).unwrap_or_default();
    let text = CString::new(fault.text).unwrap_or_default();
    // SAFETY: `env` is the environment of the running callback; both texts live until the call returns.
    unsafe { sys::napi_throw_error(env, code.as_ptr(), text.as_ptr()) };
    null_mut()
}

fn check(status: sys::napi_status, what: &str) -> Outcome<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { fault("NATIVE_ARGUMENT", format!("{what}: status {status}")) }
}

/// The arguments and the data pointer of a callback.
///
/// # Safety
/// `env` and `info` are those of the running callback.
pub unsafe fn arguments<const N: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> Outcome<([sys::napi_value; N], *mut c_void)> {
    let mut values = [null_mut(); N];
    let mut count = N;
    let mut data = null_mut();
    let status = unsafe { sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), null_mut(), &mut data) };
    check(status, "arguments")?;
    if count < N {
        return fault("NATIVE_ARGUMENT", format!("{N} arguments expected, {count} given"));
    }
    Ok((values, data))
}

/// # Safety
/// `value` is a live handle of `env` (so for every function below).
pub unsafe fn to_u32(env: sys::napi_env, value: sys::napi_value) -> Outcome<u32> {
    let mut number = 0.0;
    check(unsafe { sys::napi_get_value_double(env, value, &mut number) }, "number expected")?;
    if number >= 0.0 && number <= f64::from(u32::MAX) && number.fract() == 0.0 {
        Ok(number as u32)
    } else {
        fault("NATIVE_ARGUMENT", format!("{number} is not an unsigned 32-bit integer"))
    }
}

/// # Safety
/// As `to_u32`.
pub unsafe fn to_i32(env: sys::napi_env, value: sys::napi_value) -> Outcome<i32> {
    let mut number = 0;
    check(unsafe { sys::napi_get_value_int32(env, value, &mut number) }, "number expected")?;
    Ok(number)
}

/// # Safety
/// As `to_u32`.
pub unsafe fn to_bool(env: sys::napi_env, value: sys::napi_value) -> Outcome<bool> {
    let mut flag = false;
    check(unsafe { sys::napi_get_value_bool(env, value, &mut flag) }, "boolean expected")?;
    Ok(flag)
}

/// # Safety
/// As `to_u32`.
pub unsafe fn to_f64(env: sys::napi_env, value: sys::napi_value) -> Outcome<f64> {
    let mut number = 0.0;
    check(unsafe { sys::napi_get_value_double(env, value, &mut number) }, "number expected")?;
    Ok(number)
}

/// # Safety
/// As `to_u32`.
pub unsafe fn to_text(env: sys::napi_env, value: sys::napi_value) -> Outcome<Vec<u8>> {
    let mut length = 0;
    check(unsafe { sys::napi_get_value_string_utf8(env, value, null_mut(), 0, &mut length) }, "text expected")?;
    let mut bytes = vec![0u8; length + 1];
    let buffer = bytes.as_mut_ptr().cast();
    check(unsafe { sys::napi_get_value_string_utf8(env, value, buffer, length + 1, &mut length) }, "text expected")?;
    bytes.truncate(length);
    Ok(bytes)
}

/// Element type, address and length (in elements) of a typed array. The ArrayBuffer handle is not asked for: making it
/// is what makes the usual wrappers slow.
///
/// # Safety
/// As `to_u32`. The address is valid while the array's buffer is alive and not detached.
#[inline]
pub unsafe fn typed_array(
    env: sys::napi_env,
    value: sys::napi_value,
) -> Outcome<(sys::napi_typedarray_type, *mut c_void, usize)> {
    let mut kind: sys::napi_typedarray_type = 0;
    let mut length = 0;
    let mut address = null_mut();
    let status = unsafe {
        sys::napi_get_typedarray_info(env, value, &mut kind, &mut length, &mut address, null_mut(), null_mut())
    };
    check(status, "typed array expected")?;
    Ok((kind, address, length))
}

/// A typed array of `kind`, by address and length.
///
/// # Safety
/// As `typed_array`.
#[inline]
pub unsafe fn array_of<T>(
    env: sys::napi_env,
    value: sys::napi_value,
    kind: sys::napi_typedarray_type,
) -> Outcome<(*mut T, usize)> {
    let (found, address, length) = unsafe { typed_array(env, value) }?;
    if found != kind {
        return fault("NATIVE_ARGUMENT", format!("typed array of type {kind} expected, {found} given"));
    }
    Ok((address.cast(), length))
}

/// # Safety
/// `env` is the running callback's environment (so for every function below).
pub unsafe fn object(env: sys::napi_env) -> Outcome<sys::napi_value> {
    let mut value = null_mut();
    check(unsafe { sys::napi_create_object(env, &mut value) }, "object")?;
    Ok(value)
}

/// # Safety
/// As `object`.
pub unsafe fn set_number(env: sys::napi_env, target: sys::napi_value, name: &str, number: i32) -> Outcome<()> {
    let mut value = null_mut();
    check(unsafe { sys::napi_create_int32(env, number, &mut value) }, "number")?;
    unsafe { set(env, target, name, value) }
}

/// # Safety
/// As `object`.
pub unsafe fn set(env: sys::napi_env, target: sys::napi_value, name: &str, value: sys::napi_value) -> Outcome<()> {
    let name = CString::new(name).unwrap_or_default();
    check(unsafe { sys::napi_set_named_property(env, target, name.as_ptr(), value) }, "property")
}

/// # Safety
/// As `object`; `data` outlives the function (a finalizer of it may free it).
pub unsafe fn set_function(
    env: sys::napi_env,
    target: sys::napi_value,
    name: &str,
    callback: unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value,
    data: *mut c_void,
    finalize: sys::napi_finalize,
) -> Outcome<()> {
    let mut value = null_mut();
    let length = name.len() as isize;
    check(
        unsafe { sys::napi_create_function(env, name.as_ptr().cast(), length, Some(callback), data, &mut value) },
        name,
    )?;
    if finalize.is_some() {
        let status = unsafe { sys::napi_add_finalizer(env, value, data, finalize, null_mut(), null_mut()) };
        check(status, name)?;
    }
    unsafe { set(env, target, name, value) }
}
