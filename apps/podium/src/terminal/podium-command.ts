import { realpathSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';

/** Where and how this process runs. */
export interface Standing {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Absolute: the file that the command `podium` starts. */
  readonly bin: string;
  /** Absolute: the checkout; undefined in an installed package. */
  readonly checkout: string | undefined;
}

/**
 * How people start Podium where they stand: `podium` if their shell finds it, otherwise `npx podium` or
 * `npm run podium --` if they came by it, or inside the checkout; otherwise the whole path.
 */
export function podiumCommand({ env, cwd, bin, checkout }: Standing): string {
  const script = env.npm_lifecycle_event;
  if (script === 'npx') return 'npx podium';
  if (script === 'podium' && checkout !== undefined) return 'npm run podium --';
  if (script !== undefined) return 'npx podium';
  if (isOnPath(bin, env.PATH ?? '')) return 'podium';
  if (checkout !== undefined && `${cwd}${sep}`.startsWith(`${checkout}${sep}`)) return 'npx podium';
  return `node ${/^[\w./-]+$/.test(bin) ? bin : `"${bin}"`}`;
}

function isOnPath(bin: string, path: string): boolean {
  return path
    .split(delimiter)
    .some((folder) => folder !== '' && realPath(join(folder, 'podium')) === realPath(bin));
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

const COMMANDS =
  'setup|demo|init|inspect|run|finish|train|predict|ensemble|report|rebuild|augment|models|list|submit|verify|score|runs|cache|doctor|worker|mcp|help|completion';
const HINT = new RegExp(`(?<![\\w./@-])podium (?=(?:${COMMANDS})\\b)`, 'g');

/** A text whose hints, `podium run`, start Podium by this command. */
export function withCommand(text: string, command: string): string {
  return command === 'podium' ? text : text.replace(HINT, () => `${command} `);
}
