import type { ServerResources, Skill } from "../../mcp/resources.ts";
import { POLICY, SIGNAL_VIEW } from "./policy.ts";
import skills from "./skills.generated.json" with { type: "json" };

const { "signals.create": create, "signals.get": get } = POLICY;

/** The skills in the order of the list, each with the tools that it cannot do without. */
export const SKILL_TOOLS: Readonly<Record<keyof typeof skills, Skill["requires"]>> = {
  "lightfast-record-signals": [create.tool],
  "lightfast-act-on-signals": [get.tool],
};

/** What clients read besides calling tools. */
export const RESOURCES: ServerResources = {
  views: [
    {
      uri: SIGNAL_VIEW,
      load: async () => (await import("./card/card.html")).default,
      // It loads nothing, calls the client alone, and has no border of its own.
      ui: { csp: {}, prefersBorder: true },
    },
  ],
  templates: [
    {
      uriTemplate: "lightfast://signals/{id}",
      name: "signal",
      title: "Signal",
      description: "A signal with its status and classification, by id (signal_<uuid>).",
      tool: get.tool,
    },
  ],
  skills: Object.entries(SKILL_TOOLS).map(([name, requires]) => ({
    ...skills[name as keyof typeof skills],
    requires,
  })),
};
