import { expect, test } from "vitest";
import { cardOf } from "../../src/core/card.ts";
import type { AnyTool } from "../../src/core/tool.ts";
import { TOOLS as LFX_TOOLS } from "../../src/lfx/tools.ts";
import { TOOLS as LIGHTFAST_TOOLS } from "../../src/lightfast/tools.ts";

const fileOf = <Api>(tools: readonly AnyTool<Api>[]): string =>
  `// Made from tools.ts by \`npm run generate\`; not to be edited.
import type { ToolCard } from "../core/card.ts";

export const CARDS: readonly ToolCard[] = ${JSON.stringify(tools.map(cardOf), null, 2)};
`;

test("the cards of Lightfast that are listed at start are those of the tools", async () => {
  await expect(fileOf(LIGHTFAST_TOOLS)).toMatchFileSnapshot("../../src/lightfast/cards.generated.ts");
});

test("the cards of LFX that are listed at start are those of the tools", async () => {
  await expect(fileOf(LFX_TOOLS)).toMatchFileSnapshot("../../src/lfx/cards.generated.ts");
});
