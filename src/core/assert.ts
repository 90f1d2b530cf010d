import { TidegateError } from './errors.ts'

/**
 * Programmer errors stop the engine; operating errors never come here.
 *
 * @throws ASSERTION
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TidegateError('ASSERTION', message)
}
