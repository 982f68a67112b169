import { SourceFailure } from './failure.ts';
import { runProgram } from './program.ts';
import type { NativeLibrary } from './types.ts';

const PROBE_LIMIT_MS = 5 * 60_000;

/** Properties of a loaded TensorFlow. */
export interface Probe {
  readonly tensorflowVersion: string;
  /** Whether operations run on a GPU. */
  readonly usesGpu: boolean;
  /** `CPU`, then each GPU with its memory and name. */
  readonly devices: readonly string[];
  /** TensorFlow's message if a CUDA build found no GPU. */
  readonly gpuProblem?: string;
}

const SCRIPT = `
const [, ...paths] = process.argv;
const [binding] = paths.map((path) => require(path));
process.stdout.write(JSON.stringify({ version: binding.TF_Version, gpu: binding.isUsingGpuDevice() }) + '\\n');
`;

/**
 * Loads compiled addons, TensorFlow.js's binding first, in a child process, which may crash, and queries TensorFlow's
 * version and devices.
 *
 * @throws SourceFailure if they cannot be loaded
 */
export async function probeAddons(
  paths: readonly string[],
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly folder: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Probe> {
  const { NODE_OPTIONS: _, ...env } = options.env;
  const { status, signal, stdout, stderr } = await runProgram([process.execPath, '-e', SCRIPT, ...paths], {
    // Devices appear only in the log.
    env: { ...env, TF_CPP_MIN_LOG_LEVEL: '0', TF_CPP_MAX_VLOG_LEVEL: '0' },
    folder: options.folder,
    signal: options.signal,
    timeLimitMs: PROBE_LIMIT_MS,
  });
  if (status !== 0) throw new SourceFailure(`it cannot be loaded: ${whyNot(signal, stderr)}`);
  const { version, gpu } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    version: string;
    gpu: boolean;
  };
  return { tensorflowVersion: version, usesGpu: gpu, ...readDeviceLog(stderr) };
}

/**
 * Loads a TensorFlow in a child process and queries its version and devices.
 *
 * @throws Error if it cannot be loaded
 */
export async function probeLibrary(
  library: NativeLibrary,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Probe> {
  return await probeAddons(Object.values(library.addons), { env, folder: library.libraryFolder });
}

/** Finds the devices in TensorFlow's startup log, or why it uses no GPU. */
export function readDeviceLog(log: string): Pick<Probe, 'devices' | 'gpuProblem'> {
  const gpus = [
    ...log.matchAll(/Created device \S*\/device:(GPU:\d+) with (\d+ MB) memory:.*?name: ([^,\n]+)/g),
  ].map(([, device, memory, name]) => `${device} ${name} (${memory})`);
  if (gpus.length > 0) return { devices: ['CPU', ...gpus] };
  const problem =
    /^.*\] (Could not find cuda drivers.*|.*Cannot dlopen some GPU libraries.*|failed call to cuInit.*)$/im.exec(
      log,
    );
  return problem?.[1] === undefined ? { devices: ['CPU'] } : { devices: ['CPU'], gpuProblem: problem[1] };
}

function whyNot(signal: NodeJS.Signals | undefined, stderr: string): string {
  if (signal === 'SIGILL') return 'this CPU lacks instructions that this TensorFlow requires (at least AVX)';
  const line = stderr.split('\n').find((text) => /^\w*Error: |F\d{4} /.test(text));
  return (
    line?.replace(/^Error: /, '') ??
    (signal === undefined ? stderr.trim().slice(-300) : `it was ended by ${signal}`)
  );
}
