import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, troubleGraph } from '../../test/graphs.ts';
import { inProcessExecutor, openStore, type RunReport, run } from '../index.ts';

async function make(how: string): Promise<RunReport['instances'][number]> {
  const store = await openStore(join(temporaryFolder(), 'store'));
  const report = await run(troubleGraph(how), store, inProcessExecutor(), { engine: 'e1' });
  return report.instances[0]!;
}

test.each([
  ['rng', 'stage-not-random'],
  ['stray', 'stage-output-undeclared'],
  ['missing', 'stage-output-missing'],
  ['folder', 'stage-output-kind'],
  ['problem', 'my-problem'],
])('%s: rejected with %s', async (how, code) => {
  expect((await make(how)).error?.code).toBe(code);
});

test('scratch files are deleted', async () => {
  const { manifest } = await make('scratch');
  expect(manifest?.files.map(({ path }) => path)).toEqual(['out']);
});
