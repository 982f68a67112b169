import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEngine } from '@podium/engine';
import { beforeAll, expect, test } from 'vitest';
import { compareModel, type ModelReference } from './model-parity.ts';

const folder = join(import.meta.dirname, '..', 'fixtures', 'parity');

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

test.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('%s', (file) => {
  const reference = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ModelReference;
  for (const { what, deviation, limit, where } of compareModel(reference)) {
    expect(deviation, `${what} ${where ?? ''}`).toBeLessThanOrEqual(limit);
  }
});
