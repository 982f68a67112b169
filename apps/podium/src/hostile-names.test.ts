import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEAVES_YAML, noise, writeLeaves } from '@podium/competition/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawnPodium } from '../test/run-podium.ts';
import { exitCodes } from './exit-codes.ts';
import { runProgram } from './run-program.ts';
import { createTerminal } from './terminal/terminal.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-hostile-names-')));
const images = join(folder, 'data', 'images');
const submissions = join(folder, 'submissions');

/** Clears the screen, makes a link, writes to the clipboard, moves the cursor, begins a line, turns the text around. */
const ATTACKS = [
  '\u001b[2J\u001b[1;1H',
  '\u001b]8;;http:x\u0007link\u001b]8;;\u0007',
  '\u001b]52;c;eA==\u0007',
  '\u009b2J\u0085',
  '\rFORGED',
  '\nFORGED',
  '\u202eFORGED\u2066',
  '\u2028FORGED\u007f\b\t',
];
/** A table's reader makes one kind of line break of all. */
const IN_TABLES = ATTACKS.filter((attack) => !attack.includes('\r'));
const nameOf = (i: number) => `${i}${IN_TABLES[i % IN_TABLES.length]}.png`;
const quoted = (cell: string) => `"${cell}"`;

/** What the real command line writes, on a screen that is wide enough for its lines. */
async function podium(...args: readonly string[]): Promise<{ code: number; shown: string; stdout: string }> {
  let [shown, stdout] = ['', ''];
  const errors = {
    isTTY: true,
    columns: 1000,
    write: (text: string) => {
      shown += text;
    },
  };
  const results = {
    write: (text: string) => {
      shown += text;
      stdout += text;
    },
  };
  const terminal = createTerminal(results, errors, {});
  const code = await runProgram(args, { terminal, signal: new AbortController().signal });
  return { code, shown, stdout };
}

/** What a terminal would act on, except line breaks and the line of progress that Podium clears. */
function actedOn(shown: string): string[] {
  const text = shown.replaceAll('\r\u001b[2K', '');
  return [...text.matchAll(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]|^FORGED.*/gmu)].map(([part]) =>
    JSON.stringify(part),
  );
}

beforeAll(async () => {
  await writeLeaves(folder);
  for (let i = 0; i < 16; i++) renameSync(join(images, `${i}.png`), join(images, nameOf(i)));
  const rows = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, k) => {
      const i = from + k;
      return `${quoted(nameOf(i))},${quoted(`${i % 2 === 0 ? 'oak' : 'elm'}${ATTACKS[i % 2 === 0 ? 0 : 5]}`)}`;
    });
  writeFileSync(join(folder, 'data/train.csv'), ['id,label', ...rows(0, 12), ''].join('\n'));
  writeFileSync(join(folder, 'data/sample_submission.csv'), ['id,label', ...rows(12, 16), ''].join('\n'));
  writeFileSync(join(folder, 'podium.yaml'), `${LEAVES_YAML}metric: accuracy\nreport: false\nthreads: 1\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('names of files and classes never act on the terminal', { timeout: 600_000 }, async () => {
  const leaky = join(folder, 'data-leaky');
  for (const [i, attack] of ATTACKS.entries()) {
    const image = await noise(i % 3);
    for (const split of ['train', 'test']) {
      mkdirSync(join(leaky, split, `class${attack}`), { recursive: true });
      writeFileSync(join(leaky, split, `class${attack}`, `${i}${attack}.png`), image);
    }
    writeFileSync(join(leaky, 'train', `class${attack}`, `broken${attack}.png`), 'not an image');
  }
  const run = await podium('run', join(folder, 'podium.yaml'), '--name', 'one');
  expect([run.code, run.shown]).toEqual([exitCodes.ok, expect.stringContaining('Cross-validation')]);
  // Files that others send may have been edited.
  const [ledger] = readdirSync(join(submissions, 'leaves')).filter((name) => name.includes('ledger'));
  appendFileSync(
    join(submissions, 'leaves', ledger!),
    readFileSync(join(submissions, 'leaves', ledger!), 'utf8')
      .split('\n')[1]!
      .replace('one', quoted(`two${ATTACKS.join('')}`)),
  );
  const record = join(submissions, 'leaves', 'one.run.json');
  const edited = join(folder, `edited${ATTACKS[0]}.run.json`);
  writeFileSync(
    edited,
    readFileSync(record, 'utf8').replaceAll(
      'small-net',
      JSON.stringify(`small${ATTACKS.join('')}`).slice(1, -1),
    ),
  );
  const formulas = join(folder, 'formulas');
  mkdirSync(formulas);
  for (const name of [`a${ATTACKS[0]}.png`, '=1+1.png', '-2.png'])
    writeFileSync(join(formulas, name), await noise(name));
  const shown: Record<string, string> = { run: run.shown };
  for (const args of [
    ['run', join(folder, 'podium.yaml'), '--plan'],
    ['run', join(folder, 'podium.yaml'), `models=[${ATTACKS.join('')}]`],
    ['run', join(folder, `nowhere${ATTACKS.join('')}`)],
    ['inspect', join(folder, 'data')],
    ['inspect', leaky, '--layout', 'folders'],
    ['inspect', leaky, '--layout', 'folders', '--json'],
    ['inspect', leaky, '--layout', `folders${ATTACKS.join('')}`],
    ['init', leaky, '--yes', '--out', join(folder, 'leaky', 'podium.yaml')],
    ['runs', 'list', '--submissions', submissions],
    ['runs', 'list', '--submissions', submissions, '--json'],
    ['runs', 'show', record],
    ['runs', 'show', edited],
    ['runs', 'compare', record, edited],
    ['cache', 'list', '--store', join(folder, '.podium')],
    ['predict', record, formulas, '--out', join(folder, `predictions${ATTACKS[0]}.csv`)],
    ['predict', record, join(images, nameOf(1)), join(leaky, 'train'), '--out', join(folder, 'p.csv')],
    ['submit', record],
    [`unknown${ATTACKS.join('')}`],
  ]) {
    const { shown: text, stdout } = await podium(...args);
    shown[args.join(' ')] = text;
    if (args.includes('--json')) expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  }
  expect(Object.fromEntries(Object.entries(shown).map(([args, text]) => [args, actedOn(text)]))).toEqual(
    Object.fromEntries(Object.keys(shown).map((args) => [args, []])),
  );
  const predicted = readFileSync(join(folder, `predictions${ATTACKS[0]}.csv`), 'utf8');
  expect(predicted).toMatch(/^"'-2\.png",/m);
  expect(predicted).toMatch(/^"'=1\+1\.png",/m);
  // The names were there.
  expect(
    Object.values(shown).filter((text) => /\\u001b\[2J|\\u009b2J|\\n/.test(text)).length,
  ).toBeGreaterThan(8);
});

test('nor do they as a program of its own', { timeout: 60_000 }, () => {
  const { stdout, stderr } = spawnPodium(['inspect', 'data'], { cwd: folder });
  expect(stdout).toContain('oak\\u001b[2J');
  expect(actedOn(stdout + stderr)).toEqual([]);
});
