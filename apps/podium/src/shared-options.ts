/** Arguments and options that several commands share, to be spread into `.argument()` and `.option()`. */

export const SETTINGS = ['[settings]', 'podium.yaml, podium.config.ts, or the folder of one', '.'] as const;
export const OVERRIDES = [
  '[overrides...]',
  'settings that win over those of the file: train.epochs=5 "models=[resnet18, resnet50]"',
] as const;
export const RUN = ['<run>', "a run's name, its .run.json, or its CSV"] as const;
export const RUN_OR_TRAINING = ['<run>', "a run's name, its .run.json or .train.json, or its CSV"] as const;

export const STORE = [
  '--store <folder>',
  'folder of cached results (default: .podium beside the settings)',
] as const;
export const EXECUTOR = [
  '--executor <name>',
  'who computes: local, or shared-folder, the workers of the store (default: as the settings say, else local)',
] as const;
export const ARTIFACTS = [
  '--artifacts <place>',
  'keep results for other machines, too, and use theirs: a folder, or s3://bucket/prefix',
] as const;
export const SUBMISSIONS = ['--submissions <folder>', 'folder of submissions', 'submissions'] as const;
export const NEW_SUBMISSIONS = [
  '--submissions <folder>',
  'folder of submissions (default: submissions beside the settings)',
] as const;
export const RUN_NAME = [
  '--name <run>',
  'name of the run (default: the preset and the first digits of its hash)',
] as const;
export const TRUST = [
  '--trust',
  "run the project's own code, and let it reach beyond its folder: data elsewhere, addresses",
] as const;
export const FETCH = ['--fetch', 'download weights that the record names and this machine lacks'] as const;
export const SIGN = ['--sign <key>', 'sign the record and the report with this SSH key'] as const;
export const JSON_OUTPUT = ['--json', 'print one JSON object'] as const;
