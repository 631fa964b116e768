/** Every request between the parties of a test, in order: `mcp > lfx: GET /committees/1 as alice`. */
export type Journal = {
  note(from: string, to: string, what: string): void;
  /** The lines since the last call. */
  take(): readonly string[];
};

export function createJournal(): Journal {
  let lines: string[] = [];
  return {
    note: (from, to, what) => void lines.push(`${from} > ${to}: ${what}`),
    take: () => {
      const taken = lines;
      lines = [];
      return taken;
    },
  };
}
