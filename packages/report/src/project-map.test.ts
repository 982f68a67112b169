import { PodiumError, Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { projectMap } from './index.ts';

const WIDTH = 6;
const [perGroup, groups] = [25, 3];

/** Three distant clouds. */
function clouds(): Float32Array {
  const rng = Rng.fromSeed('clouds');
  const features = new Float32Array(perGroup * groups * WIDTH);
  rng.fillNormal(features, 0, 0.3);
  for (let i = 0; i < features.length; i++) {
    const group = Math.floor(i / WIDTH / perGroup);
    if (i % WIDTH === group) features[i] = features[i]! + 10;
  }
  return features;
}

test('neighbors stay neighbors: the nearest dot of each dot is from its cloud', () => {
  const map = projectMap(clouds(), WIDTH, { seed: 1 });
  expect(map).toHaveLength(perGroup * groups * 2);
  const point = (i: number) => [map[2 * i]!, map[2 * i + 1]!] as const;
  for (let i = 0; i < perGroup * groups; i++) {
    const [x, y] = point(i);
    let [nearest, best] = [-1, Number.POSITIVE_INFINITY];
    for (let j = 0; j < perGroup * groups; j++) {
      const distance = j === i ? Number.POSITIVE_INFINITY : Math.hypot(point(j)[0] - x, point(j)[1] - y);
      if (distance < best) [nearest, best] = [j, distance];
    }
    expect(Math.floor(nearest / perGroup)).toBe(Math.floor(i / perGroup));
  }
});

test('the same seed gives the same map, another seed another map', () => {
  const map = projectMap(clouds(), WIDTH, { seed: 1 });
  expect(projectMap(clouds(), WIDTH, { seed: 1 })).toEqual(map);
  expect(projectMap(clouds(), WIDTH, { seed: 2 })).not.toEqual(map);
});

test.each([0, 1, 2, 3, 4, 5])('%i rows', (count) => {
  const features = Rng.fromSeed(count).fillNormal(new Float32Array(count * WIDTH));
  const map = projectMap(features, WIDTH, { seed: 1 });
  expect(map).toHaveLength(2 * count);
  expect(map.every(Number.isFinite)).toBe(true);
});

test('identical rows', () => {
  const map = projectMap(new Float32Array(20 * WIDTH), WIDTH, { seed: 1 });
  expect(map.every(Number.isFinite)).toBe(true);
});

test('invalid features are an error', () => {
  expect(() => projectMap(new Float32Array(7), 3, { seed: 1 })).toThrow(PodiumError);
  expect(() => projectMap(new Float32Array(6), 0, { seed: 1 })).toThrow('D = 0');
  const features = new Float32Array(12);
  features[7] = Number.NaN;
  expect(() => projectMap(features, 3, { seed: 1 })).toThrow('row 2, feature 1');
});
