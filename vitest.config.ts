import { defineConfig, type ViteUserConfig } from 'vitest/config'

/**
 * Limits against a hang, far beyond what a slow machine needs. A test whose time was over, and no other, runs once more:
 * it may have waited for something that a machine under load let pass. `npm test` names it.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/temp-folder.ts'],
    setupFiles: ['test/child-coverage.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 240_000,
    retry: { count: 1, condition: /^Test timed out in/ },
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'json-summary'] },
  },
})
export default config
