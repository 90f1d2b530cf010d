import { createHash } from 'node:crypto'
import { runTape, type TapeDocument } from '../../src/engine/tape.ts'
import type { TradeBars } from '../../src/engine/tape-bars.ts'
import type { TapeSymbol } from '../../src/engine/tape-symbol.ts'
import { fixture } from '../feed/fixtures.ts'

export async function tape(names: readonly string[], bars: readonly TradeBars[] = []): Promise<TapeDocument> {
  return runTape(names.map(fixture), { native: 'off', extraBars: () => bars })
}

/** The one symbol of a document. */
export function only(document: TapeDocument): TapeSymbol {
  const symbols = Object.values(document.symbols)
  if (symbols.length !== 1) throw new Error(`${symbols.length} symbols`)
  return symbols[0] as TapeSymbol
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
