import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Papa from 'papaparse';
import { afterAll, expect, test } from 'vitest';
import { type Answer, answer } from './cases/answer.ts';
import { CaseFolder } from './cases/case-folder.ts';
import { draw, randomFolder, type Truth } from './random-folders/random-folder.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-random-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** `npm run test:folders` tries 2,000. */
const COUNT = Number(process.env.PODIUM_FOLDERS ?? 100);
const SEED = Number(process.env.PODIUM_FUZZ_SEED ?? 1);
/** The most undamaged folders, as a share, that end in an error: who answers nothing is never wrong. */
const MOST_REFUSED = 0.15;

test('no folder is answered with a wrong cell and no message', { timeout: COUNT * 15_000 }, async () => {
  const wrong: string[] = [];
  const refused: string[] = [];
  const plans = fc.sample(randomFolder, { numRuns: COUNT, seed: SEED });
  for (const [made, plan] of plans.entries()) {
    const folder = new CaseFolder(join(root, `f${made}`));
    const truth = await draw(folder, plan);
    await folder.settings('random', { metric: truth.metric });
    const found = await answer(folder.path, true);
    rmSync(folder.path, { recursive: true });
    if ((made + 1) % 100 === 0) console.info(`${made + 1} of ${COUNT} folders, ${wrong.length} wrong`);
    const shown = `${JSON.stringify(plan)}\n${found.refused ?? found.told}`;
    if (found.refused !== undefined) {
      if (plan.trouble === 'none') refused.push(shown);
      continue;
    }
    const faults = [...wrongCells(found, truth), ...unsaid(found, truth)];
    if (faults.length > 0) wrong.push([shown, ...faults].join('\n'));
  }
  expect(wrong.join('\n\n')).toBe('');
  const whole = plans.filter(({ trouble }) => trouble === 'none').length;
  expect(refused.length / whole, refused.join('\n\n')).toBeLessThan(MOST_REFUSED);
});

/** Training rows that are neither used nor said to be left out. */
function unsaid({ train, omissions }: Answer, { trainRows }: Truth): string[] {
  const left = omissions.filter(({ what }) => what === 'training rows' || what === 'copies of rows');
  const said = left.reduce((sum, { count }) => sum + count, 0);
  if (train.length + said === trainRows) return [];
  return [`${train.length} of ${trainRows} training rows are used, and ${said} are said to be left out`];
}

/** Rows of the submission that are not what the images show. */
function wrongCells({ csv = '' }: Answer, { labels, columns, separator }: Truth): string[] {
  const { data } = Papa.parse<string[]>(csv.replace(/^\ufeff/, ''), { skipEmptyLines: true });
  const [header = [], ...rows] = data;
  const wrong = rows.flatMap((row, at) => {
    const [id, own] = [...labels][at] ?? ['', []];
    const cells = row.slice(1);
    const says =
      columns !== undefined
        ? header.slice(1).filter((_, k) => Number(cells[k]) > 0.5)
        : separator !== undefined
          ? cells[0]!.split(separator)
          : /^0?\.\d+$|^[01]\.\d+$/.test(cells[0]!)
            ? [String(Math.round(Number(cells[0])))]
            : [cells[0]!];
    const isRight = row[0] === id && [...says].sort().join('\n') === [...own].sort().join('\n');
    return isRight ? [] : [`row ${at}: ${row.join(' | ')}, not ${id}: ${own.join('+')}`];
  });
  return rows.length === labels.size ? wrong : [...wrong, `${rows.length} rows, not ${labels.size}`];
}
