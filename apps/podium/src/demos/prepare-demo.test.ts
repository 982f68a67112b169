import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsSchema } from '@podium/competition';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import type { Demo, DemoContext } from './demo.ts';
import { demos } from './index.ts';
import { prepareDemo } from './prepare-demo.ts';
import { scoreAnswers } from './score-answers.ts';

const terminal = { out: () => {}, say: () => {}, status: () => {}, isWatched: false };
const context: DemoContext = { terminal, signal: new AbortController().signal, env: {} };

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'podium-demo-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function drawn(write: Demo['write']): Demo {
  const settings = (competition: string, data: string) =>
    `competition: ${competition}\ndata: { folder: ${data} }\n`;
  return { name: 'drawn', summary: '', notice: [], folderName: () => 'drawn', write, settings };
}

const good = drawn(async (place) => {
  await writeFile(join(place, 'train.csv'), 'id,label\n');
  return [
    ['1', 'cat', '1'],
    ['2', 'dog', '1'],
  ];
});

test('the competition, its settings and its answers lie beside each other; what is there stays', async () => {
  const root = join(folder(), 'data');
  const { settings, answers } = await prepareDemo(good, root, {}, context);
  expect(readdirSync(root).sort()).toEqual(['drawn', 'drawn.answers.csv', 'drawn.yaml']);
  expect(readFileSync(answers, 'utf8')).toBe('id,label,group\n1,cat,1\n2,dog,1\n');
  writeFileSync(settings, 'mine');
  const never = drawn(async () => expect.unreachable());
  await prepareDemo(never, root, {}, context);
  expect(readFileSync(settings, 'utf8')).toBe('mine');
});

test('a folder that could not be finished is not there', async () => {
  const root = join(folder(), 'data');
  const broken = drawn(async (place) => {
    await writeFile(join(place, 'train.csv'), 'id');
    throw new Error('in the middle');
  });
  await expect(prepareDemo(broken, root, {}, context)).rejects.toThrow('in the middle');
  expect(readdirSync(root)).toEqual([]);
});

test.each([...demos])('$name has settings that are right, with and without weights', (demo) => {
  const settings = parse(demo.settings('name', 'place')) as object;
  expect(settingsSchema.parse(settings)).toMatchObject({ competition: 'name', data: { folder: 'place' } });
  settingsSchema.parse({ ...settings, ...demo.withoutWeights });
});

test('a submission is scored against the answers by id, over groups', async () => {
  const root = folder();
  writeFileSync(join(root, 'given.csv'), 'ImageId,Label\n2,a\n1,b\n3,b\n4,a\n');
  writeFileSync(join(root, 'answers.csv'), 'id,label,group\n1,b,p\n2,a,p\n3,a,q\n4,a,r\n');
  const score = await scoreAnswers(join(root, 'given.csv'), join(root, 'answers.csv'), 'accuracy');
  expect(score).toMatchObject({ estimate: 0.75, rows: 4 });
  expect(score.low).toBeLessThan(0.75);
});
