import { oneHot, Rng } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseStrength, PROBE_STRENGTHS } from './choose-strength.ts';
import { fitLinearProbe, probeLogits } from './linear-probe.ts';

beforeAll(async () => {
  await loadEngine();
});

const CLASSES = 3;

/** Groups of three rows; the first features tell the class, with noise, the others are noise. */
function drawn(groups: number, width: number, noise: number) {
  const rng = Rng.fromSeed('strength');
  const names = Array.from({ length: 3 * groups }, (_, i) => `group-${Math.floor(i / 3)}`);
  const labels = names.map((_, i) => Math.floor(i / 3) % CLASSES);
  const values = new Float32Array(names.length * width);
  for (const [i, label] of labels.entries())
    for (let f = 0; f < width; f++) values[i * width + f] = (f === label ? 1 : 0) + noise * rng.normal();
  const targets = Float32Array.from(oneHot(labels, CLASSES));
  return { features: { ids: names, values, width }, groups: names, labels, targets };
}

function search(groups: number, width: number, noise: number) {
  const { features, groups: names, targets } = drawn(groups, width, noise);
  const rows = names.map((_, i) => i);
  return chooseStrength({ features, rows, targets, classes: CLASSES, groups: names });
}

describe('chooseStrength', () => {
  it('penalizes noise strongly and clear features little', () => {
    const noisy = search(40, 200, 2);
    const clear = search(40, 4, 0.2);
    expect(noisy.c).toBeLessThan(0.01);
    expect(clear.c).toBeGreaterThan(0.1);
  });

  it('ends where both neighbors are worse, or at the end of the grid', () => {
    for (const { c, tried } of [search(40, 200, 2), search(40, 20, 0.7), search(40, 4, 0.2)]) {
      const at = PROBE_STRENGTHS.indexOf(c);
      const lossOf = (index: number) => tried.find((each) => each.c === PROBE_STRENGTHS[index])?.loss;
      const best = lossOf(at)!;
      for (const neighbor of [at - 1, at + 1])
        if (neighbor >= 0 && neighbor < PROBE_STRENGTHS.length)
          expect(lossOf(neighbor)).toBeGreaterThanOrEqual(best);
      expect(Math.min(...tried.map(({ loss }) => loss))).toBe(best);
    }
  });

  it('judges by rows that may judge: wrong targets of others count only in training', () => {
    const { features, groups, targets } = drawn(40, 4, 0.2);
    const rows = groups.map((_, i) => i);
    const right = Math.floor(0.75 * rows.length);
    const shifted = Float32Array.from(targets);
    for (let i = right; i < rows.length; i++)
      for (let k = 0; k < CLASSES; k++)
        shifted[i * CLASSES + k] = targets[i * CLASSES + ((k + 1) % CLASSES)]!;
    const lossBy = (judges?: (at: number) => boolean) =>
      chooseStrength({
        features,
        rows,
        targets: shifted,
        classes: CLASSES,
        groups,
        ...(judges && { judges }),
      }).tried.find(({ c }) => c === 0.01)!.loss;
    const byRight = lossBy((at) => at < right);
    expect(byRight).toBeLessThan(lossBy());
    expect(lossBy()).toBeLessThan(lossBy((at) => at >= right));
  });

  it('keeps to the usual strength where no group can be held out', () => {
    const { features, targets } = drawn(4, 3, 0.5);
    const rows = [0, 1, 2];
    const found = chooseStrength({
      features,
      rows,
      targets: targets.slice(0, 9),
      classes: CLASSES,
      groups: ['a', 'a', 'a'],
    });
    expect(found).toEqual({ c: 0.01, tried: [] });
  });
});

it('a fit that begins at another strength ends where a fresh one does', async () => {
  const { createProbeFitter } = await import('./linear-probe.ts');
  const { features, groups, labels, targets } = drawn(20, 6, 0.5);
  const rows = groups.map((_, i) => i);
  const fitter = createProbeFitter(features, rows, targets, CLASSES);
  fitter.fit(1e-4);
  const warm = probeLogits(fitter.fit(0.1), features, rows);
  fitter.dispose();
  const fresh = probeLogits(fitLinearProbe(features, rows, labels, CLASSES, { c: 0.1 }), features, rows);
  for (const [i, value] of fresh.entries()) expect(Math.abs(warm[i]! - value)).toBeLessThan(0.02);
});
