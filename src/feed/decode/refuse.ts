import { DECODE_CODE } from '../../domain/decode-codes.ts'
import type { TickSlots } from '../../domain/tick.ts'
import { isJsonSpace, type JsonJudge } from './json.ts'
import { writeError } from './slots.ts'

/** Judges a frame's text; writes the one ERROR slot and returns 1 when it is refused, else 0. */
export function refuseText(
  judge: JsonJudge,
  bytes: Uint8Array,
  start: number,
  end: number,
  bytesMax: number,
  out: TickSlots,
  slot: number,
): number {
  if (slot >= out.capacity) return 0
  let p = start
  while (p < end && isJsonSpace(bytes[p] as number)) p++
  if (p === end) return writeError(out, slot, DECODE_CODE.empty_frame.n, 0)
  if (end - start > bytesMax) return writeError(out, slot, DECODE_CODE.huge_frame.n, bytesMax)
  const code = judge.judge(bytes, start, end)
  return code === 0 ? 0 : writeError(out, slot, code, judge.at - start)
}
