import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { assetsSource } from '../test/build-assets.ts';
import { example, NASTY } from '../test/example.ts';
import { type ReportData, renderReport } from './index.ts';
import { SCRIPT, STYLE } from './page/assets.ts';
import { sections } from './sections/index.ts';

const page = renderReport(example());
const { document } = parseHTML(page);

test('the page has every section, and the table of contents links to them', () => {
  const ids = [...document.querySelectorAll('main section')].map((section) => section.id);
  expect(ids).toEqual(sections.map(({ id }) => id));
  const links = [...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'));
  expect(links).toEqual(ids.map((id) => `#${id}`));
});

test('a title and a score are enough', () => {
  const minimal = parseHTML(renderReport({ title: 'run', score: { value: 0.5 } })).document;
  expect([...minimal.querySelectorAll('main section')].map(({ id }) => id)).toEqual(['summary']);
  expect(minimal.querySelector('.big')?.textContent).toBe('0.500');
});

test.each(Object.keys(example()).filter((key) => key !== 'title' && key !== 'score') as (keyof ReportData)[])(
  'without %s it renders',
  (key) => {
    const { [key]: _, ...rest } = example();
    // Data that refer to classes or images are removed with them.
    const also =
      key === 'classes' ? { samples: [] } : key === 'images' ? { explanations: [], augmentation: [] } : {};
    expect(renderReport({ ...(rest as ReportData), ...also })).toContain('</html>');
  },
);

test('the same data give the same bytes, whatever was rendered before', () => {
  expect(renderReport(example())).toBe(page);
});

test('golden: the page of the example', () => {
  const golden = join(import.meta.dirname, 'fixtures', 'example.html');
  // Script and style have their own source.
  const readable = page
    .replace(SCRIPT, '/* script */')
    .replace(STYLE, '/* style */')
    .replace(/sha256-[^']+/, 'sha256-');
  const same = existsSync(golden) && readFileSync(golden, 'utf8') === readable;
  if (!same) writeFileSync(golden.replace('.html', '.new.html'), readable);
  expect(same, 'differs: compare with fixtures/example.new.html, and rename that if it is better').toBe(true);
});

test('the page makes no requests', () => {
  expect(page.replaceAll(/data:image[^"]*/g, '')).not.toMatch(/(?:src|href)="(?!#)|url\(|@import|https?:/);
});

test('its policy allows only its own script, by hash', () => {
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((match) => match[1]!);
  expect(scripts).toHaveLength(1);
  const hash = createHash('sha256').update(scripts[0]!).digest('base64');
  expect(policy).toBe(
    `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
  );
});

test('script and style are up to date with client/: npm run generate', async () => {
  const source = readFileSync(join(import.meta.dirname, 'page', 'assets.ts'), 'utf8');
  expect(source === (await assetsSource())).toBe(true);
});

describe('hostile text', () => {
  test('stays text', () => {
    for (const name of ['alert', 'onerror']) {
      for (const element of document.querySelectorAll('*')) {
        for (const { name: attribute } of element.attributes) expect(attribute.startsWith('on')).toBe(false);
        if (element.tagName === 'SCRIPT' && element.getAttribute('type') === null)
          expect(element.textContent).not.toContain(name);
      }
    }
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img src=x');
    for (const name of NASTY) expect(document.body.textContent).toContain(name);
  });

  test('in every string of the data', () => {
    const hostile = '"\'><svg/onload=alert(1)></script><!--';
    const spoiled = spoil(example(), hostile);
    const html = renderReport(spoiled);
    expect(html).not.toContain('<svg/onload');
    expect(html).not.toContain('</script><!--');
    expect(parseHTML(html).document.querySelectorAll('section')).toHaveLength(sections.length);
  });

  test('control characters and lone surrogates become replacement characters', () => {
    const html = renderReport({ title: 'a\u0000b\ud800c\u001bd', score: { value: 1 } });
    expect(html).toContain('a\ufffdb\ufffdc\ufffdd');
  });
});

describe('images', () => {
  test('are stored once however often they are shown', () => {
    const { images = {} } = example();
    for (const uri of new Set(Object.values(images))) {
      const copies = Object.values(images).filter((other) => other === uri).length;
      expect(page.split(uri).length - 1).toBe(copies);
    }
  });

  test('5,000 images stay under 5 MB; the least important ones are omitted', () => {
    const uri = (i: number) => `data:image/webp;base64,${String(i).padStart(6, '0').repeat(266)}`;
    const ids = Array.from({ length: 5000 }, (_, i) => `train/class-${i % 20}/image-${i}.jpg`);
    const html = renderReport({
      title: 'large',
      score: { value: 0.8 },
      classes: Array.from({ length: 20 }, (_, i) => `class ${i}`),
      images: Object.fromEntries(ids.map((id, i) => [id, uri(i)])),
      samples: ids.map((id, i) => ({
        id,
        truth: i % 20,
        predicted: i % 7 === 0 ? (i + 1) % 20 : i % 20,
        confidence: (i % 97) / 100,
        fold: i % 5,
        image: id,
      })),
      map: {
        method: 'UMAP',
        points: ids.map((id, i) => ({ x: i % 71, y: i % 67, id, class: `class ${i % 20}`, image: id })),
      },
    });
    const bytes = Buffer.byteLength(html);
    expect(bytes).toBeLessThan(5_000_000);
    expect(bytes).toBeGreaterThan(4_990_000);
    // Every mistake has its image.
    for (let i = 0; i < 5000; i += 7) expect(html.includes(uri(i))).toBe(true);
  });

  test('maxBytes is a limit', () => {
    const small = renderReport(example(), { maxBytes: Buffer.byteLength(page) - 2000 });
    expect(Buffer.byteLength(small)).toBeLessThanOrEqual(Buffer.byteLength(page) - 2000);
    expect(small).toContain(',null');
  });
});

describe('numbers', () => {
  test('the most confident mistakes come first', () => {
    const shown = [...document.querySelectorAll('#mistakes .card .muted')].map(({ textContent }) =>
      Number.parseInt(textContent?.replace('>', '') ?? '', 10),
    );
    expect(shown).toEqual([...shown].sort((a, b) => b - a));
    expect(document.querySelector('#mistakes .lead')?.textContent).toContain('15 of 60 images (25.0\u00a0%)');
  });

  test('confusion is counted from the samples, or taken as given', () => {
    const cells = (html: string) =>
      [...parseHTML(html).document.querySelectorAll('#matrix tbody tr')].map((row) =>
        [...row.querySelectorAll('td')].map(({ textContent }) => Number(textContent || 0)),
      );
    const counted = cells(page);
    expect(counted.flat().reduce((a, b) => a + b, 0)).toBe(60);
    const given = renderReport({
      title: 'run',
      score: { value: 1 },
      classes: ['a', 'b'],
      confusion: Float64Array.of(3, 1, 0, 1200),
    });
    expect(cells(given)[0]).toEqual([3, 1]);
    expect(given).toContain('>1,200</button>');
  });

  test('wide matrices show the classes with the most errors', () => {
    const width = 60;
    const confusion: number[] = Array.from({ length: width * width }, (_, at) =>
      at % (width + 1) === 0 ? 5 : 0,
    );
    confusion[50 * width + 51] = 3;
    const html = renderReport({
      title: 'run',
      score: { value: 1 },
      classes: Array.from({ length: width }, (_, i) => `class ${i}`),
      confusion,
    });
    const names = [...parseHTML(html).document.querySelectorAll('#matrix tbody th')].map(
      (head) => head.textContent,
    );
    expect(names).toHaveLength(40);
    expect(names.slice(-2)).toEqual(['class 50', 'class 51']);
  });

  test.each([
    ['inside', 0.73, 'higher', 'lies within'],
    ['below', 0.6, 'higher', 'worse than the interval'],
    ['above', 0.9, 'higher', 'better than the interval'],
    ['below, of a loss', 0.6, 'lower', 'better than the interval'],
  ] as const)('a test score %s the interval', (_, value, better, words) => {
    const html = renderReport(example({ testScore: { value }, metric: { name: 'm', better } }));
    expect(html).toContain(words);
  });

  test('errors among the findings are warnings above the score', () => {
    const [first, second] = [...document.querySelectorAll('.warnings li')].map(
      ({ textContent }) => textContent,
    );
    expect(first).toContain('few images');
    expect(second).toContain('one person is in two folds');
    expect(page.indexOf('class="warnings"')).toBeLessThan(page.indexOf('class="big"'));
  });
});

describe('invalid data are errors', () => {
  test.each([
    ['title', { title: ' ' }],
    ['score.value', { score: { value: Number.NaN } }],
    ['score.interval', { score: { value: 1, interval: { low: 2, high: 1 } } }],
    ['folds[0].score', { folds: [{ fold: 0, score: Number.POSITIVE_INFINITY }] }],
    ['samples[0].truth', { samples: [{ id: 'a', truth: 99 }] }],
    ['confusion', { confusion: [1, 2, 3] }],
    ['images["a"]', { images: { a: 'https://example.org/a.png' }, explanations: [], augmentation: [] }],
    ['images["a"]', { images: { a: 'data:image/svg+xml;base64,AAAA' }, explanations: [], augmentation: [] }],
    ['explanations[0].image', { explanations: [{ id: 'x', image: '__proto__', method: 'm' }] }],
    [
      'augmentation[0].images[0].original',
      {
        augmentation: [{ models: [], steps: [], images: [{ id: 'x', original: 'toString', versions: [] }] }],
      },
    ],
    [
      'augmentation[0].images[0].versions[1]',
      {
        augmentation: [
          {
            models: [],
            steps: [],
            images: [{ id: 'x', original: 'version 1', versions: ['version 2', '__proto__'] }],
          },
        ],
      },
    ],
    ['models[0].score.value', { models: [{ name: 'a', score: { value: Number.NaN } }] }],
    [
      'otherHeads[0].folds[0].score',
      { otherHeads: [{ head: 'b', folds: [{ fold: 0, score: Number.NaN }] }] },
    ],
    [
      'otherHeads[1].samples[0].truth',
      { otherHeads: [{ head: 'b' }, { head: 'c', samples: [{ id: 'a', truth: 1 }] }] },
    ],
    [
      'testPredictions.classes[0].predicted',
      {
        testPredictions: {
          images: 2,
          trainingImages: 2,
          classes: [{ name: 'a', training: 1, predicted: 3 }],
          mostSure: [],
          leastSure: [],
        },
      },
    ],
    ['ensemble.members[0].weight', { ensemble: { members: [{ name: 'a', weight: Number.NaN }] } }],
    ['stages[0].seconds', { stages: [{ name: 'a', seconds: Number.NaN }] }],
    ['map.points[0].y', { map: { method: '', points: [{ x: 0, y: Number.NaN }] } }],
  ] as [string, Partial<ReportData>][])('%s', (key, overrides) => {
    const render = () => renderReport(example(overrides));
    expect(render).toThrow(PodiumError);
    expect(render).toThrow(key);
  });

  test('a heat map of the wrong size', () => {
    const { images = {} } = example();
    const heatmap = { width: 2, height: 2, values: [1] };
    const data = example({
      explanations: [{ id: 'x', image: Object.keys(images)[0]!, method: 'm', heatmap }],
    });
    expect(() => renderReport(data)).toThrow('explanations[0].heatmap.values');
  });
});

/** Appends `text` to every string that is shown; keys, images and severities stay. */
function spoil(data: ReportData, text: string): ReportData {
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string')
      return ['image', 'severity', 'better', 'images', 'original', 'versions'].includes(key)
        ? value
        : value + text;
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]));
  };
  return { ...(walk({ ...data, images: {} }, '') as ReportData), images: data.images ?? {} };
}
