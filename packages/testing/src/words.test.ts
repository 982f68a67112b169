import { expect, test } from 'vitest';
import { files, read, rooms } from './workspace.ts';

/**
 * Phrases that do not come back, and what to write instead. A space in a pattern also matches a line break inside of a
 * comment. Patterns ignore case unless `exact`.
 */
interface Rule {
  readonly pattern: string;
  readonly write: string;
  readonly exact?: boolean;
  /** `code`: TypeScript; `library`: TypeScript that is not a test. Default: documents, too. */
  readonly only?: 'code' | 'library';
}

const UNITS = 'step|image|epoch|batch|second|class|fold|person|head|model|seed|row|sample|column';
const COUNTED =
  'images|rows|steps|batches|labels|classes|samples|epochs|views|bytes|values|columns|predictions|trainings|folders';
const THINGS =
  'row|column|line|file|folder|label|class|training|classifier|list|number|prediction|model|score|threshold';

const RULES: readonly Rule[] = [
  // Terms of the field.
  { pattern: 'picture', write: 'image' },
  { pattern: 'first values', write: 'initial weights' },
  { pattern: 'warm-ups?', write: 'warmup' },
  { pattern: 'warmUp', exact: true, write: 'warmup' },
  { pattern: 'by heart', write: 'overfit, memorize' },
  { pattern: 'told right', write: 'predicted correctly' },
  { pattern: '(?:which|that|one) changes fastest|changing fastest', write: 'varies fastest' },
  // "per".
  { pattern: `\\b\\d+ \\w{2,}s an? (?:${UNITS})\\b`, write: 'per' },
  { pattern: `\\b(?:${COUNTED}) an? (?:second|step|image|epoch|batch)\\b`, write: 'per' },
  {
    pattern: `\\b(?:one|several|many) (?:(?!in |of |for |from |per |with |to |as |is )\\w+ )?an? (?:${UNITS}|competition|metric)\\b`,
    write: 'one per',
  },
  {
    pattern: `\\ban? (?:${THINGS}) an? (?:${UNITS}|id|label|stage|thing|parameter)\\b`,
    write: 'one ... per',
  },
  // Sentences.
  { pattern: '(?:where|when|if|what is|all) left out', write: 'default: ...; if omitted' },
  { pattern: '(?:could not|cannot|can|to) be had', write: 'could not be downloaded, loaded; is available' },
  {
    pattern:
      '(?<!there )\\b(?:is|are|was) no (?:JSON|YAML|image|number|folder|file|name|list|model|record|table|zip|CSV|PNG|JPEG|class|classes|exported)\\b',
    write: 'is not valid JSON; is not an image',
  },
  { pattern: 'there (?:is|are|was) none of(?! (?:the|them|these|those))', write: 'does not exist, unknown' },
  {
    pattern: "of the users?'s?(?: own)?\\b|of a user's(?: own)?\\b|of users' own|of one's own|one's own",
    write: 'your, user',
  },
  { pattern: '\\bWho reads\\b', exact: true, write: 'Readers' },
  { pattern: '\\btears?\\b', write: 'split, keep together' },
  { pattern: '\\banew\\b', write: 'again; rerun, recomputed' },
  { pattern: '\\bgo(?:es)? on\\b', write: 'continues, resumes' },
  { pattern: '\\btakes? away\\b', write: 'removes' },
  { pattern: '(?:said|told), too\\b', write: 'Podium tells you' },
  { pattern: '\\bhold(?:s|ing)? (?:\\w+ ){1,5}up\\b', write: 'slows, delays' },
  { pattern: '\\b(?:is|are|was) there already\\b', write: 'already exists, is already cached' },
  { pattern: 'kept only if worth', write: 'kept only if they help' },
  { pattern: 'can be told before\\b', write: 'estimated in advance' },
  { pattern: 'leaves? alone', write: 'does not change, never overrides' },
  { pattern: '\\botherwise than\\b', write: 'differently from' },
  { pattern: '\\bstrangers?\\b', write: 'unknown name; untrusted input' },
  { pattern: '\\b(?:nobody|nothing) (?:can|could) (?:say|tell|know)\\b', write: 'it is not known, unclear' },
  { pattern: '\\bby looking\\b', write: 'detected' },
  { pattern: '\\b(?:wherein|whereof|thereof|whosoever|lest|till)\\b', write: 'a shorter sentence' },
  { pattern: '\\b(?:is|are|was|were|be|gets?) refused\\b', write: 'is rejected; throws' },
  // American spelling.
  { pattern: 'colour', write: 'color' },
  { pattern: '\\bgrey', write: 'gray' },
  { pattern: 'neighbour', write: 'neighbor' },
  { pattern: 'behaviour', write: 'behavior' },
  { pattern: '(?<!pub)licence', write: 'license' },
  { pattern: 'artefact', write: 'artifact' },
  { pattern: '\\bcentre', write: 'center' },
  { pattern: '\\b(?:un)?labell(?:ed(?!by)|ing|er)', write: 'labeled, labeling' },
  { pattern: '\\bmodell(?:ed|ing)', write: 'modeled, modeling' },
  { pattern: '\\b(?:un|re)?learnt\\b', write: 'learned' },
  { pattern: '\\b(?:favour|honour|flavour|rumour|vapour)', write: 'favor, ...' },
  { pattern: '\\b(?:whilst|amongst)\\b', write: 'while, among' },
  { pattern: '\\b(?:catalogue(?!\\.md)|programme)s?\\b', write: 'catalog, program' },
  { pattern: '\\banalys(?:e|ed|er|ing)\\b', write: 'analyze' },
  {
    pattern:
      '(?:normal|recogn|optim|initial|serial|quant|summar|organ|general|regular|vector|random|minim|maxim|standard|categor|real|util|visual|special|token|custom|final|equal|synchron|stabil|material)is(?:e|ed|es|er|ers|ing|ation|ations)(?![a-z])',
    write: '-ize',
  },
  // Names.
  { pattern: '\\brefuse[A-Z]', exact: true, only: 'code', write: 'assertX, checkX' },
  { pattern: '\\bneed[A-Z]\\w*(?=\\()', exact: true, only: 'code', write: 'assertX, requireX' },
  { pattern: '\\bexpect[A-Z]\\w*(?=\\()', exact: true, only: 'library', write: 'assertX, checkX' },
];

