//! Writing slots: the twin of `src/feed/decode/slots.ts`.

use crate::json::Refusal;
use crate::layout::{Slot, tick};

/// A slot whole; `f` is words 1 to 7 of its `f64` view (event time, receive time, five values).
#[inline(always)]
pub fn slot(head: i32, instrument: usize, f: [f64; 7]) -> Slot {
    Slot { head: [head, instrument as i32], f }
}

/// Writes the one ERROR slot of a refused frame; gives 1.
pub fn write_error(out: &mut [Slot], refusal: Refusal) -> usize {
    let mut f = [0.0; 7];
    f[1] = refusal.at as f64;
    out[0] = Slot { head: [tick::ERROR, refusal.code as i32], f };
    1
}

/// Which side LEVELS slots are of, as they carry it.
pub const BIDS: f64 = 1.0;
pub const ASKS: f64 = -1.0;

/// Writes level number `n` (from 0) of one side; every third opens a slot. False when the slots do not suffice.
#[inline(always)]
pub fn write_level(out: &mut [Slot], n: usize, side: f64, price: f64, qty: f64) -> bool {
    let Some(slot) = out.get_mut(n / 3) else { return false };
    match n % 3 {
        0 => *slot = Slot { head: [tick::LEVELS, 1], f: [0.0, side, price, qty, 0.0, 0.0, 0.0] },
        1 => {
            slot.head[1] = 2;
            slot.f[4] = price;
            slot.f[5] = qty;
        }
        _ => {
            slot.head[1] = 3;
            slot.f[6] = price;
            slot.f[0] = qty;
        }
    }
    true
}

/// LEVELS slots that `levels` levels of one side fill.
pub const fn level_slots(levels: usize) -> usize {
    levels.div_ceil(3)
}
