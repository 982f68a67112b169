import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { competition, competitionGraph, temporaryFolder, troubleGraph } from '../../test/graphs.ts';
import {
  decodeRunRecord,
  diffRuns,
  encodeRunRecord,
  inProcessExecutor,
  openStore,
  type RunRecord,
  readRunRecord,
  recordOf,
  renderRunDifference,
  run,
} from '../index.ts';

async function record(options: { readonly lr?: number } = {}, engine = 'e1'): Promise<RunRecord> {
  const folder = temporaryFolder();
  const graph = competitionGraph(competition(folder), options);
  const report = await run(graph, await openStore(join(folder, 'store')), inProcessExecutor(), { engine });
  const described = recordOf(graph, report, {
    gitCommit: 'abc',
    versions: { node: '20' },
    results: { cv: 0.9 },
  });
  // The folder's name is not part of the comparison.
  return { ...described, sources: { data: { ...described.sources.data, path: 'data' } as never } };
}

test('survives encoding and decoding, and equal runs have equal texts', async () => {
  const first = await record();
  const text = encodeRunRecord(first);
  expect(decodeRunRecord(text)).toEqual(JSON.parse(text));
  expect(encodeRunRecord(decodeRunRecord(text))).toBe(text);
  expect(encodeRunRecord(await record())).toBe(text);
  const file = join(temporaryFolder(), 'run.json');
  writeFileSync(file, text);
  expect(await readRunRecord(file)).toEqual(JSON.parse(text));
  await expect(readRunRecord(`${file}x`)).rejects.toMatchObject({ code: 'file-not-found' });
});

test('differences between runs as text', async () => {
  const [a, b] = [await record(), await record({ lr: 0.2 }, 'e2')];
  expect(diffRuns(a, a)).toEqual([]);
  expect(diffRuns(a, { ...b, gitCommit: 'def' }).map(renderRunDifference)).toEqual([
    'engine version: "e1" -> "e2"',
    'git commit: "abc" -> "def"',
    'train[fold=0]: setting lr: 0.1 -> 0.2',
    'train[fold=1]: setting lr: 0.1 -> 0.2',
  ]);
  const without = { ...a, instances: a.instances.slice(0, -1) };
  expect(diffRuns(without, a).map(renderRunDifference)).toEqual(['blend: added']);
});

test('different bytes from the same inputs are a difference', async () => {
  const a = await record();
  const instances = a.instances.map((item) => ({
    ...item,
    outputs: Object.fromEntries(
      Object.entries(item.outputs).map(([name, output]) => [
        name,
        item.name === 'blend' ? { ...output, sha256: 'f'.repeat(64) } : output,
      ]),
    ),
  }));
  expect(diffRuns(a, { ...a, instances }).map(renderRunDifference)).toEqual([
    expect.stringMatching(
      /^blend: same inputs, but a different submission \([0-9a-f]{12} -> ffffffffffff\)$/,
    ),
  ]);
});

test.each<[string, (text: string) => string, string, RegExp]>([
  ['invalid JSON', (text) => text.slice(1), 'record-not-json', /run\.json: expected a run record/],
  [
    'an unknown format',
    (text) => text.replace('podium-run-1', 'podium-run-9'),
    'record-invalid',
    /run\.json format: expected podium-run-1/,
  ],
  [
    'an unknown key',
    (text) => text.replace('"engine"', '"engin"'),
    'record-invalid',
    /engin.*did you mean "engine"/,
  ],
  [
    'a setting that was edited',
    (text) => text.replace('"lr": 0.1', '"lr": 0.2'),
    'record-edited',
    /instances\[1\].*train\[fold=0\]/,
  ],
  ['another engine', (text) => text.replace('"e1"', '"e2"'), 'record-edited', /split/],
  [
    'a reference to nothing',
    (text) => text.replace('"from": "split"', '"from": "nothing"'),
    'record-edited',
    /train/,
  ],
])('rejects %s', async (_, edit, code, message) => {
  const text = edit(encodeRunRecord(await record()));
  expect(() => decodeRunRecord(text, 'run.json')).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

test('a run that failed has no record', async () => {
  const graph = troubleGraph('problem');
  const store = await openStore(join(temporaryFolder(), 'store'));
  const report = await run(graph, store, inProcessExecutor(), { engine: 'e' });
  expect(() => recordOf(graph, report)).toThrow(expect.objectContaining({ code: 'record-incomplete' }));
});
