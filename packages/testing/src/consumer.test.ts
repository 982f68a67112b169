import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root } from './workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-consumer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const consumer = `
import { Rng } from '@podium/core';
import { conv2d, loadEngine, precision, valueAndGradients } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

const engine = await loadEngine({ backend: 'cpu' });
const x = tf.ones([1, 4, 4, 1]) as tf.Tensor4D;
const weight = tf.ones([3, 3, 1, 1]) as tf.Tensor4D;
const { gradients } = valueAndGradients(() => tf.sum(conv2d(x, weight, { padding: 1 })), [weight]);
const middle: number = gradients[0]!.dataSync()[4]!;
console.log(JSON.stringify([engine.backend, precision(), middle, Rng.fromSeed('a').int(1)]));
`;

test('what the build emits can be imported and type-checked outside the workspace', {
  timeout: 240_000,
}, () => {
  const run = (command: string, parameters: string[], cwd: string) =>
    execFileSync(command, parameters, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], root);
  mkdirSync(join(folder, 'node_modules/@podium'), { recursive: true });
  for (const room of ['core', 'engine']) {
    const [packed] = JSON.parse(
      run('npm', ['pack', '--json', '--pack-destination', folder], join(root, 'packages', room)),
    ) as [{ filename: string; files: { path: string }[] }];
    expect(packed.files.map(({ path }) => path).filter((path) => /\.test\.|^src\//.test(path))).toEqual([]);
    const target = join(folder, 'node_modules/@podium', room);
    mkdirSync(target);
    run('tar', ['-xzf', join(folder, packed.filename), '-C', target, '--strip-components=1'], folder);
  }
  // Everything else that the two need, as an install would give it.
  for (const name of [
    '@tensorflow',
    '@types',
    'node-api-headers',
    'proper-lockfile',
    'yauzl',
    'long',
    'seedrandom',
    'undici-types',
    'graceful-fs',
    'retry',
    'signal-exit',
    'pend',
    'buffer-crc32',
    '@webgpu',
    'node-fetch',
  ]) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'consumer.ts'), consumer);
  const options = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
    outDir: 'out',
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['consumer.ts'] }),
  );
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], folder);
  expect(JSON.parse(run(process.execPath, ['out/consumer.js'], folder))).toEqual(['cpu', 'float32', 16, 0]);
});
