import { didYouMean } from './did-you-mean.ts';
import { printable } from './text/printable.ts';

const MAX_NAMES = 20;

/** Where a problem is. Every part is optional; the renderer joins those that are given. */
export interface ProblemPath {
  /** File or folder, as the user wrote it. */
  readonly file?: string;
  /** One-based line or row of the file. */
  readonly line?: number;
  /** One-based column of the line. */
  readonly character?: number;
  /** Column name of a table. */
  readonly column?: string;
  /** Dotted path of a setting, a module or a parameter: `blocks.0.conv.weight`. */
  readonly key?: string;
}

/** An error as data, for programs to act on and for one renderer to print. */
export interface Problem {
  /** Stable, machine-readable name in kebab case: `engine-checksum`. */
  readonly code: string;
  /** One sentence in plain English; needed where `expected` and `got` do not say it all. */
  readonly message?: string;
  /** What belongs on lines of its own below the message: what was tried, what a program printed. */
  readonly details?: readonly string[];
  readonly path?: ProblemPath;
  /** A description of what is valid, or the list of allowed names. */
  readonly expected?: string | readonly string[];
  /** The actual value, rendered as given. */
  readonly got?: string;
  /** How to fix it, as an instruction. */
  readonly fix?: string;
}

/**
 * The error class of all Podium packages: a {@link Problem} that can be thrown. Its message is the rendered problem.
 *
 * @example
 * throw new PodiumError({ code: 'settings-invalid', path: { key: 'train.lr' }, expected: 'a number > 0', got: '-1' });
 */
export class PodiumError extends Error {
  override readonly name: string = 'PodiumError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(renderProblem(problem), options);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** Throws a {@link PodiumError}: for use in expressions, as in `map.get(key) ?? fail({ code: ... })`. */
export function fail(problem: Problem, options?: ErrorOptions): never {
  throw new PodiumError(problem, options);
}

/**
 * Renders a problem for people:
 * `train.csv:1842 column "label": expected cat|dog, got "dgo" (did you mean "dog"?)`, then details and the fix on their own
 * lines. Names and values come from files: they cannot begin a line or reach a terminal as an escape sequence.
 */
export function renderProblem(problem: Problem): string {
  const path = renderPath(problem.path);
  const what = [problem.message, renderExpectation(problem)].filter((part) => part !== undefined).join(': ');
  const line = [path, what].filter((part) => part !== '').join(': ') || problem.code;
  const { details = [], fix } = problem;
  const lines = [details.length === 0 ? line : `${line}:`, ...details];
  if (fix !== undefined) lines.push(`  fix: ${fix}`);
  return lines.map(printable).join('\n');
}

function renderPath(path: ProblemPath | undefined): string {
  if (path === undefined) return '';
  const position = [path.file, path.line, path.character].filter((part) => part !== undefined).join(':');
  const column = path.column === undefined ? '' : `column "${path.column}"`;
  return [position, column, path.key ?? ''].filter((part) => part !== '').join(' ');
}

function renderExpectation({ expected, got }: Problem): string | undefined {
  if (expected === undefined) return got === undefined ? undefined : `got ${got}`;
  const names = typeof expected === 'string' ? undefined : expected;
  const expectation = `expected ${names === undefined ? expected : renderNames(names)}`;
  if (got === undefined) return expectation;
  const nearest = names === undefined ? undefined : didYouMean(unquote(got), names);
  return `${expectation}, got ${got}${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`;
}

/** Shortens lists of hundreds of names, such as models; the problem itself keeps all of them. */
function renderNames(names: readonly string[]): string {
  if (names.length <= MAX_NAMES) return names.join('|');
  return `${names.slice(0, MAX_NAMES).join('|')}|... (${names.length} in total)`;
}

function unquote(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
