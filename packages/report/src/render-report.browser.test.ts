import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHROMIUM_ARGUMENTS } from '@podium/test-kit/chromium';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { example } from '../test/example.ts';
import { type ReportData, renderComparison, renderReport } from './index.ts';

const { program: executablePath = '', missing } = inject('chromium');

interface Visit {
  readonly file?: string;
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
}

describe.skipIf(missing !== undefined)('in a real Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'podium-report-'));
  let browser: Browser;

  beforeAll(async () => {
    writeFileSync(join(folder, 'report.html'), renderReport(example()));
    writeFileSync(join(folder, 'comparison.html'), renderComparison(example(), changed()));
    writeFileSync(join(folder, 'shades.html'), renderReport(shades()));
    writeFileSync(join(folder, 'heads.html'), renderReport(twoHeads()));
    writeFileSync(join(folder, 'large.html'), renderReport(large()));
    browser = await chromium.launch({ executablePath, args: [...CHROMIUM_ARGUMENTS] });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens a page, and fails where it complains or asks for anything. */
  async function visit(
    { file = 'report.html', width = 1280, scheme = 'light' }: Visit,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    // The policy is the page's; only the test's own scripts pass it by.
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      colorScheme: scheme,
      bypassCSP: false,
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    const url = pathToFileURL(join(folder, file)).href;
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:') && request.url() !== url)
        complaints.push(request.url().slice(0, 80));
    });
    await page.goto(url);
    await look(page);
    await context.close();
    expect(complaints.filter((text) => !text.includes('blob:'))).toEqual([]);
  }

  test('every image is there, and only text became of hostile names', async () => {
    await visit({}, async (page) => {
      const broken = await page.evaluate(
        () => [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).length,
      );
      expect(broken).toBe(0);
      expect(await page.locator('img').count()).toBeGreaterThan(20);
      expect(await page.locator('bdi', { hasText: '<script>alert(1)</script>' }).count()).toBeGreaterThan(0);
    });
  });

  test('a cell opens its images by mouse', async () => {
    await visit({}, async (page) => {
      const cell = page.locator('#matrix button.miss').first();
      const label = await cell.getAttribute('aria-label');
      await cell.click();
      const number = Number(/: (\d+) of/.exec(label ?? '')?.[1]);
      expect(await page.locator('#behind .card').count()).toBe(number);
      expect(await page.locator('#behind h3').textContent()).toContain('predicted as');
      expect(await cell.getAttribute('aria-pressed')).toBe('true');
      await page.locator('#behind button', { hasText: 'Close' }).click();
      expect(await page.locator('#behind .card').count()).toBe(0);
    });
  });

  test('a hundred thousand rows: mistakes are listed first, and a cell says if it does not list all', async () => {
    expect(readFileSync(join(folder, 'large.html')).length).toBeLessThan(5_000_000);
    const heading = async (page: Page, kind: string) => {
      await page.locator(`#matrix button.${kind}`).first().click();
      return await page.locator('#behind h3').textContent();
    };
    await visit({ file: 'large.html' }, async (page) => {
      expect(await heading(page, 'miss')).toMatch(/ 15,000 images$/);
      expect(await heading(page, 'hit')).toMatch(/ 5000 of 85,000 images are listed in this file$/);
    });
  });

  test('a cell opens its images by keyboard', async () => {
    await visit({}, async (page) => {
      // One cell is in the tab order.
      expect(await page.locator('#matrix button[tabindex="0"]').count()).toBe(1);
      await page.locator('#matrix button[tabindex="0"]').focus();
      const before = await focused(page);
      await page.keyboard.press('ArrowDown');
      const after = await focused(page);
      expect(after).not.toBe(before);
      await page.keyboard.press('Enter');
      expect(await page.locator('#behind .card').count()).toBe(Number(/: (\d+) of/.exec(after)?.[1]));
      expect(await focused(page)).toBe(after);
      await page.keyboard.press('Escape');
      expect(await page.locator('#behind .card').count()).toBe(0);
    });
  });

  test('ticked labels are saved as a patch', async () => {
    const { labelIssues = [] } = example();
    await visit({}, async (page) => {
      await page.locator('[data-issue="0"]').check();
      await page.locator('[data-issue="1"]').check();
      await page.locator('[data-action="1"]').selectOption('drop');
      await page.locator('[data-issue="2"]').check();
      await page.locator('[data-action="2"]').selectOption('unlabel');
      expect(await page.locator('#patch-count').textContent()).toBe('3 of 4 ticked');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('#patch-save').click(),
      ]);
      expect(download.suggestedFilename()).toBe('cats-and-dogs-labels.patch.json');
      const text = readFileSync(await download.path(), 'utf8');
      const [first, second, third] = labelIssues;
      const reason = (quality: number | undefined) =>
        `label quality ${quality?.toFixed(3)}; chosen in the report`;
      expect(JSON.parse(text)).toEqual({
        format: 'podium-patch/1',
        entries: [
          {
            action: 'relabel',
            id: first?.id,
            head: 'label',
            old: first?.given,
            new: first?.suggested,
            reason: reason(first?.quality),
          },
          { action: 'drop', id: second?.id, old: second?.manifestRow, reason: reason(second?.quality) },
          {
            action: 'relabel',
            id: third?.id,
            head: 'label',
            old: third?.given,
            new: null,
            reason: reason(third?.quality),
          },
        ],
      });
    });
  });

  test('tables sort, the map colors by what is chosen and tells its dots, the theme changes', async () => {
    await visit({}, async (page) => {
      const first = () => page.locator('#classes tbody tr').first().locator('td').first().textContent();
      await page.locator('#classes th', { hasText: 'Images' }).getByRole('button').click();
      expect(await first()).toBe('8');
      await page.locator('#classes th', { hasText: 'Images' }).getByRole('button').click();
      expect(await first()).toBe('9');

      const dot = page.locator('#map circle').nth(1);
      await page.locator('input[value="fold"]').check();
      expect(await dot.getAttribute('fill')).toBe('var(--c1)');
      await page.locator('[data-legend="fold"] button').first().click();
      expect(await dot.getAttribute('class')).toContain('dim');
      await page.locator('#map-frame').focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('#map-status').textContent()).toContain('0-cat.jpg');
      expect(await page.locator('#map-tip img').count()).toBe(1);

      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await page.locator('#theme').click();
      expect(await background()).toBe(light);
      await page.locator('#theme').click();
      expect(await background()).not.toBe(light);
    });
  });

  test.each(['report.html', 'comparison.html'])('%s needs no sideways scrolling on a phone', async (file) => {
    await visit({ file, width: 390 }, async (page) => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    });
  });

  test('it prints, with everything open', async () => {
    await visit({}, async (page) => {
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      expect(await page.locator('details:not([open])').count()).toBe(0);
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
      expect(await page.locator('details:not([open])').count()).toBeGreaterThan(0);
    });
  });

  test('untrusted scripts do not run, even if one got into the page', async () => {
    const spoiled = readFileSync(join(folder, 'report.html'), 'utf8').replace(
      '</main>',
      '<script>document.title = "run"</script><img alt="" src="data:," onerror="document.title = \'run\'"></main>',
    );
    writeFileSync(join(folder, 'spoiled.html'), spoiled);
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, 'spoiled.html')).href);
    expect(await page.title()).toBe('cats and dogs · Podium');
    await page.close();
  });

  test('on a phone, only boxes scroll sideways, and those that do say so until their end', async () => {
    await visit({ width: 390 }, async (page) => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      const frame = page.locator('#classes .scroll-frame');
      const hint = () =>
        frame.evaluate((element) => getComputedStyle(element, '::before').getPropertyValue('content'));
      expect(await frame.getAttribute('data-more')).toBe('end');
      expect(await hint()).toContain('Scroll sideways');
      await frame.locator('.scroll').evaluate((box) => {
        box.scrollLeft = box.scrollWidth;
      });
      await expect.poll(() => frame.getAttribute('data-more')).toBe('start');
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      const silent = () =>
        page.evaluate(
          () =>
            [...document.querySelectorAll<HTMLElement>('.scroll')].filter(
              (box) => box.scrollWidth > box.clientWidth + 1 && !box.parentElement?.dataset.more,
            ).length,
        );
      await expect.poll(silent).toBe(0);
    });
    await visit({ width: 1280 }, async (page) => {
      expect(await page.locator('#classes .scroll-frame').getAttribute('data-more')).toBeNull();
    });
  });

  test('each head has a matrix of its own', async () => {
    await visit({ file: 'heads.html' }, async (page) => {
      const cell = page.locator('#matrix-1 button.miss').first();
      await cell.click();
      const number = Number(/: (\d+) of/.exec((await cell.getAttribute('aria-label')) ?? '')?.[1]);
      expect(await page.locator('#behind-1 .card').count()).toBe(number);
      expect(await page.locator('#behind .card').count()).toBe(0);
    });
  });

  const visits = (['report.html', 'comparison.html', 'shades.html', 'heads.html'] as const).flatMap(
    (file) => [
      { file, scheme: 'light' as const, width: 1280 },
      { file, scheme: 'dark' as const, width: 390 },
    ],
  );
  test.each(visits)(
    'axe finds nothing to mend: $file, $scheme, $width px',
    async ({ file, scheme, width }) => {
      await visit({ file, scheme, width }, async (page) => {
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true;
          document.querySelector<HTMLElement>('#matrix button.miss')?.click();
          document.querySelector<HTMLElement>('#patch-all')?.click();
        });
        // Evaluated by the debugger, which no policy holds back.
        await page.evaluate(axe.source);
        const serious = await page.evaluate(async () => {
          const { run } = (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe;
          const { violations } = await run();
          return violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(
              ({ id, nodes }) =>
                `${id}: ${nodes
                  .map(({ html, failureSummary }) => `${html} ${failureSummary}`)
                  .slice(0, 3)
                  .join('\n')}`,
            );
        });
        expect(serious).toEqual([]);
      });
    },
  );
});

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

