import { type HeadPredictions, readHeads, writeHeads } from '@podium/competition';
import { PodiumError, Predictions } from '@podium/core';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';

/**
 * What the settings name: multiplies probabilities of classes and makes each row a distribution again. It is applied to
 * out-of-fold and to test predictions alike, so that the score says what it is worth.
 */
export const weighClasses = defineStage({
  name: 'weigh-classes',
  version: '1',
  settings: z.strictObject({ head: z.string(), weights: z.record(z.string(), z.number().positive()) }),
  inputs: { predictions: { kind: 'folder', type: 'predictions' } },
  outputs: { predictions: { kind: 'folder', type: 'predictions' } },
  run: async ({ settings: { head, weights }, inputs, outputs }) => {
    const heads = await readHeads(inputs.predictions);
    const weighted = new Map([...heads, [head, weigh(find(heads, head), weights)]]);
    await writeHeads(outputs.predictions, weighted);
  },
});

function find(heads: HeadPredictions, head: string): Predictions {
  const found = heads.get(head);
  if (found !== undefined) return found;
  throw new PodiumError({ code: 'weigh-head', expected: [...heads.keys()], got: JSON.stringify(head) });
}

function weigh(predictions: Predictions, weights: Readonly<Record<string, number>>): Predictions {
  const { classes } = predictions;
  const unknown = Object.keys(weights).find((name) => !classes.includes(name));
  if (unknown !== undefined)
    throw new PodiumError({ code: 'weigh-class', expected: classes, got: JSON.stringify(unknown) });
  const values = Float32Array.from(predictions.values);
  for (let row = 0; row < values.length; row += classes.length) {
    let sum = 0;
    for (const [k, name] of classes.entries()) {
      const value = values[row + k]! * (weights[name] ?? 1);
      values[row + k] = value;
      sum += value;
    }
    for (let k = 0; k < classes.length; k++) values[row + k] = values[row + k]! / sum;
  }
  return new Predictions({ ...predictions, values });
}
