/* Loaded into a process first: its clock is an hour ahead, and so are the times that it gives to files. */
import fs from 'node:fs';

const HOUR_MS = 3_600_000;
const now = Date.now.bind(Date);
Date.now = () => now() + HOUR_MS;
const rename = fs.promises.rename.bind(fs.promises);
fs.promises.rename = async (from, to) => {
  const time = new Date(Date.now());
  await fs.promises.utimes(from, time, time).catch(() => {});
  await rename(from, to);
};
