import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { blend, split, train } from '../../test/stages.ts';
import { defineStage } from '../stage/define-stage.ts';
import { defineGraph } from './graph.ts';
import { fanOut, from, type Instance, instance, source } from './instance.ts';
import { type KeyParts, keyOf, keysOf } from './keys.ts';

const copy = defineStage({
  name: 'copy',
  version: '1',
  settings: z.object({}),
  inputs: { text: { kind: 'file', type: 'text', optional: true } },
  outputs: { text: { kind: 'file', type: 'text' } },
  run: () => {},
});
const node = (name: string, text?: Instance['inputs'][string]): Instance => ({
  name,
  stage: copy,
  settings: {},
  inputs: { text },
});
const sources = { data: { kind: 'folder', type: 'competition', path: 'data' } } as const;
const splitIt = instance('split', split, { settings: {}, inputs: { data: source('data') } });

test('fan-out: every combination, the last axis fastest, with labels', () => {
  const labels = fanOut(
    { model: ['a', 'b'], seed: [1], fold: [0, 1] },
    (point, label) => `${point.model} ${label}`,
  );
  expect(labels).toEqual([
    'a model=a,seed=1,fold=0',
    'a model=a,seed=1,fold=1',
    'b model=b,seed=1,fold=0',
    'b model=b,seed=1,fold=1',
  ]);
  expect(fanOut({ fold: [] }, () => 1)).toEqual([]);
});

test('sorts instances after those they read from, and otherwise keeps their order', () => {
  const graph = defineGraph({
    instances: [
      node('d', from('b', 'text')),
      node('a'),
      node('c', from('a', 'text')),
      node('b', from('c', 'text')),
    ],
  });
  expect(graph.nodes.map(({ name }) => name)).toEqual(['a', 'c', 'b', 'd']);
});

test('sorts a chain of ten thousand instances', () => {
  const instances = Array.from({ length: 10_000 }, (_, i) => node(`n${i}`, from(`n${i + 1}`, 'text')));
  expect(defineGraph({ instances: [...instances, node('n10000')] }).nodes[0]?.name).toBe('n10000');
});

test.each<[string, () => unknown, string, RegExp]>([
  [
    'a cycle',
    () =>
      defineGraph({
        instances: [node('x', from('a', 'text')), node('a', from('b', 'text')), node('b', from('a', 'text'))],
      }),
    'graph-cycle',
    /has a cycle: a needs b needs a/,
  ],
  ['itself', () => defineGraph({ instances: [node('a', from('a', 'text'))] }), 'graph-cycle', /a needs a/],
  [
    'a duplicate name',
    () => defineGraph({ instances: [node('a'), node('a')] }),
    'graph-duplicate-name',
    /"a"/,
  ],
  ['an invalid name', () => defineGraph({ instances: [node(' a')] }), 'graph-bad-name', /" a"/],
  [
    'an unknown instance',
    () => defineGraph({ instances: [node('split'), node('a', from('spilt', 'text'))] }),
    'graph-unknown-reference',
    /a\.inputs\.text.*did you mean "split"/,
  ],
  [
    'an unknown output',
    () => defineGraph({ instances: [node('b'), node('a', from('b', 'txt'))] }),
    'graph-unknown-reference',
    /did you mean "text"/,
  ],
  [
    'an unknown source',
    () => defineGraph({ sources, instances: [{ ...splitIt, inputs: { data: source('dta') } }] }),
    'graph-unknown-reference',
    /did you mean "data"/,
  ],
  [
    'an unknown input',
    () =>
      defineGraph({
        sources,
        instances: [{ ...splitIt, inputs: { data: source('data'), dat: source('data') } }],
      }),
    'graph-unknown-input',
    /did you mean "data"/,
  ],
  [
    'a missing input',
    () => defineGraph({ sources, instances: [{ ...splitIt, inputs: {} }] }),
    'graph-missing-input',
    /split\.inputs\.data: expected a folder of type "competition", got nothing/,
  ],
  [
    'an empty list',
    () =>
      defineGraph({ instances: [{ name: 'b', stage: blend, settings: {}, inputs: { predictions: [] } }] }),
    'graph-missing-input',
    /at least one file/,
  ],
  [
    'one reference instead of a list',
    () =>
      defineGraph({
        sources,
        instances: [{ name: 'b', stage: blend, settings: {}, inputs: { predictions: source('data') } }],
      }),
    'graph-type-mismatch',
    /expected a list/,
  ],
  [
    'another type',
    () =>
      defineGraph({
        sources,
        instances: [
          splitIt,
          { name: 'b', stage: blend, settings: {}, inputs: { predictions: [from('split', 'folds')] } },
        ],
      }),
    'graph-type-mismatch',
    /file of type "predictions", got split\.folds, a file of type "folds"/,
  ],
  [
    'another kind',
    () => defineGraph({ sources: { data: { ...sources.data, kind: 'file' } }, instances: [splitIt] }),
    'graph-type-mismatch',
    /a folder of type/,
  ],
  [
    'no seed',
    () =>
      defineGraph({
        sources,
        instances: [
          splitIt,
          { name: 't', stage: train, settings: { fold: 0 }, inputs: { folds: from('split', 'folds') } },
        ],
      }),
    'graph-missing-seed',
    /t: the stage "train" uses random numbers/,
  ],
  [
    'a wrong setting',
    () => defineGraph({ sources, seed: 1, instances: [{ ...splitIt, settings: { flods: 3 } }] }),
    'settings-invalid',
    /split\.settings\.flods: unknown key.*did you mean "folds"/,
  ],
])('rejects %s', (_, make, code, message) => {
  expect(make).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});

