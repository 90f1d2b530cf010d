import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** Limits against a hang, far beyond what a slow machine needs. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/temp-folder.ts'],
    setupFiles: ['test/child-coverage.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 240_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'json-summary'] },
  },
})
export default config
