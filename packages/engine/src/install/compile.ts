import { join } from 'node:path';
import { type Addon, NODE_API_VERSION, nodeApiHeaders } from './addons.ts';
import { SourceFailure } from './failure.ts';
import type { Layout } from './layout.ts';
import { runProgram } from './program.ts';
import type { InstallSettings } from './settings.ts';

const COMPILE_LIMIT_MS = 10 * 60_000;

/** A working C++ compiler: its command and name. */
export interface Compiler {
  readonly command: readonly [string, ...string[]];
  readonly name: string;
}

/**
 * Finds a C++ compiler: the one that CXX names, or `c++`, `g++` or `clang++`.
 *
 * @throws SourceFailure that names the package to install
 */
export async function findCompiler(
  settings: InstallSettings,
  env: NodeJS.ProcessEnv,
  os: NodeJS.Platform,
): Promise<Compiler> {
  for (const command of settings.compilers) {
    try {
      const { status, stdout } = await runProgram([...command, '--version'], {
        env,
        folder: '/',
        timeLimitMs: 60_000,
      });
      if (status === 0) return { command, name: stdout.split('\n', 1)[0] ?? command.join(' ') };
    } catch {
      // Try the next one.
    }
  }
  const fix =
    os === 'darwin'
      ? 'run "xcode-select --install"'
      : 'install one with "apt install g++" (Debian, Ubuntu) or "dnf install gcc-c++" (Fedora)';
  const tried = settings.compilers.map((command) => command.join(' ')).join(', ');
  throw new SourceFailure(
    settings.compilerIsChosen
      ? `the compiler "${tried}" that CXX names does not run: set CXX to one that does, or ${fix}`
      : `no C++ compiler (tried ${tried}): ${fix}`,
    { stop: true, blamesCompiler: true },
  );
}

/** The command that compiles and links an addon to `target`. At run time it looks for the libraries in `runPath`. */
export function compileCommand(
  compiler: readonly string[],
  addon: Addon,
  layout: Layout,
  options: {
    readonly os: NodeJS.Platform;
    readonly cpu: string;
    readonly runPath: string;
    readonly target: string;
  },
): string[] {
  // The macOS options follow node-gyp; they have not been tested on a Mac.
  const shared =
    options.os === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-fPIC', '-shared', '-pthread'];
  return [
    ...compiler,
    '-std=c++17',
    ...(addon.tuned === true ? tuning(options) : ['-O2']),
    ...shared,
    `-DNAPI_VERSION=${NODE_API_VERSION}`,
    `-I${nodeApiHeaders()}`,
    `-I${layout.includeFolder}`,
    `-I${addon.sourceFolder}`,
    ...(addon.prefix === undefined ? [] : ['-include', addon.prefix]),
    ...addon.sources.map((source) => join(addon.sourceFolder, source)),
    ...(addon.linked === false ? [] : linking(layout, options.runPath)),
    '-o',
    options.target,
  ];
}

function linking(layout: Layout, runPath: string): string[] {
  return [
    ...layout.libraries.map((library) => join(layout.libraryFolder, library)),
    // -Xlinker, because -Wl would split a path at commas.
    ...['-rpath', runPath].flatMap((word) => ['-Xlinker', word]),
  ];
}

/** No option may reorder or fuse arithmetic: results must not depend on the instruction set. */
function tuning({ os, cpu }: { readonly os: NodeJS.Platform; readonly cpu: string }): string[] {
  return [
    '-O3',
    `${os === 'darwin' ? '-mcpu' : '-march'}=${cpu}`,
    '-fno-math-errno',
    '-fno-trapping-math',
    '-ffp-contract=off',
  ];
}

/** @throws SourceFailure with the compiler's first error */
export async function compileAddon(
  compiler: Compiler,
  addon: Addon,
  layout: Layout,
  options: {
    readonly os: NodeJS.Platform;
    readonly cpu: string;
    readonly runPath: string;
    readonly target: string;
    readonly folder: string;
    readonly env: NodeJS.ProcessEnv;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const command = compileCommand(compiler.command, addon, layout, options);
  const { status, signal, stderr } = await runProgram(command, {
    env: { ...options.env, TMPDIR: options.folder },
    folder: options.folder,
    signal: options.signal,
    timeLimitMs: COMPILE_LIMIT_MS,
  });
  if (status === 0) return;
  const lines = stderr.split('\n');
  const error = lines.find((line) => /error|cannot|no space/i.test(line)) ?? lines[0] ?? '';
  throw new SourceFailure(
    `${compiler.name} could not compile ${addon.name} (${signal ?? `status ${status}`}): ${error.trim()}`,
    { stop: /no space left/i.test(stderr), blamesCompiler: true },
  );
}