async function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
}

/** Cells of every shade, to be read on all of them. */
function shades(): ReportData {
  const width = 21;
  const classes = Array.from({ length: width }, (_, i) => `class ${i}`);
  const confusion = new Array<number>(width * width).fill(0);
  for (let i = 0; i < width; i++) {
    confusion[i * width + i] = 5 * i;
    confusion[i * width + ((i + 1) % width)] = 5 * (width - 1 - i);
  }
  return { title: 'shades', score: { value: 0.5 }, classes, confusion };
}

function large(): ReportData {
  const samples = Array.from({ length: 100_000 }, (_, i) => {
    return { id: `image${i}`, truth: 0, predicted: i < 15_000 ? 1 : 0, confidence: (i % 100) / 100 };
  });
  return { title: 'large', score: { value: 0.85 }, classes: ['a', 'b'], samples };
}

/** The example with a second head, and a model that agrees with most labels. */
function twoHeads(): ReportData {
  const { classes = [], samples = [], labelIssues } = example();
  const kind = classes.map((name) => `kind of ${name}`);
  const right = samples.map((sample, i) => (i % 8 === 0 ? sample : { ...sample, predicted: sample.truth }));
  return example({
    head: 'animal',
    samples: right,
    otherHeads: [{ head: 'kind', classes: kind, samples, labelIssues: [] }],
    labelIssues,
  });
}

/** The same run after a change: some rows otherwise, a setting more. */
function changed(): ReportData {
  const { samples = [], perClass = [], folds = [] } = example();
  return example({
    title: 'cats and dogs, longer',
    score: { value: 0.76, interval: { low: 0.72, high: 0.8 } },
    samples: samples.map((sample, i) => (i % 3 === 0 ? { ...sample, predicted: sample.truth } : sample)),
    perClass: perClass.map((scores, i) => ({ ...scores, f1: scores.f1 + 0.02 * (i - 2) })),
    folds: folds.map(({ fold, score }) => ({ fold, score: score + 0.01 })),
    settings: { model: 'resnet18', epochs: 8, mixup: 0.2 },
  });
}
