import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";

function dist() {
  return join(inject("installed"), "node_modules", "@lightfastai", "mcp", "dist");
}

const STATIC_IMPORT = /(?:from|import)\s*"\.\/([\w.-]+\.c?js)"/g;

/** A file and everything that it imports statically. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const source = readFileSync(join(dist(), file), "utf8");
  for (const [, next = ""] of source.matchAll(STATIC_IMPORT)) loadedWith(next, seen);
  return seen;
}

function filesContaining(text: string): string[] {
  return readdirSync(dist())
    .filter((file) => /\.c?js$/.test(file))
    .filter((file) => readFileSync(join(dist(), file), "utf8").includes(text));
}

// Texts of each part that minifying keeps.
test.each([
  ["the tools of LFX", "search_b2b_orgs"],
  ["the settings of LFX", "LFXMCP_LFX_API_URL"],
  ["the calls to LFX", "urn:ietf:params:oauth:grant-type:token-exchange"],
  ["the HTTP server", "oauth-protected-resource"],
  ["the HTTP client", "llhttp"],
  ["the shortening of results", "characters omitted"],
  ["the schema library", "invalid_union"],
  ["the command line", "showHelpAfterError"],
  ["the emulator of LFX", "Tidewater Foundation"],
  ["the methods of resources", "inode/directory"],
  ["the skills of Lightfast", "# Record signals in Lightfast"],
  ["the skills of LFX", "# Find people in LFX"],
  ["the questions to users", "is for another tool, other arguments"],
  ["the confirmation of writes", "requires the user's confirmation"],
  ["the card of a signal", "ui/notifications/size-changed"],
])("a plain start does not load %s", (_, text) => {
  const files = filesContaining(text);
  expect(files).not.toEqual([]);
  const start = loadedWith("cli.cjs");
  expect(files.filter((file) => start.has(file))).toEqual([]);
});

test.each([
  ["the OpenTelemetry API", "opentelemetry.js.api"],
  ["the landing page", "Set up your client"],
  ["the steps for each client", "All clients on your machine"],
])("only the HTTP servers load %s", (_, text) => {
  const files = filesContaining(text);
  expect(files).not.toEqual([]);
  const loading = readdirSync(dist())
    .filter((file) => /\.c?js$/.test(file) && !file.startsWith("chunk-"))
    .filter((file) => files.some((one) => loadedWith(file).has(one)));
  expect(loading.map((file) => file.replace(/-\w+\.js$/, "")).sort()).toEqual(["http", "lfx-http"]);
});

test("only the emulator's own file loads the emulator of LFX", () => {
  const files = filesContaining("Tidewater Foundation");
  const loading = readdirSync(dist())
    .filter((file) => /\.c?js$/.test(file))
    .filter((file) => files.some((one) => loadedWith(file).has(one)));
  expect(loading).toEqual(files);
  expect(files).toHaveLength(1);
});

test("lightfast over HTTP does not load the tools of LFX, and LFX over HTTP does not load those of Lightfast", () => {
  const [http = ""] = readdirSync(dist()).filter((file) => /^http-\w+\.js$/.test(file));
  const [lfx = ""] = readdirSync(dist()).filter((file) => /^lfx-http-\w+\.js$/.test(file));
  const shared = (file: string, text: string) =>
    filesContaining(text).filter((name) => loadedWith(file).has(name));
  expect(shared(http, "search_b2b_orgs")).toEqual([]);
  expect(shared(lfx, "lightfast_signals_create").filter((file) => !loadedWith("cli.cjs").has(file))).toEqual(
    [],
  );
});
