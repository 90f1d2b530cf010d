//! Decimals against the definition: a text that was made from a count of increments gives that count back.

mod generator;

use generator::Generator;
use tidegate_decode::decimal::{INCREMENTS_MAX, Increment, Unfit, read, whole_number};

fn step(scale: u32, units: u64) -> Increment {
    Increment::new(scale, units as f64).expect("a valid increment")
}

/// `units` x 10^-`scale` as plain text.
fn plain(units: u128, scale: usize) -> String {
    let digits = format!("{units:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 { whole.to_string() } else { format!("{whole}.{fraction}") }
}

/// The same number written another way: zeros in front or behind, or an exponent.
fn rewritten(text: &str, generator: &mut Generator) -> (String, bool) {
    let places = text.find('.').map_or(0, |point| text.len() - point - 1);
    match generator.below(4) {
        0 => (format!("{}{text}", "0".repeat(generator.below(5))), false),
        1 if places > 0 && places < 18 => (format!("{text}{}", "0".repeat(generator.below(18 - places))), false),
        2 => {
            let digits = text.replace('.', "");
            (format!("{}E-{places}", digits), true)
        }
        _ => (text.to_string(), false),
    }
}

#[test]
fn a_count_of_increments_comes_back() {
    let mut generator = Generator::new(1);
    for _ in 0..60_000 {
        let scale = generator.below(19) as u32;
        let units = [1, 1, 5, 25, 3, 1_000, 123_456_789][generator.below(7)];
        let count = (generator.number() >> (11 + generator.below(50))).max(1);
        let (text, exponent) = rewritten(&plain(u128::from(count) * u128::from(units), scale as usize), &mut generator);
        let negative = generator.below(4) == 0;
        let text = if negative { format!("-{text}") } else { text };
        let expected = if negative { -(count as f64) } else { count as f64 };
        assert_eq!(read(text.as_bytes(), step(scale, units), exponent, true), Ok(expected), "{text} {scale} {units}");
    }
}

#[test]
fn a_text_between_increments_is_off_and_one_beyond_overflows() {
    let mut generator = Generator::new(2);
    for _ in 0..40_000 {
        let scale = generator.below(12);
        let count = generator.number() >> (11 + generator.below(50));
        let between = plain(u128::from(count) * 1000 + 1 + generator.below(999) as u128, scale + 3);
        assert!(
            matches!(read(between.as_bytes(), step(scale as u32, 1), false, true), Err(Unfit::Off(_))),
            "{between}"
        );
        let beyond = plain(u128::from(INCREMENTS_MAX) + 1 + u128::from(generator.number()), scale);
        assert!(
            matches!(read(beyond.as_bytes(), step(scale as u32, 1), false, true), Err(Unfit::Overflow(_))),
            "{beyond}"
        );
    }
}

#[test]
fn what_is_no_decimal_is_named() {
    let cases: [(&str, Unfit); 22] = [
        ("", Unfit::Empty),
        ("nan", Unfit::Nan),
        (" 1", Unfit::Nan),
        ("+1", Unfit::Nan),
        ("1.", Unfit::Nan),
        (".5", Unfit::Nan),
        ("1.2.3", Unfit::Nan),
        ("1e", Unfit::Nan),
        ("1e+", Unfit::Nan),
        ("1e400", Unfit::Nan),
        ("--1", Unfit::Nan),
        ("1,5", Unfit::Nan),
        ("Infinity", Unfit::Inf),
        ("-inf", Unfit::Inf),
        ("+INF", Unfit::Inf),
        ("infinitx", Unfit::Nan),
        ("0", Unfit::Zero),
        ("-0.000", Unfit::Zero),
        ("0e999", Unfit::Zero),
        ("-1", Unfit::Negative),
        ("0.1000000000000000000", Unfit::Long),
        ("1e3", Unfit::Exponent),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text.as_bytes(), step(2, 1), false, false), Err(expected), "{text}");
    }
}

#[test]
fn exponents_of_any_size_end() {
    let long = "9".repeat(100_000);
    let refused = |text: &str, scale| read(text.as_bytes(), step(scale, 1), true, true);
    assert!(matches!(refused(&long, 2), Err(Unfit::Overflow(size)) if size.is_nan()));
    assert!(matches!(refused(&format!("{long}e-308"), 0), Err(Unfit::Overflow(size)) if size.is_nan()));
    assert!(matches!(refused("1e-308", 18), Err(Unfit::Off(size)) if size.is_nan()));
    assert!(matches!(refused("1e308", 0), Err(Unfit::Overflow(size)) if size.is_nan()));
    assert_eq!(read(b"5e-1", step(1, 5), true, true), Ok(1.0));
    assert_eq!(read(format!("1{}e-200", "0".repeat(200)).as_bytes(), step(0, 1), true, true), Ok(1.0));
}

#[test]
fn dust_keeps_its_fraction() {
    assert_eq!(read(b"0.00000123", step(5, 1), false, false), Err(Unfit::Off(0.123)));
    assert_eq!(read(b"1.06", step(2, 5), false, false), Err(Unfit::Off(21.2)));
}

#[test]
fn a_count_beyond_two_to_the_53_is_kept_where_a_double_holds_it() {
    let two_to_the_100 = "1267650600228229401496703205376";
    for (text, scale, units, count) in [
        ("90071992547409.92", 2, 1, 9_007_199_254_740_992.0),
        ("100000000000000", 8, 1, 1e22),
        (two_to_the_100, 0, 1, 1_267_650_600_228_229_401_496_703_205_376.0),
        ("27021597764222976", 0, 3, 9_007_199_254_740_992.0),
    ] {
        assert_eq!(read(text.as_bytes(), step(scale, units), false, false), Err(Unfit::Overflow(count)), "{text}");
    }
    for (text, scale, units) in [
        ("90071992547409.93", 2, 1),
        ("1000000000000000", 8, 1),
        ("27021597764222977", 0, 3),
        ("90071992547409920.5", 0, 1),
    ] {
        let found = read(text.as_bytes(), step(scale, units), false, false);
        assert!(matches!(found, Err(Unfit::Overflow(size)) if size.is_nan()), "{text}: {found:?}");
    }
}

#[test]
fn whole_numbers_are_exact_up_to_two_to_the_53() {
    for value in (INCREMENTS_MAX - 100)..=INCREMENTS_MAX {
        assert_eq!(whole_number(value.to_string().as_bytes()), Some(value as f64));
    }
    for text in ["", "01", "-1", "9007199254740992", "12345678901234567", "1.0", "1e3", "\"1\""] {
        assert_eq!(whole_number(text.as_bytes()), None, "{text}");
    }
    assert_eq!(whole_number(b"0"), Some(0.0));
}
