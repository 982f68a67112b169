const NOBODY = 65_534;

/**
 * Runs `use` without root's permission to read and write everything. As root, this process switches to another user for that
 * time, and so do the processes that it starts: folders that `use` needs must be readable for everyone.
 */
export async function withoutSuperuser<T>(use: () => T | Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return use();
  process.seteuid?.(NOBODY);
  try {
    return await use();
  } finally {
    process.seteuid?.(0);
  }
}
