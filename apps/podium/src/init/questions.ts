import { PodiumError } from '@podium/core';
import type { Terminal } from '../terminal/terminal.ts';

export interface Answer {
  readonly value: string;
  readonly label: string;
}

/** Asks what cannot be seen; each question has a default. */
export interface Questions {
  text(question: string, otherwise: string, check?: (answer: string) => string | undefined): Promise<string>;
  choose(question: string, answers: readonly Answer[], otherwise: string): Promise<string>;
}

/** Nobody is there to ask: defaults, and a word on each. */
export function assume(terminal: Terminal): Questions {
  return {
    text: async (question, otherwise) => {
      terminal.say(`assumed: ${question} ${otherwise}`);
      return otherwise;
    },
    choose: async (question, answers, otherwise) => {
      const label = answers.find(({ value }) => value === otherwise)?.label ?? otherwise;
      terminal.say(`assumed: ${question} ${label}`);
      return otherwise;
    },
  };
}

/** Asks on the terminal. */
export async function askOnTerminal(signal: AbortSignal): Promise<Questions> {
  const { isCancel, select, text } = await import('@clack/prompts');
  const common = { signal, output: process.stderr };
  const given = (answer: unknown): string => {
    if (!isCancel(answer)) return String(answer);
    signal.throwIfAborted();
    throw new PodiumError({ code: 'init-canceled', message: 'stopped; nothing was written' });
  };
  return {
    text: async (question, otherwise, check) =>
      given(
        await text({
          ...common,
          message: question,
          initialValue: otherwise,
          validate: (answer) => check?.(answer ?? ''),
        }),
      ),
    choose: async (question, answers, otherwise) =>
      given(
        await select({
          ...common,
          message: question,
          options: answers.map(({ value, label }) => ({ value, label })),
          initialValue: otherwise,
          maxItems: 12,
        }),
      ),
  };
}
