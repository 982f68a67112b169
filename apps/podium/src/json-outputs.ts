import { z } from 'zod';

/*
 * What `--json` prints, command by command. docs/schemas has these as JSON Schema (npm run schemas -w apps/podium), and
 * json-outputs.test.ts holds commands to them: a key that is not described here fails it.
 */

const text = z.string();
const number = z.number();
/** Details whose form may still change. */
const details = z.unknown();
const score = z
  .object({
    metric: text,
    direction: z.enum(['higher', 'lower']),
    form: text.nullable().describe('the form whose written decisions are scored; null: predictions are'),
    score: number.describe('out-of-fold score; the mean over heads where there are several'),
    heads: z.array(details).describe('intervals, folds and classes of each head'),
  })
  .describe('the cross-validation score');
const finding = z.object({
  rule: text,
  severity: z.enum(['error', 'warning']),
  message: text,
  rows: z.array(details).describe('the first rows that it is about'),
  fix: text,
});
const lint = z
  .looseObject({ ok: z.boolean(), rows: z.int(), findings: z.array(finding) })
  .describe('what the linter found in the CSV');
const pseudo = z
  .object({ verdicts: z.array(details), rows: details })
  .describe('what pseudo labels were worth');
const problem = z.looseObject({ code: text }).describe('an error: code, path, message, expected, got, fix');
const interval = z.object({ metric: text, estimate: number, low: number, high: number });

const run = z.object({
  run: text.describe('name of the run'),
  score,
  submission: text.describe('path of the CSV'),
  record: text.optional().describe('path of the record; absent where the linter found errors'),
  lint,
  sha256: text.describe('of the CSV'),
  pseudo: pseudo.optional(),
});
const plan = z.object({
  instances: z.array(
    z.object({
      name: text,
      stage: text,
      key: text,
      status: z.enum(['cached', 'run', 'unneeded']),
      reasons: z.array(details).describe('why it would run'),
    }),
  ),
  complete: z.boolean().describe('false where the rest depends on what these find'),
});
const competitionDemo = z.union([
  z.object({
    run: text,
    cv: interval.describe('estimate by cross-validation'),
    test: details.optional().describe('the true score'),
    csv: text.optional(),
    record: text.optional(),
    report: text.optional(),
  }),
  z.object({ folder: text, settings: text, answers: text }).describe('with --no-run'),
]);
const ledgerRow = z.object({
  run: text,
  sha256: text.optional(),
  metric: text.optional(),
  direction: z.enum(['higher', 'lower']).optional(),
  cv: number.optional(),
  low: number.optional(),
  high: number.optional(),
  public: number.optional(),
  private: number.optional(),
  note: text.optional(),
  more: z.record(text, text).optional().describe('columns that people added'),
});
const entry = z.object({
  key: text,
  instance: text.nullable(),
  stage: text.nullable(),
  bytes: number,
  lastUsedMs: number,
  durationMs: number.nullable(),
  pinned: text.nullable().describe('the run that keeps it'),
});
const signature = z.object({
  status: z.enum(['none', 'good', 'known', 'unknown', 'bad']),
  key: text.optional(),
  signer: text.optional(),
});
const catalogEntry = z.object({
  name: text,
  summary: text,
  aliases: z.array(text),
  settings: z.array(
    z.object({
      name: text,
      description: text,
      takes: text,
      default: text.optional().describe('as JSON'),
      required: z.boolean(),
    }),
  ),
});
const engine = z.looseObject({
  backend: text,
  devices: z.array(text),
  threads: z.object({ available: z.int(), used: z.int() }),
  problems: z.array(details).describe('empty: nothing is missing or damaged'),
});

