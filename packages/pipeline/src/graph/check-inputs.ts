import { PodiumError, type Problem } from '@podium/core';
import type { ArtifactKind, InputPort } from '../stage/ports.ts';
import type { Instance, Reference, Source } from './instance.ts';

/** An instance's references by port, checked to lead to artifacts of the port's kind and type. */
export function checkInputs(
  item: Instance,
  instances: ReadonlyMap<string, Instance>,
  sources: Readonly<Record<string, Source>>,
): Record<string, readonly Reference[]> {
  const ports = item.stage.inputs;
  for (const name of Object.keys(item.inputs)) {
    if (Object.hasOwn(ports, name) || item.inputs[name] === undefined) continue;
    fail('graph-unknown-input', item, name, {
      message: `the stage "${item.stage.name}" has no such input`,
      expected: Object.keys(ports),
      got: JSON.stringify(name),
    });
  }
  const names = Object.keys(ports).sort();
  return Object.fromEntries(
    names.map((name) => {
      const port = ports[name]!;
      const given = Object.hasOwn(item.inputs, name) ? item.inputs[name] : undefined;
      if (given === undefined && !port.optional) missing(item, name, port);
      const references = given === undefined ? [] : isList(given) ? given : [given];
      if (given !== undefined && isList(given) !== (port.many ?? false)) {
        fail('graph-type-mismatch', item, name, {
          expected: port.many ? 'a list of references' : 'one reference',
          got: isList(given) ? `a list of ${given.length}` : 'one reference',
        });
      }
      if (port.many && given !== undefined && references.length === 0 && !port.optional)
        missing(item, name, port);
      for (const reference of references) checkReference(item, name, port, reference, instances, sources);
      return [name, references];
    }),
  );
}

function checkReference(
  item: Instance,
  input: string,
  port: InputPort,
  reference: Reference,
  instances: ReadonlyMap<string, Instance>,
  sources: Readonly<Record<string, Source>>,
): void {
  const artifact = artifactOf(item, input, reference, instances, sources);
  if (artifact.kind === port.kind && artifact.type === port.type) return;
  fail('graph-type-mismatch', item, input, {
    expected: `a ${port.kind} of type "${port.type}"`,
    got: `${renderReference(reference)}, a ${artifact.kind} of type "${artifact.type}"`,
  });
}

function artifactOf(
  item: Instance,
  input: string,
  reference: Reference,
  instances: ReadonlyMap<string, Instance>,
  sources: Readonly<Record<string, Source>>,
): { readonly kind: ArtifactKind; readonly type: string } {
  if ('source' in reference) {
    return find(sources, reference.source, item, input, 'the graph has no such source');
  }
  const producer = instances.get(reference.from);
  if (producer === undefined) {
    return fail('graph-unknown-reference', item, input, {
      message: 'the graph has no such instance',
      expected: [...instances.keys()],
      got: JSON.stringify(reference.from),
    });
  }
  const message = `"${reference.from}" has no such output`;
  return find(producer.stage.outputs, reference.output, item, input, message);
}

function find<T>(
  table: Readonly<Record<string, T>>,
  name: string,
  item: Instance,
  input: string,
  message: string,
): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found !== undefined) return found;
  const expected = Object.keys(table);
  return fail('graph-unknown-reference', item, input, { message, expected, got: JSON.stringify(name) });
}

/** `split.folds`, or `source data`. */
export function renderReference(reference: Reference): string {
  return 'source' in reference ? `source ${reference.source}` : `${reference.from}.${reference.output}`;
}

function isList(given: Reference | readonly Reference[]): given is readonly Reference[] {
  return Array.isArray(given);
}

function missing(item: Instance, input: string, port: InputPort): never {
  return fail('graph-missing-input', item, input, {
    expected: `${port.many ? 'at least one ' : 'a '}${port.kind} of type "${port.type}"`,
    got: 'nothing',
    fix: `give it another instance's output, or a source`,
  });
}

function fail(code: string, item: Instance, input: string, problem: Omit<Problem, 'code' | 'path'>): never {
  throw new PodiumError({ code, path: { key: `${item.name}.inputs.${input}` }, ...problem });
}
