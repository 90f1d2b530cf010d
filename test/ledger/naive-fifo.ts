/**
 * An independent FIFO account to hold the ledger against: every unit is its own lot in a plain array, money is a
 * BigInt from the first line, nothing is optimised and nothing is shared with the code under test.
 */
export interface NaiveFill {
  readonly side: 'buy' | 'sell'
  readonly qty: number
  readonly price: number
}

export interface NaiveAccount {
  readonly position: bigint
  /** price × quantity increments */
  readonly realized: bigint
  readonly cost: bigint
  readonly cash: bigint
  /** price of each open unit, oldest first; units of a short position too */
  readonly units: readonly bigint[]
}

export function naiveFifo(fills: readonly NaiveFill[]): NaiveAccount {
  const units: bigint[] = []
  let long = true
  let realized = 0n
  let cash = 0n
  for (const fill of fills) {
    const buys = fill.side === 'buy'
    const price = BigInt(fill.price)
    for (let unit = 0; unit < fill.qty; unit++) {
      cash += buys ? -price : price
      if (units.length > 0 && long !== buys) {
        const opened = units.shift() as bigint
        realized += long ? price - opened : opened - price
      } else {
        long = buys
        units.push(price)
      }
    }
  }
  const sign = long ? 1n : -1n
  const cost = units.reduce((sum, price) => sum + sign * price, 0n)
  return { position: sign * BigInt(units.length), realized, cost, cash, units }
}
