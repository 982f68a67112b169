import type { Progress, RunEvent } from '@podium/pipeline';
import { describeSeconds, grouped } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** Without anybody watching, a line of progress is printed this often. */
const QUIET_MS = 15_000;

/** Tells how a run goes: a line for each stage that is done, and what is under way with its time left. */
export function stageReporter(
  terminal: Terminal,
  now: () => number = () => performance.now(),
): { readonly onEvent: (event: RunEvent) => void; readonly end: () => void } {
  const running = new Map<string, Running>();
  let toldAt = now();
  let cached = 0;
  let toRun = 0;
  let done = 0;
  const show = (): void => {
    // Those that wait for a place have told nothing yet.
    const busy = [...running].filter(([, { progress }]) => progress !== undefined);
    const [first] = busy;
    if (first === undefined) return;
    const [name, own] = first;
    const more = busy.length > 1 ? ` (+${busy.length - 1} at once)` : '';
    const line = `[${done + 1}/${Math.max(toRun, done + 1)}] ${name}${more}: ${describeStage(own, now())}`;
    if (terminal.isWatched) terminal.status(line);
    else if (now() - toldAt >= QUIET_MS) {
      toldAt = now();
      terminal.say(line);
    }
  };
  const onEvent = (event: RunEvent): void => {
    switch (event.type) {
      case 'planned':
        toRun = event.plan.instances.filter(({ status }) => status === 'run').length;
        break;
      case 'started':
        running.set(event.name, { since: now() });
        break;
      case 'process':
        // Until now it waited for a place.
        running.set(event.name, { since: now() });
        break;
      case 'progress': {
        const own = running.get(event.name);
        if (own !== undefined) take(own, event.progress, now());
        break;
      }
      case 'waiting':
        terminal.say(`${event.name}: another process is at work on it; waiting`);
        break;
      case 'retry':
        terminal.say(`${event.name}: ${event.error.message}; trying again`);
        break;
      case 'damaged':
        terminal.say(
          `${event.name}: its result in the store is damaged (${event.damage[0]}); making it again`,
        );
        break;
      case 'different':
        terminal.say(
          `${event.name}: made other bytes than another process did from the same inputs; the first are kept`,
        );
        break;
      case 'output':
        if (event.stream === 'stderr')
          for (const line of lines(event.text)) terminal.say(`${event.name}: ${line}`);
        break;
      case 'finished': {
        const { name, status, attempts } = event.report;
        const own = running.get(name);
        running.delete(name);
        if (status === 'cached') cached++;
        if (status === 'ran' && own !== undefined) {
          done++;
          const again = attempts > 1 ? `, attempt ${attempts}` : '';
          terminal.say(`  ${name} ${describeSeconds((now() - own.since) / 1000)}${again}`);
        }
        break;
      }
      default:
        break;
    }
    show();
  };
  return {
    onEvent,
    end: () => {
      if (cached > 0)
        terminal.say(`  ${grouped(cached)} ${cached === 1 ? 'result was' : 'results were'} there already`);
    },
  };
}

interface Running {
  readonly since: number;
  progress?: Progress;
  /** When what is counted now began, and how much of it was done then. */
  phase?: { readonly since: number; readonly done: number };
}

function take(running: Running, progress: Progress, now: number): void {
  const { unit, total } = running.progress ?? {};
  const goesOn = running.phase !== undefined && unit === progress.unit && total === progress.total;
  if (!goesOn) running.phase = { since: now, done: progress.done };
  running.progress = progress;
}

/** Below this part, a pace is a guess. */
const TELLING = 0.03;

function describeStage({ progress, phase, since }: Running, now: number): string {
  if (progress === undefined || phase === undefined) return `${describeSeconds((now - since) / 1000)} so far`;
  const { done, total, unit, message } = progress;
  const counted = total === undefined || total === 0 ? 0 : (done - phase.done) / total;
  const left =
    counted > TELLING && total !== undefined
      ? `, ${describeSeconds((((now - phase.since) / 1000) * (total - done)) / (done - phase.done))} left`
      : '';
  const share = total === undefined || total === 0 ? '' : ` (${Math.floor((100 * done) / total)} %)`;
  if (message !== undefined) return `${message}${share}${left}`;
  return `${grouped(done)}${total === undefined ? '' : ` of ${grouped(total)}`} ${unit ?? ''}${left}`;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
