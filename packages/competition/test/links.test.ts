import {
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { ALLOWED_SKIPS } from '@podium/test-kit/skips';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  findRun,
  planCompetition,
  prepareSending,
  rebuildSubmission,
  reportRun,
  runCompetition,
} from '../src/index.ts';
import { projectFolder } from '../src/run/project-folder.ts';
import { LEAVES_YAML, writeLeaves } from '../src/testing/leaves.ts';

/*
 * A project of somebody else in which something that Podium makes is a link to a folder or file outside. What is outside must
 * stay as it is, and the link is named.
 */
const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-links-')));
const whole = join(root, 'whole');
const outside = join(root, 'outside');
const canaries = ['a.txt', 'ledger.csv', 'one.csv', 'one.run.json', 'one.report.html', 'leaves/one.csv'];
let folder: string;
let before: string[];
let copies = 0;

beforeAll(async () => {
  await writeLeaves(whole);
  writeFileSync(join(whole, 'podium.yaml'), `${LEAVES_YAML}metric: accuracy\nthreads: 1\n`);
  await runCompetition(whole, { name: 'one' });
  mkdirSync(join(outside, 'leaves'), { recursive: true });
  for (const name of canaries) {
    writeFileSync(join(outside, name), 'run\ncanary\n');
    utimesSync(join(outside, name), 1000, 1000);
  }
  before = stateOf(outside);
}, 600_000);
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  folder = join(root, `copy-${copies++}`);
  cpSync(whole, folder, { recursive: true, preserveTimestamps: true });
});

function stateOf(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true }).map((item) => {
    const file = join(item.parentPath, item.name);
    const { mtimeMs, ino, mode } = lstatSync(file);
    return `${file} ${mtimeMs} ${ino} ${mode} ${item.isFile() ? readFileSync(file, 'utf8') : ''}`;
  });
}

/** What anybody does with a project. Returns the errors. */
async function useAll(): Promise<PodiumError[]> {
  const submissions = join(folder, 'submissions');
  const record = join(submissions, 'leaves/one.run.json');
  const errors: PodiumError[] = [];
  for (const act of [
    () => planCompetition(folder),
    () => runCompetition(folder, { name: 'one' }),
    () => reportRun('one', { submissions }),
    () => prepareSending('one', { submissions }),
    () => prepareSending(record.replace('.run.json', '.csv'), { submissions }),
    () => findRun(record, submissions),
  ])
    await act().catch((error: unknown) => {
      expect(error).toBeInstanceOf(PodiumError);
      errors.push(error as PodiumError);
    });
  return errors;
}

test.each([
  'submissions',
  'submissions/leaves',
  'submissions/leaves/one.csv',
  'submissions/leaves/one.run.json',
  'submissions/leaves/ledger.csv',
  '.podium',
  '.podium/entries',
  '.podium/attempts',
  '.podium/file-hashes.txt',
])('a link at %s is named, and leads nowhere', { timeout: 120_000 }, async (path) => {
  const link = join(folder, path);
  const isFolder = lstatSync(link, { throwIfNoEntry: false })?.isDirectory();
  rmSync(link, { recursive: true, force: true });
  symlinkSync(isFolder ? outside : join(outside, 'a.txt'), link);
  const errors = await useAll();
  expect(stateOf(outside)).toEqual(before);
  expect(errors.map(({ problem }) => problem.path?.file)).toContain(link);
});

test('a link in the place of the report is replaced', { timeout: 120_000 }, async () => {
  const link = join(folder, 'submissions/leaves/one.report.html');
  rmSync(link);
  symlinkSync(join(outside, 'one.report.html'), link);
  await runCompetition(folder, { name: 'one' });
  expect(lstatSync(link).isFile()).toBe(true);
  expect(stateOf(outside)).toEqual(before);
});

test('submissions that the user names may be behind a link', { timeout: 120_000 }, async () => {
  const [real, link] = [join(root, 'real'), join(root, 'link')];
  mkdirSync(real);
  symlinkSync(real, link);
  const { paths } = await runCompetition(folder, { name: 'one', submissions: link });
  expect(paths?.csv).toBe(join(link, 'leaves/one.csv'));
  expect(readdirSync(join(real, 'leaves'))).toContain('one.csv');
});

test('hidden links in the data end a run', async () => {
  symlinkSync(outside, join(folder, 'data/.x'));
  await expect(runCompetition(folder)).rejects.toMatchObject({
    problem: { code: 'folder-outside-link', path: { file: '.x' } },
  });
});

// Trains again, which takes a minute: with `npm run test:hostile`.
if (process.env.PODIUM_HOSTILE !== undefined) {
  test('a rebuild asks before it follows links that a run was allowed to follow', {
    timeout: 240_000,
  }, async () => {
    symlinkSync(outside, join(folder, 'data/.x'));
    await runCompetition(folder, { name: 'two', overrides: ['data.allowOutsideLinks=true'] });
    const record = join(folder, 'submissions/leaves/two.run.json');
    await expect(rebuildSubmission(record, { store: 'stored' })).rejects.toMatchObject({ code: 'untrusted' });
    const { verdict } = await rebuildSubmission(record, { store: 'stored', trust: true });
    expect(verdict.same).toBe(true);
  });
}

test('a project of another user is rejected, with the way to allow it', async (context) => {
  if (process.geteuid?.() !== 0) return context.skip(ALLOWED_SKIPS.root);
  for (const path of ['podium.yaml', '.']) {
    chownSync(join(folder, path), 54_321, 54_321);
    for (const error of await useAll()) expect(error.message).toContain('PODIUM_SAFE_FOLDERS');
    await expect(planCompetition(folder)).rejects.toMatchObject({ code: 'owner-other' });
    chownSync(join(folder, path), 0, 0);
  }
});

test('the project of a record ends where its settings are, and is nobody else’s', async (context) => {
  const base = join(folder, 'submissions/leaves');
  expect(await projectFolder(base)).toBe(folder);
  // A project around it, with a store.
  mkdirSync(join(root, '.podium'), { recursive: true });
  expect(await projectFolder(base)).toBe(folder);
  rmSync(join(folder, '.podium'), { recursive: true });
  expect(await projectFolder(base)).toBe(folder);
  renameSync(join(folder, 'podium.yaml'), join(folder, 'other.yaml'));
  expect(await projectFolder(base)).toBe(root);
  rmSync(join(root, '.podium'), { recursive: true });
  if (process.geteuid?.() !== 0) return context.skip(ALLOWED_SKIPS.root);
  mkdirSync(join(folder, '.podium'));
  chownSync(folder, 54_321, 54_321);
  await expect(projectFolder(join(folder, 'x/y'))).resolves.toBe(join(folder));
});
