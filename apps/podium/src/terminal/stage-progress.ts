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
  const running = new Map<string, { readonly since: number; progress: Progress | undefined }>();
  let toldAt = now();
  let cached = 0;
  let toRun = 0;
  let done = 0;
  const show = (): void => {
    const [first] = [...running].filter(([, { progress }]) => progress !== undefined);
    if (first === undefined) return;
    const [name, { since, progress }] = first;
    const more = running.size > 1 ? ` (+${running.size - 1} at once)` : '';
    const line = `[${done + 1}/${Math.max(toRun, done + 1)}] ${name}${more}: ${describeStage(progress, (now() - since) / 1000)}`;
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
        running.set(event.name, { since: now(), progress: undefined });
        break;
      case 'process':
        // Until now it waited for a place.
        running.set(event.name, { since: now(), progress: undefined });
        break;
      case 'progress': {
        const own = running.get(event.name);
        if (own !== undefined) own.progress = event.progress;
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

function describeStage(progress: Progress | undefined, seconds: number): string {
  if (progress === undefined) return `${describeSeconds(seconds)} so far`;
  const { done, total, unit, message } = progress;
  const share = total === undefined || total === 0 ? undefined : done / total;
  const left =
    share !== undefined && share > 0 ? `, ${describeSeconds((seconds * (1 - share)) / share)} left` : '';
  if (message !== undefined)
    return `${message}${share === undefined ? '' : ` (${Math.floor(100 * share)} %)`}${left}`;
  return `${grouped(done)}${total === undefined ? '' : ` of ${grouped(total)}`} ${unit ?? ''}${left}`;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
