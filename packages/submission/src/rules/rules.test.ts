import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rules } from './registry.ts';

test.each(rules.list())('$name says what it demands, and has tests', ({ name, summary }) => {
  expect(summary.length).toBeGreaterThan(10);
  expect(existsSync(join(import.meta.dirname, `${name}.test.ts`))).toBe(true);
});
