//! Frames, good and broken: the fast path against the general one, batches against single frames, and no panic.

mod generator;

use generator::Generator;
use tidegate_decode::decimal::Increment;
use tidegate_decode::decoder::{Batch, Decoder, Feed, SNAPSHOT_FRAME, STREAM_FRAME};
use tidegate_decode::layout::{Slot, tick};
use tidegate_decode::symbols::Instrument;

const BASE_MS: f64 = 1_723_075_200_000.0;
const FRAMES: &[&str] = &[
    r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}"#,
    r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}"#,
    r#"{"e":"aggTrade","E":1723161255343,"s":"BTCUSDT","a":26129,"p":"61837.63","q":"4.70443","f":1,"l":2,"T":1723161255342,"m":true,"M":true}"#,
    r#"{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}"#,
    r#"{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256313}}"#,
    r#"{"u":1,"s":"ETHUSDT","b":"25.35","B":"31.2","a":"25.40","A":"40.6"}"#,
    r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"],["61730.17000000","0.00000000"],["56854.58000000","0.00000000"],["1","2"]],"a":[["61837.64000000","1.54698000"]]}}"#,
    r#"{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[["58710.20","0.014"]],"a":[]}}"#,
    r#"{"result":null,"id":1}"#,
    r#"{"code":-1121,"msg":"Invalid symbol."}"#,
];
const SNAPSHOT: &str = r#"{"lastUpdateId":1027024,"bids":[["4.00","431.0"]],"asks":[["4.02","12.0"],["5.02","1"],["6.02","1"],["7","1"]]}"#;

const ALPACA: &[&str] = &[
    r#"[{"T":"t","S":"BTCUSDT","i":1,"x":"P","p":49.18,"s":300,"c":["@","T"],"z":"A","t":"2024-08-08T08:00:00.688Z"}]"#,
    r#"[{"T":"t","S":"BTCUSDT","i":1,"p":0.5,"s":3,"c":[],"t":"2024-08-08T08:00:00.123456789+01:00","tks":"S"}]"#,
    r#"[{"T":"q","S":"ETHUSDT","bx":"P","bp":175,"bs":1.2,"ax":"P","ap":184.85,"as":1,"c":["R"],"z":"A","t":"2024-08-08T08:00:00Z"},{"T":"q","S":"BTCUSDT","bp":0,"bs":0,"ap":1,"as":1,"t":"2024-08-09T08:00:00Z"}]"#,
    r#"[{"T":"b","S":"BTCUSDT","o":184.5,"h":185,"l":184,"c":184.25,"v":1200,"t":"2024-08-08T13:30:00Z","n":12,"vw":184.37}]"#,
];
const MT5: &[&str] = &[
    r#"{"status":"CONNECTED","symbol":"BTCUSDT","timeframe":"TICK","data":[1723161253937,1.38,1.39]}"#,
    r#"{"status":"CONNECTED","symbol":"ETHUSDT","timeframe":"TICK","data":[1723161253937.0668,1299.95,1301.6]}"#,
];

fn decoder(feed: Feed) -> Decoder {
    let mut decoder = Decoder::new(feed, BASE_MS);
    for (symbol, price, qty) in [("BTCUSDT", (2, 1.0), (5, 1.0)), ("ETHUSDT", (2, 5.0), (1, 2.0))] {
        decoder.add_instrument(Instrument {
            symbol: symbol.as_bytes().into(),
            lower: symbol.to_lowercase().as_bytes().into(),
            price: Increment::new(price.0, price.1).expect("valid"),
            qty: Increment::new(qty.0, qty.1).expect("valid"),
            allows_negative_price: false,
        });
    }
    decoder
}

fn garbage() -> Vec<Slot> {
    vec![Slot { head: [-1, -1], f: [-7.5; 7] }; 64]
}