const sha = 'a'.repeat(64);
const parts = (settings: unknown): KeyParts => ({
  stage: 's',
  version: '1',
  engine: 'e',
  settings,
  inputs: { data: [{ sha256: sha }] },
});
const json = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });

test('golden: a change of this key would invalidate every stored result', () => {
  expect(keyOf({ ...parts({ lr: 0.1 }), seed: 7 })).toMatchInlineSnapshot(
    `"9fc6f6eca6e96c5a5274a1be05d9a3f13f6ea8ca40788c3e926723527ad22565"`,
  );
});

test('keys do not depend on the order of settings or of inputs', () => {
  fc.assert(
    fc.property(json, (settings) => {
      const reversed = Object.fromEntries(Object.entries(settings).reverse());
      expect(keyOf(parts(reversed))).toBe(keyOf(parts(settings)));
    }),
  );
  const [a, b] = [[{ sha256: sha }], [{ key: sha, output: 'x' }]];
  expect(keyOf({ ...parts({}), inputs: { a, b } })).toBe(keyOf({ ...parts({}), inputs: { b, a, none: [] } }));
});

test('a change of any setting changes the key', () => {
  fc.assert(
    fc.property(json, fc.nat(), fc.jsonValue(), (settings, at, value) => {
      const keys = Object.keys(settings);
      const key = keys[at % keys.length]!;
      fc.pre(JSON.stringify(settings[key]) !== JSON.stringify(value) && !Object.is(value, -0));
      const changed = { ...settings };
      Object.defineProperty(changed, key, { value, enumerable: true });
      fc.pre(JSON.stringify(changed) !== JSON.stringify(settings));
      expect(keyOf(parts(changed))).not.toBe(keyOf(parts(settings)));
    }),
  );
});

test('every other part changes the key, and so does the order within a list', () => {
  const [x, y] = [{ sha256: sha }, { sha256: 'b'.repeat(64) }];
  const variants: KeyParts[] = [
    parts({}),
    { ...parts({}), stage: 't' },
    { ...parts({}), version: '2' },
    { ...parts({}), engine: 'f' },
    { ...parts({}), seed: 1 },
    { ...parts({}), seed: '1' },
    { ...parts({}), inputs: { other: [x] } },
    { ...parts({}), inputs: { data: [y] } },
    { ...parts({}), inputs: { data: [x, y] } },
    { ...parts({}), inputs: { data: [y, x] } },
    { ...parts({}), inputs: { data: [{ key: sha, output: 'a' }] } },
    { ...parts({}), inputs: { data: [{ key: sha, output: 'b' }] } },
  ];
  expect(new Set(variants.map(keyOf)).size).toBe(variants.length);
});

test('defaults are part of the key, names of instances and paths of sources are not', () => {
  const keys = (name: string, path: string, settings: { folds?: number }) =>
    keysOf(
      defineGraph({
        sources: { data: { ...sources.data, path } },
        instances: [{ ...splitIt, name, settings }],
      }),
      { data: { kind: 'folder', sha256: sha, bytes: 0 } },
      'e',
    ).map(({ key }) => key);
  expect(keys('split', 'data', {})).toEqual(keys('again', '/elsewhere', { folds: 2 }));
  expect(keys('split', 'data', {})).not.toEqual(keys('split', 'data', { folds: 3 }));
});
