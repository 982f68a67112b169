import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '@podium/core';
import { type Experiment, say } from './experiment.ts';
import {
  type Conditions,
  type Entry,
  missingModules,
  PEERS,
  runPeer,
  runPodium,
  SAME_WEIGHTS,
} from './win/contestants.ts';
import { shareData } from './win/share-data.ts';
import { type Contestant, standingsOf, standingsTable } from './win/standings.ts';

const help = `npm run results -- win --data FOLDER --answers CSV --minutes N --peer-python PATH
                         [--seeds N] [--peers NAME,...] [--threads N] [--own-models] [--out FOLDER]

Podium against other tools on a competition with hidden answers, as "npm run results -- sets" makes them: the same weights of
EfficientNet-Lite0, threads and time, one after another. Podium is "podium init --yes" and "podium run"; --own-models lets it
choose its networks. Peers (${Object.keys(PEERS).join(', ')}) are the scripts in win/: fine-tuning with timm and PyTorch as a
careful user writes it, fastai's fine_tune with its defaults, a searched linear probe of scikit-learn on frozen features, and
AutoGluon MultiModal; those that PATH cannot import are skipped. Prints macro F1 with 95 % intervals over groups of the test
set, seconds, and Podium's lead in pairs. --out (win-results), a new folder, keeps standings.md, standings.json, and all
submissions.`;

/** Podium and its peers, under the same conditions. */
export const win: Experiment = { name: 'win', help, run };

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' },
      answers: { type: 'string' },
      minutes: { type: 'string' },
      'peer-python': { type: 'string' },
      peers: { type: 'string', default: Object.keys(PEERS).join(',') },
      seeds: { type: 'string', default: '1' },
      threads: { type: 'string', default: String(availableParallelism()) },
      'own-models': { type: 'boolean', default: false },
      out: { type: 'string', default: 'win-results' },
    },
  });
  const { data, answers, 'peer-python': python } = values;
  const [minutes, seedCount, threads] = [values.minutes, values.seeds, values.threads].map(Number);
  if (data === undefined || answers === undefined || python === undefined || !(minutes! > 0))
    throw new Error(`--data, --answers, --minutes and --peer-python are needed\n\n${help}`);
  for (const [name, value] of Object.entries({ seeds: seedCount, threads }))
    if (!Number.isInteger(value) || value! < 1)
      throw new Error(`--${name}: expected a whole number from 1, got "${values[name as 'seeds']}"`);
  const peers = values.peers.split(',').filter((peer) => peer !== '');
  for (const peer of peers)
    if (!Object.hasOwn(PEERS, peer))
      throw new Error(`--peers: expected ${Object.keys(PEERS).join(', ')}, got "${peer}"`);
  const missing = new Map(peers.map((peer) => [peer, missingModules(python, peer)]));
  const out = resolve(values.out);
  // What an earlier run computed would cost Podium no time.
  if (existsSync(out)) throw new Error(`--out: ${out} exists; name a new folder`);
  await mkdir(out, { recursive: true });
  const shared = await shareData(resolve(data), join(out, 'shared'));
  say(`${shared.model}, SHA-256 ${shared.weightsHash}`);
  const seeds = Array.from({ length: seedCount! }, (_, i) => i + 1);
  const skipped: string[] = [];
  const leaveOut = (name: string, why: string) => {
    skipped.push(`${name}: ${why}`);
    say(skipped.at(-1)!);
  };
  const contestants: Contestant[] = [];
  const compete = async (name: string, enter: (conditions: Conditions) => Promise<Entry>) => {
    const entries: Entry[] = [];
    for (const seed of seeds) {
      const folder = join(out, name, `seed-${seed}`);
      say(`${name}, seed ${seed}`);
      try {
        entries.push(
          await enter({ data: resolve(data), shared, minutes: minutes!, seed, threads: threads!, folder }),
        );
      } catch (error) {
        // The others' time must not be lost.
        leaveOut(name, `failed with seed ${seed}: ${(error as Error).message.split('\n')[0]}`);
        return;
      }
    }
    contestants.push({ name, entries });
  };
  await compete('podium', (conditions) => runPodium(conditions, values['own-models'] ? [] : SAME_WEIGHTS));
  for (const [peer, modules] of missing) {
    if (modules.length > 0) leaveOut(peer, `skipped, no ${modules.join(', ')}`);
    else await compete(peer, (conditions) => runPeer(peer, python, conditions));
  }
  const standings = await standingsOf(contestants, resolve(answers));
  const table = standingsTable(standings, skipped);
  say(`\n${table}`);
  const { weightsHash } = shared;
  const result = { experiment: 'win', data, minutes, threads, weightsHash, standings, skipped, contestants };
  await writeFileAtomic(join(out, 'standings.md'), `${table}\n`);
  await writeFileAtomic(join(out, 'standings.json'), `${JSON.stringify(result, null, 1)}\n`);
  return result;
}
