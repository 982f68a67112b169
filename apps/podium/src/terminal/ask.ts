import type { MissingWeights, Trust, TrustAnswer } from '@podium/competition';
import { describeRequest } from '@podium/competition';
import { printable } from '@podium/core';
import type { CommandContext } from '../commands/context.ts';

type Asking = Pick<CommandContext, 'terminal' | 'signal'>;

/** Whether somebody can answer: not in scripts, not in CI, not where the output is for a program. */
export function canAsk({ terminal }: Asking): boolean {
  return terminal.isInteractive && process.stdin.isTTY === true;
}

/**
 * Whether code of a project may run: yes with --trust; otherwise what was trusted before, or an answer on the terminal. Who has
 * let code of a project run is not asked again by the same command: that code can do whatever it wants.
 */
export function trustOf(context: Asking, trust: true | undefined): Trust {
  if (trust === true) return true;
  if (!canAsk(context)) return false;
  const trusted = new Set<string>();
  return async (request) => {
    const { folder, code, isOfFolder } = request;
    if (trusted.has(folder)) return 'once';
    const { terminal } = context;
    terminal.log(
      code.length > 0
        ? `${folder} has code of its own, which you have not trusted. With all your rights, it`
        : `${folder}, which you have not trusted,`,
    );
    for (const line of describeRequest(request)) terminal.log(`  ${line}`);
    const answer = await choose<TrustAnswer>(context, 'Do you trust it?', [
      { value: 'no', label: 'No' },
      { value: 'once', label: 'Yes, this time' },
      ...(code.length === 0 ? [] : [{ value: 'unchanged', label: 'Yes, until the code changes' } as const]),
      ...(isOfFolder ? [{ value: 'folder', label: 'Always in this folder' } as const] : []),
    ]);
    if (code.length > 0 && answer !== undefined && answer !== 'no') trusted.add(folder);
    return answer ?? 'no';
  };
}

/** Whether missing weights may be downloaded: yes with --fetch, otherwise an answer on the terminal. */
export function fetchOf(
  context: Asking,
  fetch: true | undefined,
): true | ((missing: readonly MissingWeights[]) => Promise<boolean>) {
  if (fetch === true) return true;
  return async (missing) => {
    if (!canAsk(context)) return false;
    for (const { name, from } of missing) context.terminal.log(`${name} is not on this machine: ${from}`);
    return await confirm(context, 'Download it?');
  };
}

/** Asks yes or no; no where nobody answers. */
export async function confirm(context: Asking, question: string): Promise<boolean> {
  const choices = [
    { value: 'no', label: 'No' },
    { value: 'yes', label: 'Yes' },
  ] as const;
  return (await choose(context, question, choices)) === 'yes';
}

/** One of several answers, the first is the safe one; undefined after Ctrl-C on the question. */
async function choose<T extends string>(
  { terminal, signal }: Asking,
  message: string,
  options: readonly { readonly value: T; readonly label: string }[],
): Promise<T | undefined> {
  const { isCancel, select } = await import('@clack/prompts');
  // A line of progress would stay in front of the question.
  terminal.status('');
  const answer = await select<string>({
    message: printable(message),
    options: options.map(({ value, label }) => ({ value, label: printable(label) })),
    initialValue: options[0]!.value,
    signal,
    output: process.stderr,
  });
  if (!isCancel(answer)) return answer as T;
  signal.throwIfAborted();
  return undefined;
}
