import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { failOnSkips, inCI } from './packages/test-kit/src/skips.ts';

const conditions = ['@podium/source', 'module', 'node', 'development|production'];

/** Runs tests on the packages' TypeScript sources: nothing is built between an edit and a test. */
export const shared: ViteUserConfig = defineConfig({
  // The first serves global set-ups, the second tests.
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@podium/source', 'node'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: [fileURLToPath(new URL('./vitest.setup.ts', import.meta.url))],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    ...(inCI ? { reporters: ['default', failOnSkips()] } : {}),
  },
});
