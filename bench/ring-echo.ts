import { createIntent } from '../src/action/intent.ts'
import type { HandlerContext, TickHandler } from '../src/engine/worker-task.ts'

/** A strategy that costs nothing: every tick gives an intent, or none where it is told to be silent. */
export function createTickHandler(context: HandlerContext): TickHandler {
  const intent = createIntent(0, 0, new Float64Array(8))
  const silent = context.data === 'silent'
  return {
    onTick(_slots, _slot, tickSeq) {
      if (silent) return 0
      intent.tickSeq = tickSeq
      return context.intents.write(intent) ? 1 : 0
    },
  }
}
