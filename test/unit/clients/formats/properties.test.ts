import { describe, test } from "vitest";
import { jsonc } from "../../../../src/clients/formats/jsonc.ts";
import { toml } from "../../../../src/clients/formats/toml.ts";
import { yaml } from "../../../../src/clients/formats/yaml.ts";
import { jsonTexts } from "../../../support/clients/json-texts.ts";
import { keepsOthers, refusesOrRestores, restores } from "../../../support/clients/laws.ts";
import { tomlTexts } from "../../../support/clients/toml-texts.ts";
import { yamlTexts } from "../../../support/clients/yaml-texts.ts";

const RUNS = 1000;
/** Enough for a busy machine; a run takes one to two seconds. */
const TIMEOUT_MS = 60_000;

const entry = {
  command: "npx",
  args: ["-y", "@lightfastai/mcp@latest", "/c"],
  env: { A: "$A", B: "" },
  on: true,
};

const FORMATS = [
  {
    name: "JSON with comments",
    texts: jsonTexts,
    subject: { format: jsonc, path: ["mcpServers", "lightfast"], other: ["mcpServers", "their own"], entry },
  },
  {
    name: "TOML",
    texts: tomlTexts,
    subject: { format: toml, path: ["mcp_servers", "lightfast"], other: ["mcp_servers", "theirs"], entry },
  },
  {
    name: "YAML",
    texts: yamlTexts,
    subject: { format: yaml, path: ["extensions", "lightfast"], other: ["extensions", "their own"], entry },
  },
] as const;

describe.each(FORMATS)("$name, whatever it looks like", ({ subject, texts }) => {
  test("is restored byte for byte when an entry goes in and out", { timeout: TIMEOUT_MS }, () => {
    restores(subject, texts, RUNS);
  });

  test("keeps what others wrote between the two", { timeout: TIMEOUT_MS }, () => {
    keepsOthers(subject, texts, RUNS);
  });

  test("is refused when it is damaged, or edited like any other", { timeout: TIMEOUT_MS }, () => {
    refusesOrRestores(subject, texts, RUNS);
  });
});
