import type { EntryRules } from "../../../clients/types.ts";
import { programCommand } from "../../../config/invocation.ts";
import { LIGHTFAST_OPTIONS } from "./options.ts";

/**
 * Variables that open the sign-in page in a browser on Linux: the user's choice, the display (a Wayland socket is in
 * XDG_RUNTIME_DIR), and the bus of a running browser. With SSH_CONNECTION, the user would not see it.
 */
const BROWSER_VARIABLES = [
  ...["BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"],
  "SSH_CONNECTION",
];

/** What a client's entry for the Lightfast server contains. */
export const LIGHTFAST_ENTRIES: EntryRules = {
  title: "Lightfast",
  command: "",
  keyVariable: LIGHTFAST_OPTIONS.apiKey.variables[0],
  keyTitle: "API key",
  keyId: "api-key",
  sandboxVariable: LIGHTFAST_OPTIONS.sandbox.variables[0],
  profileVariable: LIGHTFAST_OPTIONS.profile.variables[0],
  options: LIGHTFAST_OPTIONS,
  login: `, or run: ${programCommand("login")}`,
  noKeyHint: `To store a key for the servers of all clients, run: ${programCommand("login")}`,
  defaults: {},
  alwaysLoad: true,
  forwarded: BROWSER_VARIABLES,
  hostedUrl: "https://mcp.lightfast.ai/mcp",
};
