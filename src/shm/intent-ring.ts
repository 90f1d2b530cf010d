import { assert } from '../core/assert.ts'
import type { TradingAction } from '../domain/action.ts'
import { type Intent, PERMIT_WORDS } from '../domain/intent.ts'
import { INTENT_F64, INTENT_I32, INTENT_ROW, INTENT_SLOT_BYTES } from './layout.ts'
import { assertRingCapacity, SpscConsumer, SpscProducer } from './spsc.ts'

const SLOT_I32 = INTENT_SLOT_BYTES / 4
const SLOT_F64 = INTENT_SLOT_BYTES / 8
const ACTION_MASK = 0xff
const ACTION_BITS = 8

/** Where an intent ring lies: cursors, slots, then one companion row of float64 a slot. */
export interface IntentRingPlace {
  readonly words: Int32Array
  /** first word of the cursors (`RING`) */
  readonly cursorsAt: number
  /** slots, a power of two */
  readonly capacity: number
  /** byte offset of the slots; the companion rows follow them */
  readonly slotsAtBytes: number
  /** most features that one decision has */
  readonly featuresMax: number
}

/** float64 of one companion row, in whole cache lines. */
function rowLength(featuresMax: number): number {
  return Math.ceil((INTENT_ROW.features + featuresMax) / 8) * 8
}

/** Bytes of the slots and their companion rows. */
export function intentRingBytes(capacity: number, featuresMax: number): number {
  assertRingCapacity(capacity)
  return capacity * (INTENT_SLOT_BYTES + rowLength(featuresMax) * 8)
}

interface IntentRingViews {
  readonly i32: Int32Array
  readonly f64: Float64Array
  readonly rows: Float64Array
  readonly rowLength: number
}

function viewsOf(place: IntentRingPlace): IntentRingViews {
  const { buffer } = place.words
  const length = rowLength(place.featuresMax)
  return {
    i32: new Int32Array(buffer, place.slotsAtBytes, place.capacity * SLOT_I32),
    f64: new Float64Array(buffer, place.slotsAtBytes, place.capacity * SLOT_F64),
    rows: new Float64Array(
      buffer,
      place.slotsAtBytes + place.capacity * INTENT_SLOT_BYTES,
      place.capacity * length,
    ),
    rowLength: length,
  }
}

/** The worker's side of an intent ring. */
export class IntentRingProducer {
  readonly featuresMax: number
  readonly #cursors: SpscProducer
  readonly #views: IntentRingViews

  /** @throws ASSERTION when the ring has a producer */
  constructor(place: IntentRingPlace) {
    this.#cursors = new SpscProducer(place.words, place.cursorsAt, place.capacity)
    this.#views = viewsOf(place)
    this.featuresMax = place.featuresMax
  }

  /**
   * Copies an intent with its features into the ring; the caller keeps `intent` and may reuse it. False when the ring
   * is full: nothing is written, and trading must halt (DESIGN 3).
   *
   * @throws ASSERTION for more features than the ring was made for
   */
  tryWrite(intent: Intent): boolean {
    const slot = this.#cursors.claim()
    if (slot < 0) return false
    const { i32, f64, rows } = this.#views
    const i = slot * SLOT_I32
    const f = slot * SLOT_F64
    const row = slot * this.#views.rowLength
    const { permit, features } = intent
    assert(features.length <= this.featuresMax, 'an intent has more features than its ring has room for')
    i32[i + INTENT_I32.strategyAction] = (intent.strategy << ACTION_BITS) | intent.action
    i32[i + INTENT_I32.instrument] = intent.instrument
    for (let word = 0; word < PERMIT_WORDS; word++) i32[i + INTENT_I32.permit + word] = permit[word] as number
    i32[i + INTENT_I32.featureCount] = features.length
    f64[f + INTENT_F64.tickSeq] = intent.tickSeq
    f64[f + INTENT_F64.tickRecvNs] = intent.tickRecvNs
    f64[f + INTENT_F64.decidedNs] = intent.decidedNs
    f64[f + INTENT_F64.referencePrice] = intent.referencePrice
    rows[row + INTENT_ROW.tickEventNs] = intent.tickEventNs
    rows[row + INTENT_ROW.limitPrice] = intent.limitPrice
    rows[row + INTENT_ROW.qty] = intent.qty
    for (let n = 0; n < features.length; n++) rows[row + INTENT_ROW.features + n] = features[n] as number
    this.#cursors.publish()
    return true
  }

