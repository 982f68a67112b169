import { expect, test } from 'vitest';
import { codeOf, files, read } from './workspace.ts';

/**
 * Columns, classes, ids and heads have names from other people's files, and one may be `constructor` or `__proto__`. An object
 * that is filled by name has the properties of every object, loses `__proto__`, and answers for names that nobody set. So such
 * things are Maps, or are made by `Object.fromEntries` and asked with `Object.hasOwn`.
 */
const FILLED_LATER =
  /(?:const|let|readonly)\s+#?(\w+)\s*(?::\s*(?:Readonly<\s*)?Record<string,[^\n]*?>|(?:))\s*=\s*\{\}(?:\s+as\s+Record<string,[^\n]*?>)?\s*[;,\n]/g;
/** A label or soft label of a row by the name of a head. */
const LABEL_BY_NAME = /\b(?:labels|softLabels)\??\.?\[\s*[a-z_]\w*(?:\.name)?\s*\]/g;

/** Objects whose keys are names of our own, by file. */
const OWN_KEYS: ReadonlyMap<string, string> = new Map([
  ['packages/competition/src/recipe/resolve-config.ts', 'keys of the settings'],
  ['packages/competition/src/report/pseudo-section.ts', 'facts, named by its code'],
  ['packages/engine/src/install/compiled-addons.ts', 'files of an addon'],
  ['packages/engine/src/install/kept-files.ts', 'files of TensorFlow'],
  ['packages/engine/src/install/sources/upstream.ts', 'files of TensorFlow'],
  ['packages/engine/src/install/sources/wheel.ts', 'files of TensorFlow'],
  ['packages/engine/src/recomputed.ts', 'tensors, named by their number'],
  ['packages/model-zoo/src/families/cspnet.ts', 'layers of a network, named by their number'],
  ['packages/model-zoo/src/families/levit.ts', 'layers of a network, named by their number'],
  ['packages/model-zoo/src/families/regnet.ts', 'blocks of a network, named by their number'],
  ['packages/pipeline/src/record/rebuild.ts', 'outputs of stages, named by their code'],
  ['packages/pipeline/src/sources/identify.ts', 'sources of a graph, named by its code'],
  [
    'packages/training/src/checkpoints/checkpoint-folder.ts',
    'files of a checkpoint, and learners, named by their code',
  ],
  ['packages/training/src/optimizers/optimizer.ts', 'parameters, named by paths of attributes'],
]);
/** Files that ask rows for their labels in a safe way. */
const SAFE_LABELS: ReadonlySet<string> = new Set([
  'packages/dataset/src/manifest/row-labels.ts',
  'packages/competition/src/heads/scored-rows.ts',
]);

const sources = files(/^(packages|apps)\/[^/]+\/src\/.*(?<!\.test)\.ts$/).map((file) => ({
  file,
  code: codeOf(read(file)),
}));

/** Names of objects that are made empty and then filled under names that are not literals. */
function filledObjects(code: string): string[] {
  return [...code.matchAll(FILLED_LATER)]
    .map(([, name]) => name!)
    .filter((name) =>
      new RegExp(`(?<![\\w.])(?:this\\.#)?${name}\\[(?!['"\\d])[^\\]]+\\]\\s*=(?!=)`).test(code),
    );
}

test('nothing that is filled by names from files is a plain object', () => {
  const found = sources.flatMap(({ file, code }) =>
    OWN_KEYS.has(file) ? [] : filledObjects(code).map((name) => `${file}: ${name} should be a Map`),
  );
  expect(found).toEqual([]);
});

test('labels are asked for by name only as properties of the row itself', () => {
  const found = sources.flatMap(({ file, code }) => {
    if (SAFE_LABELS.has(file)) return [];
    return [...code.matchAll(LABEL_BY_NAME)]
      .filter(({ index }) => !code.slice(Math.max(0, index - 200), index).includes('Object.hasOwn('))
      .map(([text]) => `${file}: ${text} should be labelOf or softLabelOf`);
  });
  // Lists of labels are asked by the number of a row.
  expect(found.filter((line) => !/\[(?:row|i|k|at|index)\]/.test(line))).toEqual([]);
});

test.each([...OWN_KEYS])('%s still fills an object: %s', (file) => {
  expect(filledObjects(codeOf(read(file))).length).toBeGreaterThan(0);
});

test('the search finds what it is meant to find', () => {
  expect(filledObjects('const counts: Record<string, number> = {};\ncounts[label] = 1;')).toEqual(['counts']);
  expect(filledObjects('let a = {} as Record<string, number>;\na[row.label] = 1;')).toEqual(['a']);
  expect(filledObjects('  readonly #byHead: Record<string, number> = {};\nthis.#byHead[name] = 1;')).toEqual([
    'byHead',
  ]);
  expect(filledObjects("const a: Record<string, number> = {};\na['x'] = 1;")).toEqual([]);
  expect('row.labels[head.name]').toMatch(new RegExp(LABEL_BY_NAME.source));
});
