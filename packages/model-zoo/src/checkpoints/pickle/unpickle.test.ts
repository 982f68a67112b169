import { PodiumError } from '@podium/core';
import { describe, expect, test } from 'vitest';
import * as p from '../../../test/checkpoints/pickles.ts';
import { StorageTable } from '../pth/storages.ts';
import { torchGlobals } from '../pth/torch-globals.ts';
import { checkTree } from './check-tree.ts';
import { PickleTuple, type PickleValue } from './pickle-values.ts';
import { unpickle } from './unpickle.ts';

function load(bytes: Uint8Array): PickleValue {
  const storages = new StorageTable();
  const host = { findGlobal: torchGlobals(), persistent: (id: PickleValue) => storages.fromId(id) };
  const { value, end } = unpickle(bytes, host);
  expect(end).toBe(bytes.length);
  checkTree(value);
  return value;
}

const loadBody = (body: string) => load(p.pickle(body));
const raw = (text: string) => Buffer.from(text, 'latin1');

test('plain data', () => {
  const value = loadBody(
    p.dict({
      none: p.NONE,
      true: p.TRUE,
      int: p.int(-7),
      long: '\x8a\x09\x00\x00\x64\xa7\xb3\xb6\xe0\x0d\x00',
      minus: '\x8a\x01\xff',
      zero: '\x8a\x00',
      float: 'G\x3f\xf8\x00\x00\x00\x00\x00\x00',
      list: p.LIST + p.MARK + p.int(1) + p.int(2) + p.APPENDS,
      one: p.LIST + p.text('a') + p.APPEND,
      tuple: p.tuple(p.int(1), p.text('ä😀')),
      two: `${p.int(1)}${p.int(2)}\x86`,
    }),
  );
  expect(value).toEqual(
    new Map<string, PickleValue>([
      ['none', null],
      ['true', true],
      ['int', -7],
      ['long', 10n ** 18n],
      ['minus', -1],
      ['zero', 0],
      ['float', 1.5],
      ['list', [1, 2]],
      ['one', ['a']],
      ['tuple', new PickleTuple([1, 'ä😀'])],
      ['two', new PickleTuple([1, 2])],
    ]),
  );
});

test('the newer instructions: frames, short strings, memoize, sets, bytes', () => {
  const bytes = raw(`\x80\x05\x95\x0c${'\0'.repeat(7)}\x8c\x01a\x94\x8f(h\0K\x05\x90\x86.`);
  expect(load(bytes)).toEqual(new PickleTuple(['a', new Set(['a', 5])]));
  expect(load(raw('\x80\x04C\x02\x01\x02.'))).toEqual(Uint8Array.of(1, 2));
});

test("Python 2's strings and ordered dicts", () => {
  const pair = (key: string) =>
    `${p.LIST}${p.MARK}U${String.fromCharCode(key.length)}${key}${p.int(1)}${p.APPENDS}`;
  const items = p.LIST + p.MARK + pair('weight') + pair('bias') + p.APPENDS;
  const value = loadBody(p.call(p.global('collections', 'OrderedDict'), items));
  expect(value).toEqual(
    new Map([
      ['weight', 1],
      ['bias', 1],
    ]),
  );
});

test('what the memo shares is one object', () => {
  const value = loadBody(`${p.LIST}${p.put(4_000_000_000)}${p.get(4_000_000_000)}\x86`);
  if (!(value instanceof PickleTuple)) throw new Error('not a tuple');
  expect(value.items[0]).toBe(value.items[1]);
});

