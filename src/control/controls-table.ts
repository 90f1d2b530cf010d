import type { Control } from './control-row.ts'
import { OPERATION_CONTROLS } from './controls-operation.ts'
import { ORDER_CONTROLS } from './controls-orders.ts'

/*
 * The controls that supervisors and exchanges ask of automated trading, one row each, and what this engine has for
 * them. They are anchors for who runs it, not legal advice. Sources: Commission Delegated Regulation (EU) 2017/589
 * (RTS 6), 2017/574 (RTS 25), SEC rule 15c3-5 and release 34-70694 (Knight Capital), CME Globex risk controls, FIA's
 * guides on automated trading risk controls.
 */

/** All rows, in the order of the checklist. */
export const CONTROLS: readonly Control[] = [...ORDER_CONTROLS, ...OPERATION_CONTROLS]
