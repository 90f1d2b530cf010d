import { it } from 'vitest'
import type { HttpServer } from '../../src/control/http-server.ts'
import { chooseServer, type ServerPreference } from '../../src/control/server-choice.ts'

/** A server that the contract suites hold to the same behaviour. */
export interface ServerUnderTest {
  readonly server: HttpServer
  /** what an engine is configured with to have it */
  readonly preference: ServerPreference
}

const UWS_NAME = 'uWebSockets.js'
const auto = chooseServer('auto')

export const NODE: ServerUnderTest = { server: chooseServer('node').server, preference: 'node' }
/** Null where it does not load; `UWS_WHY` says why. */
export const UWS: ServerUnderTest | null =
  auto.server.implementation === UWS_NAME ? { server: auto.server, preference: 'uws' } : null
export const UWS_WHY: string = auto.why

/** Runs a suite on each server that there is; one that is not there is a skipped test that says why. */
export function onEachServer(suite: (under: ServerUnderTest) => void): void {
  suite(NODE)
  if (UWS !== null) suite(UWS)
  else it(`A8: the same on ${UWS_NAME} (npm run test:uws)`, ({ skip }) => skip(UWS_WHY))
}
