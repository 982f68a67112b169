import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inCI } from '@podium/test-kit/skips';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf, signaturePath, signFile } from './sign-file.ts';
import { verifySignature } from './verify-signature.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-sign-'));
const key = join(folder, 'key');
const signers = join(folder, 'signers');
const file = join(folder, 'one.run.json');
const verified = (options = {}) => verifySignature(file, readFileSync(file), options);
const keygen = (...words: string[]) =>
  execFileSync('ssh-keygen', words, { stdio: ['ignore', 'pipe', 'pipe'] });

const isMissing = spawnSync('ssh-keygen', ['-l']).error !== undefined;

describe.skipIf(isMissing && !inCI)('with ssh-keygen', () => {
  beforeAll(() => {
    keygen('-q', '-t', 'ed25519', '-N', '', '-C', 'ada', '-f', key);
    keygen('-q', '-t', 'ed25519', '-N', 'secret', '-C', 'eve', '-f', `${key}-locked`);
    writeFileSync(signers, `ada@example.org ${readFileSync(`${key}.pub`, 'utf8')}`);
    writeFileSync(file, '{"run": "one"}\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a signature names the key, and the signer where a list says whose it is', async () => {
    expect(await verified()).toEqual({ status: 'none' });
    expect(await signFile(file, key)).toBe(signaturePath(file));
    const fingerprint = await fingerprintOf(key);
    expect(await verified()).toEqual({ status: 'good', key: `ED25519 ${fingerprint}` });
    expect(await verified({ signers })).toEqual({
      status: 'known',
      key: `ED25519 ${fingerprint}`,
      signer: 'ada@example.org',
    });
    // The same bytes each time, so a run that is repeated changes nothing.
    const before = readFileSync(signaturePath(file));
    await signFile(file, key);
    expect(readFileSync(signaturePath(file)).equals(before)).toBe(true);
  });

  test("OpenSSH's own command verifies it", () => {
    const words = [
      '-Y',
      'verify',
      '-f',
      signers,
      '-I',
      'ada@example.org',
      '-n',
      'podium',
      '-s',
      signaturePath(file),
    ];
    const said = execFileSync('ssh-keygen', words, { input: readFileSync(file), encoding: 'utf8' });
    expect(said).toMatch(/^Good "podium" signature for ada@example.org/);
  });

  test('another key, other bytes, another purpose and no signature at all are told apart', async () => {
    const nobody = join(folder, 'nobody');
    writeFileSync(nobody, `eve@example.org ${readFileSync(`${key}-locked.pub`, 'utf8')}`);
    expect(await verified({ signers: nobody })).toMatchObject({ status: 'unknown' });
    const content = readFileSync(file, 'utf8');
    appendFileSync(file, ' ');
    expect(await verified({ signers })).toEqual({ status: 'bad' });
    writeFileSync(file, content);
    const whole = readFileSync(signaturePath(file));
    rmSync(signaturePath(file));
    keygen('-q', '-Y', 'sign', '-f', key, '-n', 'git', file);
    expect(await verified({ signers })).toEqual({ status: 'bad' });
    writeFileSync(signaturePath(file), 'no signature');
    expect(await verified({ signers })).toEqual({ status: 'bad' });
    rmSync(signaturePath(file));
    writeFileSync(join(folder, 'elsewhere'), whole);
    symlinkSync(join(folder, 'elsewhere'), signaturePath(file));
    await expect(verified()).rejects.toMatchObject({ code: 'link-refused' });
    rmSync(signaturePath(file));
    writeFileSync(signaturePath(file), Buffer.alloc(1 << 20));
    await expect(verified()).rejects.toMatchObject({ code: 'file-too-large' });
    writeFileSync(signaturePath(file), whole);
  });

  test('a key that cannot sign is an error with a way out; no passphrase is asked for here', async () => {
    expect(await fingerprintOf(`${key}-locked`)).toMatch(/^SHA256:/);
    // Without a terminal, nobody can type the passphrase.
    process.env.SSH_ASKPASS_REQUIRE = 'never';
    const script = `import { signFile } from ${JSON.stringify(new URL('./sign-file.ts', import.meta.url).href)};
await signFile(${JSON.stringify(file)}, ${JSON.stringify(`${key}-locked`)}).catch((error) => console.log(error.code, error.message));`;
    writeFileSync(join(folder, 'sign.mjs'), script);
    const words = [
      '--conditions=@podium/source',
      '--import',
      import.meta.resolve('tsx'),
      join(folder, 'sign.mjs'),
    ];
    // In a session of its own, it has no terminal.
    const child = spawn(process.execPath, words, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    const said = await text(child.stdout);
    expect(said).toMatch(/^sign-failed .*fix: .*ssh-add/s);
    await expect(fingerprintOf(file)).rejects.toMatchObject({ code: 'sign-key' });
    await expect(fingerprintOf(join(folder, 'none'))).rejects.toMatchObject({ code: 'file-not-found' });
  });
});
