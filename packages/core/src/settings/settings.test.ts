import { expect, test } from 'vitest';
import { z } from 'zod';
import { PodiumError } from '../errors.ts';
import { jsonSettings, parseSettings, settingsProblems } from './settings.ts';

const schema = z.object({
  lr: z.number().positive().default(0.1),
  epochs: z.int().min(1).default(3),
  size: z.number().multipleOf(32).optional(),
  loss: z.enum(['cross-entropy', 'focal']).default('focal'),
  augment: z.object({ flip: z.boolean().default(true), crop: z.number().optional() }).prefault({}),
  layers: z.array(z.object({ width: z.int() })).default([]),
  head: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('linear') }),
      z.object({ kind: z.literal('mlp'), hidden: z.int() }),
    ])
    .optional(),
  weights: z.union([z.literal('balanced'), z.record(z.string(), z.number())]).optional(),
  open: z.looseObject({ a: z.number() }).optional(),
  both: z.intersection(z.object({ x: z.number() }), z.object({ y: z.number() })).optional(),
});

const problemOf = (value: unknown) => {
  try {
    parseSettings(schema, value, { file: 'podium.yaml', prefix: 'train' });
  } catch (error) {
    expect(error).toBeInstanceOf(PodiumError);
    return (error as PodiumError).message;
  }
  return 'no problem';
};

test('fills in defaults', () => {
  expect(parseSettings(schema, { lr: 1 })).toEqual({
    lr: 1,
    epochs: 3,
    loss: 'focal',
    augment: { flip: true },
    layers: [],
  });
});

test.each([
  [{ lr: -1 }, 'podium.yaml train.lr: expected a number > 0, got -1'],
  [{ lr: '0.1' }, 'podium.yaml train.lr: expected a number, got "0.1"'],
  [{ lr: Number.NaN }, 'podium.yaml train.lr: expected a number, got NaN'],
  [{ epochs: 1.5 }, 'podium.yaml train.epochs: expected a whole number, got 1.5'],
  [{ epochs: 0 }, 'podium.yaml train.epochs: expected a number >= 1, got 0'],
  [{ size: 100 }, 'podium.yaml train.size: expected a multiple of 32, got 100'],
  [
    { loss: 'focl' },
    'podium.yaml train.loss: expected cross-entropy|focal, got "focl" (did you mean "focal"?)',
  ],
  [
    { augment: { flp: true } },
    'podium.yaml train.augment.flp: unknown key: expected flip|crop, got "flp" (did you mean "flip"?)',
  ],
  [
    { layers: [{ width: 3 }, { widht: 4, width: 4 }] },
    'podium.yaml train.layers[1].widht: unknown key: expected width, got "widht" (did you mean "width"?)',
  ],
  [{ layers: 3 }, 'podium.yaml train.layers: expected a list, got 3'],
  [{ layers: [{}] }, 'podium.yaml train.layers[0].width: expected a number, got nothing'],
  [
    { head: { kind: 'mpl' } },
    'podium.yaml train.head.kind: expected linear|mlp, got "mpl" (did you mean "mlp"?)',
  ],
  [
    { head: { kind: 'linear', hidden: 3 } },
    'podium.yaml train.head.hidden: unknown key: expected kind, got "hidden"',
  ],
  [{ weights: 'balancd' }, 'podium.yaml train.weights: expected balanced or an object, got "balancd"'],
  [{ weights: { cat: 'x' } }, 'podium.yaml train.weights.cat: expected a number, got "x"'],
  [{ open: { a: 1, b: 2 } }, 'no problem'],
  [{ both: { x: 1, y: 2 } }, 'no problem'],
  [{ both: { x: 1, y: 2, z: 3 } }, 'podium.yaml train.both.z: unknown key: expected x|y, got "z"'],
  [[], 'podium.yaml train: expected an object, got []'],
])('%j: %s', (value, message) => {
  expect(problemOf(value)).toBe(message);
});

test('names an unknown key with the nearest valid one, and lists further problems', () => {
  expect(problemOf({ learningrate: 1, epocs: 3, lr: 'x' })).toMatch(
    /^podium\.yaml train\.learningrate: unknown key; also wrong: train\.epocs, train\.lr: expected lr\|epochs/,
  );
  expect(settingsProblems(schema, { epocs: 3, lr: 'x' }).map(({ path }) => path?.key)).toEqual([
    'epocs',
    'lr',
  ]);
});

test('a strict object names the key once', () => {
  const strict = z.strictObject({ a: z.number() });
  expect(settingsProblems(strict, { a: 1, b: 2 })).toHaveLength(1);
  expect(settingsProblems(z.object({ in: strict }), { in: { a: 1, aa: 2 } })).toMatchObject([
    { path: { key: 'in.aa' }, expected: ['a'], got: '"aa"' },
  ]);
});

test('transforms must return JSON', () => {
  expect(jsonSettings({ b: 1, a: undefined, c: -0 }, {})).toEqual({ b: 1, c: 0 });
  for (const value of [{ at: new Map() }, { at: Number.POSITIVE_INFINITY }, { at: () => 1 }]) {
    expect(() => jsonSettings(value, { prefix: 'train.settings' })).toThrow(
      /^train\.settings.*expected JSON/,
    );
  }
});

test("names the owner, and uses the schema's messages and the owner's code", () => {
  const range = z.strictObject({
    degrees: z.union([z.number(), z.array(z.number()).length(2)], { error: 'a number d, or [lo, hi]' }),
  });
  const place = { owner: 'transform "rotate"', code: 'augment-settings' };
  expect(settingsProblems(range, { degrees: 'x' }, place)).toEqual([
    {
      code: 'augment-settings',
      message: 'transform "rotate"',
      path: { key: 'degrees' },
      expected: 'a number d, or [lo, hi]',
      got: '"x"',
    },
  ]);
  expect(settingsProblems(range, { degrees: 1, degree: 2 }, place)[0]).toMatchObject({
    code: 'augment-settings',
    message: 'transform "rotate" has no such setting',
    expected: ['degrees'],
  });
});
