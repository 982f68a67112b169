import { hashValue, readText, writeFileAtomic } from '@podium/core';
import { defineGraph, defineStage, instance, outputsOf } from '@podium/pipeline';
import { z } from 'zod';
import { type Project, runProject } from '../run/project.ts';
import type { ReportSources } from './report-data.ts';

/**
 * The report of a run from the store, rendered if it is not there yet: a second run reads neither predictions nor images.
 * The record names whatever a report shows by hash, but for how long stages took.
 */
export async function storedReport(
  project: Project,
  sources: Omit<ReportSources, 'testScore'>,
): Promise<string> {
  const { record, rebuild, report } = sources;
  const milliseconds = report.instances.map(({ manifest }) => manifest?.durationMs ?? 0);
  const settings = { record: hashValue(JSON.parse(JSON.stringify(record))), rebuild, milliseconds };
  const graph = defineGraph({
    sources: {},
    instances: [instance('report', writeReport(sources), { settings, inputs: {} })],
  });
  return await readText(outputsOf(await runProject(project, graph), 'report').report!);
}

/** Runs in this process, which has the results at hand. */
function writeReport(sources: ReportSources) {
  return defineStage({
    name: 'report',
    // Raise it when reports look different.
    version: '2',
    cheap: true,
    settings: z.strictObject({
      record: z.string(),
      rebuild: z.string().optional(),
      milliseconds: z.array(z.number()),
    }),
    inputs: {},
    outputs: { report: { kind: 'file', type: 'report', path: 'report.html' } },
    run: async ({ outputs }) => {
      const { reportHtml } = await import('./report-data.ts');
      await writeFileAtomic(outputs.report, await reportHtml(sources));
    },
  });
}
