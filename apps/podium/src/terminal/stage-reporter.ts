import type { Progress, RunEvent } from '@podium/pipeline';
import { countOf, formatCount, formatDuration } from './format.ts';
import { type Clock, createProgressLine } from './progress-line.ts';
import type { Terminal } from './terminal.ts';

/** In a log, one line of progress per interval. */
const LOG_INTERVAL_MS = 15_000;

/** Shows the stages of a run: one line per finished stage, and the progress of a running one with the time left. */
export function stageReporter(
  terminal: Terminal,
  now: Clock = () => performance.now(),
): { readonly onEvent: (event: RunEvent) => void; readonly end: () => void } {
  const running = new Map<string, RunningStage>();
  const progressLine = createProgressLine(terminal, { intervalMs: LOG_INTERVAL_MS, now });
  let cached = 0;
  let planned = 0;
  let done = 0;
  const showProgress = (): void => {
    // A stage that waits for a free slot has reported no progress yet.
    const busy = [...running].filter(([, { progress }]) => progress !== undefined);
    const [first] = busy;
    if (first === undefined) return;
    const [name, stage] = first;
    const parallel = busy.length > 1 ? ` (+${busy.length - 1} in parallel)` : '';
    const position = `[${done + 1}/${Math.max(planned, done + 1)}]`;
    progressLine.show(`${position} ${name}${parallel}: ${describeStage(stage, now())}`);
  };
  const onEvent = (event: RunEvent): void => {
    switch (event.type) {
      case 'planned':
        planned = event.plan.instances.filter(({ status }) => status === 'run').length;
        break;
      case 'started':
        running.set(event.name, { startedAt: now() });
        break;
      case 'process':
        // The stage got a free slot: its time starts now.
        running.set(event.name, { startedAt: now() });
        break;
      case 'worker':
        running.set(event.name, { startedAt: now() });
        terminal.log(`${event.name}: computed by a worker on ${event.worker}`);
        break;
      case 'no-worker':
        terminal.log(
          event.reasons.length === 0
            ? `${event.name}: waiting for a worker: start "podium worker --store FOLDER" on any machine`
            : `${event.name}: waiting for a worker that can do it`,
        );
        for (const reason of event.reasons) terminal.log(`  ${reason}`);
        break;
      case 'progress': {
        const stage = running.get(event.name);
        if (stage !== undefined) updateProgress(stage, event.progress, now());
        break;
      }
      case 'waiting':
        terminal.log(`${event.name}: waiting for another process that is computing it`);
        break;
      case 'claim-lost':
        terminal.log(
          `${event.name}: another process has taken it over while this one was stopped; dropping the result of this one`,
        );
        break;
      case 'retry':
        for (const line of linesOf(event.error.message)) terminal.log(`${event.name}: ${line}`);
        terminal.log(`${event.name}: retrying`);
        break;
      case 'damaged':
        terminal.log(`${event.name}: its cached result is damaged (${event.damage[0]}); recomputing it`);
        break;
      case 'different':
        terminal.log(
          `${event.name}: its result differs from that of another process with the same inputs; keeping the first`,
        );
        break;
      case 'output':
        if (event.stream === 'stderr')
          for (const line of linesOf(event.text)) terminal.log(`${event.name}: ${line}`);
        break;
      case 'finished': {
        const { name, status, attempts } = event.report;
        const stage = running.get(name);
        running.delete(name);
        if (status === 'cached') cached++;
        if (status === 'ran' && stage !== undefined) {
          done++;
          const attempt = attempts > 1 ? `, attempt ${attempts}` : '';
          terminal.log(`  ${name} ${formatDuration((now() - stage.startedAt) / 1000)}${attempt}`);
        }
        break;
      }
      default:
        break;
    }
    showProgress();
  };
  return {
    onEvent,
    end: () => {
      if (cached > 0)
        terminal.log(`  ${countOf(cached, 'result')} ${cached === 1 ? 'was' : 'were'} already cached`);
    },
  };
}

interface RunningStage {
  readonly startedAt: number;
  progress?: Progress;
  /** When the current count began, and its value then. A stage may count several things one after the other. */
  phase?: { readonly startedAt: number; readonly done: number };
}

function updateProgress(stage: RunningStage, progress: Progress, now: number): void {
  const { unit, total } = stage.progress ?? {};
  const isSamePhase = stage.phase !== undefined && unit === progress.unit && total === progress.total;
  if (!isSamePhase) stage.phase = { startedAt: now, done: progress.done };
  stage.progress = progress;
}

/** Below this share of the work, the time left is not estimated. */
const MIN_SHARE = 0.03;

function describeStage({ progress, phase, startedAt }: RunningStage, now: number): string {
  if (progress === undefined || phase === undefined)
    return `${formatDuration((now - startedAt) / 1000)} so far`;
  const { done, total, unit, message } = progress;
  const share = total === undefined || total === 0 ? 0 : (done - phase.done) / total;
  const timeLeft =
    share > MIN_SHARE && total !== undefined
      ? `, ${formatDuration((((now - phase.startedAt) / 1000) * (total - done)) / (done - phase.done))} left`
      : '';
  const percent = total === undefined || total === 0 ? '' : ` (${Math.floor((100 * done) / total)} %)`;
  if (message !== undefined) return `${message}${percent}${timeLeft}`;
  return `${formatCount(done)}${total === undefined ? '' : ` of ${formatCount(total)}`} ${unit ?? ''}${timeLeft}`;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
