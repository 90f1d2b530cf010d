import { describe, expect, it } from 'vitest'
import { MainLink } from '../../src/control/main-link.ts'
import type { ToMain } from '../../src/control/messages.ts'
import { Claim } from '../../src/shm/claim.ts'

const REQUEST = { action: 'cancel-all', scope: 'all', text: '', actor: 'ada' } as never

function link() {
  const posted: Extract<ToMain, { kind: 'request' }>[] = []
  const main = new MainLink((message) => posted.push(message as never), 60_000)
  return { main, begin: () => Claim.attach(posted.at(-1)?.claim as SharedArrayBuffer).take(), posted }
}

describe('a request that waits for the main thread', () => {
  it('S8: is given up when the thread ends: expired where it was not begun, unfinished where it was', async () => {
    const { main, begin } = link()
    const begun = main.ask(REQUEST)
    expect(begin()).toBe(true)
    main.onSending(1, 'tg-a-1-1')
    main.onSending(9, 'of nobody')
    const waiting = main.ask(REQUEST)
    main.close()
    expect(await begun).toEqual({ kind: 'unfinished', clientOrderId: 'tg-a-1-1' })
    expect(await waiting).toEqual({ kind: 'expired' })
    expect(begin()).toBe(false)
  })

  it('A4: a reply ends it, and a second one of the same number changes nothing', async () => {
    const { main } = link()
    const asked = main.ask(REQUEST)
    main.onReply(1, { status: 200, body: { n: 1 } })
    main.onReply(1, { status: 500, body: {} })
    expect(await asked).toEqual({ kind: 'reply', reply: { status: 200, body: { n: 1 } } })
  })
})
