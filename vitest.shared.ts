import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Runs tests on the packages' TypeScript sources: nothing is built between an edit and a test. */
export const shared: ViteUserConfig = defineConfig({
  ssr: {
    resolve: {
      conditions: ['@podium/source', 'module', 'node', 'development|production'],
      externalConditions: ['@podium/source', 'node'],
    },
  },
  test: { include: ['src/**/*.test.ts', 'test/**/*.test.ts'], testTimeout: 30_000 },
});