test('a key like __proto__ touches no prototype', () => {
  const value = loadBody(p.dict({ __proto__x: p.int(1), constructor: p.dict({ prototype: p.int(2) }) }));
  const evil = loadBody(p.DICT + p.text('__proto__') + p.dict({ polluted: p.TRUE }) + p.SETITEM);
  expect(value).toBeInstanceOf(Map);
  expect(evil).toBeInstanceOf(Map);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

describe('code is never executed, and what was requested is named', () => {
  const asks: Record<string, [body: string, name: string]> = {
    'os.system': [p.call(p.global('posix', 'system'), p.text('echo owned')), 'posix.system'],
    'os.system by its other name': [p.call(p.global('os', 'system'), p.text('echo')), 'os.system'],
    'os.system on Windows': [p.call(p.global('nt', 'system'), p.text('echo')), 'nt.system'],
    eval: [p.call(p.global('builtins', 'eval'), p.text('1')), 'builtins.eval'],
    exec: [p.call(p.global('__builtin__', 'exec'), p.text('1')), '__builtin__.exec'],
    subprocess: [p.call(p.global('subprocess', 'Popen'), p.text('sh')), 'subprocess.Popen'],
    'the old instruction for instances': [`${p.MARK}${p.text('echo')}iposix\nsystem\n`, 'posix.system'],
    'the new instruction for globals': [`${p.text('posix')}${p.text('system')}\x93`, 'posix.system'],
    'a dotted way to another name': [p.global('torch', '_utils.os.system'), 'torch._utils.os.system'],
  };
  test.each(Object.entries(asks))('%s', (_, [body, name]) => {
    expect(() => loadBody(body)).toThrow(`the pickle requests "${name}"`);
    expect(() => loadBody(body)).toThrow(expect.objectContaining({ code: 'checkpoint-unsafe' }));
  });

  const rejected: Record<string, [body: string, message: RegExp]> = {
    'calling a number': [p.call(p.int(1)), /calls something other than a function/],
    'calling a class that is only a mark': [
      p.call(p.global('torch', 'FloatStorage')),
      /calls something other than a function/,
    ],
    'calling a dtype': [p.call(p.global('torch', 'float32')), /calls something other than a function/],
    'attributes of a tensor': [p.tensor() + p.DICT + p.BUILD, /sets attributes/],
    'attributes that are no dict': [p.DICT + p.LIST + p.BUILD, /sets attributes/],
    'an instruction of protocol 0': ['I5\n', /an instruction that PyTorch does not write, at byte 2/],
    'the extension registry': ['\x82\x01', /got 0x82/],
    DUP: [`${p.LIST}2`, /got 0x32 \("2"\)/],
  };
  test.each(Object.entries(rejected))('%s', (_, [body, message]) => {
    expect(() => loadBody(body)).toThrow(message);
  });
});

describe('what is not known stays closed', () => {
  const opaque = (what: string) => expect.objectContaining({ what });
  const closed: Record<string, [body: string, what: string]> = {
    'an argparse.Namespace': [
      `${p.global('argparse', 'Namespace')}${p.EMPTY_TUPLE}\x81${p.dict({ lr: p.int(1) })}${p.BUILD}`,
      'a value of argparse.Namespace',
    ],
    'a scalar of NumPy': [
      p.call(
        p.global('numpy.core.multiarray', 'scalar'),
        `${p.call(p.global('numpy', 'dtype'), p.text('f8'))}${p.tuple(p.int(3), p.text('<'))}${p.BUILD}`,
        p.call(p.global('_codecs', 'encode'), p.text('12345678'), p.text('latin1')),
      ),
      'a value of numpy.core.multiarray.scalar',
    ],
    'a PosixPath': [p.call(p.global('pathlib', 'PosixPath'), p.text('/')), 'a value of pathlib.PosixPath'],
    'an attribute of a value': [
      p.call(p.global('builtins', 'getattr'), p.call(p.global('enum', 'E'), p.int(1)), p.text('x')),
      'a value of builtins.getattr',
    ],
    'a call of such a value': [p.call(p.call(p.global('a', 'f'), p.int(1)), p.int(2)), 'a value of a.f'],
    'a name that objects have': [
      p.call(p.global('__proto__', 'constructor'), p.int(1)),
      'a value of __proto__.constructor',
    ],
    'a dict of its own class': [
      `${p.global('box', 'Box')}${p.EMPTY_TUPLE}\x81${p.MARK}${p.text('a')}${p.int(1)}${p.SETITEMS}`,
      'a value of box.Box',
    ],
    'a value with named arguments': [
      `${p.global('box', 'Box')}${p.EMPTY_TUPLE}${p.DICT}\x92`,
      'a value of box.Box',
    ],
    'bytes of a tensor': [
      p.call(p.global('torch.storage', '_load_from_bytes'), p.text('x')),
      'a value of torch.storage._load_from_bytes',
    ],
    'a quantized tensor': [p.call(p.global('torch._utils', '_rebuild_qtensor')), 'a quantized tensor'],
    'complex numbers': [
      p.tensor({ storage: p.storage('0', 4, 'ComplexFloatStorage') }),
      'a tensor of complex numbers',
    ],
    'a storage of a new kind': [
      p.tensor({ storage: p.storage('0', 4, 'Float4Storage') }),
      'a tensor of torch.Float4Storage',
    ],
  };
  test.each(Object.entries(closed))('%s', (_, [body, what]) => {
    expect(loadBody(p.dict({ beside: body }))).toEqual(new Map([['beside', opaque(what)]]));
  });

  test('a class, a function and a bare storage are values', () => {
    expect(loadBody(p.LIST + p.global('torch.optim', 'Adam') + p.APPEND)).toEqual([
      expect.objectContaining({ name: 'torch.optim.Adam' }),
    ]);
    expect(loadBody(p.LIST + p.storage('0', 4) + p.APPEND)).toEqual([opaque('a storage')]);
  });

  test('it may be a key, and contain itself', () => {
    const path = p.call(p.global('pathlib', 'PosixPath'), p.text('/'));
    expect(loadBody(p.DICT + path + p.int(1) + p.SETITEM)).toEqual(
      new Map([[opaque('a value of pathlib.PosixPath'), 1]]),
    );
    const node = `${p.global('tree', 'Node')}${p.EMPTY_TUPLE}\x81${p.put(0)}${p.dict({ me: p.get(0) })}${p.BUILD}`;
    expect(loadBody(node)).toEqual(opaque('a value of tree.Node'));
  });
});

describe('bombs are rejected in time', () => {
  const copyTwice = (index: number) => p.call(p.global('builtins', 'set'), p.get(index));
  const bombs: Record<string, [body: string, message: RegExp]> = {
    'a value in itself': [`${p.LIST}${p.put(0)}${p.get(0)}${p.APPEND}`, /contains itself/],
    'a dict in itself': [`${p.DICT}${p.put(0)}${p.text('a')}${p.get(0)}${p.SETITEM}`, /contains itself/],
    'deep lists': [p.LIST.repeat(300_000) + p.APPEND.repeat(299_999), /nests deeper than 200 levels/],
    'deep tuples': [p.EMPTY_TUPLE + '\x85'.repeat(200_000), /nests deeper than 200 levels/],
    'deep marks': [p.MARK.repeat(1_000_000), /nests deeper than 1000 levels/],
    'a tall stack': [p.NONE.repeat(1_500_000), /stacks more than 1000000 values/],
    'a billion laughs': [
      p.LIST + Array.from({ length: 40 }, (_, i) => `${p.put(i)}${p.get(i)}\x86`).join(''),
      /shares values in layers/,
    ],
    'a deep value reached late': [
      `${p.LIST}${'\x85'.repeat(150)}${p.put(0)}${p.get(0)}${'\x85'.repeat(150)}\x86`,
      /nests deeper than 200 levels/,
    ],
    'a list that is copied again and again': [
      `${p.LIST}${p.MARK}${p.NONE.repeat(900_000)}${p.APPENDS}${p.put(0)}${copyTwice(0).repeat(10)}`,
      /copies more than 4000000 items/,
    ],
    'an endless program': [p.NONE + p.put(1).repeat(4_000_000), /4000000 steps/],
    'a string of 4 GB': [`X\xff\xff\xff\xff`, /a string that is too long for a checkpoint/],
    'a string beyond counting': [`\x8d${'\xff'.repeat(8)}`, /a string that is too long for a checkpoint/],
    'bytes beyond the end': ['B\x00\x01\x00\x00', /the pickle is truncated/],
    'an integer of 4 GB': ['\x8b\xff\xff\xff\xff', /an integer that is too long for a checkpoint/],
    'a frame beyond the end': [`\x95${'\xff'.repeat(7)}\x00`, /truncated/],
  };
  test.each(Object.entries(bombs))('%s', (_, [body, message]) => {
    expect(() => loadBody(body)).toThrow(message);
  });
});

describe('broken programs', () => {
  const broken: Record<string, [body: string, message: RegExp]> = {
    'nothing on the stack': ['', /ends before it is finished/],
    'two values at the end': [p.NONE + p.NONE, /ends before it is finished/],
    'an open group at the end': [p.NONE + p.MARK, /ends before it is finished/],
    'a group that was not begun': [p.TUPLE, /has not started/],
    'a value from below the mark': [
      `${p.LIST}${p.NONE}${p.MARK}${p.APPEND}`,
      /takes a value from an empty stack/,
    ],
    'an append to a tuple': [
      `${p.EMPTY_TUPLE}${p.NONE}${p.APPEND}`,
      /appends to something other than a list/,
    ],
    'an item of a list': [`${p.LIST}${p.NONE}${p.NONE}${p.SETITEM}`, /something other than a dict/],
    'an odd number of items': [`${p.DICT}${p.MARK}${p.NONE}${p.SETITEMS}`, /a key without a value/],
    'a list as a key': [`${p.DICT}${p.LIST}${p.NONE}${p.SETITEM}`, /a key that Python cannot have written/],
    'a memo that was not stored': [p.get(3), /reads entry 3/],
    'a name without an end': ['ctorch', /a name without an end/],
    'text that is not UTF-8': ['X\x01\0\0\0\xff', /not UTF-8/],
    'a persistent id other than a storage': [
      p.text('x') + p.PERSID,
      /refers to something other than a storage/,
    ],
    'arguments that are no tuple': [`${p.global('collections', 'OrderedDict')}${p.NONE}R`, /without a tuple/],
  };
  test.each(Object.entries(broken))('%s', (_, [body, message]) => {
    expect(() => loadBody(body)).toThrow(message);
    expect(() => loadBody(body)).toThrow(PodiumError);
  });

  test('a pickle that is cut anywhere', () => {
    const whole = p.pickle(
      p.dict({ weight: p.tensor(), list: p.LIST + p.text('a') + p.APPEND, n: p.int(2 ** 40) }),
    );
    for (let length = 0; length < whole.length; length++) {
      expect(() => load(whole.subarray(0, length)), `cut at ${length}`).toThrow(PodiumError);
    }
  });

  test('other protocols', () => {
    expect(() => load(raw('\x80\x06N.'))).toThrow('the protocol of the pickle is not supported');
    expect(() => load(raw('\x80\x01N.'))).toThrow('the protocol of the pickle is not supported');
    expect(() => load(raw('N.'))).toThrow('not a pickle of protocol 2');
  });
});
