import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** The shape that the contracts give, word for word. */
export const SAMPLE: string = `
node: {id: a1}
mode: paper                     # dry-run | paper | live
state_dir: ./.tidegate/a1
arm: auto                       # auto | operator
poll: false
instruments:
  - {symbol: BTCUSDT, venue: sim, price_increment: "0.01", qty_increment: "0.00001", calendar: "24/7"}
venues:
  sim: {kind: binance-spot, rest_url: "http://127.0.0.1:9080", ws_url: "ws://127.0.0.1:9080", api_key: {env: KEY}, api_secret: {env: SECRET}}
strategies:
  - id: sma
    file: examples/strategies/sma-cross.ts
    symbols: [BTCUSDT]
    placement: worker           # worker | inline
    bar_period_seconds: 1
    warmup_bars: 21
    params: {window: 20}
    order: {sizing: {fixed: "0.01"}, type: market, time_in_force: IOC}
fees: {bps: "7.5", asset: quote}    # quote | received
risk: {order_value_min: "50", order_value_max: "10000", symbol_share_max: "0.05", total_share_max: "0.60", signal_age_max_seconds: 120, long_only: true}
kill: {lock_file: kill.lock, action: block}      # block | cancel | shutdown
shutdown: {total_seconds: 9.5}
journal: {intent: process, latch: power}
replay: {fill_model: next-trade}    # next-trade | top-of-book
`

/** Writes `text` as the configuration of a fresh folder and gives its path. */
export function writeConfig(text: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'tidegate-config-')), 'engine.yaml')
  writeFileSync(file, text)
  return file
}
