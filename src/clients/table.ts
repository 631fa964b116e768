import { TERMINALS } from "./registry.ts";
import { APPS } from "./rows-apps.ts";
import type { Client } from "./types.ts";

/** Every client that can be set up, in the order in which they are offered. */
export const CLIENTS: readonly Client[] = [
  APPS.claudeDesktop,
  TERMINALS.claudeCode,
  APPS.cursor,
  APPS.vscode,
  APPS.vscodeInsiders,
  APPS.windsurf,
  APPS.zed,
  TERMINALS.codex,
  TERMINALS.gemini,
  TERMINALS.goose,
  TERMINALS.opencode,
  TERMINALS.cline,
  TERMINALS.copilot,
  APPS.kiro,
  TERMINALS.amp,
];

/** The client of that name. */
export const clientOf = (id: string): Client | undefined => CLIENTS.find((client) => client.id === id);
