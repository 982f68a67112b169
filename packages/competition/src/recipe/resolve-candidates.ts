import type { Decide } from '@podium/core';
import { PodiumError } from '@podium/core';
import { licenseTerms, type ResolvedWeights, resolveWeights, models as zoo } from '@podium/model-zoo';
import { presets } from '../presets/index.ts';
import type { DatasetSummary } from '../run/dataset-summary.ts';
import type { Project } from '../run/project.ts';
import type { ModelSettings } from '../settings/schema.ts';
import { isSmall } from './defaults.ts';
import { type ModelCandidate, modelName } from './resolve-config.ts';

/** What is trained where no pretrained weights are of use, or none are available. */
const FALLBACK: ModelCandidate = { settings: { model: 'small-net' }, weights: undefined };

/** The models to train, with their weights on this machine: those of the settings, else the preset's. */
export async function resolveCandidates(
  project: Project,
  dataset: DatasetSummary,
  decide: Decide,
): Promise<ModelCandidate[]> {
  const candidates = await findCandidates(project, dataset, decide);
  for (const { settings, weights } of candidates) {
    const terms = weights && licenseTerms(weights.license);
    if (terms === undefined) continue;
    decide(`${modelName(settings)}: license`, weights!.license, `of its weights: ${terms}`);
  }
  return candidates;
}

async function findCandidates(
  project: Project,
  dataset: DatasetSummary,
  decide: Decide,
): Promise<ModelCandidate[]> {
  const { settings } = project.found;
  if (settings.models !== undefined) {
    const candidates: ModelCandidate[] = [];
    for (const [i, given] of settings.models.entries()) {
      const model: ModelSettings = typeof given === 'string' ? { model: given } : given;
      candidates.push({ settings: model, weights: await weightsFor(project, model), path: `models[${i}]` });
    }
    return candidates;
  }
  if (isSmall(dataset.format.side)) {
    const reason = `the images are only ${dataset.format.side} pixels wide, unlike what pretrained networks know`;
    decide('models', modelName(FALLBACK.settings), reason);
    return [FALLBACK];
  }
  return await presetCandidates(project, decide);
}

/** Per model of the preset, the first alternative whose weights are available. */
async function presetCandidates(project: Project, decide: Decide): Promise<ModelCandidate[]> {
  const { found, signal, emit } = project;
  const preset = presets.get(found.settings.preset);
  const candidates: ModelCandidate[] = [];
  for (const alternatives of preset.models) {
    const taken = new Set(candidates.map(({ settings }) => settings.model));
    for (const model of alternatives.filter((name) => !taken.has(name))) {
      try {
        const weights = await fetchWeights(project, model, true, { isOptional: true });
        candidates.push({ settings: { model }, weights });
        break;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PodiumError)) throw error;
        const message = `weights of ${model} are not available: ${error.message.split('\n')[0]}`;
        emit({ type: 'warning', code: 'weights-unavailable', message });
      }
    }
  }
  if (candidates.length > 0) {
    const names = candidates.map(({ settings }) => modelName(settings)).join(', ');
    decide('models', names, `preset ${preset.name}: ${preset.summary}`);
    return candidates;
  }
  decide('models', modelName(FALLBACK.settings), 'no pretrained weights are available');
  return [FALLBACK];
}

async function weightsFor(
  project: Project,
  { model, pretrained }: ModelSettings,
): Promise<ResolvedWeights | undefined> {
  if (typeof model !== 'string') return undefined;
  const wanted = pretrained ?? zoo.get(model).weights.length > 0;
  return wanted === false ? undefined : await fetchWeights(project, model, wanted);
}

async function fetchWeights(
  { found, signal, emit }: Project,
  model: string,
  pretrained: true | string,
  { isOptional = false }: { readonly isOptional?: boolean } = {},
): Promise<ResolvedWeights> {
  return await resolveWeights(model, pretrained, {
    folder: found.folder,
    signal,
    licenses: found.settings.licenses,
    onEvent: (event) => emit({ type: 'weights', event }),
    patience: isOptional ? 'short' : 'full',
  });
}
