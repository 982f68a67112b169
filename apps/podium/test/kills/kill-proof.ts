/*
 * Kills runs at random moments and restarts them, fills the disk, makes folders read-only, and flips bits. Each time, the
 * submission must have the same bytes as that of an undisturbed run. Not part of the tests, since it takes minutes:
 * npm run test:kill -w apps/podium
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { writeSmallCompetition } from '@podium/competition/testing';
import { Rng } from '@podium/core';
import { startPodium } from './start-podium.ts';

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
  // A model trained for seconds may predict one class only.
  more: ['submission: { accept: [one-class] }'],
});

try {
  const undisturbed = await run('undisturbed');
  if (undisturbed.code !== 0) throw new Error(undisturbed.stderr + undisturbed.stdout);
  const reference = await contents(submissions('undisturbed'));
  print(`undisturbed: ${undisturbed.seconds.toFixed(1)} s; ${[...reference.keys()].join(', ')}`);
  const again = await run('undisturbed');
  const differing = [...(await contents(submissions('undisturbed')))].filter(
    ([file, bytes]) => reference.get(file)?.equals(bytes) !== true,
  );
  if (differing.length > 0)
    problems.push(`a second run changed ${differing.map(([file]) => file).join(', ')}`);
  else print(`a second run: ${again.seconds.toFixed(1)} s, no byte changed`);
  await killRuns(undisturbed.seconds, reference);
  await runTwoAtOnce(reference);
  await flipBits(reference);
  await fillDisk(reference);
  await useReadOnlyFolders(reference);
} finally {
  await rm(root, { recursive: true, force: true });
}
for (const problem of problems) print(`PROBLEM ${problem}`);
print(problems.length === 0 ? 'no problems' : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Kills runs until there were enough kills. A round begins with an empty store and restarts its run until it is done. */
async function killRuns(seconds: number, reference: Contents): Promise<void> {
  let kills = 0;
  const attempts: number[] = [];
  for (let round = 1; kills < KILLS; round++) {
    const name = `round-${round}`;
    const moments: string[] = [];
    for (let attempt = 1; ; attempt++) {
      const attemptRng = rng.split(round, attempt);
      // Every second attempt lives shorter, so that the start is interrupted as often as the end.
      const killAfter =
        kills < KILLS ? attemptRng.uniform(0.2, seconds * (attempt % 2 === 1 ? 1 : 0.5)) : undefined;
      const exit = await run(
        name,
        killAfter === undefined ? {} : { killAfter, killStages: attemptRng.bool() },
      );
      if (exit.killed) {
        kills++;
        moments.push(killAfter!.toFixed(1));
        await checkCompleteFiles(name, reference);
        continue;
      }
      if (exit.code !== 0) problems.push(`${name}: exit ${exit.code}: ${exit.stderr.slice(-2000)}`);
      attempts.push(attempt);
      break;
    }
    await checkSameFiles(name, reference);
    await checkCleanStore(name);
    print(`${name}: killed after ${moments.join(', ') || '-'} s; then the same bytes`);
  }
  print(`${kills} kills in ${attempts.length} rounds`);
}

/** A file with a final name must be complete at any moment. */
async function checkCompleteFiles(name: string, reference: Contents): Promise<void> {
  for (const [file, bytes] of await contents(submissions(name))) {
    if (/(^|\/)\.podium-.*\.tmp$/.test(file) || file.includes('.lock')) continue;
    if (!isSame(file, bytes, reference)) problems.push(`${name}: ${file} is partial or different`);
  }
}

/** Reports contain the durations of stages, which differ between stores: they must only be complete. */
function isSame(file: string, bytes: Buffer | undefined, reference: Contents): boolean {
  const expected = reference.get(file);
  if (bytes === undefined || expected === undefined) return false;
  return file.endsWith('.report.html')
    ? bytes.toString('latin1').trimEnd().endsWith('</html>')
    : bytes.equals(expected);
}

async function checkSameFiles(name: string, reference: Contents): Promise<void> {
  const found = await contents(submissions(name));
  const differing = [...new Set([...found.keys(), ...reference.keys()])].filter(
    (file) => !isSame(file, found.get(file), reference),
  );
  if (differing.length > 0)
    problems.push(`${name}: differs from the undisturbed run: ${differing.join(', ')}`);
}

/** Opening the store removes what killed processes left. */
async function checkCleanStore(name: string): Promise<void> {
  await startPodium(['cache', 'list', '--store', store(name)]);
  const left = [...(await contents(store(name))).keys()].filter((file) =>
    /^(attempts|leases|work)\/|\.tmp$|\.lock/.test(file),
  );
  if (left.length > 0) problems.push(`${name}: left in the store: ${left.slice(0, 5).join(', ')}`);
}

