import { damaged, quote, unsafe, unsupported } from '@podium/nn/checkpoint-files';
import { PickleBytes } from './pickle-bytes.ts';
import { PickleStack } from './pickle-stack.ts';
import {
  describeValue,
  PickleGlobal,
  PickleObject,
  PickleOpaque,
  PickleTuple,
  type PickleValue,
} from './pickle-values.ts';
import { runsCode } from './runs-code.ts';

/** Most instructions of a pickle. A model of 10,000 tensors with its optimizer takes about 2 million. */
const MAX_STEPS = 4_000_000;
const NEWEST_PROTOCOL = 5;

/** What a pickle may refer to outside of itself. */
export interface PickleHost {
  /** The Python name `module.name`; undefined for one that is not known, whose values stay closed (`PickleOpaque`). */
  findGlobal(module: string, name: string): PickleGlobal | string | undefined;
  /** The object of a persistent id: for PyTorch, a storage. */
  persistent?(id: PickleValue): PickleValue;
}

export interface Unpickled {
  readonly value: PickleValue;
  /** Position after the pickle. */
  readonly end: number;
}

/**
 * Reads one pickle of protocol 2 to 5 from position `start`.
 *
 * A pickle is a program. Only instructions that build plain data are interpreted, in a loop without recursion. Python names are
 * looked up only in the host's list, and calling one calls a function of this package; what an unknown class or function makes is
 * a closed value, and names that only malicious files contain are rejected. Each step creates at most one value, and
 * steps, stack, marks and strings are limited, so a pickle of n bytes needs O(n) memory. Dicts become Maps, so untrusted keys
 * never touch a prototype.
 * Reference: the opcode table in Python's Lib/pickletools.py.
 * @throws PodiumError `checkpoint-unsafe` with what the pickle requests, `checkpoint-damaged`, `checkpoint-unsupported`
 */
export function unpickle(bytes: Uint8Array, host: PickleHost, start = 0): Unpickled {
  const machine: Machine = {
    input: new PickleBytes(bytes, start),
    stack: new PickleStack(),
    memo: new Map(),
    host,
  };
  const { input, stack } = machine;
  if (bytes[start] !== 0x80) damaged('not a pickle of protocol 2 or newer');
  for (let step = 0; step < MAX_STEPS; step++) {
    const at = input.position;
    const opcode = input.uint8();
    if (opcode === STOP) return { value: stack.result(), end: input.position };
    const run = OPCODES[opcode];
    if (run === undefined) unknownOpcode(opcode, at - start);
    run(machine);
  }
  return unsafe(`the pickle takes more than ${MAX_STEPS} steps`);
}

interface Machine {
  readonly input: PickleBytes;
  readonly stack: PickleStack;
  /** A Map: the file chooses the indices. */
  readonly memo: Map<number, PickleValue>;
  readonly host: PickleHost;
}

const STOP = 0x2e;

type Run = (machine: Machine) => void;

