import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { type InputIdentity, keyOf, type RunRecord } from '@podium/pipeline';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  compareRuns,
  ensembleRuns,
  findRun,
  type OnCompetitionEvent,
  planCompetition,
  predictImages,
  prepareSending,
  rebuildSubmission,
  reportRun,
  runCompetition,
  verifyRun,
} from '../src/index.ts';
import { LEAVES_YAML, writeLeaves } from '../src/testing/leaves.ts';

/*
 * Records and settings of somebody else, edited at random: whatever is done with them touches no file outside of the project, is
 * heard by no server, runs none of their code, and ends in an error that says what is wrong, if it is one.
 *
 * Of 5000 records, tried when this was written, 31 % ended as invalid, 32 % as edited, 9 % as untrusted, 3 % would have run, the
 * rest in 14 other errors; of 1000 settings, most were invalid. All held.
 */
const CASES = Number(process.env.PODIUM_HOSTILE ?? 80);
/** Settings are checked before anything else, and so mostly end there. */
const SETTINGS = Math.ceil(CASES / 5);
const TIMEOUT = 600_000 + CASES * 2000;

const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-hostile-')));
const outside = join(root, 'outside');
/** Written by code of the projects, whoever loads it. */
const ran = join(root, 'ran');
const plain = join(root, 'plain');
const own = join(root, 'own');
const other = join(root, 'other');
let connections = 0;
let listener: Server;
let hostile: readonly unknown[];

const STAGE = `import { appendFileSync } from 'node:fs';
import { readHeads, writeHeads } from '@podium/competition';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
appendFileSync(${JSON.stringify(ran)}, 'ran\\n');
export const same = defineStage({
  name: 'same',
  version: '1',
  settings: z.strictObject({}),
  inputs: { predictions: { kind: 'folder', type: 'predictions' } },
  outputs: { predictions: { kind: 'folder', type: 'predictions' } },
  run: async ({ inputs, outputs }) => writeHeads(outputs.predictions, await readHeads(inputs.predictions)),
});
`;

beforeAll(async () => {
  listener = createServer((socket) => {
    connections++;
    socket.on('error', () => {});
    socket.destroy();
  });
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const settings = `${LEAVES_YAML}metric: accuracy\nreport: false\nthreads: 1\n`;
  for (const folder of [plain, own]) {
    await writeLeaves(folder);
    writeFileSync(join(folder, 'stage.ts'), STAGE);
  }
  writeFileSync(join(plain, 'podium.yaml'), settings);
  writeFileSync(join(own, 'podium.yaml'), `${settings}postprocess: [{ module: stage.ts, export: same }]\n`);
  await runCompetition(plain, { name: 'one' });
  await runCompetition(own, { name: 'one', trust: true });
  rmSync(ran);
  cpSync(plain, other, { recursive: true });
  mkdirSync(join(outside, 'images'), { recursive: true });
  writeFileSync(join(outside, 'secret.csv'), 'id,label\n12.png,oak\n');
  writeFileSync(join(outside, 'evil.ts'), STAGE);
  writeFileSync(join(outside, 'images/0.png'), readFileSync(join(plain, 'data/images/0.png')));
  for (const folder of [plain, own]) {
    symlinkSync(outside, join(folder, 'link'));
    symlinkSync(join(outside, 'evil.ts'), join(folder, 'link.ts'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'pipe')]);
  }
  // Whatever asks anybody, asks the listener.
  Object.assign(process.env, {
    HF_ENDPOINT: address,
    PODIUM_WEIGHTS_MIRROR: address,
    PIP_INDEX_URL: `${address}/simple`,
  });
  hostile = [
    ...[
      '../../../outside/secret.csv',
      '../outside',
      '../../../outside',
      '../../link',
      'link',
      'link/secret.csv',
    ],
    ...[outside, join(outside, 'secret.csv'), join(outside, 'evil.ts'), '/dev/zero', '/dev/stdin', '..', '.'],
    ...['../../stage.ts', './stage.ts', 'stage.ts', '../../link.ts', '../../pipe', 'pipe', '\0', '', 'a\0b'],
    ...[`${address}/x.pth`, `${address}/x.ts`, `file://${outside}/evil.ts`, 'hf:a/b', 'pypi:evil==1.0/x.pth'],
    ...['\u001b]0;x\u0007\u001b[2J', '\u202ex', '__proto__', 'constructor', 'toString', 'x'.repeat(100_000)],
    ...[
      '$(touch x)',
      '-rf',
      '%2e%2e/',
      '..\\..',
      'data',
      'code',
      'stage-code',
      'weights',
      'folder',
      'file',
      'same',
    ],
    ...[0, -1, 1e308, 2 ** 53, 0.5, true, null, [], {}, [[]], JSON.parse('{"__proto__":{"polluted":true}}')],
    { module: join(outside, 'evil.ts'), export: 'same' },
    { module: './stage.ts', export: 'same' },
    { module: 'link.ts', export: 'same', argument: {} },
    { from: 'data', output: 'train' },
    { source: '__proto__' },
    { kind: 'file', type: 'weights', path: `${address}/y.pth`, sha256: 'a'.repeat(64), bytes: 1 },
    { kind: 'file', type: 'stage-code', path: '../../stage.ts', sha256: 'a'.repeat(64), bytes: 1 },
  ];
}, 600_000);
afterAll(() => {
  listener.close();
  rmSync(root, { recursive: true });
});

