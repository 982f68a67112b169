import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { longWheel, makeSandbox, type Sandbox } from './fake-tensorflow.ts';
import { type IndexOptions, startIndex } from './processes.ts';
import { attemptsAt, expectSound, setUp } from './set-up.ts';

test('a download reports its size and destination first, and is checked', async () => {
  const { sandbox, wheel } = await withIndex({});
  const result = await setUp(sandbox);
  expect(result.library?.source).toBe('wheel');
  const [download] = result.events.filter(({ type }) => type === 'download');
  expect(download).toMatchObject({
    folder: sandbox.cache,
    file: expect.stringMatching(/^tensorflow.*\.whl$/),
  });
  const bytes = download?.type === 'download' ? (download.bytes ?? 0) : 0;
  // pip rounds to a tenth of a megabyte.
  expect(Math.abs(bytes - wheel.length)).toBeLessThan(100_000);
});

test('a wheel whose SHA-256 differs from the index is rejected', async () => {
  const { sandbox, plain, wheel } = await withIndex({ sha256: '0'.repeat(64) });
  const result = await setUp(sandbox);
  expect(result.library).toBeUndefined();
  const actual = createHash('sha256').update(wheel).digest('hex');
  expect(attemptsAt('wheel', result)).toEqual([
    expect.stringContaining(
      `an incomplete download, or another file): expected SHA-256 ${'0'.repeat(64)}, got ${actual}`,
    ),
  ]);
  expect(readdirSync(sandbox.cache)).toEqual([]);
  await expectSound(plain);
});

test('a lost connection leaves nothing behind', async () => {
  const { sandbox, plain } = await withIndex({ stop: { after: 0.5, how: 'cut' } });
  const result = await setUp(sandbox);
  expect(result.library).toBeUndefined();
  expect(attemptsAt('wheel', result)).toEqual([
    expect.stringMatching(/^failed: .*(connection was lost|an incomplete download)/),
  ]);
  expect(readdirSync(sandbox.cache)).toEqual([]);
  await expectSound(plain);
});

test('without a network every source reports it, and a later installation works', async () => {
  const sandbox = makeSandbox();
  const env = {
    ...sandbox.env,
    PIP_NO_INDEX: 'false',
    PIP_FIND_LINKS: '',
    PIP_INDEX_URL: 'http://127.0.0.1:1/simple',
  };
  const result = await setUp({ ...sandbox, env });
  expect(result.library).toBeUndefined();
  expect(attemptsAt('wheel', result)).toEqual([
    expect.stringMatching(
      /^failed: no network: pip cannot reach its package index at 127\.0\.0\.1:1 \(Connection refused\)/,
    ),
  ]);
  expect(attemptsAt('upstream', result)).toEqual([expect.stringMatching(/^failed: .*ECONNREFUSED/)]);
  expect(readdirSync(sandbox.cache)).toEqual([]);
  await expectSound(sandbox);
});

/** A sandbox with its own package index, and the same one with an ordinary folder of wheels. */
async function withIndex(
  options: Partial<IndexOptions>,
): Promise<{ readonly sandbox: Sandbox; readonly plain: Sandbox; readonly wheel: Uint8Array }> {
  const wheel = longWheel();
  const sha256 = createHash('sha256').update(wheel).digest('hex');
  const { env } = await startIndex(wheel, { sha256, ...options });
  const plain = makeSandbox();
  return { plain, sandbox: { ...plain, env: { ...plain.env, ...env } }, wheel };
}