async function runTwoAtOnce(reference: Contents): Promise<void> {
  const both = await Promise.all([run('two'), run('two')]);
  if (both.some(({ code }) => code !== 0))
    problems.push(`two at once: ${both.map(({ stderr }) => stderr).join()}`);
  await checkSameFiles('two', reference);
  print('two runs at once on one store: the same bytes');
}

/** Flips a bit in several results: each must be reported and recomputed. */
async function flipBits(reference: Contents): Promise<void> {
  const files = [...(await contents(join(store('two'), 'entries'))).keys()].filter((file) =>
    file.includes('/outputs/'),
  );
  let reported = 0;
  const chosen = rng.split('flips').sample(files, Math.min(4, files.length));
  for (const file of chosen) {
    const path = join(store('two'), 'entries', file);
    const bytes = await readFile(path);
    const at = rng.split('flip', file).int(Math.max(1, bytes.length));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    // Like a failing disk: the dates of the file stay.
    const { atime, mtime } = await stat(path);
    await writeFile(path, bytes);
    await utimes(path, atime, mtime);
    const exit = await run('two');
    if (exit.code !== 0)
      problems.push(`flipped bit in ${file}: exit ${exit.code}: ${exit.stderr.slice(-1000)}`);
    if (/damaged/.test(exit.stderr)) reported++;
    else problems.push(`flipped bit in ${file}: not reported`);
    await checkSameFiles('two', reference);
  }
  print(`flipped bits: ${reported} of ${chosen.length} reported and repaired`);
}

async function fillDisk(reference: Contents): Promise<void> {
  if (
    !(await onMount('full', 'size=400k', async (mount) => {
      const full = await run('full', {}, mount);
      if (full.code !== 1 || !/disk|space/i.test(full.stderr))
        problems.push(`full disk: exit ${full.code}: ${full.stderr.slice(-600)}`);
      else print(`full disk: ${lastLine(full.stderr)}`);
      execFileSync('mount', ['-o', 'remount,size=64m', mount]);
      const again = await run('full', {}, mount);
      if (again.code !== 0) problems.push(`after a full disk: ${again.stderr.slice(-1000)}`);
      await checkSameFiles('full', reference);
      print('full disk: with room again, the same bytes');
    }))
  )
    print('full disk: skipped, since mounting is not permitted');
}

async function useReadOnlyFolders(reference: Contents): Promise<void> {
  if (
    !(await onMount('locked', 'ro', async (mount) => {
      const locked = await run('locked', {}, mount);
      if (locked.code !== 1 || !/read.only/i.test(locked.stderr))
        problems.push(`read-only store: exit ${locked.code}: ${locked.stderr.slice(-600)}`);
      else print(`read-only store: ${lastLine(locked.stderr)}`);
      execFileSync('mount', ['-o', 'remount,rw', mount]);
      const again = await run('locked', {}, mount);
      if (again.code !== 0) problems.push(`after a read-only store: ${again.stderr.slice(-1000)}`);
      await checkSameFiles('locked', reference);
    }))
  )
    print('read-only folder: skipped, since mounting is not permitted');
  await onMount('locked-csv', 'ro', async (mount) => {
    const args = ['run', project, '--store', store('two'), '--submissions', mount];
    const failed = await startPodium(args);
    if (failed.code !== 1 || !/read-only/i.test(failed.stderr))
      problems.push(`read-only submissions: exit ${failed.code}: ${failed.stderr.slice(-600)}`);
    else print(`read-only submissions: ${lastLine(failed.stderr)}`);
  });
}

/** Calls `work` with a new mount; false if mounting is not permitted. */
async function onMount(
  name: string,
  options: string,
  work: (mount: string) => Promise<void>,
): Promise<boolean> {
  const mount = join(root, `mount-${name}`);
  await mkdir(mount);
  try {
    // As a folder that its owner made; a tmpfs is anyone's, and Podium keeps no store in such a folder.
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=755`, 'tmpfs', mount], { stdio: 'ignore' });
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

/** All files in a folder, by relative path. */
async function contents(folder: string): Promise<Contents> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, Buffer>();
  for (const item of found) {
    const path = join(item.parentPath, item.name);
    // A running process may remove the file meanwhile.
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

function run(name: string, options: Parameters<typeof startPodium>[1] = {}, storeFolder = store(name)) {
  return startPodium(['run', project, '--store', storeFolder, '--submissions', submissions(name)], options);
}

/** The last error message, without its fix. */
function lastLine(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.findLast((line) => line.startsWith('podium: ')) ?? lines.at(-1)!;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
