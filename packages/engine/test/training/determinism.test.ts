import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeNative, hasBfloat16, testNative } from '../native.ts';

const run = promisify(execFile);

interface Run {
  readonly hash: string;
  readonly losses: number[];
}

async function train(precision: string, threads: number, seed: string): Promise<Run> {
  const script = join(import.meta.dirname, 'train.ts');
  const node = ['--conditions=@podium/source', '--import', 'tsx', script, precision, String(threads), seed];
  const { stdout, stderr } = await run(process.execPath, node);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Run;
}

describeNative.each(hasBfloat16 ? ['float32', 'bfloat16'] : ['float32'])(
  'training a convolutional net with batch norm in %s',
  (precision) => {
    test('the same seed gives the same bits, another seed others', async () => {
      const first = await train(precision, 2, 'a');
      expect(first.losses.every(Number.isFinite)).toBe(true);
      expect(await train(precision, 2, 'a')).toEqual(first);
      expect((await train(precision, 2, 'b')).hash).not.toBe(first.hash);
    });
  },
);

testNative('another number of threads changes only rounding', async () => {
  const two = await train('float32', 2, 'a');
  const one = await train('float32', 1, 'a');
  one.losses.forEach((loss, i) => {
    expect(loss).toBeCloseTo(two.losses[i]!, 4);
  });
});
