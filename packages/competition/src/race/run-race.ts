import { type Decision, PodiumError } from '@podium/core';
import type { Manifest } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import { type Graph, outputsOf } from '@podium/pipeline';
import { type HeadPredictions, readHeads } from '../artifacts/head-predictions.ts';
import { readJsonFile } from '../artifacts/json.ts';
import type { CompetitionGraph } from '../graph/competition-graph.ts';
import type { ModelCandidate, ResolvedConfig, ResolvedModel } from '../recipe/resolve-config.ts';
import type { DatasetSummary } from '../run/dataset-summary.ts';
import type { Scoring } from '../run/preflight.ts';
import { isStored, type Project, runProject } from '../run/project.ts';
import type { Recommendation } from '../stages/recommend.ts';
import type { Trial } from '../stages/try-fold.ts';
import { epochGoals, type FoldSize, foldSeconds, planFinal } from './plan-finals.ts';
import type { RaceCandidate } from './race-candidates.ts';
import type { RaceReport, RaceRow } from './race-report.ts';
import { type TrialInterval, type TrialScoring, trialDifference, trialScore } from './score-trials.ts';

/** Of the time that is left when a race begins, for its first round and for its second. */
const ROUND_SHARES = [0.3, 0.15] as const;
/** Of that time, what one trial gets at most. */
const TRIAL_SHARE = 0.15;
/** With less time than this, nothing is compared: the first recipe in order gets the time. */
const SHORT_SECONDS = 240;
/** Shorter trials say nothing. */
const LEAST_SECONDS = 10;
/** Passes over the training images that say enough in a round. */
const ROUND_EPOCHS = [6, 15] as const;
/** A trial with fewer passes than this is too short to stop a network by. */
const TELLING_EPOCHS = 3;
/** A second round needs time for trainings that are longer than those of the first one. */
const SECOND_ROUND_SECONDS = 420;
/** Of the limit, for what follows the last training: blending, scores, the report. */
const RESERVE = { share: 0.03, seconds: 15 } as const;
/** For one training where a race is ended before any, and no frozen features can stand in. */
const LAST_SECONDS = 60;
const ENDED = 'the race was ended before it';

export interface RaceOptions {
  readonly project: Project;
  readonly graph: CompetitionGraph;
  readonly candidates: readonly RaceCandidate[];
  /** The candidates, resolved. */
  readonly models: readonly ResolvedModel[];
  /** Completes the recipes of candidates, as for a run of these alone. */
  readonly resolve: (candidates: readonly ModelCandidate[]) => ResolvedConfig;
  readonly dataset: DatasetSummary;
  /** Training rows. */
  readonly manifest: Manifest;
  readonly heads: readonly string[];
  readonly folds: number;
  /** Labeled images from elsewhere, which are trained on in every fold. */
  readonly outside: number;
  readonly scoring: Scoring;
  readonly recommendation: Recommendation | undefined;
  readonly limitSeconds: number;
}

/** How a survivor is trained. */
interface FinalPlan {
  readonly racer: Racer;
  readonly epochs: number;
  readonly folds: number;
}

/** What a race decided. */
export interface RaceResult {
  readonly config: ResolvedConfig;
  readonly report: RaceReport;
  readonly decisions: readonly Decision[];
}

/** A candidate, and what is known of it. */
interface Racer {
  readonly candidate: RaceCandidate;
  readonly model: ResolvedModel;
  predictions?: HeadPredictions;
  score?: TrialInterval;
  trial?: Trial;
}

/**
 * Tries candidates on one fold, stops those that lose, and trains the best on other folds with the rest of the time. The clock
 * counts what stages took when they ran, so a run that finds them in the store decides the same.
 */
export async function runRace(options: RaceOptions): Promise<RaceResult> {
  const race = new Race(options);
  return await race.run();
}

class Race {
  readonly #options: RaceOptions;
  readonly #racers: Racer[];
  readonly #rows: RaceRow[] = [];
  readonly #trialScoring: TrialScoring;
  readonly #foldSize: FoldSize;
  /** Candidates are compared on this fold, and no score counts its rows: choosing by them makes no score too good. */
  readonly #judgingFold: number;
  /** Seconds of stages until everything has to be trained. */
  readonly #deadline: number;

