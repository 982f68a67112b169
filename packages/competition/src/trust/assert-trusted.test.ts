import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settingsOf } from '../run/run-competition.ts';
import { readSettings } from '../settings/read-settings.ts';
import { settingsSchema } from '../settings/schema.ts';
import { assertTrusted, type TrustAnswer, type TrustRequest } from './assert-trusted.ts';
import { codeFiles } from './code-files.ts';
import { codeOfSettings, outsideOfSettings } from './code-of-settings.ts';
import { trustedFile, trustFolder } from './trusted-file.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-trust-')));
  rmSync(trustedFile(), { force: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Answers, and keeps what was asked. */
function asking(...answers: TrustAnswer[]) {
  const asked: TrustRequest[] = [];
  const trust = async (request: TrustRequest) => {
    asked.push(request);
    return answers.shift() ?? 'no';
  };
  return { asked, trust };
}

test('code runs only if it is trusted; the error names it, its hash and the cure', async () => {
  const file = write('stage.ts', 'export const a = 1;');
  const wanted = { folder, modules: [file] };
  const error: unknown = await assertTrusted(wanted).catch((problem: unknown) => problem);
  expect(error).toMatchObject({ code: 'untrusted' });
  expect((error as Error).message).toMatch(/runs .*stage\.ts \(SHA-256 [0-9a-f]{12}\)\n *fix: .*--trust/s);
  await assertTrusted(wanted, true);
  await expect(assertTrusted(wanted, asking('no').trust)).rejects.toMatchObject({ code: 'untrusted' });
  await assertTrusted({ folder }, false);
});

test('"once" is forgotten, "unchanged" lasts until the code or what it imports changes', async () => {
  const file = write('model.ts', "import { b } from './lib/b.js';\nexport const a = b;");
  const other = write('lib/b.ts', 'export const b = 1;');
  const { asked, trust } = asking('once', 'unchanged', 'no');
  const wanted = { folder, modules: [file] };
  await assertTrusted(wanted, trust);
  await assertTrusted(wanted, trust);
  expect(asked).toHaveLength(2);
  expect(asked[0]!.code.map((code) => code.file)).toEqual([other, file]);
  await assertTrusted(wanted, trust);
  await assertTrusted(wanted);
  expect(asked).toHaveLength(2);
  writeFileSync(other, 'export const b = 2;');
  await expect(assertTrusted(wanted, trust)).rejects.toMatchObject({ code: 'untrusted' });
  // What stayed the same is not shown again.
  expect(asked[2]!.code.map((code) => code.file)).toEqual([other]);
});

test('a trusted folder may change its code; another folder, and one that is a link to it, may not be confused', async () => {
  const file = write('project/podium.config.ts', 'export default {};');
  await trustFolder(join(folder, 'project'));
  await assertTrusted({ folder: join(folder, 'project'), modules: [file] });
  writeFileSync(file, 'export default 2;');
  await assertTrusted({ folder: join(folder, 'project'), modules: [file] });
  symlinkSync(join(folder, 'project'), join(folder, 'link'));
  await assertTrusted({ folder: join(folder, 'link'), modules: [file] });
  await expect(assertTrusted({ folder, modules: [file] })).rejects.toMatchObject({ code: 'untrusted' });
  const inner = write('project/evil/podium.config.ts', 'export default {};');
  const nested = { folder: join(folder, 'project/evil'), modules: [inner] };
  await expect(assertTrusted(nested)).rejects.toMatchObject({ code: 'untrusted' });
  // A record somewhere below is not the project's.
  await expect(
    assertTrusted({ folder: join(folder, 'project'), modules: [inner], isOfFolder: false }),
  ).rejects.toMatchObject({ code: 'untrusted' });
});

test('what is trusted is in a file of the user, which can be read and edited', async () => {
  await trustFolder(folder);
  expect(JSON.parse(readFileSync(trustedFile(), 'utf8'))).toEqual({ format: 1, folders: [folder], code: {} });
  if (process.platform !== 'win32') expect(statSync(dirname(trustedFile())).mode & 0o77).toBe(0);
  writeFileSync(trustedFile(), '{"folders": ["/"]}');
  const file = write('stage.ts', '');
  await expect(assertTrusted({ folder, modules: [file] })).rejects.toThrow(
    /trusted\.json.*cannot be understood\n *fix: delete it/s,
  );
});

test('modules are named with all that they import by relative paths, and nothing but files is read', async () => {
  const main = write(
    'a.ts',
    "import './b';\nexport * from '../x.ts';\nawait import(`./c.mjs`);\nrequire('./d.json')",
  );
  for (const name of ['b.ts', 'c.mjs', 'd.json']) write(name, "import './a.ts';");
  const names = (await codeFiles([main])).map(({ file }) => file.slice(folder.length + 1));
  expect(names).toEqual(['a.ts', 'b.ts', 'c.mjs', 'd.json']);
  await expect(codeFiles([folder])).rejects.toMatchObject({ code: 'file-is-folder' });
  await expect(codeFiles([join(folder, 'none.ts')])).rejects.toMatchObject({ code: 'file-not-found' });
});

test('every place of the settings that takes code is found', () => {
  const code = (module: string) => ({ module, export: 'make' });
  const settings = settingsSchema.parse({
    competition: 'leaves',
    data: { folder: 'data', options: { module: 'no.ts', export: 'no' } },
    train: { augment: code('train.ts') },
    models: ['resnet18', { model: code('model.ts') }, { model: 'resnet18', augment: code('own.ts') }],
    postprocess: [code('stage.ts')],
  });
  expect(codeOfSettings(settings, '/p').sort()).toEqual(
    ['model', 'own', 'stage', 'train'].map((name) => `/p/${name}.ts`),
  );
});

test('podium.config.ts does not run unasked', async () => {
  const canary = join(folder, 'canary');
  write(
    'podium.config.ts',
    `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(canary)}, '');\nexport default { competition: 'a', data: { folder: 'data' } };`,
  );
  mkdirSync(join(folder, 'data'));
  await expect(readSettings(folder)).rejects.toMatchObject({ code: 'untrusted' });
  expect(() => statSync(canary)).toThrow();
  const { asked, trust } = asking('folder');
  expect((await readSettings(folder, [], { trust })).settings.competition).toBe('a');
  expect(asked[0]!.code.map(({ file }) => file)).toEqual([join(folder, 'podium.config.ts')]);
  statSync(canary);
  await readSettings(folder);
});

test('settings that reach beyond their folder are asked about', async () => {
  const outside = (more: object) =>
    outsideOfSettings(settingsSchema.parse({ competition: 'x', data: { folder: 'd' }, ...more }), folder);
  const models = [{ model: 'resnet18', pretrained: 'https://example.org/x.pth' }];
  expect(outside({ models })).toEqual(['downloads https://example.org/x.pth']);
  expect(
    outside({ models: ['resnet18', { model: 'resnet18', pretrained: 'hf:timm/resnet18.a1_in1k' }] }),
  ).toEqual([]);
  expect(outside({ trackers: [{ name: 'tensorboard', folder: 'runs/board' }] })).toEqual([]);
  expect(outside({ trackers: [{ name: 'wandb', folder: '..board' }] })).toEqual([]);
  expect(outside({ trackers: [{ name: 'tensorboard', folder: '../board' }] })).toEqual([
    `writes to ${join(dirname(folder), 'board')}, outside of the project`,
  ]);
  expect(outside({ trackers: [{ name: 'mlflow', url: 'https://mlflow.example.org' }] })).toEqual([
    'sends curves and images of trainings to https://mlflow.example.org',
  ]);
  write(
    'podium.yaml',
    'competition: x\ndata: { folder: d }\nmodels: [{ model: resnet18, pretrained: "https://example.org/x.pth" }]\n',
  );
  mkdirSync(join(folder, 'd'));
  const { asked, trust } = asking('no');
  await expect(settingsOf(folder, { trust })).rejects.toMatchObject({
    code: 'untrusted',
    message: expect.stringContaining('downloads https://example.org/x.pth'),
  });
  expect(asked).toHaveLength(1);
  await settingsOf(folder, { trust: true });
});
