import { hashValue, type Predictions, shortHash } from '@podium/core';
import { type Head, readManifest, rowsOfFold, writeManifest } from '@podium/dataset';
import { temperature } from '@podium/ensemble';
import { defineStage } from '@podium/pipeline';
import {
  calibrateTeachers,
  type ExpectedPrecision,
  expectedPrecision,
  methods,
  type OutOfFold,
  type PseudoLabelSet,
  pseudoRows,
} from '@podium/pseudo-label';
import { z } from 'zod';
import { type HeadPredictions, readHeads } from '../artifacts/head-predictions.ts';
import { readJsonFile, writeJson } from '../artifacts/json.ts';
import type { TeacherRecord } from '../external/fold-data.ts';
import { unlabeledRows } from '../external/unlabeled-rows.ts';
import { pickHeads, readRows } from '../heads/fold-rows.ts';
import { labeled, scored } from '../heads/scored-rows.ts';

/** How unlabeled images were labeled for the student of one fold. */
export interface PseudoRowsReport {
  readonly fold: number;
  readonly round: number;
  readonly method: string;
  readonly teacher: string;
  /** Images that the teachers predicted, and those that train the student. */
  readonly offered: number;
  readonly kept: number;
  /** Images that are not used because this fold is validated on them, or on others of their group. */
  readonly leftOut: number;
  readonly heads: readonly {
    readonly head: string;
    /** One per teacher. */
    readonly temperatures: readonly number[];
    readonly thresholds: readonly number[];
    readonly counts: PseudoLabelSet['counts'];
    readonly classes: readonly string[];
    readonly precision: ExpectedPrecision;
    readonly warnings: readonly string[];
  }[];
}

/**
 * Labels unlabeled images for the student of one fold: its teachers' predictions, calibrated on rows that they had not seen
 * (except those of this fold), chosen by a method, and checked for leaks between folds.
 */
export const makePseudoRows = defineStage({
  name: 'pseudo-rows',
  version: '2',
  module: import.meta.url,
  cheap: true,
  random: true,
  settings: z.strictObject({
    fold: z.int().min(0),
    heads: z.array(z.string()).min(1),
    method: z.string(),
    options: z.record(z.string(), z.json()),
    /** Weight of a pseudo label in the loss, times the method's own weight for it. */
    weight: z.number().positive().default(1),
  }),
  inputs: {
    train: { kind: 'file', type: 'manifest' },
    folds: { kind: 'file', type: 'folds' },
    rows: { kind: 'file', type: 'manifest', optional: true },
    /** Given if test images may be labeled. */
    test: { kind: 'file', type: 'manifest', optional: true },
    /** Each teacher's predictions for the images. */
    teacherPredictions: { kind: 'folder', type: 'predictions', many: true },
    /** The same teachers' records, in the same order. */
    records: { kind: 'file', type: 'teacher', many: true },
    /** Their out-of-fold predictions of the competition's rows, of all folds; in the same order. */
    oof: { kind: 'folder', type: 'predictions', many: true },
  },
  outputs: {
    rows: { kind: 'file', type: 'manifest', path: 'pseudo.jsonl' },
    teacher: { kind: 'file', type: 'teacher', path: 'teacher.json' },
    report: { kind: 'file', type: 'pseudo-report', path: 'report.json' },
  },
  run: async ({ settings, inputs, outputs, rng }) => {
    const { fold, weight, heads: names } = settings;
    const { rows, heads } = await readRows(inputs.train, inputs.folds, names);
    const { validation } = rowsOfFold(rows, fold);
    const images = await unlabeledRows(inputs);
    const teacher = ensembleOf(await readAll(inputs.records, readJsonFile<TeacherRecord>));
    const { round } = teacher.records.at(-1)!;
    const teacherPredictions = await readAll(inputs.teacherPredictions, readHeads);
    const oof = await readAll(inputs.oof, readHeads);
    const method = methods.get(settings.method).parse(settings.options);
    const labelSets: PseudoLabelSet[] = [];
    const reports: PseudoRowsReport['heads'][number][] = [];
    for (const head of heads) {
      const of = (members: readonly HeadPredictions[]) => members.map((member) => member.get(head.name)!);
      const calibrated = calibrateTeachers({
        calibrator: temperature(),
        teachers: of(teacherPredictions),
        outOfFold: outOfFoldOf(of(oof), rows, head),
        fold,
        rng: rng.split('calibrate', head.name),
      });
      const { teachers, outOfFold, parameters } = calibrated;
      const labelSet = method.label({
        head: head.name,
        teachers,
        classes: head.classes,
        round,
        outOfFold,
        rng: rng.split('label', head.name),
      });
      labelSets.push(labelSet);
      const { thresholds, counts, classes, warnings } = labelSet;
      reports.push({
        head: head.name,
        thresholds,
        counts,
        classes,
        warnings,
        temperatures: parameters.map(({ temperature: fitted }) => fitted),
        precision: expectedPrecision({ method, labelSet, outOfFold }),
      });
    }
    const made = pseudoRows({
      fold,
      teacher: teacher.key,
      teachers: teacher.records,
      labelSets,
      validation,
      images: images.map(({ id, image, group, origin }) => ({
        id,
        image,
        origin,
        group,
      })),
      // Test images are given only if they may be used.
      allowTest: true,
    });
    const weighed = made.rows.map((row) => ({ ...row, weight: row.weight * weight }));
    const { heads: all } = await readManifest(inputs.train);
    await writeManifest(outputs.rows, { heads: pickHeads(all, names), rows: weighed });
    await writeJson(outputs.teacher, teacher);
    const report: PseudoRowsReport = {
      fold,
      round,
      method: method.name,
      teacher: teacher.key,
      offered: images.length,
      kept: new Set(made.rows.map(({ image }) => JSON.stringify(image))).size,
      leftOut: made.leftOut.length,
      heads: reports,
    };
    await writeJson(outputs.report, report);
  },
});

async function readAll<T>(paths: readonly string[], read: (path: string) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (const path of paths) all.push(await read(path));
  return all;
}

/** Out-of-fold predictions of the rows that have a label for this head. */
function outOfFoldOf(
  members: readonly Predictions[],
  rows: Awaited<ReturnType<typeof readRows>>['rows'],
  { name }: Head,
): OutOfFold {
  const [first] = members as [Predictions];
  const { ids } = labeled(first, rows, name);
  const selected = members.map((member) => member.select(ids));
  return { members: selected, truth: scored(selected[0]!, rows, name).truth };
}

/** A single teacher as it is; several as an ensemble with its own record, taught by its members. */
function ensembleOf(teachers: readonly TeacherRecord[]): TeacherRecord {
  const [only] = teachers as [TeacherRecord];
  if (teachers.length === 1) return only;
  const records = new Map(
    teachers.flatMap((teacher) => teacher.records.map((record) => [record.key, record])),
  );
  const members = teachers.map(({ key }) => key);
  const taughtBy = [...new Set(members)];
  const round = Math.max(...members.map((key) => records.get(key)!.round));
  const key = shortHash(hashValue({ ensemble: members }));
  return { key, records: [...records.values(), { key, round, foldsSeen: [], taughtBy }] };
}
