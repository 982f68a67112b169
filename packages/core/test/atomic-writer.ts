/*
 * A process for tests to kill. `atomic-writer.ts FILE loop` replaces FILE without end by 4 MB of one byte, another byte
 * each time; `atomic-writer.ts FILE half` writes half of that, says so, and waits with the rest for ever.
 */
import { writeFileAtomic } from '../src/files/write-file-atomic.ts';

const [path = '', mode] = process.argv.slice(2);
const SIZE = 4 << 20;

async function* half(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(SIZE / 2).fill(255);
  process.stdout.write('half\n');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}

if (mode === 'half') {
  await writeFileAtomic(path, half());
} else {
  for (let round = 0; ; round++) {
    await writeFileAtomic(path, new Uint8Array(SIZE).fill(round % 251));
    process.stdout.write('whole\n');
  }
}
