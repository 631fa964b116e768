import { expect, test } from "vitest";
import { cardOf } from "../../src/core/card.ts";
import { TOOLS } from "../../src/lightfast/tools.ts";

test("the cards that are listed at start are those of the tools", async () => {
  const cards = JSON.stringify(TOOLS.map(cardOf), null, 2);
  const file = `// Made from tools.ts by \`npm run generate\`; not to be edited.
import type { ToolCard } from "../core/card.ts";

export const CARDS: readonly ToolCard[] = ${cards};
`;
  await expect(file).toMatchFileSnapshot("../../src/lightfast/cards.generated.ts");
});