  /** Intents that main has not taken. */
  pending(): number {
    return this.#cursors.pending()
  }
}

/** An intent that is filled again and again; what it holds is valid until the next one is read. */
class ReusedIntent implements Intent {
  strategy = 0
  instrument = 0
  action: TradingAction = 0
  tickSeq = 0
  tickRecvNs = 0
  tickEventNs = 0
  decidedNs = 0
  referencePrice = 0
  limitPrice = Number.NaN
  qty = Number.NaN
  readonly permit: [number, number, number, number, number] = [0, 0, 0, 0, 0]
  features: Float64Array = new Float64Array(0)
}

/** The main thread's side of an intent ring. */
export class IntentRingConsumer {
  readonly #cursors: SpscConsumer
  readonly #views: IntentRingViews
  readonly #intent: ReusedIntent = new ReusedIntent()
  /** by feature count: views are made once, so that reading allocates nothing */
  readonly #features: Float64Array[] = []

  /** @throws ASSERTION when the ring has a consumer */
  constructor(place: IntentRingPlace) {
    this.#cursors = new SpscConsumer(place.words, place.cursorsAt, place.capacity)
    this.#views = viewsOf(place)
    for (let count = 0; count <= place.featuresMax; count++) this.#features.push(new Float64Array(count))
  }

  /** Copies the oldest intent out of the ring and gives its slot back; null when there is none. */
  tryRead(): Intent | null {
    const slot = this.#cursors.peek()
    if (slot < 0) return null
    this.#fill(slot)
    this.#cursors.release()
    return this.#intent
  }

  /** Hands at most `limit` intents to `onIntent` and returns their number. */
  poll(limit: number, onIntent: (intent: Intent) => void): number {
    let count = 0
    while (count < limit) {
      const intent = this.tryRead()
      if (intent === null) break
      count++
      onIntent(intent)
    }
    return count
  }

  /** Intents that wait, as of now. */
  pending(): number {
    return this.#cursors.pending()
  }

  #fill(slot: number): void {
    const { i32, f64, rows } = this.#views
    const i = slot * SLOT_I32
    const f = slot * SLOT_F64
    const row = slot * this.#views.rowLength
    const intent = this.#intent
    const strategyAction = i32[i + INTENT_I32.strategyAction] as number
    intent.strategy = strategyAction >> ACTION_BITS
    intent.action = (strategyAction & ACTION_MASK) as TradingAction
    intent.instrument = i32[i + INTENT_I32.instrument] as number
    for (let word = 0; word < PERMIT_WORDS; word++) {
      intent.permit[word] = i32[i + INTENT_I32.permit + word] as number
    }
    intent.tickSeq = f64[f + INTENT_F64.tickSeq] as number
    intent.tickRecvNs = f64[f + INTENT_F64.tickRecvNs] as number
    intent.decidedNs = f64[f + INTENT_F64.decidedNs] as number
    intent.referencePrice = f64[f + INTENT_F64.referencePrice] as number
    intent.tickEventNs = rows[row + INTENT_ROW.tickEventNs] as number
    intent.limitPrice = rows[row + INTENT_ROW.limitPrice] as number
    intent.qty = rows[row + INTENT_ROW.qty] as number
    const features = this.#features[i32[i + INTENT_I32.featureCount] as number] as Float64Array
    for (let n = 0; n < features.length; n++) features[n] = rows[row + INTENT_ROW.features + n] as number
    intent.features = features
  }
}
