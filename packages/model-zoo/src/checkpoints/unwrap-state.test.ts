import { describe, expect, test } from 'vitest';
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

test.each([
  ['net', p.dict({ epoch: p.int(3), net: model }), ['net']],
  ['a key two levels down', p.dict({ params: p.dict({ generator: model }) }), ['params', 'generator']],
  [
    'the usual key below another',
    p.dict({ backup: p.dict({ state_dict: model }) }),
    ['backup', 'state_dict'],
  ],
])('the only model of a file, under any key: %s', async (_, body, unwrapped) => {
  const checkpoint = await read(body);
  expect([...checkpoint.state.keys()]).toEqual(['w']);
  expect(checkpoint.unwrapped).toEqual(unwrapped);
});

describe('of several models, the one whose names fit', () => {
  const two = p.dict({ critic: p.dict({ v: p.tensor() }), actor: model, score: p.tensor() });
  const matches = (names: readonly string[]) => Number(names.includes('w'));

  test('is read, also where a lone tensor is beside it', async () => {
    expect((await read(two, { matches })).unwrapped).toEqual(['actor']);
  });

  test('is asked for where they fit equally, with what to do', async () => {
    const equal = p.dict({ student: model, teacher: model });
    await expect(read(equal, { matches })).rejects.toMatchObject({
      code: 'checkpoint-ambiguous',
      message: expect.stringMatching(
        /"student", "teacher"[\s\S]*torch.save\(torch.load\(FILE\)\["student"\], NEW_FILE\)/,
      ),
    });
    // With the fix followed literally there is one model.
    expect([...(await read(model, { matches })).state.keys()]).toEqual(['w']);
  });
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
