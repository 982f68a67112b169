import { describe, expect, test } from 'vitest';
import { codeOf, files, importsOf, read, rooms } from './workspace.ts';

/** Who may import whom inside the workspace; docs/architecture.md draws it. Nobody else, and no neighbor. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  '@podium/core': [],
  '@podium/engine': ['@podium/core'],
  '@podium/nn': ['@podium/engine', '@podium/core'],
  '@podium/model-zoo': ['@podium/nn', '@podium/engine', '@podium/core'],
  '@podium/onnx': ['@podium/model-zoo', '@podium/nn', '@podium/engine', '@podium/core'],
  '@podium/trackers': ['@podium/core'],
  '@podium/training': ['@podium/nn', '@podium/engine', '@podium/trackers', '@podium/core'],
  '@podium/pipeline': ['@podium/core'],
  '@podium/dataset': ['@podium/core'],
  '@podium/augment': ['@podium/core'],
  '@podium/metrics': ['@podium/core'],
  '@podium/ensemble': ['@podium/core'],
  '@podium/pseudo-label': ['@podium/core'],
  '@podium/report': ['@podium/core'],
  '@podium/submission': ['@podium/core', '@podium/dataset', '@podium/pipeline'],
  '@podium/semi-supervised': ['@podium/training', '@podium/nn', '@podium/engine', '@podium/core'],
  '@podium/competition': [
    '@podium/augment',
    '@podium/core',
    '@podium/dataset',
    '@podium/engine',
    '@podium/ensemble',
    '@podium/metrics',
    '@podium/model-zoo',
    '@podium/nn',
    '@podium/onnx',
    '@podium/pipeline',
    '@podium/pseudo-label',
    '@podium/report',
    '@podium/semi-supervised',
    '@podium/submission',
    '@podium/trackers',
    '@podium/training',
  ],
  '@podium/test-kit': [],
  '@podium/testing': [],
};
/** These may know everyone. */
const TOPS: readonly string[] = ['@podium/app', '@podium/bench', '@podium/examples'];
const TENSORFLOW_ROOMS: readonly string[] = [
  'engine',
  'nn',
  'model-zoo',
  'onnx',
  'training',
  'semi-supervised',
  'competition',
  'app',
  'bench',
  'examples',
];

const sources = rooms().flatMap(({ folder, name, manifest }) =>
  files(/\.ts$/, folder).map((file) => ({
    file,
    name,
    manifest,
    text: read(file),
    test: /\.test\.ts$|\/test\//.test(file),
  })),
);

test('every room is known to this test', () => {
  const known = [...Object.keys(ARROWS), ...TOPS];
  for (const { name } of rooms()) expect(known).toContain(name);
});

describe.each(rooms())('$folder', ({ name, folder, manifest }) => {
  const own = sources.filter((source) => source.name === name);

  test('imports only the rooms below it, through their front doors', () => {
    for (const { file, text, test: isTest } of own) {
      for (const specifier of importsOf(text)) {
        if (specifier.startsWith('.')) {
          const depth = file.split('/').length - folder.split('/').length - 1;
          const climbs = specifier.split('/').filter((part) => part === '..').length;
          const isSharedConfig = specifier.endsWith('/vitest.shared.ts');
          expect(climbs <= depth || isSharedConfig, `${file} reaches outside its room: ${specifier}`).toBe(
            true,
          );
        } else if (isTest && specifier.startsWith('@podium/test-kit')) {
          // Any test may use it.
        } else if (specifier.startsWith('@podium/') && !TOPS.includes(name)) {
          expect(ARROWS[name], `${file} imports ${specifier}`).toContain(
            specifier.split('/').slice(0, 2).join('/'),
          );
        }
      }
    }
  });

  test('declares what it imports', () => {
    const declared = new Set([
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.peerDependencies ?? {}),
      // Its tarball holds them.
      ...(name === '@podium/app'
        ? [...Object.keys(ARROWS), ...Object.keys(manifest.devDependencies ?? {}).filter(isBundled)]
        : []),
    ]);
    const declaredForTests = new Set([...declared, ...Object.keys(manifest.devDependencies ?? {})]);
    for (const { file, text, test: isTest } of own) {
      for (const specifier of importsOf(text)) {
        if (/^(\.|node:)/.test(specifier)) continue;
        const dependency = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
        const allowed = isTest || file.endsWith('.config.ts') ? declaredForTests : declared;
        expect([...allowed], `${file} imports ${specifier}`).toContain(dependency);
      }
    }
  });

  test('pins exact versions', () => {
    for (const group of [manifest.dependencies, manifest.devDependencies, manifest.peerDependencies]) {
      for (const [dependency, version] of Object.entries(group ?? {})) {
        const wanted = dependency.startsWith('@podium/') ? /^\*$/ : /^\d+\.\d+\.\d+(-[\w.]+)?$/;
        expect(version, dependency).toMatch(wanted);
      }
    }
  });
});

