import { describe, expect, it } from 'vitest'
import {
  actionToSide,
  sideSign,
  sideToAction,
  TradingAction,
  toTradingAction,
  tradingActionName,
} from '../../src/domain/action.ts'

describe('actions', () => {
  it.each([
    [TradingAction.HOLD, 'HOLD', null],
    [TradingAction.BUY, 'BUY', 'buy'],
    [TradingAction.SELL, 'SELL', 'sell'],
  ] as const)('P2: action type conversion: %i is %s is side %s, both ways', (action, name, side) => {
    expect([toTradingAction(action), toTradingAction(name)]).toEqual([action, action])
    expect([tradingActionName(action), actionToSide(action)]).toEqual([name, side])
    if (side === null) return
    expect([sideToAction(side), sideToAction(side.toUpperCase())]).toEqual([action, action])
    expect(sideSign(side)).toBe(action === TradingAction.BUY ? 1 : -1)
  })

  it('P2: all action conversions: HOLD, BUY and SELL are all that there are, and anything else is an error', () => {
    expect(Object.entries(TradingAction)).toEqual([
      ['HOLD', 0],
      ['BUY', 1],
      ['SELL', 2],
    ])
    const odd = [
      3,
      -1,
      0.5,
      Number.NaN,
      '0',
      '1',
      'buy',
      'Hold',
      '',
      'LONG',
      null,
      undefined,
      true,
      1n,
      [],
      {},
    ]
    for (const value of odd)
      expect(() => toTradingAction(value)).toThrow('is not HOLD (0), BUY (1) or SELL (2)')
    for (const side of ['', 'hold', 'b', '1']) expect(() => sideToAction(side)).toThrow('is not buy or sell')
  })
})