type Path = readonly (string | number)[];

/** Every place in a value, leaves and what holds them. */
function placesOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const inner = entries.flatMap(([key, item]) => placesOf(item, [...at, key]));
  return at.length === 0 ? inner : [at, ...inner];
}

interface Edit {
  /**
   * `fitting`: a leaf becomes something hostile of its own type, so that checks of types let it pass; `path`: the same, of paths,
   * types, names and addresses alone; `any`: any place becomes anything; `added`: an object or list gets one more.
   */
  readonly kind: 'fitting' | 'path' | 'any' | 'added';
  /** Where, as a share of all such places. */
  readonly place: number;
  /** Which of the hostile values, as a share. */
  readonly value: number;
}

/** What names files, code and addresses, in records and in settings. */
const PATHS =
  /^(stages\.sources\..*(path|type|kind)|stages\.instances\.\d+\.(stage|inputs\..*)|submission\.file|sample\.path|competition|run|data\.folder|postprocess\..*|(settings\.)?models\..*)$/;
const HASH = /^[0-9a-f]{64}$/;

function edited(value: unknown, edits: readonly Edit[]): unknown {
  const copy = structuredClone(value);
  for (const { kind, place, value: which } of edits) {
    const isLeaf = (path: Path) => typeof at(copy, path) !== 'object' || at(copy, path) === null;
    const places = placesOf(copy).filter((path) =>
      kind === 'path'
        ? isLeaf(path) && PATHS.test(path.join('.'))
        : kind === 'fitting'
          ? isLeaf(path)
          : kind === 'added'
            ? !isLeaf(path)
            : true,
    );
    const path = places[Math.floor(place * places.length)];
    if (path === undefined) continue;
    const there = at(copy, path);
    const fits = kind === 'path' || kind === 'fitting' ? typeof there : undefined;
    const values = hostile.filter((item) => fits === undefined || typeof item === fits);
    const given =
      typeof there === 'string' && HASH.test(there) && fits !== undefined
        ? 'a'.repeat(64)
        : structuredClone(values[Math.floor(which * values.length)]);
    if (kind === 'added' && Array.isArray(there)) there.push(given);
    else if (kind === 'added')
      Object.defineProperty(there, place < 0.5 ? 'more' : '__proto__', {
        value: given,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else (at(copy, path.slice(0, -1)) as Record<string | number, unknown>)[path.at(-1)!] = given;
  }
  return copy;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce((inner, key) => (inner as Record<string | number, unknown>)[key], value);
}

/** Makes keys right again, as somebody who knows Podium would. */
function rekeyed(record: unknown): unknown {
  const copy = structuredClone(record);
  try {
    const { engine, sources, instances } = (copy as { stages: RunRecord }).stages;
    const keys = new Map<string, string>();
    for (const instance of instances) {
      const identity = (item: { from?: string; output?: string; source?: string }): InputIdentity =>
        item.from === undefined
          ? { sha256: sources[item.source!]!.sha256 }
          : { key: keys.get(item.from)!, output: item.output! };
      const inputs = Object.entries(instance.inputs).map(([port, list]) => [port, list.map(identity)]);
      const { stage, version, settings, seed } = instance;
      const key = keyOf({ stage, version, engine, settings, seed, inputs: Object.fromEntries(inputs) });
      (instance as { key: string }).key = key;
      keys.set(instance.name, key);
    }
  } catch {
    // Its keys cannot be computed: it stays as it is.
  }
  return copy;
}

const begun = new Error('begun');
/** How often each error ended a case: most must get further than the first check. */
const ends = new Map<string, number>();
const count = (end: string) => void ends.set(end, (ends.get(end) ?? 0) + 1);

/** Lets something run until stages would. */
async function untilStages(
  run: (options: { readonly signal: AbortSignal; readonly onEvent: OnCompetitionEvent }) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  try {
    await run({
      signal: controller.signal,
      onEvent: (event) => {
        const isPlanned = event.type === 'stage' && event.event.type === 'planned';
        if (isPlanned || (event.type === 'phase' && event.phase === 'rebuilding')) controller.abort(begun);
      },
    });
  } catch (error) {
    if (error !== begun && !(error instanceof PodiumError)) throw error;
    count(error === begun ? 'stages would run' : (error as PodiumError).code);
  }
}

/** What people do with a record of somebody else. */
const USES: readonly ((record: string, folder: string) => Promise<void>)[] = [
  (record) => untilStages((options) => rebuildSubmission(record, options)),
  (record) => untilStages((options) => rebuildSubmission(record, { ...options, store: 'stored' })),
  (record) => untilStages((options) => rebuildSubmission(record, { ...options, anyway: true })),
  (record, folder) => untilStages(() => prepareSending(record, { submissions: join(folder, 'submissions') })),
  (record, folder) => untilStages(() => verifyRun(record, { submissions: join(folder, 'submissions') })),
  (record, folder) =>
    untilStages((options) => reportRun(record, { ...options, submissions: join(folder, 'submissions') })),
  (record, folder) =>
    untilStages(async () => {
      const submissions = join(folder, 'submissions');
      const good = await findRun(join(other, 'submissions/leaves/one.run.json'), submissions);
      await compareRuns(await findRun(record, submissions), good);
    }),
  (record, folder) =>
    untilStages((options) =>
      ensembleRuns([record, join(other, 'submissions/leaves/one.run.json')], {
        ...options,
        method: 'mean',
        submissions: join(folder, 'submissions'),
      }),
    ),
  (record, folder) =>
    untilStages(async ({ signal }) => {
      const controller = new AbortController();
      const images = [join(folder, 'data/images/13.png')];
      const submissions = join(folder, 'submissions');
      await predictImages(record, images, {
        submissions,
        signal: AbortSignal.any([signal, controller.signal]),
        onProgress: () => controller.abort(begun),
      });
    }),
];

/** Everything about the files that nothing may touch. */
function stateOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const found = lstatSync(path, { bigint: true });
      const content = found.isSymbolicLink()
        ? readlinkSync(path)
        : found.isFile()
          ? readFileSync(path, 'latin1')
          : '';
      return [name, found.mode, found.mtimeNs, found.ino, content].join(' ');
    });
}

