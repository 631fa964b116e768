import { bySystem, inAppData, inHome, inStorePackages } from "../locations.ts";
import type { Client } from "../types.ts";
import { base64Link, DEFAULTS, opensBrowser, startsLocalOnly, urlEntry } from "./forms.ts";

const CLAUDE_DESKTOP_FILE = "claude_desktop_config.json";

/** Desktop applications that are no editors. */
export const APPS: readonly Client[] = [
  {
    ...DEFAULTS,
    id: "claude-desktop",
    title: "Claude Desktop",
    source: "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
    rejectsBom: true,
    userFiles: (system) => {
      const file = inAppData(system, "Claude", CLAUDE_DESKTOP_FILE);
      // The build from the Windows store reads only the roaming folder of its package.
      const stored = bySystem(system, {
        darwin: [],
        win32: inStorePackages(system, "Claude_", "Claude", CLAUDE_DESKTOP_FILE),
        linux: [],
      });
      return stored.length > 0 ? stored : [file];
    },
    remote: {
      advice: (url) =>
        `Claude Desktop's file takes local servers only. In Claude Desktop, open Settings > Connectors, choose "Add custom connector", and enter ${url}.`,
    },
    before: "Quit Claude Desktop first: it overwrites this file while it runs.",
    after:
      "Start Claude Desktop again. If it was running during this change, it has reverted it: quit it and repeat the command.",
  },
  {
    ...DEFAULTS,
    id: "lm-studio",
    title: "LM Studio",
    source: "https://lmstudio.ai/docs/app/mcp",
    userFiles: (system) => [inHome(system, ".lmstudio", "mcp.json")],
    remote: startsLocalOnly("LM Studio"),
    quickAdd: base64Link("https://lmstudio.ai/install-mcp"),
    after: "Restart LM Studio.",
  },
  {
    ...DEFAULTS,
    id: "warp",
    title: "Warp",
    source: "https://docs.warp.dev/agents/capabilities/mcp",
    userFiles: (system) => [inHome(system, ".warp", ".mcp.json")],
    projectFiles: [".warp/.mcp.json"],
    remote: opensBrowser("Warp", urlEntry),
    key: { kind: "placeholder", textFor: (variable) => `\${${variable}}` },
    after: "Warp reloads its configuration automatically.",
  },
];
