import { expect, test } from 'vitest';
import { temporaryFile } from '../../test/checkpoints/files.ts';
import * as p from '../../test/checkpoints/pickles.ts';
import { type Checkpoint, readCheckpoint } from './read-checkpoint.ts';
import { stripPrefixes } from './unwrap-state.ts';

async function read(body: string, options = {}): Promise<Checkpoint> {
  const file = p.pthZip(p.pickle(body), { 0: new Uint8Array(16) });
  return await readCheckpoint(temporaryFile(file), options);
}

const model = p.dict({ w: p.tensor() });

test.each([
  ['a bare state dict', model, []],
  ['state_dict', p.dict({ state_dict: model }), ['state_dict']],
  ['model', p.dict({ model }), ['model']],
  ['model_state_dict', p.dict({ model_state_dict: model }), ['model_state_dict']],
  ['ema_state_dict', p.dict({ model, ema_state_dict: model }), ['ema_state_dict']],
  ['two levels', p.dict({ model: p.dict({ state_dict: model }) }), ['model', 'state_dict']],
  ['an average that is None', p.dict({ model_ema: p.NONE, model }), ['model']],
  ['an average without tensors', p.dict({ model_ema: p.dict({ decay: p.int(1) }), model }), ['model']],
])('%s', async (_, body, unwrapped) => {
  const checkpoint = await read(body);
  expect([...checkpoint.state.keys()]).toEqual(['w']);
  expect(checkpoint.unwrapped).toEqual(unwrapped);
});

test('a parameter called model is a parameter', async () => {
  const checkpoint = await read(p.dict({ model: p.tensor(), w: p.tensor(), step: p.int(3) }));
  expect([...checkpoint.state.keys()]).toEqual(['model', 'w']);
  expect(checkpoint.leftOut).toEqual(['step']);
});

test('a given key', async () => {
  const checkpoint = await read(p.dict({ student: model, teacher: p.dict({ 'module.v': p.tensor() }) }), {
    key: 'teacher',
  });
  expect([...checkpoint.state.keys()]).toEqual(['v']);
  expect(checkpoint.unwrapped).toEqual(['teacher', 'module.']);
  expect(checkpoint.leftOut).toEqual(['student']);
});

test('a prefix is taken off where every name has it, and only there', () => {
  const strip = (...names: string[]) => [
    ...stripPrefixes(new Map(names.map((name) => [name, 1]))).tensors.keys(),
  ];
  expect(strip('module.a', 'module.b')).toEqual(['a', 'b']);
  expect(strip('_orig_mod.module.a', '_orig_mod.module.b')).toEqual(['a', 'b']);
  expect(strip('module._orig_mod.module.a')).toEqual(['a']);
  expect(strip('n_averaged', 'module.a')).toEqual(['a']);
  expect(strip('module.a', 'b')).toEqual(['module.a', 'b']);
  expect(strip('modules.a')).toEqual(['modules.a']);
  expect(strip('n_averaged')).toEqual(['n_averaged']);
  expect(strip()).toEqual([]);
});