/** The tarball of the app holds TensorFlow.js's builds for Node.js. */
function isBundled(name: string): boolean {
  return name.startsWith('@tensorflow/');
}

test('the tarball of the app needs what the packages in it need', () => {
  const app = rooms().find(({ name }) => name === '@podium/app');
  const bundled = rooms().filter(({ folder, manifest }) => /^packages\//.test(folder) && !manifest.private);
  const needed = bundled.flatMap(({ manifest: { dependencies = {}, peerDependencies = {} } }) =>
    Object.entries({ ...dependencies, ...peerDependencies }).filter(([name]) => !name.startsWith('@podium/')),
  );
  const { dependencies = {}, devDependencies = {} } = app?.manifest ?? {};
  expect(dependencies).toMatchObject(Object.fromEntries(needed.filter(([name]) => !isBundled(name))));
  expect(devDependencies).toMatchObject(Object.fromEntries(needed.filter(([name]) => isBundled(name))));
  // A registry must never be asked for them.
  const asked = Object.keys(dependencies).filter((name) => name.startsWith('@podium/') || isBundled(name));
  expect(asked).toEqual([]);
});

test('the app and its packages have no install scripts', () => {
  for (const { folder } of rooms()) {
    const { scripts = {} } = JSON.parse(read(`${folder}/package.json`)) as { scripts?: object };
    expect(Object.keys(scripts).filter((name) => /install|^(pre|post)?pre(pare|pack)/.test(name))).toEqual(
      [],
    );
  }
});

test('only the rooms that compute touch TensorFlow.js', () => {
  const touching = sources
    .filter(({ text }) => importsOf(text).some((specifier) => specifier.startsWith('@tensorflow/')))
    .map(({ name }) => name.replace('@podium/', ''));
  for (const name of new Set(touching)) expect(TENSORFLOW_ROOMS).toContain(name);
});

test('nothing depends on the clock or on unseeded random numbers, but apps and benchmarks', () => {
  for (const { file, text, test: isTest } of sources) {
    if (isTest || /^(apps|bench)\//.test(file)) continue;
    expect(codeOf(text), file).not.toMatch(/Math\.random\(|Date\.now\(|new Date\(\)/);
  }
});

test('folders are named after features', () => {
  const folders = sources.flatMap(({ file }) => file.split('/').slice(0, -1));
  for (const vague of ['support', 'utils', 'util', 'helpers', 'common', 'misc']) {
    expect(new Set(folders)).not.toContain(vague);
  }
});

test('only the app, benchmarks and examples print', () => {
  for (const { file, text, test: isTest } of sources) {
    if (isTest || /^(apps|bench|examples)\//.test(file)) continue;
    expect(codeOf(text), file).not.toMatch(
      /console\.(log|info|warn|error)\(|process\.(stdout|stderr)\.write\(/,
    );
  }
});

/** Folders with one entry per file, the barrel that must list every entry, and helper files that are not entries. */
const BARRELS: readonly (readonly [folder: string, barrel: string, helpers: readonly string[]])[] = [
  ['apps/podium/src/commands', 'index.ts', ['context.ts']],
  [
    'apps/podium/src/demos',
    'index.ts',
    [
      'demo.ts',
      'npm-package.ts',
      'prepare-demo.ts',
      'run-demo.ts',
      'score-submission.ts',
      'shapes-net.ts',
      'train-shapes.ts',
    ],
  ],
  ['packages/augment/src/combinators', 'index.ts', []],
  ['packages/augment/src/policies', 'index.ts', ['magnitudes.ts', 'operations.ts']],
  ['packages/augment/src/transforms', 'index.ts', []],
  ['packages/augment/src/views/kinds', 'index.ts', []],
  ['packages/competition/src/presets', 'index.ts', ['preset.ts']],
  ['packages/competition/src/stages', 'index.ts', ['registry.ts']],
  ['packages/dataset/src/checks', 'index.ts', ['check.ts', 'findings.ts']],
  ['packages/dataset/src/folds/methods', 'index.ts', []],
  [
    'packages/dataset/src/layouts',
    'index.ts',
    [
      'group-names.ts',
      'label-names.ts',
      'layout-settings.ts',
      'layout.ts',
      'notes.ts',
      'read-dataset.ts',
      'sample.ts',
      'unclear-setting.ts',
    ],
  ],
  ['packages/dataset/src/samplers', 'index.ts', ['sampler.ts']],
  ['packages/engine/src/kernels', 'index.ts', ['conv-gradients.ts', 'geometry.ts']],
  ['packages/ensemble/src/methods', 'index.ts', []],
  ['packages/ensemble/src/rules', 'index.ts', []],
  ['packages/metrics/src/metrics', 'index.ts', []],
  ['packages/model-zoo/src/families', 'index.ts', []],
  ['packages/nn/src/layers', 'index.ts', ['assert-shape.ts']],
  ['packages/pseudo-label/src/methods', 'index.ts', []],
  ['packages/report/src/comparison', 'index.ts', ['pair.ts']],
  ['packages/report/src/sections', 'index.ts', []],
  ['packages/semi-supervised/src/methods', 'index.ts', []],
  ['packages/semi-supervised/src/pretraining/tasks', 'index.ts', []],
  ['packages/submission/src/destinations', 'index.ts', ['destination.ts', 'registry.ts']],
  ['packages/submission/src/forms', 'index.ts', ['form.ts', 'registry.ts']],
  ['packages/submission/src/rules', 'index.ts', ['registry.ts', 'rule.ts']],
  ['packages/trackers/src/trackers', 'index.ts', []],
  ['packages/training/src/callbacks', 'index.ts', []],
  ['packages/training/src/doctor/checks', 'index.ts', []],
  ['packages/training/src/losses/kinds', 'index.ts', []],
  ['packages/training/src/optimizers/kinds', 'index.ts', []],
  ['packages/training/src/schedules/kinds', 'index.ts', []],
];

test.each(BARRELS)('%s and its barrel agree', (folder, barrel, helpers) => {
  const things = files(/\.ts$/, folder)
    .map((file) => file.slice(folder.length + 1))
    .filter((file) => !file.includes('/') && !file.endsWith('.test.ts') && file !== barrel)
    .filter((file) => !helpers.includes(file));
  const named = importsOf(read(`${folder}/${barrel}`))
    .filter((specifier) => /^\.\/[^/]+$/.test(specifier))
    .map((specifier) => specifier.slice(2));
  expect([...new Set(named)].filter((file) => !helpers.includes(file)).sort()).toEqual(things.sort());
  expect(named).toHaveLength(new Set(named).size);
});

interface Lock {
  readonly packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>;
}

test('the lockfile knows every platform, so that npm ci works on each', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as Lock;
  for (const [path, { optionalDependencies }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies ?? {})) {
      const places = [`node_modules/${name}`, `${path}/node_modules/${name}`];
      expect(
        places.some((place) => place in packages),
        `${path} needs ${name}`,
      ).toBe(true);
    }
  }
});

test('the lockfile names no registry', () => {
  const lock = JSON.parse(read('package-lock.json')) as Lock;
  const resolved = Object.values(lock.packages).map((entry) => entry.resolved ?? '');
  expect(resolved.filter((place) => /^[a-z+]+:\/\//.test(place))).toEqual([]);
});

test('no install script of a dependency ever runs', () => {
  expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
});
