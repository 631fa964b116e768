import { expect, test } from "vitest";
import type { AnyTool } from "../../src/mcp/tool.ts";
import { toToolDefinition } from "../../src/mcp/tool-definition.ts";
import { TOOLS as LFX_TOOLS } from "../../src/platforms/lfx/tools/index.ts";
import { TOOLS as LIGHTFAST_TOOLS } from "../../src/platforms/lightfast/tools.ts";

const fileOf = <Api>(tools: readonly AnyTool<Api>[]): string =>
  `// Made from tools.ts by \`npm run generate\`; not to be edited.
import type { ToolCard } from "../../mcp/tool-definition.ts";

export const CARDS: readonly ToolCard[] = ${JSON.stringify(tools.map(toToolDefinition), null, 2)};
`;

test("the cards of Lightfast that are listed at start are those of the tools", async () => {
  await expect(fileOf(LIGHTFAST_TOOLS)).toMatchFileSnapshot(
    "../../src/platforms/lightfast/cards.generated.ts",
  );
});

test("the cards of LFX that are listed at start are those of the tools", async () => {
  await expect(fileOf(LFX_TOOLS)).toMatchFileSnapshot("../../src/platforms/lfx/cards.generated.ts");
});