#[test]
fn the_fast_path_agrees_with_the_general_one() {
    let mut generator = Generator::new(3);
    let feeds = [(Feed::BinanceSpot, FRAMES), (Feed::BinanceUsdm, FRAMES), (Feed::Alpaca, ALPACA), (Feed::Mt5, MT5)];
    for (feed, texts) in feeds {
        let mut both = decoder(feed);
        for round in 0..60_000 {
            let text = generator.pick(texts).as_bytes();
            let frame = if round < 100 { text.to_vec() } else { generator.mutate(text) };
            let (mut fast, mut general) = (garbage(), garbage());
            let capacity = 1 + generator.below(12);
            let fast_slots = both.decode(&frame, 5.0, &mut fast[..capacity]);
            let general_slots = both.decode_general(&frame, 5.0, &mut general[..capacity]);
            let text = String::from_utf8_lossy(&frame);
            assert_eq!(fast_slots, general_slots, "{text}");
            assert_eq!(fast[..fast_slots], general[..general_slots], "{text}");
        }
    }
}

#[test]
fn every_frame_of_the_list_is_understood() {
    let mut spot = decoder(Feed::BinanceSpot);
    for text in FRAMES {
        let mut out = garbage();
        let slots = spot.decode(text.as_bytes(), 5.0, &mut out);
        let is_error = slots > 0 && out[0].head[0] == tick::ERROR;
        assert_eq!(is_error, text.contains("code"), "{text}");
    }
}

#[test]
fn a_batch_gives_what_its_frames_give_alone() {
    let mut generator = Generator::new(4);
    let mut texts: Vec<Vec<u8>> = (0..2_000)
        .map(|_| {
            let text = generator.pick(FRAMES).as_bytes();
            if generator.below(3) == 0 { generator.mutate(text) } else { text.to_vec() }
        })
        .collect();
    texts[7] = SNAPSHOT.as_bytes().to_vec();
    let bytes: Vec<u8> = texts.concat();
    let ends: Vec<u32> = texts
        .iter()
        .scan(0, |at, text| {
            *at += text.len() as u32;
            Some(*at)
        })
        .collect();
    let starts: Vec<u32> = ends.iter().zip(&texts).map(|(end, text)| end - text.len() as u32).collect();
    let recv_ns: Vec<f64> = (0..texts.len()).map(|i| i as f64).collect();
    let mut types = vec![STREAM_FRAME; texts.len()];
    types[7] = SNAPSHOT_FRAME;
    types[8] = 2;
    let instruments = vec![1; texts.len()];
    let (mut alone, mut together) = (decoder(Feed::BinanceSpot), decoder(Feed::BinanceSpot));
    let mut expected = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let mut out = garbage();
        let slots = match types[i] {
            STREAM_FRAME => alone.decode(text, recv_ns[i], &mut out[..16]),
            SNAPSHOT_FRAME => alone.decode_snapshot(text, 1, recv_ns[i], &mut out[..16]),
            _ => 0,
        };
        expected.extend_from_slice(&out[..slots]);
    }
    let mut seen = Vec::new();
    let (mut counts, mut first) = (vec![0; texts.len()], 0);
    while first < texts.len() {
        let mut out = garbage();
        let batch = Batch {
            bytes: &bytes,
            starts: &starts,
            ends: &ends,
            recv_ns: &recv_ns,
            types: &types,
            instruments: &instruments,
            first,
            last: texts.len(),
        };
        let step = together.decode_batch(&batch, &mut out[..16], &mut counts).expect("arrays fit");
        assert!(step.frames > 0);
        assert_eq!(step.slots, counts[first..first + step.frames].iter().sum::<u32>() as usize);
        seen.extend_from_slice(&out[..step.slots]);
        first += step.frames;
    }
    assert_eq!(seen, expected);
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    let mut both = decoder(Feed::BinanceSpot);
    let mut out = garbage();
    let batch = |first, last, ends| Batch {
        bytes: b"{}",
        starts: &[0],
        ends,
        recv_ns: &[0.0],
        types: &[0],
        instruments: &[],
        first,
        last,
    };
    assert_eq!(both.decode_batch(&batch(0, 2, &[2]), &mut out, &mut [0, 0]), None);
    assert_eq!(both.decode_batch(&batch(1, 0, &[2]), &mut out, &mut [0]), None);
    assert_eq!(both.decode_batch(&batch(0, 1, &[3]), &mut out, &mut [0]), None);
    assert_eq!(both.decode_batch(&batch(0, 1, &[2]), &mut out, &mut []), None);
    assert_eq!(both.decode_batch(&batch(0, 1, &[2]), &mut [], &mut [0]), None);
    assert!(both.decode_batch(&batch(0, 1, &[2]), &mut out, &mut [0]).is_some());
}
