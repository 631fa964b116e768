import { describe, inject, test } from "vitest";
import { jsonc } from "../../../../src/clients/formats/jsonc.ts";
import { toml } from "../../../../src/clients/formats/toml.ts";
import { yaml } from "../../../../src/clients/formats/yaml.ts";
import {
  expectOthersKept,
  expectRejectionOrRoundTrip,
  expectRoundTrip,
} from "../../../support/clients/format-properties.ts";
import { jsonTexts } from "../../../support/clients/json-texts.ts";
import { tomlTexts } from "../../../support/clients/toml-texts.ts";
import { yamlTexts } from "../../../support/clients/yaml-texts.ts";

const RUNS = inject("propertyRuns");
/** A thousand runs of a property take one to two seconds on an idle machine. */
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
    subject: {
      format: jsonc,
      path: ["mcpServers", "lightfast"],
      otherPath: ["mcpServers", "their own"],
      entry,
    },
  },
  {
    name: "TOML",
    texts: tomlTexts,
    subject: {
      format: toml,
      path: ["mcp_servers", "lightfast"],
      otherPath: ["mcp_servers", "theirs"],
      entry,
    },
  },
  {
    name: "YAML",
    texts: yamlTexts,
    subject: {
      format: yaml,
      path: ["extensions", "lightfast"],
      otherPath: ["extensions", "their own"],
      entry,
    },
  },
] as const;

describe.each(FORMATS)("any $name document", ({ subject, texts }) => {
  test("is restored byte for byte after set and remove", { timeout: TIMEOUT_MS }, () => {
    expectRoundTrip(subject, texts, RUNS);
  });

  test("keeps what others add between set and remove", { timeout: TIMEOUT_MS }, () => {
    expectOthersKept(subject, texts, RUNS);
  });

  test("is rejected if damaged, or edited like any other", { timeout: TIMEOUT_MS }, () => {
    expectRejectionOrRoundTrip(subject, texts, RUNS);
  });
});
