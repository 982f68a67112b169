import { defineConfig } from 'vitest/config';
import { failOnSkips } from '../../src/skips.ts';

export default defineConfig({ test: { include: ['test/skips/some.ts'], reporters: [failOnSkips()] } });
