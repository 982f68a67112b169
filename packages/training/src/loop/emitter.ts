import type { AnyModule } from '@podium/nn';
import type { StepHooks } from '../learner/index.ts';
import type {
  Callback,
  EventName,
  Signal,
  TrainingContext,
  TrainingEvent,
  TrainingEvents,
} from './events.ts';
import type { RunProgress } from './run-progress.ts';

/** Emits events to callbacks, and applies the signals they answer with. */
export class Emitter {
  /** The callback that stopped the run. */
  stoppedBy: string | undefined;
  /** Whether a callback asked for a checkpoint. The loop resets it. */
  saveRequested = false;
  readonly #callbacks: readonly Callback[];
  readonly #onEvent: ((event: TrainingEvent) => void) | undefined;
  readonly #progress: RunProgress;
  readonly #model: AnyModule;

  constructor(
    {
      callbacks = [],
      onEvent,
    }: { callbacks?: readonly Callback[]; onEvent?: (event: TrainingEvent) => void },
    progress: RunProgress,
    model: AnyModule,
  ) {
    this.#callbacks = callbacks;
    this.#onEvent = onEvent;
    this.#progress = progress;
    this.#model = model;
  }

  async emit<Name extends EventName>(type: Name, event: TrainingEvents[Name]): Promise<void> {
    this.#onEvent?.({ type, ...event } as unknown as TrainingEvent);
    for (const { name, on } of this.#callbacks) {
      const handler = on[type];
      if (handler !== undefined) this.#applySignal(await handler(event, this.#context()), name);
    }
  }

  #applySignal(signal: Signal | undefined, callback: string): void {
    if (signal === 'stop') this.stoppedBy ??= callback;
    if (signal === 'save') this.saveRequested = true;
    if (signal === 'stop-mixing') this.#progress.mixing = false;
  }

  #context(): TrainingContext {
    const { step, epoch, epochs, maxSteps, history, mixing, seconds } = this.#progress;
    return { step, epoch, epochs, maxSteps, history, model: this.#model, mixing, seconds };
  }
}

/** The hooks of several callbacks as one set; a hook that nobody has is undefined and costs nothing. */
export function joinHooks(callbacks: readonly Callback[]): StepHooks {
  const join = <Name extends keyof StepHooks>(name: Name): StepHooks[Name] => {
    const all = callbacks.flatMap(({ hooks }) => hooks?.[name] ?? []);
    if (all.length <= 1) return all[0];
    return ((event: never) => {
      for (const hook of all) (hook as (event: never) => void)(event);
    }) as StepHooks[Name];
  };
  return {
    beforeForward: join('beforeForward'),
    afterForward: join('afterForward'),
    afterBackward: join('afterBackward'),
    beforeStep: join('beforeStep'),
    afterStep: join('afterStep'),
  };
}
