import { type ChildProcess, spawn } from 'node:child_process';

/** Characters of standard output that are kept, and lines of standard error. */
const MAX_OUTPUT = 2 ** 25;
const LOG_LINES = 40;

/** A command line of Podium that runs in a process of its own. */
export interface CommandRun {
  readonly child: ChildProcess;
  /** The latest lines of standard error. */
  readonly log: readonly string[];
  readonly ended: Promise<CommandResult>;
}

export interface CommandResult {
  readonly exitCode: number;
  /** What `--json` printed; undefined if nothing, or no JSON. */
  readonly output: unknown;
}

/** Starts `podium ARGS` in a folder, without a terminal: it asks nothing. */
export function startCommand(args: readonly string[], folder: string): CommandRun {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    if (text.length < MAX_OUTPUT) text += part;
  });
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    const lines = (rest + part).split(/\r?\n/);
    rest = lines.pop() ?? '';
    log.push(...lines.filter((line) => line !== ''));
    log.splice(0, log.length - LOG_LINES);
  });
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (rest !== '') log.push(rest);
      resolve({ exitCode: code ?? 1, output: parsed(text) });
    });
  });
  ended.catch(() => {});
  return { child, log, ended };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
