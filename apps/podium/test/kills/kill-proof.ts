/*
 * Kills runs at random moments and starts them again; fills the disk; makes folders read-only; flips bits: each time the
 * submission has to be the one of a run that nothing happened to. Not one of the normal tests, since it takes minutes:
 * npm run test:kill -w apps/podium
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Rng } from '@podium/core';
import { writeSmallCompetition } from '@podium/competition/testing';
import { podium } from './podium-process.ts';

const KILLS = Number(process.env.PODIUM_KILLS ?? 20);
const rng = Rng.fromSeed(process.env.PODIUM_KILL_SEED ?? 'kills');
const problems: string[] = [];
const root = await mkdtemp(join(tmpdir(), 'podium-kill-'));
const project = join(root, 'project');
await writeSmallCompetition(project, {
  people: 20,
  testPeople: 6,
  folds: 2,
  epochs: 3,
  // What little is learnt in seconds may be one class only.
  more: ['submission: { accept: [one-class] }'],
});

try {
  const unbroken = await run('unbroken');
  if (unbroken.code !== 0) throw new Error(unbroken.stderr + unbroken.stdout);
  const reference = await contents(submissions('unbroken'));
  tell(`unbroken: ${unbroken.seconds.toFixed(1)} s; ${[...reference.keys()].join(', ')}`);
  const again = await run('unbroken');
  const differing = [...(await contents(submissions('unbroken')))].filter(
    ([file, bytes]) => reference.get(file)?.equals(bytes) !== true,
  );
  if (differing.length > 0)
    problems.push(`a second run changed ${differing.map(([file]) => file).join(', ')}`);
  else tell(`a second run: ${again.seconds.toFixed(1)} s, no byte changed`);
  await killing(unbroken.seconds, reference);
  await twoAtOnce(reference);
  await flippedBits(reference);
  await smallDisk(reference);
  await readOnly(reference);
} finally {
  await rm(root, { recursive: true, force: true });
}
for (const problem of problems) tell(`PROBLEM ${problem}`);
tell(problems.length === 0 ? 'all of it survived' : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Twenty kills, in as many rounds as they take: a round is an empty store and a run that is started until it is done. */
async function killing(seconds: number, reference: Contents): Promise<void> {
  let kills = 0;
  const attempts: number[] = [];
  for (let round = 1; kills < KILLS; round++) {
    const name = `round-${round}`;
    const moments: string[] = [];
    for (let attempt = 1; ; attempt++) {
      const own = rng.split(round, attempt);
      // Short lives at first, so that beginnings are interrupted as often as ends.
      const killAfter = kills < KILLS ? own.uniform(0.2, seconds * (attempt % 2 === 1 ? 1 : 0.5)) : undefined;
      const ended = await run(name, killAfter === undefined ? {} : { killAfter, whole: own.bool() });
      if (ended.killed) {
        kills++;
        moments.push(killAfter!.toFixed(1));
        await expectWholeFiles(name, reference);
        continue;
      }
      if (ended.code !== 0) problems.push(`${name}: exit ${ended.code}: ${ended.stderr.slice(-2000)}`);
      attempts.push(attempt);
      break;
    }
    await expectSame(name, reference);
    await expectSweptStore(name);
    tell(`${name}: killed after ${moments.join(', ') || '-'} s; then the same bytes`);
  }
  tell(`${kills} kills in ${attempts.length} rounds`);
}

/** Nothing under a final name may be anything but whole, whenever it is looked at. */
async function expectWholeFiles(name: string, reference: Contents): Promise<void> {
  for (const [file, bytes] of await contents(submissions(name))) {
    if (/(^|\/)\.podium-.*\.tmp$/.test(file) || file.includes('.lock')) continue;
    if (!isSame(file, bytes, reference)) problems.push(`${name}: ${file} is half-written or other`);
  }
}

/** Reports say how long each stage took when it was made, so those of two stores differ; they only have to be whole. */
function isSame(file: string, bytes: Buffer | undefined, reference: Contents): boolean {
  const expected = reference.get(file);
  if (bytes === undefined || expected === undefined) return false;
  return file.endsWith('.report.html')
    ? bytes.toString('latin1').trimEnd().endsWith('</html>')
    : bytes.equals(expected);
}

async function expectSame(name: string, reference: Contents): Promise<void> {
  const found = await contents(submissions(name));
  const differing = [...new Set([...found.keys(), ...reference.keys()])].filter(
    (file) => !isSame(file, found.get(file), reference),
  );
  if (differing.length > 0) problems.push(`${name}: not as the unbroken run: ${differing.join(', ')}`);
}

/** What killed processes left in the store is gone once another one has opened it. */
async function expectSweptStore(name: string): Promise<void> {
  await podium(['cache', 'list', '--store', store(name)]);
  const left = [...(await contents(store(name))).keys()].filter((file) =>
    /^(attempts|leases|work)\/|\.tmp$|\.lock/.test(file),
  );
  if (left.length > 0) problems.push(`${name}: left in the store: ${left.slice(0, 5).join(', ')}`);
}

