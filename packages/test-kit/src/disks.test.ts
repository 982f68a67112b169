import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { mountDisk, withDisks } from './disks.ts';

test.each(['a', 'b'])(
  'a disk can be full, or "read-only" (%s), and is unmounted after the test',
  withDisks(async (name: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'podium-disks-'));
    onTestFinished(() => {
      expect(readdirSync(join(folder, name))).toEqual([]);
      rmSync(folder, { recursive: true });
    });
    const disk = mountDisk(join(folder, name), 'size=1m');
    const write = (bytes: number) => writeFileSync(join(disk.path, 'x'), Buffer.alloc(bytes));
    expect(() => write(2_000_000)).toThrow(/ENOSPC/);
    disk.remount('size=4m');
    write(2_000_000);
    disk.remount('ro');
    expect(() => write(1)).toThrow(/EROFS/);
  }),
);
