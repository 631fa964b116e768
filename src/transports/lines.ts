const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export type LineHandlers = {
  /** One whole line, decoded, without its line break. */
  readonly onLine: (line: string) => void;
  /** A line was longer than allowed; none of it was kept. Called once a line, when its excess is seen. */
  readonly onTooLong: () => void;
};

export type LineSplitter = {
  push(chunk: Buffer): void;
  /** The input has ended: what is left is the last line, with or without a line break. */
  end(): void;
};

/**
 * Cuts a byte stream into lines. Bytes are joined once a line, so the cost is linear however they arrive, and
 * characters that are split between chunks stay whole.
 * @param maxBytes the longest line that is kept, in bytes
 */
export const createLineSplitter = (maxBytes: number, { onLine, onTooLong }: LineHandlers): LineSplitter => {
  let parts: Buffer[] = [];
  let size = 0;
  let skipping = false;

  const keep = (part: Buffer): void => {
    if (skipping || part.length === 0) return;
    size += part.length;
    if (size > maxBytes) {
      parts = [];
      skipping = true;
      onTooLong();
      return;
    }
    parts.push(part);
  };

  const finish = (): void => {
    const line = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    const skipped = skipping;
    parts = [];
    size = 0;
    skipping = false;
    if (!skipped) onLine(decode(line));
  };

  return {
    push: (chunk) => {
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
        keep(chunk.subarray(start, at));
        finish();
        start = at + 1;
      }
      keep(chunk.subarray(start));
    },
    end: () => {
      if (size > 0 || skipping) finish();
    },
  };
};

const decode = (line: Buffer): string => {
  const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
  return line.toString("utf8", 0, end);
};
