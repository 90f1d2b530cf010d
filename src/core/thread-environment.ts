/** Where Node keeps compiled modules; a thread that does not know it strips and compiles all of its own again. */
const COMPILE_CACHE = 'NODE_COMPILE_CACHE'

/**
 * What a thread sees of the process' environment: it holds the venues' keys, so nothing but the place of the compiled
 * modules and what is named here.
 */
export function threadEnvironment(...names: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const name of [COMPILE_CACHE, ...names]) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  return environment
}