async function twoAtOnce(reference: Contents): Promise<void> {
  const both = await Promise.all([run('two'), run('two')]);
  if (both.some(({ code }) => code !== 0))
    problems.push(`two at once: ${both.map(({ stderr }) => stderr).join()}`);
  await expectSame('two', reference);
  tell('two runs at once on one store: the same bytes');
}

/** A bit of each result in turn: found, named, and made again. */
async function flippedBits(reference: Contents): Promise<void> {
  const files = [...(await contents(join(store('two'), 'entries'))).keys()].filter((file) =>
    file.includes('/outputs/'),
  );
  let named = 0;
  const chosen = rng.split('flips').sample(files, Math.min(4, files.length));
  for (const file of chosen) {
    const path = join(store('two'), 'entries', file);
    const bytes = await readFile(path);
    const at = rng.split('flip', file).int(Math.max(1, bytes.length));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    // As a disk does it: the file's date stays.
    const { atime, mtime } = await stat(path);
    await writeFile(path, bytes);
    await utimes(path, atime, mtime);
    const ended = await run('two');
    if (ended.code !== 0)
      problems.push(`flipped bit in ${file}: exit ${ended.code}: ${ended.stderr.slice(-1000)}`);
    if (/damaged/.test(ended.stderr)) named++;
    else problems.push(`flipped bit in ${file}: nobody said so`);
    await expectSame('two', reference);
  }
  tell(`flipped bits: ${named} of ${chosen.length} named and mended`);
}

async function smallDisk(reference: Contents): Promise<void> {
  if (
    !(await onMount('full', 'size=400k', async (mount) => {
      const full = await run('full', {}, mount);
      if (full.code !== 1 || !/disk|space/i.test(full.stderr))
        problems.push(`full disk: exit ${full.code}: ${full.stderr.slice(-600)}`);
      else tell(`full disk: ${lastLine(full.stderr)}`);
      execFileSync('mount', ['-o', 'remount,size=64m', mount]);
      const again = await run('full', {}, mount);
      if (again.code !== 0) problems.push(`after a full disk: ${again.stderr.slice(-1000)}`);
      await expectSame('full', reference);
      tell('full disk: with room again, the same bytes');
    }))
  )
    tell('full disk: left out, since nothing may be mounted here');
}

async function readOnly(reference: Contents): Promise<void> {
  if (
    !(await onMount('locked', 'ro', async (mount) => {
      const locked = await run('locked', {}, mount);
      if (locked.code !== 1 || !/read.only/i.test(locked.stderr))
        problems.push(`read-only store: exit ${locked.code}: ${locked.stderr.slice(-600)}`);
      else tell(`read-only store: ${lastLine(locked.stderr)}`);
      execFileSync('mount', ['-o', 'remount,rw', mount]);
      const again = await run('locked', {}, mount);
      if (again.code !== 0) problems.push(`after a read-only store: ${again.stderr.slice(-1000)}`);
      await expectSame('locked', reference);
    }))
  )
    tell('read-only folder: left out, since nothing may be mounted here');
  await onMount('locked-csv', 'ro', async (mount) => {
    const words = ['run', project, '--store', store('two'), '--submissions', mount];
    const refused = await podium(words);
    if (refused.code !== 1 || !/read-only/i.test(refused.stderr))
      problems.push(`read-only submissions: exit ${refused.code}: ${refused.stderr.slice(-600)}`);
    else tell(`read-only submissions: ${lastLine(refused.stderr)}`);
  });
}

/** Does something with a file system of its own; false where nothing may be mounted. */
async function onMount(
  name: string,
  options: string,
  work: (mount: string) => Promise<void>,
): Promise<boolean> {
  const mount = join(root, `mount-${name}`);
  await mkdir(mount);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mount], { stdio: 'ignore' });
  } catch {
    return false;
  }
  try {
    await work(mount);
  } finally {
    execFileSync('umount', ['-l', mount]);
  }
  return true;
}

type Contents = ReadonlyMap<string, Buffer>;

/** Every file below a folder, by its path. */
async function contents(folder: string): Promise<Contents> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, Buffer>();
  for (const item of found) {
    const path = join(item.parentPath, item.name);
    // A living process may take a file away meanwhile.
    const bytes = item.isFile() ? await readFile(path).catch(() => undefined) : undefined;
    if (bytes !== undefined) files.set(relative(folder, path), bytes);
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function store(name: string): string {
  return join(root, `store-of-${name}`);
}

function submissions(name: string): string {
  return join(root, `submissions-of-${name}`);
}

function run(name: string, options: Parameters<typeof podium>[1] = {}, place = store(name)) {
  return podium(['run', project, '--store', place, '--submissions', submissions(name)], options);
}

/** What an error is, without how to mend it. */
function lastLine(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.findLast((line) => line.startsWith('podium: ')) ?? lines.at(-1)!;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
