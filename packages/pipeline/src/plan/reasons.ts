import type { InputIdentity, KeyedNode } from '../graph/keys.ts';
import type { SourceIdentity } from '../sources/identity.ts';
import type { EntrySummary } from '../store/collect.ts';
import type { Manifest } from '../store/manifest.ts';
import { diffFiles, type FilesChange, renderFilesChange } from './files-diff.ts';
import { diffSettings } from './settings-diff.ts';

/** Why an instance would run: a difference from the most similar entry of its stage. */
export type Reason =
  /** The store has no entry of this stage. */
  | { readonly kind: 'first' }
  | { readonly kind: 'damaged'; readonly damage: readonly string[] }
  | { readonly kind: 'setting'; readonly key: string; readonly before: unknown; readonly now: unknown }
  | { readonly kind: 'version' | 'engine' | 'seed'; readonly before: unknown; readonly now: unknown }
  /** A source changed; with `files` if it is a folder whose earlier content is known. */
  | { readonly kind: 'source'; readonly input: string; readonly source: string; readonly files?: FilesChange }
  /** The instance that an input comes from has a new key. */
  | { readonly kind: 'input'; readonly input: string; readonly from: string }
  /** The number of artifacts at an input changed: of a list, or of an optional input. */
  | { readonly kind: 'inputs'; readonly input: string; readonly before: number; readonly now: number };

/** A reason as one line of text. */
export function renderReason(reason: Reason): string {
  switch (reason.kind) {
    case 'first':
      return 'not in the store yet';
    case 'damaged':
      return `the stored result is damaged: ${reason.damage.slice(0, 3).join('; ')}`;
    case 'setting':
      return `setting ${reason.key === '' ? '(all)' : reason.key}: ${show(reason.before)} -> ${show(reason.now)}`;
    case 'version':
      return `stage version: ${show(reason.before)} -> ${show(reason.now)}`;
    case 'engine':
      return `engine version: ${show(reason.before)} -> ${show(reason.now)}`;
    case 'seed':
      return `seed: ${show(reason.before)} -> ${show(reason.now)}`;
    case 'source':
      return `input ${reason.input}: source ${reason.source} changed${reason.files === undefined ? '' : `: ${renderFilesChange(reason.files)}`}`;
    case 'input':
      return `input ${reason.input}: the result of ${reason.from} changed`;
    case 'inputs':
      return `input ${reason.input}: ${reason.before} artifacts -> ${reason.now}`;
  }
}

function show(value: unknown): string {
  return value === undefined ? '(not set)' : (JSON.stringify(value) ?? String(value));
}

/** Looks up the files of a source folder by its hash. */
export type FindSourceFiles = (sha256: string) => Promise<SourceIdentity['files']>;

/** Explains why a node is not in the store, by the entry of its stage that differs least. */
export async function explain(
  { node, parts }: KeyedNode,
  entries: readonly EntrySummary[],
  sources: Readonly<Record<string, SourceIdentity>>,
  findSourceFiles: FindSourceFiles,
): Promise<Reason[]> {
  const before = mostSimilar(node.name, parts.stage, entries, (manifest) => distance(manifest, parts));
  if (before === undefined) return [{ kind: 'first' }];
  const reasons: Reason[] = [];
  for (const kind of ['version', 'engine', 'seed'] as const) {
    if (before[kind] !== parts[kind]) reasons.push({ kind, before: before[kind], now: parts[kind] });
  }
  for (const change of diffSettings(before.settings, parts.settings))
    reasons.push({ kind: 'setting', ...change });
  for (const [input, now] of Object.entries(parts.inputs)) {
    const old = before.inputs[input] ?? [];
    if (old.length !== now.length) {
      reasons.push({ kind: 'inputs', input, before: old.length, now: now.length });
      continue;
    }
    for (const [i, identity] of now.entries()) {
      const was = old[i]!;
      const reference = node.inputs[input]?.[i];
      if (sameIdentity(was, identity) || reference === undefined) continue;
      if ('from' in reference) {
        reasons.push({ kind: 'input', input, from: reference.from });
        continue;
      }
      const files = 'sha256' in was ? await findSourceFiles(was.sha256) : undefined;
      const current = sources[reference.source]?.files;
      reasons.push({
        kind: 'source',
        input,
        source: reference.source,
        ...(files && current && { files: diffFiles(files, current) }),
      });
    }
  }
  return reasons;
}

function mostSimilar(
  instance: string,
  stage: string,
  entries: readonly EntrySummary[],
  distanceTo: (manifest: Manifest) => number,
): Manifest | undefined {
  let best: { readonly manifest: Manifest; readonly cost: number } | undefined;
  for (const { manifest } of entries) {
    if (manifest?.stage !== stage) continue;
    // On a tie, prefer the entry of the same instance: compare with fold 0's last training, not fold 1's.
    const cost = distanceTo(manifest) + (manifest.instance === instance ? 0 : 0.5);
    if (best === undefined || cost < best.cost) best = { manifest, cost };
  }
  return best?.manifest;
}

function distance(manifest: Manifest, parts: KeyedNode['parts']): number {
  const names = new Set([...Object.keys(manifest.inputs), ...Object.keys(parts.inputs)]);
  const inputs = [...names].filter(
    (name) => JSON.stringify(manifest.inputs[name] ?? []) !== JSON.stringify(parts.inputs[name] ?? []),
  );
  const texts = (['version', 'engine', 'seed'] as const).filter((part) => manifest[part] !== parts[part]);
  return diffSettings(manifest.settings, parts.settings).length + inputs.length + texts.length;
}

function sameIdentity(a: InputIdentity, b: InputIdentity): boolean {
  if ('sha256' in a) return 'sha256' in b && a.sha256 === b.sha256;
  return 'key' in b && a.key === b.key && a.output === b.output;
}
