import { PodiumError } from '@podium/core';
import type { Ending, LoggedImage, Point, Tracker, Training, TrainingLog } from '../tracker.ts';
import { KEY_TAG, mlflowKey, parametersOf } from './names.ts';

/*
 * MLflow's REST API 2.0 (https://mlflow.org/docs/latest/rest-api.html). Images go through the server's artifact proxy, where
 * it has one; another artifact store would need logins of its own.
 */

/** At most so much per request, as MLflow allows. */
const METRICS_AT_ONCE = 1000;
const PARAMETERS_AT_ONCE = 100;
/** A server that hangs must not hold up the end of a run. */
const TIMEOUT_MS = 20_000;

const STATUS = { finished: 'FINISHED', failed: 'FAILED', stopped: 'KILLED' } as const;

interface ServerOptions {
  readonly url: string;
  readonly experiment: string | undefined;
  readonly now: () => number;
}

export function server({ url, experiment, now }: ServerOptions): Tracker {
  const api = new MlflowApi(url);
  return {
    name: 'mlflow',
    has: async (training) =>
      (await api.findRun(await api.experiment(experiment ?? training.competition), training)) !== undefined,
    open: async (training) => {
      const id = await api.experiment(experiment ?? training.competition);
      const known = await api.findRun(id, training);
      const run = known ?? (await api.createRun(id, training, now));
      if (known !== undefined)
        await api.post('runs/update', { run_id: run.run_id, status: 'RUNNING', run_name: training.name });
      const log = new ServerRun(api, { run, now, done: known === undefined ? -1 : training.step || -1 });
      await log.addParameters(parametersOf(training.settings));
      return log;
    },
  };
}

interface RunInfo {
  readonly run_id: string;
  readonly artifact_uri: string;
}

/** Requests to a server; each says what failed. */
class MlflowApi {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string) {
    const { username, password, origin, pathname } = new URL(url);
    this.#base = `${origin}${pathname.replace(/\/$/, '')}`;
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const { MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: secret } = process.env;
    const basic = username !== '' ? login : user === undefined ? undefined : `${user}:${secret ?? ''}`;
    this.#headers = basic === undefined ? {} : { authorization: `Basic ${btoa(basic)}` };
  }

  async post<T>(path: string, body: object): Promise<T> {
    return await this.#request<T>('POST', `api/2.0/mlflow/${path}`, JSON.stringify(body), 'application/json');
  }

  async putArtifact(path: string, bytes: Uint8Array, type: string): Promise<void> {
    await this.#request('PUT', `api/2.0/mlflow-artifacts/artifacts/${path}`, new Uint8Array(bytes), type);
  }

  /** The id of an experiment, which is created if it is not there. */
  async experiment(name: string): Promise<string> {
    const found = await this.#request<{ experiment?: { experiment_id: string } }>(
      'GET',
      `api/2.0/mlflow/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`,
      undefined,
      undefined,
      [404],
    );
    if (found.experiment !== undefined) return found.experiment.experiment_id;
    return (await this.post<{ experiment_id: string }>('experiments/create', { name })).experiment_id;
  }

  async findRun(experiment: string, { key }: Training): Promise<RunInfo | undefined> {
    const { runs = [] } = await this.post<{ runs?: { info: RunInfo }[] }>('runs/search', {
      experiment_ids: [experiment],
      filter: `tags.\`${KEY_TAG}\` = '${key}'`,
      max_results: 1,
    });
    return runs[0]?.info;
  }

  async createRun(experiment: string, { name, key }: Training, now: () => number): Promise<RunInfo> {
    const { run } = await this.post<{ run: { info: RunInfo } }>('runs/create', {
      experiment_id: experiment,
      run_name: name,
      start_time: Math.round(now() * 1000),
      tags: [{ key: KEY_TAG, value: key }],
    });
    return run.info;
  }

  async #request<T>(
    method: string,
    path: string,
    body: string | Uint8Array<ArrayBuffer> | undefined,
    type: string | undefined,
    allowed: readonly number[] = [],
  ): Promise<T> {
    const url = `${this.#base}/${path}`;
    const failed = (got: string) =>
      new PodiumError({
        code: 'mlflow-failed',
        path: { key: 'trackers' },
        message: `${method} ${url}`,
        expected: 'an answer of the MLflow server',
        got,
        fix: 'start it, or correct the url of the tracker mlflow',
      });
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        headers: { ...this.#headers, ...(type !== undefined && { 'content-type': type }) },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
        ...(body !== undefined && { body }),
      });
      text = await response.text();
    } catch (error) {
      const { message, cause } = error as Error;
      throw failed(cause instanceof Error ? cause.message : message);
    }
    if (!response.ok && !allowed.includes(response.status))
      throw failed(`${response.status} ${text.slice(0, 300)}`);
    if (text === '' || !response.ok) return {} as T;
    try {
      return JSON.parse(text) as T;
    } catch {
      throw failed(text.slice(0, 300));
    }
  }
}

class ServerRun implements TrainingLog {
  readonly #api: MlflowApi;
  readonly #run: RunInfo;
  readonly #now: () => number;
  readonly #done: number;

  constructor(
    api: MlflowApi,
    { run, now, done }: { readonly run: RunInfo; readonly now: () => number; readonly done: number },
  ) {
    this.#api = api;
    this.#run = run;
    this.#now = now;
    this.#done = done;
  }

  async addParameters(parameters: readonly (readonly [string, string])[]): Promise<void> {
    for (const part of chunks(parameters, PARAMETERS_AT_ONCE)) {
      const params = part.map(([key, value]) => ({ key, value }));
      await this.#api.post('runs/log-batch', { run_id: this.#run.run_id, params });
    }
  }

  async addPoints(points: readonly Point[]): Promise<void> {
    const timestamp = Math.round(this.#now() * 1000);
    const metrics = points
      .filter(({ step }) => step > this.#done)
      .flatMap(({ step, values }) =>
        Object.entries(values).map(([tag, value]) => ({
          key: mlflowKey(tag),
          // JSON of protobuf: NaN and infinity are strings.
          value: Number.isFinite(value) ? value : String(value),
          timestamp,
          step,
        })),
      );
    for (const part of chunks(metrics, METRICS_AT_ONCE))
      await this.#api.post('runs/log-batch', { run_id: this.#run.run_id, metrics: part });
  }

  async addImages(step: number, tag: string, images: readonly LoggedImage[]): Promise<void> {
    const [, folder] = /^mlflow-artifacts:\/(?:\/[^/]*\/)?(.*)$/.exec(this.#run.artifact_uri) ?? [];
    if (folder === undefined) return;
    const at = (name: string) =>
      [...folder.split('/'), ...mlflowKey(tag).split('/'), name].map(encodeURIComponent).join('/');
    for (const [i, { png }] of images.entries())
      await this.#api.putArtifact(at(`${step}-${i}.png`), png, 'image/png');
    const captions = images.map(({ caption }, i) => ({ image: `${step}-${i}.png`, caption }));
    const json = Buffer.from(`${JSON.stringify(captions, undefined, 2)}\n`);
    await this.#api.putArtifact(at(`${step}.json`), json, 'application/json');
  }

  async close(ending: Ending): Promise<void> {
    await this.#api.post('runs/update', {
      run_id: this.#run.run_id,
      status: STATUS[ending],
      end_time: Math.round(this.#now() * 1000),
    });
  }
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
