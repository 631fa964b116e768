/** All that went between the parties of a test, in one order: `mcp > lfx: GET /committees/1 as alice`. */
export type Journal = {
  note(from: string, to: string, what: string): void;
  /** The lines since the last time this was asked. */
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
