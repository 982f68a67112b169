import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const vitest = join(createRequire(import.meta.url).resolve('vitest/package.json'), '..', 'vitest.mjs');

function run(...words: string[]) {
  const root = join(import.meta.dirname, '..');
  const config = join(root, 'test', 'skips', 'vitest.config.ts');
  return spawnSync(process.execPath, [vitest, 'run', '--root', root, '--config', config, ...words], {
    encoding: 'utf8',
  });
}

test('a skipped test fails the run, unless its reason is allowed', () => {
  const { status, stderr } = run();
  expect(status).toBe(1);
  expect(stderr.split('\n').filter((line) => line.startsWith('  '))).toEqual([
    '  test/skips/some.ts: outer > inner (no reason given)',
    '  test/skips/some.ts: skips for a reason of its own (it rains)',
    '  test/skips/some.ts: is not written (no reason given)',
  ]);
});

test('tests may be selected by name', () => {
  expect(run('-t', 'runs').status).toBe(0);
});
