import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { competitionGraph } from '../../test/graphs.ts';
import { blend, split, train } from '../../test/stages.ts';
import { type AnyStage, defineStage } from '../index.ts';
import { defineGraph } from './graph.ts';
import { type InstanceHandle, instance, type OutputRef, source } from './instance.ts';
import { keysOf } from './keys.ts';
import { subgraph, upstreamOf } from './upstream.ts';

const folds = instance('split', split, { settings: {}, inputs: { data: source('data') } });
const training = instance('train', train, {
  settings: { fold: 0 },
  inputs: { folds: folds.output('folds') },
});

test('a handle refers to the outputs that its stage declares, and to no others', () => {
  expect(training.output('predictions')).toEqual({ from: 'train', output: 'predictions' });
  expectTypeOf(folds).toEqualTypeOf<InstanceHandle<'folds'>>();
  expectTypeOf(training.output).returns.toEqualTypeOf<OutputRef>();
  // @ts-expect-error: `split` has no such output.
  folds.output('predictions');
  expectTypeOf(training).toExtend<InstanceHandle<'predictions'>>();
  expectTypeOf<InstanceHandle<'predictions'>>().not.toExtend<typeof training>();
});

test('inputs are checked against the ports of the stage', () => {
  // @ts-expect-error: a list is expected.
  instance('blend', blend, { settings: {}, inputs: { predictions: training.output('predictions') } });
  // @ts-expect-error: `data` is missing.
  instance('split', split, { settings: {}, inputs: {} });
  const unknown: AnyStage = blend;
  const handle = instance('blend', unknown, { settings: {}, inputs: { predictions: [source('data')] } });
  expect(handle.output('whatever')).toEqual({ from: 'blend', output: 'whatever' });
});

test('the part of a graph that targets are made from', () => {
  const graph = competitionGraph('data', { folds: 3 });
  const names = (targets: readonly string[]) => subgraph(graph, targets).nodes.map(({ name }) => name);
  expect(names(['blend'])).toEqual(graph.nodes.map(({ name }) => name));
  expect(names(['train[fold=1]'])).toEqual(['split', 'train[fold=1]']);
  expect(names(['train[fold=2]', 'split'])).toEqual(['split', 'train[fold=2]']);
  expect(() => subgraph(graph, ['train[fold=9]'])).toThrow(/did you mean "train\[fold=0\]"/);
});

test('upstream of the instances of a record, up to what is cached', () => {
  const { nodes } = competitionGraph('data');
  const instances = nodes.map(({ name, inputs }) => ({ name, inputs }));
  const names = (cached: string) =>
    upstreamOf(instances, ['blend', 'nothing'], { isCached: (name) => name === cached }).map(
      ({ name }) => name,
    );
  expect(names('none')).toEqual(['split', 'train[fold=0]', 'train[fold=1]', 'blend']);
  expect(names('blend')).toEqual(['blend']);
});

test('what a stage does with new data is typed by the application, and no part of keys', () => {
  const apply = (rows: readonly number[]) => rows.map((row) => 2 * row);
  const definition = {
    name: 'double',
    version: '1',
    settings: z.object({}),
    inputs: {},
    outputs: { model: { kind: 'file', type: 'model' } },
    run: () => {},
  } as const;
  const stage = defineStage({ ...definition, apply });
  expect(stage.apply?.([1, 2])).toEqual([2, 4]);
  // Stages with and without `apply` fit into one list.
  const known: AnyStage<(rows: readonly number[]) => readonly number[]>[] = [stage, split];
  expect(known.map((item) => item.apply)).toEqual([apply, undefined]);
  const keyed = [stage, defineStage(definition)].map((item) => {
    const graph = defineGraph({ instances: [instance('double', item, { settings: {}, inputs: {} })] });
    return keysOf(graph, {}, 'e')[0]?.key;
  });
  expect(keyed[0]).toBe(keyed[1]);
});