const OPCODES: readonly (Run | undefined)[] = table([
  // PROTO, FRAME
  [0x80, ({ input }) => checkProtocol(input.uint8())],
  [0x95, ({ input }) => input.frame(input.uint64())],
  // NONE, NEWTRUE, NEWFALSE
  [0x4e, ({ stack }) => stack.push(null)],
  [0x88, ({ stack }) => stack.push(true)],
  [0x89, ({ stack }) => stack.push(false)],
  // BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT
  [0x4a, ({ input, stack }) => stack.push(input.int32())],
  [0x4b, ({ input, stack }) => stack.push(input.uint8())],
  [0x4d, ({ input, stack }) => stack.push(input.uint16())],
  [0x8a, ({ input, stack }) => stack.push(input.integer(input.uint8()))],
  [0x8b, ({ input, stack }) => stack.push(input.integer(input.uint32()))],
  [0x47, ({ input, stack }) => stack.push(input.float64())],
  // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8; BINSTRING, SHORT_BINSTRING (keys of Python 2)
  [0x58, ({ input, stack }) => stack.push(input.text(input.uint32()))],
  [0x8c, ({ input, stack }) => stack.push(input.text(input.uint8()))],
  [0x8d, ({ input, stack }) => stack.push(input.text(input.uint64()))],
  [0x54, ({ input, stack }) => stack.push(input.text(input.uint32()))],
  [0x55, ({ input, stack }) => stack.push(input.text(input.uint8()))],
  // SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8
  [0x43, ({ input, stack }) => stack.push(input.bytes(input.uint8()))],
  [0x42, ({ input, stack }) => stack.push(input.bytes(input.uint32()))],
  [0x8e, ({ input, stack }) => stack.push(input.bytes(input.uint64()))],
  [0x96, ({ input, stack }) => stack.push(input.bytes(input.uint64()))],
  // POP, POP_MARK: of tuples that contain themselves
  [0x30, ({ stack }) => void stack.pop()],
  [0x31, ({ stack }) => void stack.popToMark()],
  // MARK, EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
  [0x28, ({ stack }) => stack.mark()],
  [0x29, ({ stack }) => stack.push(new PickleTuple([]))],
  [0x74, ({ stack }) => stack.push(new PickleTuple(stack.popToMark()))],
  [0x85, ({ stack }) => stack.push(tuple(stack, 1))],
  [0x86, ({ stack }) => stack.push(tuple(stack, 2))],
  [0x87, ({ stack }) => stack.push(tuple(stack, 3))],
  // EMPTY_LIST, APPEND, APPENDS
  [0x5d, ({ stack }) => stack.push([])],
  [0x61, ({ stack }) => extend(stack, [stack.pop()])],
  [0x65, ({ stack }) => extend(stack, stack.popToMark())],
  // EMPTY_DICT, SETITEM, SETITEMS
  [0x7d, ({ stack }) => stack.push(new Map())],
  [0x73, ({ stack }) => setItems(stack, [stack.pop(), stack.pop()].reverse())],
  [0x75, ({ stack }) => setItems(stack, stack.popToMark())],
  // EMPTY_SET, ADDITEMS, FROZENSET
  [0x8f, ({ stack }) => stack.push(new Set())],
  [0x90, ({ stack }) => addItems(stack, stack.popToMark())],
  [0x91, ({ stack }) => stack.push(new Set(stack.popToMark().map(checkKey)))],
  // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  [0x71, ({ input, stack, memo }) => memo.set(input.uint8(), stack.top())],
  [0x72, ({ input, stack, memo }) => memo.set(input.uint32(), stack.top())],
  [0x94, ({ stack, memo }) => memo.set(memo.size, stack.top())],
  [0x68, ({ input, stack, memo }) => stack.push(recall(memo, input.uint8()))],
  [0x6a, ({ input, stack, memo }) => stack.push(recall(memo, input.uint32()))],
  // GLOBAL, STACK_GLOBAL, INST: all look up a name first
  [0x63, ({ input, stack, host }) => stack.push(findGlobal(host, input.line(), input.line()))],
  [0x93, (machine) => stackGlobal(machine)],
  [
    0x69,
    ({ input, host }) => {
      findGlobal(host, input.line(), input.line());
      unknownOpcode(0x69, 0);
    },
  ],
  // REDUCE, NEWOBJ, NEWOBJ_EX, BUILD, BINPERSID
  [0x52, ({ stack }) => call(stack)],
  [0x81, ({ stack }) => call(stack)],
  [
    0x92,
    ({ stack }) => {
      stack.pop();
      call(stack);
    },
  ],
  [0x62, ({ stack }) => build(stack)],
  [0x51, ({ stack, host }) => stack.push(persistent(host, stack.pop()))],
]);

function table(rows: readonly (readonly [number, Run])[]): (Run | undefined)[] {
  const opcodes = new Array<Run | undefined>(256).fill(undefined);
  for (const [code, run] of rows) opcodes[code] = run;
  return opcodes;
}

function checkProtocol(protocol: number): void {
  if (protocol < 2 || protocol > NEWEST_PROTOCOL) {
    unsupported('the protocol of the pickle is not supported', {
      expected: `2 to ${NEWEST_PROTOCOL}`,
      got: String(protocol),
    });
  }
}

function tuple(stack: PickleStack, count: number): PickleTuple {
  const items: PickleValue[] = [];
  for (let i = 0; i < count; i++) items.push(stack.pop());
  return new PickleTuple(items.reverse());
}

