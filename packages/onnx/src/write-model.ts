import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { GraphBuilder } from './graph/graph-builder.ts';

/** An input or output of a graph. A text in place of an extent names an axis of any length. */
export interface Port {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  readonly type: 'float32' | 'uint8';
}

/** The bytes of an ONNX file. */
export function encodeModel(
  graph: GraphBuilder,
  ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
  { name, metadata }: { readonly name: string; readonly metadata: Readonly<Record<string, string>> },
): Uint8Array {
  const { opset, nodes, initializers } = graph;
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: BigInt(opset >= 21 ? 10 : opset >= 19 ? 9 : 8),
      producerName: 'podium',
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })],
      metadataProps: Object.entries(metadata).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      ),
      graph: create(GraphProtoSchema, {
        name,
        node: nodes,
        initializer: initializers,
        input: ports.inputs.map(valueInfo),
        output: ports.outputs.map(valueInfo),
      }),
    }),
  );
}

function valueInfo({ name, shape, type }: Port): ValueInfoProto {
  const dim = shape.map((extent) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof extent === 'number'
          ? { case: 'dimValue', value: BigInt(extent) }
          : { case: 'dimParam', value: extent },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: type === 'float32' ? TensorProto_DataType.FLOAT : TensorProto_DataType.UINT8,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}