/** By command, without "podium": what it prints with `--json`. */
export const jsonOutputs: Readonly<Record<string, z.ZodType>> = {
  setup: z.union([engine.describe('with --check'), z.looseObject({ attempts: z.array(details) })]),
  'demo food': competitionDemo,
  'demo digits': competitionDemo,
  'demo masks': competitionDemo,
  'demo shapes': z.looseObject({}),
  init: z.object({
    file: text.describe('the settings file'),
    settings: details,
    blocker: problem.optional().describe('why "podium run" would stop'),
  }),
  inspect: z.looseObject({ layout: text, failures: z.array(details) }),
  run: z.union([run, plan.describe('with --plan')]),
  finish: run,
  train: z.object({ run: text, score, record: text, pseudo: pseudo.optional() }),
  predict: z.object({
    out: text.describe('the CSV'),
    images: z.int(),
    run: text,
    heads: z.record(text, z.array(text)).describe('classes of each head'),
  }),
  ensemble: z.union([
    z.object({
      score,
      blends: z.array(details),
      submission: text.optional(),
      record: text.optional(),
      lint: lint.optional(),
    }),
    z.array(z.object({ name: text, summary: text, fits: z.boolean() })).describe('with --methods'),
  ]),
  report: z.object({ file: text, bytes: z.int() }),
  rebuild: z.object({
    same: z.boolean(),
    expected: text,
    sha256: text,
    causes: z.array(details),
    changes: z.array(text),
    computed: z.int(),
    stored: z.int(),
    scores: details.optional().describe('recorded and rebuilt, if they differ'),
  }),
  verify: z.object({
    run: text,
    csv: z.enum(['as recorded', 'changed', 'missing']).optional(),
    record: signature,
    report: signature.optional(),
    stored: z.object({ same: z.int(), missing: z.int(), different: z.array(text) }),
    recomputed: z.literal(0),
  }),
  'models list': z.array(text),
  'models show': z.object({
    name: text,
    imageSize: z.int(),
    inputRule: details.optional(),
    parameters: number,
    multiplyAdds: number,
    activationBytes: number,
    numFeatures: z.int(),
    featureInfo: z.array(details),
    weights: z.array(details),
    speed: z
      .object({
        secondsPerImage: number,
        batchSize: z.int(),
        backend: text,
        precision: text,
        threads: z.int(),
      })
      .optional()
      .describe('of prediction on this machine; nothing where it was not measured'),
  }),
  list: z.array(
    z.union([
      catalogEntry,
      z.object({
        name: text,
        summary: text,
        keys: z.array(text),
        example: text,
        entries: z.int().describe('how many there are'),
      }),
    ]),
  ),
  submit: z.object({ sent: z.boolean(), answer: text.optional(), csv: text, edited: z.boolean(), lint }),
  score: ledgerRow,
  'runs list': z
    .record(
      text,
      z.object({
        metric: text.optional(),
        direction: z.enum(['higher', 'lower']),
        ranked: z
          .array(
            z.object({
              row: ledgerRow,
              rank: z.int().describe('by cross-validation; equal scores share one'),
              publicRank: z.int().optional(),
              privateRank: z.int().optional(),
              withinNoise: z.boolean().optional().describe('of the best run'),
              verdict: text,
            }),
          )
          .describe('best first'),
        unranked: z.array(ledgerRow).describe('without a score, or with another metric'),
        public: details.optional(),
        private: details.optional(),
      }),
    )
    .describe('by competition'),
  'runs show': z.looseObject({}).describe('the whole record; docs/run-file.md describes it'),
  'runs compare': z.object({
    differences: z.array(details),
    heads: z.record(text, details).describe('the paired comparison of each head'),
    unpaired: text.optional().describe('why predictions could not be compared'),
  }),
  'cache list': z.array(entry),
  'cache verify': z.object({
    entries: z.int(),
    damaged: z.array(z.object({ key: text, damage: z.array(text) })),
  }),
  'cache clean': z.object({
    removed: z.array(entry),
    freedBytes: number,
    keptBytes: number,
    claimedBytes: number,
    dryRun: z.boolean(),
  }),
  doctor: z.object({
    model: text,
    findings: z.array(
      z.looseObject({
        name: text,
        title: text,
        verdict: z.enum(['ok', 'warning', 'problem', 'skipped']),
        evidence: text,
        fix: text.optional(),
      }),
    ),
    tips: z.array(details),
    profile: text,
  }),
  'doctor engine': engine,
  help: z.looseObject({
    version: text,
    exitCodes: z.array(z.object({ code: z.int(), name: text, meaning: text })),
    commands: z.array(
      z.object({
        name: text,
        description: text,
        notes: text,
        arguments: z.array(details),
        options: z.array(details),
        exitCodes: z.array(z.object({ code: z.int(), meaning: text })),
        examples: z.array(text),
        output: text.optional().describe('the schema of what it prints with --json, in docs/schemas'),
      }),
    ),
    settings: details.describe('JSON Schema of podium.yaml'),
  }),
};

/** `runs compare` -> `runs-compare.json` */
export function schemaFile(command: string): string {
  return `${command.replaceAll(' ', '-')}.json`;
}

/** JSON Schema of what a command prints. Keys may be added in later versions, so others are allowed. */
export function outputSchema(command: string): object {
  return z.toJSONSchema(jsonOutputs[command]!, { io: 'input' });
}
