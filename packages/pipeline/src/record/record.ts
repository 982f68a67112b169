import { canonicalText, PodiumError, parseJson, readText } from '@podium/core';
import { settingsProblems } from '@podium/core/settings';
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import type { Reference } from '../graph/instance.ts';
import { type InputIdentity, keyOf } from '../graph/keys.ts';
import type { RunReport } from '../run/report.ts';
import type { SourceIdentity } from '../sources/identity.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
const kind = z.enum(['file', 'folder']);
const reference = z.union([
  z.strictObject({ from: z.string(), output: z.string() }),
  z.strictObject({ source: z.string() }),
]);

const schema = z.strictObject({
  format: z.literal('podium-run-1'),
  engine: z.string(),
  /** Commit of the code that settings and stages came from, if it is under version control. */
  gitCommit: z.string().nullable(),
  /** Versions of everything else that can change a result: packages, Node.js. */
  versions: z.record(z.string(), z.string()),
  sources: z.record(
    z.string(),
    z.strictObject({ kind, type: z.string(), path: z.string(), sha256: hash, bytes: z.int().min(0) }),
  ),
  instances: z.array(
    z.strictObject({
      name: z.string(),
      key: hash,
      stage: z.string(),
      version: z.string(),
      settings: z.json(),
      seed: z.union([z.string(), z.number()]).optional(),
      inputs: z.record(z.string(), z.array(reference)),
      /** Hashes by output: what a rebuild has to reproduce. */
      outputs: z.record(z.string(), z.strictObject({ kind, type: z.string(), sha256: hash })),
    }),
  ),
  /** Set by the application: scores, hash of the submission. */
  results: z.json(),
});

/** What a run was made from and what it made: enough to rebuild it, or to tell why a rebuild would differ. */
export interface RunRecord {
  readonly format: 'podium-run-1';
  readonly engine: string;
  readonly gitCommit: string | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly sources: Readonly<Record<string, RecordedSource>>;
  /** Each comes after those it reads from. */
  readonly instances: readonly RecordedInstance[];
  readonly results: unknown;
}

export interface RecordedSource {
  readonly kind: 'file' | 'folder';
  readonly type: string;
  /** As the user wrote it. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface RecordedInstance {
  readonly name: string;
  readonly key: string;
  readonly stage: string;
  readonly version: string;
  readonly settings: unknown;
  readonly seed?: string | number;
  readonly inputs: Readonly<Record<string, readonly Reference[]>>;
  /** Empty if the run did not need them, because everything that reads them was in the store. */
  readonly outputs: Readonly<
    Record<string, { readonly kind: 'file' | 'folder'; readonly type: string; readonly sha256: string }>
  >;
}

/** What a record contains beyond the graph and the report. */
export interface RecordContext {
  readonly gitCommit?: string | null;
  readonly versions?: Readonly<Record<string, string>>;
  /** Any JSON value. */
  readonly results?: unknown;
}

/**
 * The record of a successful run. It contains no times, so equal runs have equal records.
 * @throws PodiumError `record-incomplete` if the run did not make all of its targets
 */
export function recordOf(graph: Graph, report: RunReport, context: RecordContext = {}): RunRecord {
  if (!report.ok) {
    throw new PodiumError({
      code: 'record-incomplete',
      message: 'a failed run has no record',
      fix: 'fix the error and run it again',
    });
  }
  const reports = new Map(report.instances.map((item) => [item.name, item]));
  const keys = graph.nodes.map(({ name }) => reports.get(name)!.key);
  const outputs = graph.nodes.map(({ name }) => reports.get(name)?.manifest?.outputs ?? {});
  return describeRun(graph, report.engine, report.sources, keys, outputs, context);
}

/** A record of a graph, with outputs as far as they are known. */
export function describeRun(
  graph: Graph,
  engine: string,
  sources: Readonly<Record<string, SourceIdentity>>,
  keys: readonly string[],
  outputs: readonly RecordedInstance['outputs'][],
  { gitCommit = null, versions = {}, results = null }: RecordContext,
): RunRecord {
  const recordedSources = Object.entries(graph.sources).map(([name, { kind, type, path }]) => {
    const { sha256, bytes } = sources[name]!;
    return [name, { kind, type, path, sha256, bytes }];
  });
  const instances = graph.nodes.map(
    (node, i): RecordedInstance => ({
      name: node.name,
      key: keys[i]!,
      stage: node.stage.name,
      version: node.stage.version,
      settings: node.settings,
      seed: node.seed,
      inputs: node.inputs,
      outputs: Object.fromEntries(
        Object.entries(outputs[i] ?? {}).map(([name, { kind, type, sha256 }]) => [
          name,
          { kind, type, sha256 },
        ]),
      ),
    }),
  );
  return {
    format: 'podium-run-1',
    engine,
    gitCommit,
    versions,
    instances,
    results,
    sources: Object.fromEntries(recordedSources),
  };
}

/** A record's canonical text: JSON with sorted keys, indented by two spaces, ending with a line feed. */
export function encodeRunRecord(record: RunRecord): string {
  return `${JSON.stringify(JSON.parse(canonicalText(record)), null, 2)}\n`;
}

/**
 * Parses and checks a record: its format, that every key matches the settings and inputs beside it, and that every
 * reference resolves. `file` is named in error messages.
 * @throws PodiumError `record-not-json`, `record-invalid` with the key, `record-edited` with the instance
 */
export function decodeRunRecord(text: string, file?: string): RunRecord {
  const path = file === undefined ? {} : { path: { file } };
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new PodiumError({ code: 'record-not-json', ...path, expected: 'a run record in JSON', got });
  }
  const [problem] = settingsProblems(schema, value, file === undefined ? {} : { file });
  if (problem !== undefined) throw new PodiumError({ ...problem, code: 'record-invalid' });
  const record = schema.parse(value) as RunRecord;
  checkKeys(record, file);
  return record;
}

/** @throws PodiumError `file-not-found`, `file-not-readable`, and as {@link decodeRunRecord} */
export async function readRunRecord(file: string): Promise<RunRecord> {
  return decodeRunRecord(await readText(file), file);
}

function checkKeys({ engine, sources, instances }: RunRecord, file: string | undefined): void {
  const keys = new Map<string, string>();
  for (const [i, { name, key, stage, version, settings, seed, inputs }] of instances.entries()) {
    const identity = (item: Reference): InputIdentity => {
      if ('from' in item) {
        const producer = keys.get(item.from);
        return producer === undefined ? edited(name, i, file) : { key: producer, output: item.output };
      }
      const recorded = Object.hasOwn(sources, item.source) ? sources[item.source] : undefined;
      return recorded === undefined ? edited(name, i, file) : { sha256: recorded.sha256 };
    };
    const identities = Object.fromEntries(
      Object.entries(inputs).map(([port, references]) => [port, references.map(identity)]),
    );
    const parts = { stage, version, engine, settings, seed, inputs: identities };
    if (keys.has(name) || keyOf(parts) !== key) edited(name, i, file);
    keys.set(name, key);
  }
}

function edited(name: string, index: number, file: string | undefined): never {
  throw new PodiumError({
    code: 'record-edited',
    path: { file, key: `instances[${index}]` },
    message: `the key of "${name}" does not match the settings and inputs beside it`,
    fix: 'use the record as the run wrote it; to run with other settings, change the settings, not the record',
  });
}
