import { imageDataUri, renderComparison, renderReport } from '@podium/report';
import { expect, test } from 'vitest';
import { predictions, reportOf, truth } from './use-report.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

test('use-report renders a small data object as one self-contained page', () => {
  const data = reportOf(predictions, truth, { 'c.jpg': imageDataUri(png) });
  const html = renderReport(data);
  expect(html).toContain('<title>cats and dogs · Podium</title>');
  expect(html).toContain('cat predicted as dog: 1 of 3');
  expect(html).toContain(imageDataUri(png));
  expect(html).not.toMatch(/(?:src|href)="https?:/);
  expect(renderReport(data)).toBe(html);
  expect(renderComparison(data, { ...data, title: 'again' })).toContain('cats and dogs vs again');
});
