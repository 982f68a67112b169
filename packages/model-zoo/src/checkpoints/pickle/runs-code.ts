/** Modules of Python with which a pickle can run programs, and which no checkpoint needs. */
const MODULES: ReadonlySet<string> = new Set([
  ...['os', 'posix', 'nt', 'subprocess', 'pty', 'commands', 'popen2', 'shutil', 'sys', 'ctypes', 'socket'],
  ...['importlib', 'imp', 'runpy', 'pkgutil', 'code', 'codeop', 'bdb', 'pdb', 'timeit', 'webbrowser'],
  ...['pickle', '_pickle', 'cPickle', 'marshal', 'shelve'],
]);
/** The same modules reached through another one: `torch._utils.os.system`. */
const INSIDE_OTHERS: ReadonlySet<string> = new Set(['os', 'posix', 'nt', 'subprocess', 'sys', 'ctypes']);

const BUILTINS: ReadonlySet<string> = new Set([
  ...['eval', 'exec', 'execfile', 'compile', 'open', 'input', 'breakpoint', '__import__', 'globals', 'vars'],
  ...['apply', 'delattr', 'setattr'],
]);

/**
 * Whether a Python name is one by which files attack those who load them. Podium executes nothing, so other unknown names are
 * harmless; a file that asks for one of these is malicious, and is better not passed on.
 * @param name with its module: `posix.system`
 */
export function runsCode(name: string): boolean {
  const [module = '', ...inside] = name.split('.');
  if (MODULES.has(module) || inside.slice(0, -1).some((part) => INSIDE_OTHERS.has(part))) return true;
  return /^(builtins|__builtin__)$/.test(module) && BUILTINS.has(inside.at(-1)!);
}
