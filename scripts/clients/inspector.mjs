/** The MCP Inspector's command line, in every era it can speak; `--strict` also judges how portable the schemas are. */
const ERAS = ["legacy", "auto", "modern"];

/** @type {import("./types.d.ts").ForeignClient} */
export const inspector = {
  name: "MCP Inspector",
  packages: ["@modelcontextprotocol/inspector@2.12.0"],
  check: async ({ node, modules, program, run, expect }) => {
    const cli = [`${modules}/@modelcontextprotocol/inspector/clients/launcher/build/index.js`, "--cli"];
    /** @param {string[]} args */
    const inspect = (args) => run(node, [...cli, ...program, "--sandbox", ...args]);

    for (const era of ERAS) {
      const list = await inspect([
        "--method",
        "tools/list",
        "--strict",
        "--format",
        "json",
        "--protocol-era",
        era,
      ]);
      expect(list.code === 0, `${era}: tools/list --strict exits with 0`, list);
      expect(list.stdout.includes("lightfast_signals_create"), `${era}: the tools are listed`, list);

      const call = await inspect([
        ...["--method", "tools/call", "--tool-name", "lightfast_signals_create"],
        ...["--tool-arg", "input=hello", "--protocol-era", era],
      ]);
      expect(call.code === 0 && call.stdout.includes("queued"), `${era}: a signal is created`, call);

      const bad = await inspect([
        ...["--method", "tools/call", "--tool-name", "lightfast_signals_get"],
        ...["--tool-arg", "id=nonsense", "--protocol-era", era],
      ]);
      expect(bad.code === 5, `${era}: a tool error exits with 5`, bad);
    }
  },
};
