import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nameProblems, readSettings, settingsSchema } from '@podium/competition';
import { writeMaskCompetition } from '@podium/dataset/testing';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { createSettings } from './create-settings.ts';
import { assumeDefaults, type Questions } from './questions.ts';
import { settingKeys, settingsText } from './settings-text.ts';

const terminal = recordingTerminal();
const context = { terminal, signal: new AbortController().signal };

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-init-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function leaves(folder: string): Promise<void> {
  mkdirSync(join(folder, 'images'), { recursive: true });
  const rows = ['id,label,site'];
  const sample = ['id,label'];
  for (let i = 0; i < 12; i++) {
    const image = sharp({
      create: { width: 16, height: 16, channels: 3, background: { r: i * 20, g: 9, b: 200 - i * 9 } },
    });
    await image.png().toFile(join(folder, 'images', `${i}.png`));
    if (i < 8) rows.push(`${i}.png,${i % 2 === 0 ? 'oak' : 'elm'},p${i >> 1}`);
    else sample.push(`${i}.png,oak`);
  }
  writeFileSync(join(folder, 'train.csv'), `${rows.join('\n')}\n`);
  writeFileSync(join(folder, 'sample_submission.csv'), `${sample.join('\n')}\n`);
}

test('the file has every key, and uncommenting all of them gives valid settings', async () => {
  const text = settingsText({ competition: 'masks', data: { folder: 'data' } });
  for (const key of settingKeys()) expect(text).toContain(`${key.split('.').at(-1)}:`);
  expect(settingsSchema.parse(parse(text))).toEqual(
    settingsSchema.parse({ competition: 'masks', data: { folder: 'data' } }),
  );
  const uncommented = parse(text.replaceAll(/^#((?: {2})?[A-Za-z]+:)/gm, '$1')) as object;
  expect(Object.keys(uncommented).sort()).toEqual(Object.keys(settingsSchema.shape).sort());
  const settings = settingsSchema.parse(uncommented);
  const problems = await nameProblems(settings, '/nowhere');
  // The only problems are folders and files that do not exist, and what depends on other settings.
  for (const { path, expected } of problems)
    expect([path?.key, expected]).toEqual([
      expect.stringMatching(/folder$|module$|^pseudo.(models|ratio)|^train.swa$/),
      expect.anything(),
    ]);
});

test('a mask competition gets three heads, and only metric, preset and name are assumed', async () => {
  const folder = temporaryFolder();
  await writeMaskCompetition(join(folder, 'data'), { people: 60, testPeople: 2, width: 24, height: 32 });
  const file = join(folder, 'podium.yaml');
  terminal.logged.length = 0;
  await createSettings(context, join(folder, 'data'), assumeDefaults(terminal), {
    out: file,
    force: false,
    inspect: true,
  });
  const { settings } = await readSettings(folder);
  expect(settings.data).toMatchObject({
    folder: 'data',
    layout: 'person-folders',
    options: { heads: 'both' },
  });
  expect(settings.heads.combine).toEqual({ into: 'class', from: ['mask', 'gender', 'age'] });
  expect(terminal.logged.filter((line) => line.startsWith('assumed: '))).toHaveLength(3);
  expect(readFileSync(file, 'utf8')).toContain('Detected: train/train.csv has the columns');
  await expect(
    createSettings(context, join(folder, 'data'), assumeDefaults(terminal), {
      out: file,
      force: false,
      inspect: false,
    }),
  ).rejects.toThrow(/this file already exists/);
});

test('the group column is asked for, and answers are written', async () => {
  const folder = temporaryFolder();
  await leaves(join(folder, 'data'));
  const asked: string[] = [];
  const questions: Questions = {
    text: async () => 'Leaves of 2026',
    choose: async (question, choices, defaultValue) => {
      asked.push(question);
      if (question.startsWith('Which column'))
        return choices.find(({ value }) => value === 'site')?.value ?? defaultValue;
      return question.startsWith('Which metric') ? 'accuracy' : defaultValue;
    },
  };
  const out = join(folder, 'podium.yaml');
  await createSettings(context, join(folder, 'data'), questions, { out, force: false, inspect: false });
  const { settings } = await readSettings(folder);
  expect(settings).toMatchObject({
    competition: 'Leaves of 2026',
    metric: 'accuracy',
    data: { options: { group: 'site' } },
  });
  expect(asked[0]).toMatch(/^Which column groups images that belong together/);
});

test('the competition folder is detected; none, several, or settings inside of it are errors', async () => {
  const folder = temporaryFolder();
  const options = { out: join(folder, 'podium.yaml'), force: true, inspect: false };
  await expect(createSettings(context, undefined, assumeDefaults(terminal), options)).rejects.toThrow(
    /no folder here looks like/,
  );
  await leaves(join(folder, 'data', 'leaves'));
  const { settings } = await createSettings(context, undefined, assumeDefaults(terminal), options);
  expect(settings).toMatchObject({ competition: 'leaves', data: { folder: 'data/leaves' } });
  rmSync(join(folder, 'data'), { recursive: true });
  await leaves(join(folder, 'leaves'));
  await leaves(join(folder, 'more'));
  await expect(createSettings(context, undefined, assumeDefaults(terminal), options)).rejects.toThrow(
    /several competition folders/,
  );
  const inside = { ...options, out: join(folder, 'leaves', 'podium.yaml') };
  await expect(
    createSettings(context, join(folder, 'leaves'), assumeDefaults(terminal), inside),
  ).rejects.toThrow(/mix results with the data/);
});

/** Runs `use` in a folder, as people stand there. */
async function inFolder<T>(folder: string, use: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await use();
  } finally {
    process.chdir(before);
  }
}

test('a second competition gets a folder of its own, and the same one is not overwritten', async () => {
  const folder = temporaryFolder();
  await leaves(join(folder, 'data', 'leaves'));
  await leaves(join(folder, 'data', 'trees'));
  await leaves(join(folder, 'bark'));
  const init = (data: string) =>
    inFolder(folder, () =>
      createSettings(context, data, assumeDefaults(terminal), { force: false, inspect: false }),
    );
  expect((await init('data/leaves')).file).toBe(join(folder, 'podium.yaml'));
  await expect(init('data/leaves')).rejects.toThrow(/^podium\.yaml: this file already exists/);
  const trees = await init('data/trees');
  expect(trees.file).toBe(join(folder, 'trees', 'podium.yaml'));
  expect(trees.settings.data.folder).toBe('../data/trees');
  expect((await readSettings(join(folder, 'trees'))).settings.competition).toBe('trees');
  await expect(init('data/trees')).rejects.toThrow(/^trees\/podium\.yaml: this file already exists/);
  writeFileSync(join(folder, 'trees', 'podium.config.ts'), 'export default {};\n');
  rmSync(join(folder, 'trees', 'podium.yaml'));
  const beside = await inFolder(join(folder, 'trees'), () =>
    createSettings(context, '../data/trees', assumeDefaults(terminal), { force: true, inspect: false }),
  );
  expect(beside.file).toBe(join(folder, 'trees', 'trees', 'podium.yaml'));
  // A folder of the same name is the data.
  expect((await init('bark')).file).toBe(join(folder, 'bark-runs', 'podium.yaml'));
  expect((await readSettings(folder)).settings.competition).toBe('leaves');
});

test('who is asked may choose a folder of its own at once', async () => {
  const folder = temporaryFolder();
  await leaves(join(folder, 'data', 'leaves'));
  const questions: Questions = {
    text: async (_, answer) => answer,
    choose: async (question, choices, answer) =>
      question.startsWith('Where do the settings')
        ? (choices.find(({ label }) => label.includes('a folder of its own'))?.value ?? answer)
        : answer,
  };
  const { file } = await inFolder(folder, () =>
    createSettings(context, 'data/leaves', questions, { force: false, inspect: false }),
  );
  expect(file).toBe(join(folder, 'leaves', 'podium.yaml'));
});

test('a column that is named like a group and repeats is the group, unless somebody says otherwise', async () => {
  const folder = temporaryFolder();
  await leaves(join(folder, 'data'));
  const table = [
    'id,label,group',
    ...Array.from({ length: 12 }, (_, i) => `${i}.png,${i % 2 === 0 ? 'oak' : 'elm'},g${i >> 1}`),
  ];
  writeFileSync(join(folder, 'data', 'train.csv'), `${table.join('\n')}\n`);
  const options = { out: join(folder, 'podium.yaml'), force: true, inspect: false };
  terminal.logged.length = 0;
  const assumed = await createSettings(context, join(folder, 'data'), assumeDefaults(terminal), options);
  expect(assumed.settings.data.options).toEqual({ group: 'group' });
  expect(assumed.notes['data.options']).toMatch(
    /^"group" groups rows, .*: it is named like a group and has 6 values/,
  );
  expect(terminal.logged).toContainEqual(
    expect.stringMatching(/^assumed: Which column groups .* group: 6 different values/),
  );
  const none: Questions = {
    text: async (_, answer) => answer,
    choose: async (question, _, answer) => (question.startsWith('Which column') ? '' : answer),
  };
  const answered = await createSettings(context, join(folder, 'data'), none, options);
  expect(answered.settings.data.options).toEqual({ group: false });
});

test('what a run would stop at is said at once', async () => {
  const folder = temporaryFolder();
  await leaves(join(folder, 'data'));
  const options = { out: join(folder, 'podium.yaml'), force: true, inspect: true };
  const init = () => createSettings(context, join(folder, 'data'), assumeDefaults(terminal), options);
  expect((await init()).blocker).toBeUndefined();
  writeFileSync(join(folder, 'data', 'images', '9.png'), 'no image');
  expect((await init()).blocker?.message).toMatch(/unreadable-images.*test row.*9\.png/s);
});
