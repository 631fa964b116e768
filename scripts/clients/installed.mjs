import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A client that reads a configuration file of its own: our `install` writes it in an empty home, the client itself lists
 * and shows the entry, and our `uninstall` takes it out again.
 * @param {{
 *   name: string,
 *   id: string,
 *   packages: string[],
 *   bin: string,
 *   folder: string,
 *   list: string[],
 *   get?: string[],
 *   env?: Record<string, string>,
 * }} client
 * @returns {import("./types.d.ts").ForeignClient}
 */
export const installedClient = ({ name, id, packages, bin, folder, list, get, env = {} }) => ({
  name,
  packages,
  check: async ({ modules, program, run, expect }) => {
    const home = mkdtempSync(join(tmpdir(), "mcp-client-"));
    const surroundings = {
      env: { HOME: home, USERPROFILE: home, CODEX_HOME: "", CLAUDE_CONFIG_DIR: "", ...env },
      cwd: home,
    };
    /** @param {string[]} args */
    const client = (args) => run(join(modules, ".bin", bin), args, surroundings);
    try {
      await run("mkdir", ["-p", join(home, folder)]);
      await run("sh", ["-c", id === "claude-code" ? `echo '{}' > '${home}/.claude.json'` : "true"]);
      const [node = "", ...script] = program;
      const install = await run(node, [...script, "install", id, "--yes", "--sandbox"], surroundings);
      expect(install.code === 0, "install exits with 0", install);
      const listed = await client(list);
      expect(
        listed.code === 0 && `${listed.stdout}${listed.stderr}`.includes("lightfast"),
        `${bin} ${list.join(" ")} names the server`,
        listed,
      );
      if (get) {
        const shown = await client(get);
        expect(
          shown.code === 0 && `${shown.stdout}${shown.stderr}`.includes("@lightfastai/mcp"),
          `${bin} ${get.join(" ")} shows its command`,
          shown,
        );
      }
      const uninstall = await run(node, [...script, "uninstall", id, "--yes"], surroundings);
      expect(uninstall.code === 0, "uninstall exits with 0", uninstall);
      const after = await client(list);
      expect(
        !`${after.stdout}${after.stderr}`.includes("lightfast"),
        `${bin} ${list.join(" ")} names it no more`,
        after,
      );
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
});
