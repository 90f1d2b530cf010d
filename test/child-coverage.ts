/*
 * In a coverage run threads and child processes write what they ran into a folder of their own, for `scripts/coverage.mjs`.
 * This process is counted by vitest, so the variable is set only once it runs.
 */
const folder = process.env['COVERAGE_FOLDER']
if (folder !== undefined) process.env['NODE_V8_COVERAGE'] = folder

/** What a child needs whose environment is made from nothing. */
export function coverageEnv(): Record<string, string> {
  return folder === undefined ? {} : { NODE_V8_COVERAGE: folder }
}
