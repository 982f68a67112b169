import { PodiumError, printable } from '@podium/core';
import type { Terminal } from '../terminal/terminal.ts';

interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Asks what cannot be detected. */
export interface Questions {
  /** @param validate returns an error message, or undefined */
  text(
    question: string,
    defaultValue: string,
    validate?: (answer: string) => string | undefined,
  ): Promise<string>;
  /** Returns the value of a choice. */
  choose(question: string, choices: readonly Choice[], defaultValue: string): Promise<string>;
  /** Nobody answers: what has no default is an error. */
  readonly isAssumed?: boolean;
}

/** Answers each question with its default, and logs it. */
export function assumeDefaults(terminal: Terminal): Questions {
  const logAssumption = (question: string, answer: string): void =>
    terminal.log(`assumed: ${question} ${answer}`);
  return {
    isAssumed: true,
    text: async (question, defaultValue) => {
      logAssumption(question, defaultValue);
      return defaultValue;
    },
    choose: async (question, choices, defaultValue) => {
      logAssumption(question, choices.find(({ value }) => value === defaultValue)?.label ?? defaultValue);
      return defaultValue;
    },
  };
}

/** Asks on the terminal; the questions throw PodiumError `init-canceled` on Ctrl-C. */
export async function promptOnTerminal(terminal: Terminal, signal: AbortSignal): Promise<Questions> {
  const { isCancel, select, text } = await import('@clack/prompts');
  const common = { signal, output: process.stderr };
  const assertAnswered = (answer: unknown): string => {
    if (!isCancel(answer)) return String(answer);
    signal.throwIfAborted();
    throw new PodiumError({ code: 'init-canceled', message: 'stopped; nothing was written' });
  };
  // A line of progress would stay in front of the question.
  const clear = () => terminal.status('');
  return {
    text: async (question, defaultValue, validate) => {
      clear();
      return assertAnswered(
        await text({
          ...common,
          message: printable(question),
          initialValue: printable(defaultValue),
          validate: (answer) => validate?.(answer ?? ''),
        }),
      );
    },
    choose: async (question, choices, defaultValue) => {
      clear();
      return assertAnswered(
        await select({
          ...common,
          message: printable(question),
          options: choices.map(({ value, label }) => ({ value, label: printable(label) })),
          initialValue: defaultValue,
          maxItems: 12,
        }),
      );
    },
  };
}