/** Legitimate uses. Every entry has a reason, and a test that it is still needed. */
const ALLOWED: readonly { readonly file: string; readonly phrase: RegExp; readonly reason: string }[] = [
  {
    file: 'packages/competition/src/stages/train-semi.ts',
    phrase: /labelled/,
    reason: 'seeds of loaders: another spelling would be other batches',
  },
  { file: 'packages/dataset/src/decode/decode-image.test.ts', phrase: /grey/, reason: "libvips' name" },
  { file: 'packages/dataset/src/testing/deep-png.ts', phrase: /grey/, reason: "libvips' name" },
  { file: 'apps/podium/src/demos/food.ts', phrase: /picture/, reason: 'the name of an npm package' },
  { file: 'bench/src/results/food-pseudo.ts', phrase: /picture/, reason: 'the name of an npm package' },
  { file: 'bench/src/data/images.ts', phrase: /picture/, reason: 'the name of an npm package' },
  { file: 'bench/src/sets/demos.ts', phrase: /picture/, reason: 'the name of an npm package' },
];

interface Hit {
  readonly file: string;
  readonly line: number;
  readonly phrase: string;
  readonly write: string;
}

const compiled = RULES.map((rule) => ({
  ...rule,
  regex: new RegExp(rule.pattern.replaceAll(' ', '\\s+(?:(?:\\*|//|>)\\s+)?'), rule.exact ? 'g' : 'gi'),
}));

function hitsIn(file: string): Hit[] {
  const text = read(file);
  return compiled
    .filter(({ only }) => only === undefined || file.endsWith('.ts'))
    .filter(({ only }) => only !== 'library' || !/\.test\.ts$|\/test\//.test(file))
    .flatMap(({ regex, write }) =>
      [...text.matchAll(regex)].map(({ 0: match, index }) => ({
        file,
        line: text.slice(0, index).split('\n').length,
        phrase: match.replaceAll(/\s+(?:(?:\*|\/\/|>)\s+)?/g, ' '),
        write,
      })),
    )
    .sort((a, b) => a.line - b.line);
}

const isAllowed = (hit: Hit) =>
  ALLOWED.some(({ file, phrase }) => hit.file === file && phrase.test(hit.phrase));

/** Fixtures are other people's text, a changelog is history, and this file has to name the words. */
const sources = files(/\.(?:ts|md)$/).filter(
  (file) =>
    !/\/fixtures\/|^CHANGELOG\.md$|^data\/.+\/|^submissions\/.+\/|testing\/src\/words\.test\.ts$/.test(file),
);
const hits = sources.flatMap(hitsIn);
const folders = rooms().map(({ folder }) => folder);
const folderOf = (file: string) => folders.find((folder) => file.startsWith(`${folder}/`)) ?? 'documents';

test.each([...new Set(sources.map(folderOf))].sort())('%s uses plain words', (folder) => {
  const found = hits.filter((hit) => folderOf(hit.file) === folder && !isAllowed(hit));
  const lines = found.map(({ file, line, phrase, write }) => `${file}:${line} "${phrase}" -> ${write}`);
  expect(lines.join('\n')).toBe('');
});

test.each(ALLOWED)('$file still needs its exception: $reason', ({ file, phrase }) => {
  expect(hits.some((hit) => hit.file === file && phrase.test(hit.phrase))).toBe(true);
});
