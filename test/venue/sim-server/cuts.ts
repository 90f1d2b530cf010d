import type { SeededRandom } from '../../../src/core/random.ts'
import type { Player } from '../../../src/venue/sim-server/player.ts'
import { admin } from './rig.ts'

/** Frames that come while a client that was cut is away, and are missed. */
const MISSED = 100

/** Cuts of stream connections at random frames: the market waits for each of them, so that none comes after its end. */
export class Cuts {
  readonly #player: () => Player
  readonly #isUp: () => boolean
  #isSet = false

  constructor(player: () => Player, isUp: () => boolean) {
    this.#player = player
    this.#isUp = isUp
  }

  /** Frames come while a cut is set, and after the last, where there is a connection. The client calls it when it is up. */
  readonly goOn = (): void => {
    if (this.#isSet && this.#isUp()) this.#player().resume()
  }

  /**
   * Resolves when the client is up after the last of them, and everything was played.
   *
   * @param framesMax most frames before a cut
   * @param downs connections that the client has lost
   */
  async run(
    base: string,
    count: number,
    framesMax: number,
    random: SeededRandom,
    downs: () => number,
  ): Promise<void> {
    const player = this.#player()
    player.pause()
    for (let cut = 1; cut <= count; cut++) {
      await admin(base, 'cut', {
        what: 'streams',
        after_frames: 1 + Math.floor(random.next() * framesMax),
        mid_frame: random.next() < 0.5,
        reset: random.next() < 0.5,
      })
      this.#isSet = true
      this.goOn()
      await until(() => downs() >= cut)
      const missed = player.frames + MISSED
      await until(() => player.frames >= missed)
      player.pause()
      this.#isSet = cut === count
    }
    this.goOn()
    await until(() => player.state === 'done' && this.#isUp())
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}