function extend(stack: PickleStack, items: readonly PickleValue[]): void {
  const list = stack.top();
  if (list instanceof PickleOpaque) return;
  if (!Array.isArray(list))
    damaged('the pickle appends to something other than a list', { got: describeValue(list) });
  for (const item of items) list.push(item);
}

function setItems(stack: PickleStack, items: readonly PickleValue[]): void {
  const dict = stack.top();
  if (dict instanceof PickleOpaque) return;
  if (!(dict instanceof Map))
    damaged('the pickle sets an item of something other than a dict', { got: describeValue(dict) });
  if (items.length % 2 !== 0) damaged('the pickle has a key without a value');
  for (let i = 0; i < items.length; i += 2) {
    dict.set(checkKey(items[i] as PickleValue), items[i + 1] as PickleValue);
  }
}

function addItems(stack: PickleStack, items: readonly PickleValue[]): void {
  const set = stack.top();
  if (set instanceof PickleOpaque) return;
  if (!(set instanceof Set))
    damaged('the pickle adds to something other than a set', { got: describeValue(set) });
  for (const item of items) set.add(checkKey(item));
}

/** Checks that Python could hash a key. Tuples are compared by identity here, which only matters for lookups. */
function checkKey(key: PickleValue): PickleValue {
  if (!isHashable(key)) {
    damaged('the pickle has a key that Python cannot have written', { got: describeValue(key) });
  }
  return key;
}

/** Lists, dicts and sets are not. */
function isHashable(key: PickleValue): boolean {
  if (typeof key !== 'object' || key === null) return true;
  return key instanceof PickleTuple || key instanceof PickleObject || key instanceof PickleGlobal;
}

function recall(memo: ReadonlyMap<number, PickleValue>, index: number): PickleValue {
  const value = memo.get(index);
  if (value === undefined) damaged(`the pickle reads entry ${index} of its memo, which it has not stored`);
  return value;
}

function findGlobal(host: PickleHost, module: string, name: string): PickleGlobal | string {
  const full = `${module}.${name}`;
  if (!runsCode(full)) {
    return (
      host.findGlobal(module, name) ?? new PickleGlobal(full, () => new PickleOpaque(`a value of ${full}`))
    );
  }
  return unsafe(`the pickle requests ${quote(full)}, with which a file can run programs`, {
    expected: 'tensors, dicts, lists, numbers and strings',
    fix: 'do not load it with anything that executes pickles, unless you trust its author; ask for safetensors, or for a file written by torch.save(model.state_dict(), ...)',
  });
}

function stackGlobal({ stack, host }: Machine): void {
  const name = stack.pop();
  const module = stack.pop();
  if (typeof name !== 'string' || typeof module !== 'string')
    damaged('the pickle requests a name that is not a string');
  stack.push(findGlobal(host, module, name));
}

function call(stack: PickleStack): void {
  const args = stack.pop();
  const callee = stack.pop();
  if (callee instanceof PickleOpaque) {
    stack.push(callee);
    return;
  }
  if (!(callee instanceof PickleGlobal) || callee.call === undefined) {
    unsafe('the pickle calls something other than a function', { got: describeValue(callee) });
  }
  if (!(args instanceof PickleTuple)) damaged(`the pickle calls ${callee.name} without a tuple of arguments`);
  stack.push(callee.call(args.items));
}

/** Attributes are ignored: PyTorch's OrderedDicts have `_metadata` with versions of modules, closed values have others. */
function build(stack: PickleStack): void {
  const state = stack.pop();
  const object = stack.top();
  if (object instanceof PickleOpaque) return;
  if (!(object instanceof Map) || !(state instanceof Map)) {
    unsafe('the pickle sets attributes of something other than a dict', { got: describeValue(object) });
  }
}

function persistent(host: PickleHost, id: PickleValue): PickleValue {
  if (host.persistent === undefined) damaged('the pickle requests a storage in an unexpected place');
  return host.persistent(id);
}

function unknownOpcode(opcode: number, offset: number): never {
  const shown = opcode > 0x20 && opcode < 0x7f ? ` ("${String.fromCharCode(opcode)}")` : '';
  unsafe(`the pickle has an instruction that PyTorch does not write, at byte ${offset}`, {
    got: `0x${opcode.toString(16).padStart(2, '0')}${shown}`,
    fix: 'ask its author for safetensors, or for a file written by torch.save(model.state_dict(), ...)',
  });
}
