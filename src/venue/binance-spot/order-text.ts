import type { Instrument } from '../../domain/instrument.ts'
import type { OrderRequest, OrderType } from '../../domain/order.ts'
import { incrementText } from './increment-text.ts'
import type { PrefixSigner, Signer } from './signer.ts'

const TYPE_NAMES: Readonly<Record<OrderType, string>> = {
  market: 'MARKET',
  limit: 'LIMIT',
  stop: 'STOP_LOSS',
  stop_limit: 'STOP_LOSS_LIMIT',
}

/**
 * Text of `order.place` requests. Parameters are written in alphabetical order, which is the order of the signature's
 * payload; a session that is logged on (Ed25519) carries neither key nor signature.
 */
export class OrderText {
  readonly #apiKey: string
  /** null in a session */
  readonly #signer: PrefixSigner | null
  readonly #recvWindowMs: number

  constructor(signer: Signer, recvWindowMs: number) {
    this.#apiKey = signer.apiKey
    this.#signer =
      signer.type === 'hmac' ? signer.prefixed(`apiKey=${signer.apiKey}&newClientOrderId=`) : null
    this.#recvWindowMs = recvWindowMs
  }

  /** Off the order path: makes signatures ready. */
  prepare(): void {
    this.#signer?.prepare()
  }

  /** @param timestampMs the venue's time, ms since 1970 */
  place(id: number, order: OrderRequest, instrument: Instrument, timestampMs: number): string {
    const { priceIncrement, qtyIncrement } = instrument
    const type = TYPE_NAMES[order.type]
    const side = order.side === 'buy' ? 'BUY' : 'SELL'
    const qty = incrementText(order.qty, qtyIncrement)
    const price = order.price === null ? null : incrementText(order.price, priceIncrement)
    const stop = order.stopPrice === null ? null : incrementText(order.stopPrice, priceIncrement)
    const timed = price !== null
    const json =
      `"newClientOrderId":"${order.clientOrderId}","newOrderRespType":"ACK"` +
      (price === null ? '' : `,"price":"${price}"`) +
      `,"quantity":"${qty}","recvWindow":${this.#recvWindowMs},"side":"${side}"` +
      (stop === null ? '' : `,"stopPrice":"${stop}"`) +
      `,"symbol":"${instrument.symbol}"` +
      (timed ? `,"timeInForce":"${order.timeInForce}"` : '') +
      `,"timestamp":${timestampMs},"type":"${type}"`
    const signer = this.#signer
    if (signer === null) return `{"id":${id},"method":"order.place","params":{${json}}}`
    const signature = signer.sign(
      `${order.clientOrderId}&newOrderRespType=ACK` +
        (price === null ? '' : `&price=${price}`) +
        `&quantity=${qty}&recvWindow=${this.#recvWindowMs}&side=${side}` +
        (stop === null ? '' : `&stopPrice=${stop}`) +
        `&symbol=${instrument.symbol}` +
        (timed ? `&timeInForce=${order.timeInForce}` : '') +
        `&timestamp=${timestampMs}&type=${type}`,
    )
    return `{"id":${id},"method":"order.place","params":{"apiKey":"${this.#apiKey}",${json},"signature":"${signature}"}}`
  }
}
