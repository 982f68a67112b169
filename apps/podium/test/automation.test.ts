import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { writeLeaves } from '@podium/competition/testing';
import { afterAll, expect, test } from 'vitest';
import { assertDescribed } from './assert-described.ts';
import { PODIUM_ARGS } from './run-podium.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-automation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the script of docs/automation.md runs a competition unattended', { timeout: 600_000 }, async () => {
  const page = readFileSync(new URL('../../../docs/automation.md', import.meta.url), 'utf8');
  const script = /```bash\n(.*?)```/s.exec(page)![1]!;
  await writeLeaves(folder);
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'compete.sh'), script);
  const shim = join(folder, 'bin', 'podium');
  const quoted = [process.execPath, ...PODIUM_ARGS].map((arg) => `'${arg}'`).join(' ');
  writeFileSync(shim, `#!/bin/sh\nexec ${quoted} "$@"\n`);
  chmodSync(shim, 0o755);
  const settings = [
    'models=[{ model: small-net, epochs: 1, imageSize: 16 }]',
    'folds.count=2',
    'report=false',
    'threads=1',
    'metric=accuracy',
  ];
  const { status, stdout, stderr } = spawnSync('bash', ['compete.sh', 'data', ...settings], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter) },
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^accuracy [\d.]+: .*\.csv\n$/);
  expect(existsSync(stdout.trim().split(': ')[1]!)).toBe(true);
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown;
  assertDescribed('inspect', read('inspection.json'));
  assertDescribed('run', read('result.json'));
  assertDescribed('verify', read('verification.json'));
});
