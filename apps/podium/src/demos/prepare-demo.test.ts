import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsSchema } from '@podium/competition';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import type { Demo, DemoContext } from './demo.ts';
import { demos } from './index.ts';
import { prepareDemo } from './prepare-demo.ts';
import { scoreSubmission } from './score-submission.ts';

const context: DemoContext = {
  terminal: recordingTerminal(),
  signal: new AbortController().signal,
  env: {},
};

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-demo-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function demoWith(write: Demo['write']): Demo {
  const settings = (competition: string, data: string) =>
    `competition: ${competition}\ndata: { folder: ${data} }\n`;
  return { name: 'small', summary: '', notice: [], folderName: () => 'small', write, settings };
}

const small = demoWith(async (folder) => {
  await writeFile(join(folder, 'train.csv'), 'id,label\n');
  return [
    ['1', 'cat', '1'],
    ['2', 'dog', '1'],
  ];
});

test('writes the competition, its settings and its answers; existing files stay', async () => {
  const root = join(temporaryFolder(), 'data');
  const { settings, answers } = await prepareDemo(small, root, {}, context);
  expect(readdirSync(root).sort()).toEqual(['small', 'small.answers.csv', 'small.yaml']);
  expect(readFileSync(answers, 'utf8')).toBe('id,label,group\n1,cat,1\n2,dog,1\n');
  writeFileSync(settings, 'mine');
  const unreachable = demoWith(async () => expect.unreachable());
  await prepareDemo(unreachable, root, {}, context);
  expect(readFileSync(settings, 'utf8')).toBe('mine');
});

test('a failed demo leaves no files', async () => {
  const root = join(temporaryFolder(), 'data');
  const failing = demoWith(async (folder) => {
    await writeFile(join(folder, 'train.csv'), 'id');
    throw new Error('halfway');
  });
  await expect(prepareDemo(failing, root, {}, context)).rejects.toThrow('halfway');
  expect(readdirSync(root)).toEqual([]);
});

test.each([...demos])('$name has valid settings, with and without weights', (demo) => {
  const settings = parse(demo.settings('name', 'folder')) as object;
  expect(settingsSchema.parse(settings)).toMatchObject({ competition: 'name', data: { folder: 'folder' } });
  settingsSchema.parse({ ...settings, ...demo.withoutWeights });
});

test('a submission is matched to the answers by id, and its interval is over groups', async () => {
  const root = temporaryFolder();
  writeFileSync(join(root, 'submission.csv'), 'ImageId,Label\n2,a\n1,b\n3,b\n4,a\n');
  writeFileSync(join(root, 'answers.csv'), 'id,label,group\n1,b,p\n2,a,p\n3,a,q\n4,a,r\n');
  const score = await scoreSubmission(join(root, 'submission.csv'), join(root, 'answers.csv'), 'accuracy');
  expect(score).toMatchObject({ estimate: 0.75, rows: 4 });
  expect(score.low).toBeLessThan(0.75);
});
