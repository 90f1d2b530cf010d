//! One native decoder as a JavaScript object of functions that share its state. Arguments and results that are numbers
//! travel in a small Float64Array (`call`), because converting them costs more than decoding a trade.

use std::cell::{RefCell, RefMut};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{NonNull, null_mut};
use std::rc::Rc;
use std::slice;

use napi_sys as sys;
use sys::TypedarrayType::{float64_array, int32_array, uint8_array, uint32_array};
use tidegate_decode::decimal::Increment;
use tidegate_decode::decoder::{Batch, Decoder, Feed, Step};
use tidegate_decode::layout::{Slot, TICK_SLOT_BYTES};
use tidegate_decode::symbols::Instrument;

use crate::value::{
    Outcome, arguments, array_of, fault, guard, object, set_function, to_bool, to_f64, to_text, to_u32,
};

/// Words of the `call` array: arguments in, results out in the same words.
mod word {
    pub const START: usize = 0;
    pub const END: usize = 1;
    pub const RECV_NS: usize = 2;
    pub const SLOT: usize = 3;
    pub const CAPACITY: usize = 4;
    /// instrument of a snapshot, -1 for a stream frame
    pub const INSTRUMENT: usize = 5;
    /// batch: first frame and the one after the last
    pub const FIRST: usize = 6;
    pub const LAST: usize = 7;
    /// results: slots written; frames consumed (batch). -1 in the first: the call failed
    pub const SLOTS: usize = 0;
    pub const FRAMES: usize = 1;
    pub const COUNT: usize = 8;
}

struct State {
    decoder: Decoder,
    call: NonNull<f64>,
    out: NonNull<Slot>,
    out_slots: usize,
}

type Shared = RefCell<State>;

/// # Safety
/// `data` is a pointer that `create` gave to `set_function`, so an `Rc<Shared>` that the function keeps alive.
#[inline]
unsafe fn state<'a>(data: *mut c_void) -> Outcome<RefMut<'a, State>> {
    let shared = unsafe { &*data.cast::<Shared>() };
    shared.try_borrow_mut().or_else(|_| fault("NATIVE_REENTRY", "the decoder is already in use"))
}

unsafe extern "C" fn drop_state(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: one count was given to each function by `Rc::into_raw`; its finalizer runs once.
    drop(unsafe { Rc::from_raw(data.cast::<Shared>()) });
}

/// `createDecoder(feed, eventBaseMs)`
pub unsafe extern "C" fn create(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the crate's head.
        let ([feed, base_ms], _) = unsafe { arguments::<2>(env, info) }?;
        let number = unsafe { to_u32(env, feed) }?;
        let Some(feed) = Feed::from_number(number) else {
            return fault("NATIVE_ARGUMENT", format!("no feed {number}"));
        };
        let decoder = Decoder::new(feed, unsafe { to_f64(env, base_ms) }?);
        let state = State { decoder, call: NonNull::dangling(), out: NonNull::dangling(), out_slots: 0 };
        let shared = Rc::new(RefCell::new(state));
        let target = unsafe { object(env) }?;
        let export = |name, callback| {
            let data = Rc::into_raw(Rc::clone(&shared)).cast_mut().cast();
            unsafe { set_function(env, target, name, callback, data, Some(drop_state)) }
        };
        export("addInstrument", add_instrument as crate::Callback)?;
        export("attach", attach)?;
        export("decode", decode)?;
        export("decodeBatch", decode_batch)?;
        Ok(target)
    })
}

/// `addInstrument(symbol, lower, priceScale, priceUnits, qtyScale, qtyUnits, allowsNegativePrice)`: the next of the table.
unsafe extern "C" fn add_instrument(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the crate's head.
        unsafe {
            let ([symbol, lower, price_scale, price_units, qty_scale, qty_units, negative], data) =
                arguments::<7>(env, info)?;
            let increment = |scale, units| -> Outcome<_> {
                Increment::new(to_u32(env, scale)?, to_f64(env, units)?)
                    .map_or_else(|| fault("NATIVE_ARGUMENT", "increment out of range"), Ok)
            };
            let instrument = Instrument {
                symbol: to_text(env, symbol)?.into(),
                lower: to_text(env, lower)?.into(),
                price: increment(price_scale, price_units)?,
                qty: increment(qty_scale, qty_units)?,
                allows_negative_price: to_bool(env, negative)?,
            };
            state(data)?.decoder.add_instrument(instrument);
        }
        Ok(null_mut())
    })
}

/// `attach(call, out)`: the memory that later calls use. JavaScript holds both arrays while it may call.
unsafe extern "C" fn attach(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the crate's head.
        unsafe {
            let ([call, out], data) = arguments::<2>(env, info)?;
            let (call, call_words) = array_of::<f64>(env, call, float64_array)?;
            let (out, out_words) = array_of::<f64>(env, out, float64_array)?;
            let (Some(call), Some(out)) = (NonNull::new(call), NonNull::new(out)) else {
                return fault("NATIVE_ARGUMENT", "an empty array cannot be attached");
            };
            if call_words < word::COUNT {
                return fault("NATIVE_ARGUMENT", "the call array is too short");
            }
            let mut state = state(data)?;
            state.call = call;
            state.out = out.cast();
            state.out_slots = out_words / (TICK_SLOT_BYTES / 8);
        }
        Ok(null_mut())
    })
}

