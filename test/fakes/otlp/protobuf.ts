/** The fields of a protobuf message by number: bytes, or a number for a varint, fixed64 (as a double) or fixed32. */
export type Message = ReadonlyMap<number, readonly (Buffer | number)[]>;

/** Decodes a message without its schema (protobuf.dev, "Encoding"). */
export function decodeMessage(bytes: Buffer): Message {
  const fields = new Map<number, (Buffer | number)[]>();
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const readValue = (type: number): Buffer | number => {
    if (type === 0) return readVarint();
    const size = type === 1 ? 8 : type === 5 ? 4 : readVarint();
    const value = bytes.subarray(at, at + size);
    at += size;
    return type === 1 ? value.readDoubleLE() : type === 5 ? value.readUInt32LE() : value;
  };
  while (at < bytes.length) {
    const tag = readVarint();
    const values = fields.get(tag >> 3) ?? [];
    values.push(readValue(tag & 7));
    fields.set(tag >> 3, values);
  }
  return fields;
}

/** The messages at a path of field numbers. */
export function messagesAt(message: Message, ...[first, ...rest]: readonly number[]): readonly Message[] {
  if (first === undefined) return [message];
  const children = (message.get(first) ?? []).filter((value) => typeof value !== "number");
  return children.flatMap((child) => messagesAt(decodeMessage(child), ...rest));
}

export function textAt(message: Message, field: number, encoding: "utf8" | "hex" = "utf8"): string {
  const [value] = message.get(field) ?? [];
  return Buffer.isBuffer(value) ? value.toString(encoding) : "";
}

export function numberAt(message: Message, field: number): number {
  const [value] = message.get(field) ?? [];
  return typeof value === "number" ? value : 0;
}
