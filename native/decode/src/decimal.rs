/// A step of price or quantity: `units` x 10^-`scale`, as `Increment` of `src/core/decimal.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Increment {
    pub scale: u32,
    pub units: u64,
}

impl Increment {
    pub fn new(scale: u32, units: f64) -> Option<Self> {
        let fits = scale <= 18 && units >= 1.0 && units <= 9_007_199_254_740_991.0 && units.fract() == 0.0;
        fits.then_some(Self { scale, units: units as u64 })
    }
}
