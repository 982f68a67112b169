import * as Plot from '@observablehq/plot';
import { expect, test } from 'vitest';
import { chart } from './chart.ts';

const drawn = () =>
  chart(
    { title: 'A <title>', description: 'what & why' },
    { marks: [Plot.text([{ x: 1.23456, y: 1 }], { x: 'x', y: 'y', text: () => '0.123456 <b>' })] },
  ).text;

test('is one image with a name and a description', () => {
  expect(drawn()).toContain('role="img"');
  expect(drawn()).toContain('<title>A &lt;title&gt;</title><desc>what &amp; why</desc>');
  expect(drawn().match(/aria-label/g)).toHaveLength(1);
});

test('rounds coordinates, not texts', () => {
  expect(drawn()).toContain('>0.123456 &lt;b&gt;</text>');
  expect(drawn()).not.toMatch(/transform="[^"]*\.\d{3}/);
});

test('is the same every time', () => {
  expect(drawn()).toBe(drawn());
});