// Not fc.double, half of whose values are next to 0.
const share = fc.nat({ max: 999_999 }).map((parts) => parts / 1e6);
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('fitting', 'fitting', 'path', 'path', 'path', 'path', 'any', 'added'),
  place: share,
  value: share,
});
const edits = fc.array(edit, { minLength: 1, maxLength: 2 });

function assertUntouched(before: readonly string[]): void {
  expect(stateOf(outside)).toEqual(before);
  expect(connections).toBe(0);
  expect(existsSync(ran)).toBe(false);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

test(`${CASES} edited records`, { timeout: TIMEOUT }, async () => {
  const before = stateOf(outside);
  const records = [plain, own].map((folder) => {
    const file = join(folder, 'submissions/leaves/one.run.json');
    return { folder, file, record: JSON.parse(readFileSync(file, 'utf8')) as unknown };
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...records),
      edits,
      fc.nat({ max: 4 }),
      fc.nat({ max: USES.length - 1 }),
      async ({ folder, file, record }, changes, fixesKeys, use) => {
        const changed = edited(record, changes);
        writeFileSync(file, JSON.stringify(fixesKeys > 0 ? rekeyed(changed) : changed));
        await USES[use]!(file, folder);
        assertUntouched(before);
      },
    ),
    { numRuns: CASES, endOnFailure: true },
  );
  // It would be no test of anything if the first look at a record refused all.
  const early = ends.get('record-invalid') ?? 0;
  expect(early / CASES, JSON.stringify(Object.fromEntries(ends))).toBeLessThan(0.5);
  expect(ends.get('untrusted')).toBeGreaterThan(0);
  if (CASES >= 1000) console.log(Object.fromEntries(ends));
});

test(`${SETTINGS} edited settings`, { timeout: TIMEOUT }, async () => {
  const before = stateOf(outside);
  const settings = [plain, own].map((folder) => {
    const file = join(folder, 'podium.yaml');
    return { folder, file, value: parse(readFileSync(file, 'utf8')) as unknown };
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...settings), edits, async ({ folder, file, value }, changes) => {
      writeFileSync(file, stringify(edited(value, changes)));
      await untilStages((options) => planCompetition(folder, options));
      assertUntouched(before);
    }),
    { numRuns: SETTINGS, endOnFailure: true },
  );
});
