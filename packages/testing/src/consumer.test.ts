import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OUTDATED } from './outdated.ts';
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

/** As in a terminal of its own: what npm passes to its scripts would change what it does. */
const ENV: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_/i.test(name) || /^npm_config_(registry|cache|userconfig)$/i.test(name),
  ),
);

function run(command: string, parameters: string[], cwd: string, env: NodeJS.ProcessEnv = ENV): string {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  return execFileSync(command, parameters, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: [...stdio],
    maxBuffer: 2 ** 26,
  });
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

function pack(room: string): Packed {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', folder], join(root, room)),
  ) as [Packed];
  return packed;
}

/** `npm run build`, without turbo. */
beforeAll(() => {
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], root);
  for (const script of ['packages/engine/scripts/copy-tfjs-node.ts', 'apps/podium/scripts/bundle.ts'])
    run(process.execPath, ['--import', 'tsx', script], root);
}, 240_000);

test('what the build emits can be imported and type-checked outside the workspace', {
  timeout: 240_000,
}, () => {
  mkdirSync(join(folder, 'node_modules/@podium'), { recursive: true });
  for (const room of ['core', 'engine']) {
    const packed = pack(`packages/${room}`);
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

test('npx podium works in the checkout, and below it', { timeout: 240_000 }, () => {
  for (const cwd of [root, join(root, 'docs')])
    expect(run('npx', ['--no-install', 'podium', '--version'], cwd).trim()).toMatch(/^\d+\.\d+\.\d+$/);
});

interface Installed {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, Installed>>;
}

function namesIn({ dependencies = {} }: Installed): Map<string, Installed> {
  const names = new Map<string, Installed>();
  for (const [name, node] of Object.entries(dependencies)) {
    names.set(name, node);
    for (const [below, its] of namesIn(node)) names.set(below, its);
  }
  return names;
}

/** A competition whose images are in its tables: 16 x 16 pixels, dark or bright. */
function writeCompetition(data: string): void {
  const pixels = Array.from({ length: 256 }, (_, i) => i);
  const row = (first: string | number, i: number) =>
    [first, ...pixels.map((pixel) => ((i * 37 + pixel * 11) % 90) + (i % 2) * 120)].join(',');
  const names = pixels.map((pixel) => `pixel${pixel}`).join(',');
  const rows = Array.from({ length: 24 }, (_, i) => i);
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'train.csv'), [`label,${names}`, ...rows.map((i) => row(i % 2, i))].join('\n'));
  writeFileSync(
    join(data, 'test.csv'),
    [names, ...[24, 25, 26, 27].map((i) => row('', i).slice(1))].join('\n'),
  );
  writeFileSync(join(data, 'sample_submission.csv'), 'ImageId,Label\n1,0\n2,0\n3,0\n4,0\n');
}

test('the tarball of the app installs in an empty folder elsewhere as a podium that works', {
  timeout: 600_000,
}, () => {
  const { filename, files } = pack('apps/podium');
  expect(files.map(({ path }) => path).filter((path) => /\.test\.|\.ts$|\.map$|\/src\//.test(path))).toEqual(
    [],
  );
  const elsewhere = join(folder, 'elsewhere');
  const prefix = join(folder, 'prefix');
  mkdirSync(elsewhere);
  const tarball = join(folder, filename);
  const options = ['--global', '--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund'];
  run('npm', ['install', ...options, tarball], elsewhere);
  const env = { ...ENV, PATH: [join(prefix, 'bin'), ENV.PATH].join(delimiter) };
  const podium = (...parameters: string[]) => run('podium', parameters, elsewhere, env);
  expect(files.map(({ path }) => path).filter((path) => /libvips|@img/.test(path))).toEqual([]);
  const copied = files
    .map(({ path }) => path)
    .filter((path) => /@tensorflow\/[^/]+\/package\.json$/.test(path));
  expect(copied.length).toBeGreaterThan(8);
  for (const path of [
    ...copied.map((copy) => copy.replace('package.json', 'LICENSE')),
    'bundle/THIRD-PARTY.md',
  ])
    expect(files.map((file) => file.path)).toContain(path);
  const installed = JSON.parse(
    run('npm', ['ls', '--global', '--prefix', prefix, '--all', '--json', '--long'], elsewhere),
  ) as Installed;
  const others = namesIn(installed);
  expect(others.has('sharp')).toBe(true);
  expect([...others.keys()].filter((name) => OUTDATED.has(name))).toEqual([]);
  expect(
    [...others].filter(([, { scripts = {} }]) => 'postinstall' in scripts || 'preinstall' in scripts),
  ).toEqual([]);
  expect(podium('--version').trim()).toMatch(/^\d+\.\d+\.\d+$/);
  expect(podium('list', 'losses')).toContain('focal');
  writeCompetition(join(elsewhere, 'data'));
  expect(podium('init', '--yes')).toBe('Wrote podium.yaml. Review it, then run: podium run\n');
  const settings = [
    'models=[{ model: small-net, epochs: 1, imageSize: 16 }]',
    'folds.count=2',
    'submission.accept=[one-class]',
  ];
  expect(podium('run', ...settings, '--name', 'first')).toContain('Rebuild:    podium rebuild submissions/');
  const csv = readFileSync(join(elsewhere, 'submissions', 'elsewhere', 'first.csv'), 'utf8');
  expect(csv).toMatch(/^ImageId,Label\n1,[01]\n2,[01]\n3,[01]\n4,[01]\n$/);
});