impl State {
    /// # Safety
    /// `attach` has been called and its arrays are alive, which the caller in TypeScript ensures.
    unsafe fn call(&mut self) -> &mut [f64; word::COUNT] {
        // SAFETY: `attach` saw at least `word::COUNT` doubles there.
        unsafe { self.call.cast().as_mut() }
    }

    /// The free slots from `slot` on, at most up to `capacity` of the whole.
    ///
    /// # Safety
    /// As `call`.
    unsafe fn free_slots<'a>(&self, slot: f64, capacity: f64) -> &'a mut [Slot] {
        let end = (capacity as usize).min(self.out_slots);
        let start = (slot as usize).min(end);
        // SAFETY: start <= end <= the slots that `attach` saw; a slot is plain numbers of any bits.
        unsafe { slice::from_raw_parts_mut(self.out.as_ptr().add(start), end - start) }
    }
}

/// The bytes of a typed array; an empty one has no address.
///
/// # Safety
/// The array's memory lives and is not written by others during the call (a frame that another thread changed while it
/// is read would be a wrong frame in TypeScript too).
unsafe fn slice_of<'a, T>((address, length): (*mut T, usize)) -> &'a [T] {
    if address.is_null() || length == 0 { &[] } else { unsafe { slice::from_raw_parts(address, length) } }
}

/// `decode(bytes)`: one frame. A panic or a bad argument gives -1 slots; TypeScript then decodes the frame itself.
unsafe extern "C" fn decode(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut values = [null_mut(); 1];
    let mut count = 1;
    let mut data = null_mut();
    // SAFETY: see the crate's head. Plain calls instead of `arguments`: this is the hot path.
    unsafe {
        sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), null_mut(), &mut data);
        let Ok(mut state) = state(data) else {
            return null_mut();
        };
        let slots = match array_of::<u8>(env, values[0], uint8_array) {
            Ok(bytes) => {
                let bytes = slice_of(bytes);
                catch_unwind(AssertUnwindSafe(|| decode_one(&mut state, bytes))).unwrap_or(-1.0)
            }
            Err(_) => -1.0,
        };
        state.call()[word::SLOTS] = slots;
    }
    null_mut()
}

unsafe fn decode_one(state: &mut State, bytes: &[u8]) -> f64 {
    // SAFETY: as `State::call`.
    let call = *unsafe { state.call() };
    let (start, end) = (call[word::START] as usize, call[word::END] as usize);
    let Some(frame) = bytes.get(start..end) else {
        return -1.0;
    };
    let out = unsafe { state.free_slots(call[word::SLOT], call[word::CAPACITY]) };
    let instrument = call[word::INSTRUMENT];
    let slots = if instrument < 0.0 {
        state.decoder.decode(frame, call[word::RECV_NS], out)
    } else {
        state.decoder.decode_snapshot(frame, instrument as u32, call[word::RECV_NS], out)
    };
    slots as f64
}

/// `decodeBatch(bytes, starts, ends, recvNs, types, instruments, counts)`: frames FIRST to LAST into the slots from SLOT
/// on, as many as fit; `counts[i]` becomes the slots of frame i.
unsafe extern "C" fn decode_batch(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: see the crate's head.
        unsafe {
            let ([bytes, starts, ends, recv, types, instruments, counts], data) = arguments::<7>(env, info)?;
            let mut state = state(data)?;
            let call = *state.call();
            let (counts, counts_length) = array_of::<u32>(env, counts, uint32_array)?;
            let batch = Batch {
                bytes: slice_of(array_of(env, bytes, uint8_array)?),
                starts: slice_of(array_of(env, starts, uint32_array)?),
                ends: slice_of(array_of(env, ends, uint32_array)?),
                recv_ns: slice_of(array_of(env, recv, float64_array)?),
                types: slice_of(array_of(env, types, uint8_array)?),
                instruments: slice_of(array_of(env, instruments, int32_array)?),
                first: call[word::FIRST] as usize,
                last: call[word::LAST] as usize,
            };
            let counts: &mut [u32] =
                if counts.is_null() { &mut [] } else { slice::from_raw_parts_mut(counts, counts_length) };
            let out = state.free_slots(call[word::SLOT], call[word::CAPACITY]);
            let Some(Step { frames, slots }) = state.decoder.decode_batch(&batch, out, counts) else {
                return fault("NATIVE_ARGUMENT", "the arrays of the batch do not fit together");
            };
            let call = state.call();
            call[word::SLOTS] = slots as f64;
            call[word::FRAMES] = frames as f64;
        }
        Ok(null_mut())
    })
}
