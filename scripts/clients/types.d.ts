export type Ran = { code: number | null; stdout: string; stderr: string };

/** Another program that speaks to our server, and what must be seen when it does. */
export type ForeignClient = {
  name: string;
  /** What npm installs to get it. */
  packages: string[];
  check(tools: {
    /** A Node.js 22, which these programs need. */
    node: string;
    /** Where the packages are installed. */
    modules: string;
    /** The command that runs our program. */
    program: string[];
    run(
      command: string,
      args: string[],
      options?: { env?: Record<string, string>; cwd?: string },
    ): Promise<Ran>;
    /** Notes one finding; a failed one prints what was seen. */
    expect(holds: boolean, what: string, seen: Ran): void;
  }): Promise<void>;
};
