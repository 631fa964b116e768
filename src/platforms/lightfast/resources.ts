import type { ServerResources, Skill } from "../../mcp/resources.ts";
import { POLICY } from "./policy.ts";
import skills from "./skills.generated.json" with { type: "json" };

const { "signals.create": create, "signals.get": get } = POLICY;

/** The skills in the order of the list, each with the tools that it cannot do without. */
const REQUIRED_TOOLS: Readonly<Record<keyof typeof skills, Skill["requires"]>> = {
  "lightfast-record-signals": [create.tool],
  "lightfast-act-on-signals": [get.tool],
};

/** What clients read besides calling tools. */
export const RESOURCES: ServerResources = {
  templates: [
    {
      uriTemplate: "lightfast://signals/{id}",
      name: "signal",
      title: "Signal",
      description: "A signal with its status and classification, by id (signal_<uuid>).",
      tool: get.tool,
    },
  ],
  skills: Object.entries(REQUIRED_TOOLS).map(([name, requires]) => ({
    ...skills[name as keyof typeof skills],
    requires,
  })),
};
