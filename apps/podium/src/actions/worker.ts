import { workOnStore } from '@podium/competition';
import type { WorkerEvent } from '@podium/pipeline';
import type { CommandContext } from '../commands/context.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { describeError } from '../terminal/describe-error.ts';
import { formatDuration } from '../terminal/format.ts';

export interface WorkerCommandOptions {
  readonly store: string;
  readonly cores?: number;
  readonly once?: true;
  readonly allowCode?: true;
}

/** `podium worker`. */
export async function worker(
  { terminal, signal }: CommandContext,
  { store, ...options }: WorkerCommandOptions,
): Promise<void> {
  const told = () =>
    terminal.log('finishing the jobs that it has, and taking no more; once more: stop at once');
  signal.addEventListener('abort', told, { once: true });
  await workOnStore(store, {
    ...options,
    drain: signal,
    onSetup: competitionReporter(terminal),
    onEvent: (event) => {
      for (const line of describeWorkerEvent(event)) terminal.log(line);
    },
  });
}

function describeWorkerEvent(event: WorkerEvent): string[] {
  switch (event.type) {
    case 'ready': {
      const { host, engine, processor, cores } = event.info;
      return [`${host} is ready: ${cores} cores, ${engine}, ${processor}`];
    }
    case 'started':
      return [`${event.name}: started`];
    case 'done':
      return [`${event.name}: done in ${formatDuration(event.durationMs / 1000)}`];
    case 'dropped':
      return [`${event.name}: dropped; another worker has taken it over, or the run was canceled`];
    case 'left':
      return [`${event.name}: left to others: this worker ${event.reason}`];
    case 'failed':
      return [`${event.name}: failed`, ...describeError(event.error)];
  }
}
