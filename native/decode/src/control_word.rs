//! The arithmetic of the control word (`src/shm/control-word.ts`): 12 low bits are halt reasons, 20 high bits a generation.

pub const REASON_BITS: u32 = 12;
const REASON_MASK: u32 = (1 << REASON_BITS) - 1;
const GENERATION_MASK: u32 = u32::MAX >> REASON_BITS;

/// The word after `reasons` are set: the bits are added and the generation is raised, never to zero, also where the bits
/// were set before.
pub const fn raised(word: i32, reasons: i32) -> i32 {
    let word = word as u32;
    let next = ((word >> REASON_BITS) + 1) & GENERATION_MASK;
    let generation = if next == 0 { 1 } else { next };
    ((generation << REASON_BITS) | ((word | reasons as u32) & REASON_MASK)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_the_reason_and_raises_the_generation() {
        assert_eq!(raised(0, 1), 0x1001);
        assert_eq!(raised(0x5002, 1), 0x6003);
        assert_eq!(raised(0x6003, 1), 0x7003);
    }

    #[test]
    fn the_generation_never_becomes_zero() {
        assert_eq!(raised(0xffff_f000_u32 as i32, 4), 0x1004);
    }

    #[test]
    fn bits_above_the_reasons_are_ignored() {
        assert_eq!(raised(0x1000, 0x7fff_f000 | 2), 0x2002);
    }
}