  constructor(options: RaceOptions) {
    const { candidates, models, scoring, dataset, manifest, project, folds, outside, limitSeconds } = options;
    this.#options = options;
    this.#racers = candidates.map((candidate, i) => ({ candidate, model: models[i]! }));
    this.#trialScoring = {
      metric: metrics.get(scoring.metric),
      form: scoring.form,
      heads: dataset.heads,
      rows: manifest.rows,
      settings: project.found.settings.heads,
    };
    const heldOut = dataset.rows / folds;
    this.#foldSize = { train: dataset.rows - heldOut + outside, predicted: heldOut + dataset.testRows };
    this.#judgingFold = judgingFold(folds, project.found.settings.folds.only);
    this.#deadline = limitSeconds - Math.max(limitSeconds * RESERVE.share, RESERVE.seconds);
  }

  async run(): Promise<RaceResult> {
    const { project } = this.#options;
    project.emit({ type: 'phase', phase: 'racing' });
    const frozen = this.#racers.filter(({ candidate }) => candidate.recipe.kind === 'frozen');
    const trained = this.#inOrder(this.#racers.filter((racer) => !frozen.includes(racer)));
    for (const racer of [...frozen]) {
      if (await this.#probe(racer)) continue;
      frozen.splice(frozen.indexOf(racer), 1);
      this.#tell({ ...this.#row(racer, 1), kept: false, reason: ENDED });
    }
    const began = this.#left();
    let alive = trained;
    if (trained.length > 0) {
      alive = await this.#round(1, trained, frozen, began);
      const isOpen = alive.length > 0 && alive.length + frozen.length > 1;
      const canTell = alive.every(({ trial }) => isTelling(trial));
      if (isOpen && canTell && began >= SECOND_ROUND_SECONDS)
        alive = await this.#round(2, alive, frozen, began);
    }
    if (frozen.length === 0 && alive.length === 0) throw nothingTried();
    return await this.#finals(frozen, alive);
  }

  #left(): number {
    return this.#deadline - this.#options.project.clock.seconds;
  }

  /** For images similar to those of pretraining, the gentle recipe comes first. */
  #inOrder(racers: readonly Racer[]): Racer[] {
    const isSimilar = this.#options.recommendation?.case.endsWith('-similar') === true;
    const isGentle = ({ candidate }: Racer) => candidate.recipe.name === 'fine-tune-gently';
    return isSimilar
      ? [...racers.filter(isGentle), ...racers.filter((racer) => !isGentle(racer))]
      : [...racers];
  }

  /** @returns whether it was done: an ended race takes only what is stored */
  async #probe(racer: Racer): Promise<boolean> {
    const { project, graph, heads, scoring } = this.#options;
    const before = project.clock.seconds;
    const nodes = graph.trialNodes(heads, scoring.metric, [this.#judgingFold]);
    const [part] = nodes.train(racer.model);
    const [built, targets] = [nodes.builder.build(), [part!.handle.name]];
    if (!(await this.#mayRun(built, targets))) return false;
    const report = await runProject(project, built, targets);
    await this.#score(racer, outputsOf(report, part!.handle).oof);
    this.#tell({
      ...this.#row(racer, 1),
      seconds: project.clock.seconds - before,
      kept: true,
      reason: 'frozen features cost little: the blend decides how much they count',
    });
    return true;
  }

  /** Whether something may be run: anything, until the race is ended; then only what is stored. */
  async #mayRun(graph: Graph, targets: readonly string[]): Promise<boolean> {
    const { project } = this.#options;
    return project.endsRace !== true || (await isStored(project, graph, targets));
  }

  async #round(
    round: 1 | 2,
    racers: readonly Racer[],
    frozen: readonly Racer[],
    began: number,
  ): Promise<Racer[]> {
    const { project } = this.#options;
    const ends = project.clock.seconds + began * ROUND_SHARES[round - 1]!;
    const tried: Racer[] = [];
    const seconds = new Map<Racer, number>();
    const isShort = round === 1 && began < SHORT_SECONDS;
    let why = 'the time of the round is over';
    for (const racer of racers) {
      const given = isShort ? LEAST_SECONDS : Math.min(began * TRIAL_SHARE, ends - project.clock.seconds);
      const isFirst = tried.length === 0;
      const tooShort = isShort || (round === 1 && tried.some(({ trial }) => !isTelling(trial)));
      if (tooShort) why = 'the time is too short for trials that tell: the first in order is trained';
      if (!isFirst && (tooShort || given < LEAST_SECONDS)) {
        if (round === 1) this.#tell({ ...this.#row(racer, round), kept: false, reason: why });
        continue;
      }
      const before = project.clock.seconds;
      if (!(await this.#try(racer, round, Math.max(given, LEAST_SECONDS)))) {
        // Half a second round compares nothing.
        if (round === 2) return [...racers];
        this.#tell({ ...this.#row(racer, round), kept: false, reason: ENDED });
        continue;
      }
      seconds.set(racer, project.clock.seconds - before);
      tried.push(racer);
    }
    return this.#judge(round, tried, frozen, seconds);
  }

  /** @returns whether it was tried: an ended race takes only what is stored */
  async #try(racer: Racer, round: 1 | 2, seconds: number): Promise<boolean> {
    const { project, graph, heads, scoring } = this.#options;
    const nodes = graph.trialNodes(heads, scoring.metric, [this.#judgingFold]);
    const handle = nodes.tryFold(racer.model, {
      round,
      fold: this.#judgingFold,
      epochs: ROUND_EPOCHS[round - 1]!,
      // Whole seconds: what a setting is need not be as exact as a clock.
      seconds: Math.round(seconds),
    });
    const built = nodes.builder.build();
    if (!(await this.#mayRun(built, [handle.name]))) return false;
    const outputs = outputsOf(await runProject(project, built, [handle.name]), handle);
    racer.trial = await readJsonFile<Trial>(outputs.trial);
    await this.#score(racer, outputs.oof);
    return true;
  }

  async #score(racer: Racer, oof: string): Promise<void> {
    racer.predictions = await readHeads(oof);
    racer.score = trialScore(racer.predictions, this.#trialScoring);
  }

  /** Stops those that the best of all beats beyond noise; the best of each kind survives the first round. */
  #judge(
    round: 1 | 2,
    tried: readonly Racer[],
    frozen: readonly Racer[],
    seconds: ReadonlyMap<Racer, number>,
  ): Racer[] {
    if (tried.length === 0) return [];
    const best = this.#best([...frozen, ...tried]);
    const alive: Racer[] = [];
    for (const racer of tried) {
      const behind =
        racer === best
          ? undefined
          : trialDifference(racer.predictions!, best.predictions!, this.#trialScoring);
      const isBestOfKind = racer === this.#best(tried.filter((other) => sameKind(other, racer)));
      const lost = behind !== undefined && behind.low > 0;
      const [kept, reason] = !isTelling(racer.trial)
        ? [true, 'too short to tell']
        : racer === best
          ? [true, 'the best']
          : !lost
            ? [true, `within noise of ${best.model.name}`]
            : round === 1 && isBestOfKind
              ? [true, `behind ${best.model.name}, but the best of its kind (${racer.candidate.recipe.kind})`]
              : [false, `behind ${best.model.name} beyond noise`];
      if (kept) alive.push(racer);
      this.#tell({
        ...this.#row(racer, round),
        seconds: seconds.get(racer)!,
        epochs: racer.trial!.epochs,
        images: racer.trial!.images,
        ...(behind !== undefined && { behind }),
        kept,
        reason,
      });
    }
    return alive;
  }

  #best(racers: readonly Racer[]): Racer {
    return racers.reduce((best, racer) => (this.#worth(racer) > this.#worth(best) ? racer : best));
  }

  /** A racer's score: higher is better, whatever the metric's direction. */
  #worth({ score }: Racer): number {
    return this.#trialScoring.metric.direction === 'higher' ? score!.estimate : -score!.estimate;
  }

  /** Trains the survivors, the best first, fold by fold while the clock allows. */
  async #finals(frozen: readonly Racer[], alive: readonly Racer[]): Promise<RaceResult> {
    const { dataset, folds: count, project, resolve } = this.#options;
    const folds = this.#finalFolds();
    const order = [...alive].sort((a, b) => this.#worth(b) - this.#worth(a));
    // Students of pseudo labels are trained like their teachers, once per round.
    const { pseudo } = project.found.settings;
    const until = project.clock.seconds + this.#left() / (1 + (pseudo?.rounds ?? 0));
    const configOf = (plans: readonly FinalPlan[]) =>
      resolve([
        ...plans.map(({ racer, epochs }) => withEpochs(racer, epochs)),
        ...frozen.map((racer) => withEpochs(racer, undefined)),
      ]);
    let plans = this.#plan(order, folds.length, until - project.clock.seconds);
    let config = configOf(plans);
    let used = plans.length === 0 ? folds : await this.#train(config.models, plans, { folds, until });
    let ended = this.#whyEnded(frozen, plans.length === order.length && used.length === folds.length, plans);
    if (project.endsRace) {
      ended = 'it was ended early';
      if (used.length === 0) {
        // Frozen features stand in; without them, one short training has to be.
        plans = frozen.length > 0 ? [] : this.#plan(order.slice(0, 1), 1, LAST_SECONDS);
        config = configOf(plans);
        used = frozen.length > 0 ? folds : folds.slice(0, 1);
      }
    }
    const report: RaceReport = {
      metric: this.#trialScoring.metric.name,
      limitSeconds: this.#options.limitSeconds,
      fold: this.#judgingFold,
      rows: this.#rows,
      finals: config.models.map((model, i) => ({
        name: model.name,
        recipe: (plans[i]?.racer ?? frozen[i - plans.length]!).candidate.recipe.name,
        ...(i < plans.length && { epochs: model.epochs }),
        folds: used,
      })),
      usedSeconds: project.clock.seconds,
      ended,
    };
    const names = config.models.map(({ name, epochs }, i) =>
      i < plans.length ? `${name}, ${epochs} epochs` : name,
    );
    const heldOut = dataset.rows / count;
    const decisions: Decision[] = [
      {
        key: 'recipes',
        value: names.join('; '),
        reason: `chosen by trials on fold ${this.#judgingFold} (about ${Math.round(heldOut)} images), which no score counts; ${ended}`,
      },
      {
        key: 'folds.only',
        value: used.join(', '),
        reason: `what fits ${duration(this.#options.limitSeconds)}, of which ${duration(project.clock.seconds)} are used`,
      },
      ...config.decisions,
    ];
    return { config: { ...config, used }, report, decisions };
  }

  /** Epochs and folds of the best, and of those after it that can be trained as often and for long enough. */
  #plan(order: readonly Racer[], folds: number, seconds: number): FinalPlan[] {
    const size = this.#foldSize;
    const plans: FinalPlan[] = [];
    let left = seconds;
    for (const racer of order) {
      const cost = racer.trial!;
      const wanted = plans[0]?.folds ?? folds;
      const fixed = racer.candidate.settings.epochs ?? this.#options.project.found.settings.train.epochs;
      const plan = planFinal(cost, size, { seconds: left, folds: wanted, fixed });
      const planned = plan.folds * foldSeconds(cost, size, plan.epochs);
      const isEnough = plan.folds === wanted && plan.epochs >= epochGoals(size.train).enough;
      if (plans.length > 0 && (planned > left || !isEnough)) continue;
      plans.push({ racer, ...plan });
      left -= planned;
    }
    return plans;
  }

  #whyEnded(frozen: readonly Racer[], isComplete: boolean, plans: readonly FinalPlan[]): string {
    if (frozen.length === this.#racers.length) return 'there was nothing else to try';
    if (plans.length === 0) return 'frozen features were ahead of all that was trained, beyond noise';
    return isComplete
      ? 'all survivors were trained on all folds, for as long as it helps'
      : 'the time is used';
  }

  /** One fold of all finalists after another, as long as the clock allows. */
  async #train(
    models: readonly ResolvedModel[],
    plans: readonly FinalPlan[],
    { folds, until }: { readonly folds: readonly number[]; readonly until: number },
  ): Promise<number[]> {
    const { project, graph, heads, scoring } = this.#options;
    const used: number[] = [];
    const expected = plans.reduce(
      (sum, { racer, epochs }) => sum + foldSeconds(racer.trial!, this.#foldSize, epochs),
      0,
    );
    for (const fold of folds) {
      if (used.length > 0 && expected > until - project.clock.seconds) break;
      const nodes = graph.trialNodes(heads, scoring.metric, [fold]);
      const names = models
        .slice(0, plans.length)
        .flatMap((model) => nodes.train(model).map(({ handle }) => handle.name));
      const built = nodes.builder.build();
      if (!(await this.#mayRun(built, names))) break;
      await runProject(project, built, names);
      used.push(fold);
    }
    return used;
  }

  /** The folds that count: those of the settings, or all, but never the judging one. */
  #finalFolds(): number[] {
    const { project, folds } = this.#options;
    const { only = Array.from({ length: folds }, (_, fold) => fold) } = project.found.settings.folds;
    return only.filter((fold) => fold !== this.#judgingFold);
  }

  #row(racer: Racer, round: number): Pick<RaceRow, 'round' | 'name' | 'recipe' | 'kind' | 'score'> {
    const { recipe } = racer.candidate;
    return {
      round,
      name: racer.model.name,
      recipe: recipe.name,
      kind: recipe.kind,
      ...(racer.score !== undefined && { score: racer.score }),
    };
  }

  #tell(row: RaceRow): void {
    this.#rows.push(row);
    this.#options.project.emit({ type: 'race', row });
  }
}

function nothingTried(): PodiumError {
  return new PodiumError({
    code: 'finish-nothing',
    message: 'nothing has been tried so far that a submission could be made of',
    fix: 'podium run resumes the race: end it after its first round',
  });
}

/** A fold that the settings leave out; of several, and if there is none, the first. */
export function judgingFold(folds: number, only: readonly number[] | undefined): number {
  const free = Array.from({ length: folds }, (_, fold) => fold).filter(
    (fold) => only?.includes(fold) === false,
  );
  return free[0] ?? 0;
}

function isTelling(trial: Trial | undefined): boolean {
  return trial !== undefined && trial.passes >= TELLING_EPOCHS;
}

function sameKind(a: Racer, b: Racer): boolean {
  return a.candidate.recipe.kind === b.candidate.recipe.kind;
}

/** A candidate under the name that it raced by. */
function withEpochs(
  { candidate, model }: Pick<Racer, 'candidate' | 'model'>,
  epochs: number | undefined,
): ModelCandidate {
  const { settings, weights } = candidate;
  return { weights, settings: { ...settings, name: model.name, ...(epochs !== undefined && { epochs }) } };
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`;
}
